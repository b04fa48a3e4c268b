/**
 * The checker of the campaign with schedules sees each kind of fault in a history that has it, and nothing in one that has none.
 */
import { describe, expect, it } from "vitest";
import type { Told } from "../chaos/schedules/actor.ts";
import { verdictOf } from "../chaos/schedules/checker.ts";
import type { Content, Op } from "../chaos/schedules/plan.ts";
import type { Asked, Start } from "../chaos/schedules/sheets.ts";

/** A whole minute. */
const zero = 1_790_000_040_000;
const at = (seconds: number) => zero + seconds * 1_000;

const content = (put: string, rest: Partial<Content> = {}): Content => ({
  put,
  handler: "report",
  schedule: "* * * * * *",
  enabled: true,
  delivery: "at-least-once",
  takesMs: 0,
  ...rest,
});

/** Someone asks at a second of the minute, and is told 10 ms later, unless never. */
const asked = (seconds: number, op: Op, told?: Told["told"], more: Partial<Told> = {}): Asked => ({
  name: `${op.kind} at ${seconds}`,
  node: "n",
  op,
  at: at(seconds),
  answer: told === undefined ? undefined : { told, at: at(seconds) + 10, ...more },
});

const put = (seconds: number, id: string, it: Content, told?: Told["told"], more: object = {}): Asked =>
  asked(seconds, { kind: "put", id, content: it, ...more }, told);

const look = (seconds: number, id: string, of: string | undefined, rest: object = {}): Asked =>
  asked(seconds, { kind: "get", id }, "seen", {
    seen: of === undefined ? null : { put: of, version: 1, paused: false, enabled: true, ...rest },
  });

let tokens = 0;
const start = (seconds: number, id: string, of: string, rest: Partial<Start> = {}): Start => ({
  node: "n",
  handler: "report",
  id,
  dueAt: at(seconds),
  attempt: 1,
  fence: ++tokens,
  kind: "due",
  put: of,
  at: at(seconds) + 3,
  ...rest,
});

const starts = (from: number, upTo: number, id: string, of: string): ReadonlyArray<Start> =>
  Array.from({ length: upTo - from + 1 }, (_, n) => start(from + n, id, of));

interface Case {
  readonly asked: ReadonlyArray<Asked>;
  readonly starts?: ReadonlyArray<Start>;
  readonly dueUpTo?: number;
}

const rules = ({ asked: questions, dueUpTo = 0, starts: begun = [] }: Case): ReadonlyArray<string> => [
  ...new Set(verdictOf({ asked: questions, starts: begun }, at(dueUpTo)).map(({ rule }) => rule)),
];

const hot = "hot/1";
const steady = "steady/1";
const limited = "limited/1";
const created = put(0.5, hot, content("p"), "created");

describe("nothing is told of", () => {
  it.each<[what: string, history: Case]>([
    ["what is put, changed, paused, resumed and removed", {
      asked: [
        created,
        put(3.5, hot, content("q", { schedule: "*/2 * * * * *" }), "updated"),
        asked(7.5, { kind: "pause", id: hot }, "ok"),
        look(8, hot, "q", { paused: true }),
        asked(20.5, { kind: "resume", id: hot, missed: "skip" }, "ok"),
        asked(24.5, { kind: "remove", id: hot }, "removed"),
        look(25, hot, undefined),
      ],
      starts: [...starts(1, 3, hot, "p"), ...[4, 6, 8, 22, 24].map((seconds) => start(seconds, hot, "q"))],
    }],
    ["two at the same time, in either order", {
      asked: [
        created,
        put(1, hot, content("q"), "updated"),
        put(1, hot, content("r"), "updated"),
        look(2, hot, "q"),
      ],
    }],
    ["something without an answer, whether it was done", {
      asked: [created, asked(1, { kind: "remove", id: hot }), look(2, hot, undefined)],
    }],
    ["or not", { asked: [created, asked(1, { kind: "remove", id: hot }, "error"), look(2, hot, "p")] }],
    ["what is owed and was run, in another attempt or late", {
      asked: [put(0.5, steady, content("p"), "created")],
      starts: [...starts(1, 4, steady, "p"), start(5, steady, "p", { attempt: 2, at: at(30), kind: "late" })],
      dueUpTo: 5,
    }],
    ["a second attempt", {
      asked: [created],
      starts: [start(1, hot, "p"), start(1, hot, "p", { attempt: 2, at: at(9) })],
    }],
    ["a schedule that was removed and put again", {
      asked: [created, asked(2.5, { kind: "remove", id: hot }, "removed"), put(2.6, hot, content("q"), "created")],
      starts: [start(3, hot, "p"), start(3, hot, "q")],
    }],
  ])("%s", (_, history) => {
    expect(rules(history)).toEqual([]);
  });
});

describe("what is told of", () => {
  it.each<[what: string, rule: string, history: Case]>([
    ["a put that was lost", "every answer as the model says", { asked: [created, look(1, hot, undefined)] }],
    ["a change that was lost", "every answer as the model says", {
      asked: [created, put(1, hot, content("q"), "updated"), look(2, hot, "p")],
    }],
    ["two that were both the first", "every answer as the model says", {
      asked: [created, put(1, hot, content("q"), "created")],
    }],
    ["two that both compared and both were put", "every answer as the model says", {
      asked: [
        created,
        put(1, hot, content("q"), "updated", { ifPut: "p", ifVersion: 1 }),
        put(1, hot, content("r"), "updated", { ifPut: "p", ifVersion: 1 }),
      ],
    }],
    ["a removal that was undone", "every answer as the model says", {
      asked: [created, asked(1, { kind: "remove", id: hot }, "removed"), look(2, hot, "p")],
    }],
    ["a pause that a put has ended", "every answer as the model says", {
      asked: [
        created,
        asked(1, { kind: "pause", id: hot }, "ok"),
        put(2, hot, content("q", { enabled: false }), "updated"),
        put(3, hot, content("r"), "updated"),
        look(4, hot, "r"),
      ],
    }],
    ["what was given up long ago", "every answer as the model says", {
      asked: [created, asked(1, { kind: "remove", id: hot }, "error"), look(30, hot, "p"), look(31, hot, undefined)],
    }],
    ["a version of two puts", "a version is one put", {
      asked: [created, look(1, hot, "p"), put(2, hot, content("q"), "updated"), look(3, hot, "q")],
    }],
    ["a version that goes back", "versions grow", {
      asked: [created, look(1, hot, "p", { version: 9 }), put(2, hot, content("q"), "updated"), look(3, hot, "q")],
    }],
    ["an attempt that starts twice", "nothing twice", {
      asked: [created],
      starts: [start(1, hot, "p"), start(1, hot, "p")],
    }],
    ["a fire before and after a change", "nothing twice", {
      asked: [created, put(1.5, hot, content("q"), "updated")],
      starts: [start(2, hot, "p"), start(2, hot, "q")],
    }],
    ["a token of two runs", "a token once", {
      asked: [created],
      starts: [start(1, hot, "p", { fence: 7 }), start(2, hot, "p", { fence: 7 })],
    }],
    ["a fire before the put", "nothing that no definition in force owes", {
      asked: [created],
      starts: [start(0, hot, "p", { at: at(2) })],
    }],
    ["a fire after the removal", "nothing that no definition in force owes", {
      asked: [created, asked(1.5, { kind: "remove", id: hot }, "removed")],
      starts: [start(4, hot, "p")],
    }],
    ["a fire of the schedule before", "nothing that no definition in force owes", {
      asked: [created, put(1.5, hot, content("q", { schedule: "*/5 * * * * *" }), "updated")],
      starts: [start(6, hot, "q")],
    }],
    ["a fire of what is not enabled", "nothing that no definition in force owes", {
      asked: [put(0.5, hot, content("p", { enabled: false }), "created")],
      starts: [start(1, hot, "p")],
    }],
    ["what was put by nobody", "nothing before it was put", { asked: [created], starts: [start(1, hot, "x")] }],
    ["a fire while paused", "nothing while paused", {
      asked: [created, asked(1, { kind: "pause", id: hot }, "ok")],
      starts: [start(5, hot, "p")],
    }],
    ["a fire that was skipped with the pause", "nothing while paused", {
      asked: [
        created,
        asked(1, { kind: "pause", id: hot }, "ok"),
        asked(9, { kind: "resume", id: hot, missed: "skip" }, "ok"),
      ],
      starts: [start(5, hot, "p", { at: at(10), kind: "late" })],
    }],
    ["a fire that is owed and does not run", "what is owed is run", {
      asked: [put(0.5, steady, content("p"), "created")],
      starts: starts(1, 3, steady, "p"),
      dueUpTo: 4,
    }],
    ["a fire that a change has dropped", "what is owed is run", {
      asked: [put(0.5, steady, content("p"), "created"), put(2.5, steady, content("q"), "updated")],
      starts: [start(1, steady, "p"), start(3, steady, "q")],
      dueUpTo: 3,
    }],
    ["a trigger that does not run", "what was asked for is run", {
      asked: [
        put(0.5, limited, content("p", { limit: 2 }), "created"),
        asked(1, { kind: "trigger", id: limited }, "ok", { dueAt: at(1) + 1 }),
      ],
      dueUpTo: 4,
    }],
    ["a trigger that runs twice", "asked for once, run once", {
      asked: [created, asked(1, { kind: "trigger", id: hot }, "ok", { dueAt: at(1) + 1 })],
      starts: [1, 2].map((ms) => start(1, hot, "p", { kind: "manual", dueAt: at(1) + ms, at: at(1) + 5 })),
    }],
    ["more runs than the limit", "no more runs than the limit", {
      asked: [put(0.5, limited, content("p", { limit: 2 }), "created")],
      starts: starts(1, 3, limited, "p"),
    }],
  ])("%s", (_, rule, history) => {
    expect(rules(history)).toContain(rule);
  });
});
