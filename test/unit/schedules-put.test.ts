/**
 * Schedules in the store through the engine: what a put makes of them, and that nothing of it is decided twice or passed over.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Engine from "../../src/core/engine/Engine.ts";
import * as reference from "../../src/core/ledger/reference-store.ts";
import { hashOfSchedule, readSchedule, scheduleText } from "../../src/core/ledger/scheduleText.ts";
import * as CronExpression from "../../src/core/schedule/CronExpression.ts";
import * as NextFire from "../../src/core/schedule/NextFire.ts";
import * as Policy from "../../src/core/words/Policy.ts";
import type { ScheduleDefinition } from "../../src/core/words/ScheduleRequest.ts";
import * as Schedules from "../../src/core/words/Schedules.ts";
import { operate } from "../support/operate.ts";
import { define, minute, policies, Scene, service, start } from "./support/schedules.ts";

describe("a schedule that is put", () => {
  it("owes nothing before, stands on its shelf, and is told to whoever asks what is due", () => {
    const scene = new Scene();
    const payload = JSON.stringify({ tenant: 7, name: "\\u00fc" });
    expect(scene.put(define({ payload }))).toEqual({ result: "created", handler: "report", version: start });
    const next = start + minute / 2;
    expect(scene.state()).toMatchObject({ watermark: start, nextDueAt: next, paused: false, active: [] });
    expect(scene.due(next - 1)).toMatchObject({ schedules: [], next });
    expect(scene.another().due(next)).toMatchObject({
      next: undefined,
      schedules: [{ id: "a", handler: "report", schedule: "* * * * *", since: next, version: start, payload }],
    });
    expect(scene.due(next, "report", "a", next)?.schedules).toEqual([]);
    expect([...scene.store.rows.keys()].every((key) => key.startsWith("_"))).toBe(true);
  });

  it.each([-3_600_000, -90_000, 90_000, 3_600_000])("is right though the process's clock is %i ms off", (off) => {
    const scene = new Scene();
    scene.offMs = off;
    scene.put(define({ schedule: "*/10 * * * * *", policies: policies({ catchUp: { mode: "all" } }) }));
    expect(scene.state()).toMatchObject({ watermark: start, nextDueAt: start + 10_000 });
    scene.now += 25_000;
    scene.another().put(define({ schedule: "@hourly" }));
    const { active, nextDueAt, watermark } = scene.state();
    expect(active.map(({ dueAt }) => dueAt)).toEqual([start + 10_000, start + 20_000]);
    expect([watermark, nextDueAt]).toEqual([scene.now, Date.UTC(2026, 0, 5, 9)]);
  });

  it("again is unchanged, from a process that knows it and from one that does not", () => {
    const scene = new Scene();
    scene.put(define({ payload: "1" }));
    const rows = new Map(scene.store.rows);
    scene.now += 90_000;
    for (const it of [scene, scene.another()]) expect(it.put(define({ payload: "1" }))?.result).toBe("unchanged");
    expect(scene.store.rows).toEqual(rows);
  });

  it("is put under the version that it must have, or not at all", () => {
    const scene = new Scene();
    expect(scene.put(define(), "a", 5)).toMatchObject({ result: "conflict", version: undefined });
    expect(scene.put(define(), "a", 0)?.result).toBe("created");
    expect(scene.put(define(), "a", 0)).toMatchObject({ result: "conflict", version: start });
    expect(scene.put(define({ schedule: "@hourly" }), "a", start)).toMatchObject({
      result: "updated",
      version: start + 1,
    });
    scene.command({ _tag: "Remove", id: "a" });
    scene.now += 5;
    expect(scene.put(define())?.version).toBe(start + 5);
  });

  it.each<[string, number, Policy.PolicyOptions["catchUp"], "due" | "nothing"]>([
    ["a minute ago", -minute, undefined, "due"],
    ["two hours ago", -120 * minute, { withinMs: 3 * 60 * minute }, "due"],
    ["in a minute", minute, undefined, "due"],
  ])("once, %s, is decided by its policy", (_, inMs, catchUp) => {
    const scene = new Scene();
    const at = start + inMs;
    scene.put(define({ schedule: `@at ${new Date(at).toISOString()}`, policies: policies({ catchUp }) }));
    expect(scene.state()).toMatchObject({ nextDueAt: at });
    expect(scene.state().watermark).toBeLessThan(at);
    expect(scene.due(Math.max(at, scene.now))?.schedules).toHaveLength(1);
  });

  it("that starts nothing is paused until it is enabled, and nothing else resumes it", () => {
    const scene = new Scene();
    scene.put(define({ enabled: false }));
    expect(scene.state().paused).toBe(true);
    expect(scene.due(start + 10 * minute)).toMatchObject({ schedules: [], next: undefined });
    expect(scene.command({ _tag: "Resume", id: "a", missed: "skip" }).done[0]?.result).toBe("disabled");
    scene.now += 10 * minute;
    expect(scene.put(define())?.result).toBe("updated");
    expect(scene.state()).toMatchObject({ paused: false, watermark: scene.now, nextDueAt: scene.now + minute / 2 });
  });

  it("under another handler is another one: on its shelf, with higher tokens, and without what ran", () => {
    const scene = new Scene();
    scene.put(define());
    scene.now += minute;
    const definition = scene.definition();
    const from = scene.state().watermark;
    const to = start + minute / 2;
    const run = { _tag: "Claim", definition, from, to, runs: [{ dueAt: to, kind: "due" }], skips: [] } as const;
    const { runs: [started] } = scene.claim({ ...run, nextDueAt: to + minute });
    expect(started?.dueAt).toBe(to);
    scene.put(define({ handler: "letter" }));
    expect(scene.due(Number.MAX_SAFE_INTEGER)?.schedules).toEqual([]);
    expect(scene.due(Number.MAX_SAFE_INTEGER, "letter")?.schedules).toMatchObject([{
      handler: "letter",
      lastFence: started?.fence,
      state: { active: [] },
    }]);
    const end = { job: Schedules.nameOf("report", "a"), fence: started?.fence ?? 0, dueAt: to, attempt: 1 };
    const reply = scene.ask({
      _tag: "Complete",
      service,
      incarnation: "n",
      items: [{ ...end, outcome: "succeeded", startedAt: to } as never],
    });
    expect(reply.results).toEqual(["gone"]);
    expect(scene.due(Number.MAX_SAFE_INTEGER)?.schedules).toEqual([]);
  });
});

describe("a claim of a schedule", () => {
  it("does not bring back a run of one that was removed", () => {
    const scene = new Scene();
    scene.put(define());
    const to = start + minute / 2;
    scene.now = to;
    const plan = { from: start, to, nextDueAt: to + minute, runs: [{ dueAt: to, kind: "due" }], skips: [] } as const;
    const { runs: [run] } = scene.claim({ _tag: "Claim", definition: scene.definition(), ...plan });
    if (run === undefined) throw new Error("no run");
    scene.command({ _tag: "Remove", id: "a" });
    scene.now += 1_000;
    scene.put(define({ payload: "1" }));
    const { runs, status } = scene.claim({ definition: scene.definition(), held: [run], claimId: "n.2" });
    expect([status, runs]).toEqual(["at", []]);
    expect(scene.state().active).toEqual([]);
  });

  it("that was removed tells nothing of one that was put since and says the same", () => {
    const scene = new Scene();
    const once = define({ policies: policies({ limit: 1 }) });
    scene.put(once);
    const known = { definition: scene.definition(), counted: 1, limit: 1 };
    scene.command({ _tag: "Remove", id: "a" });
    scene.now += 1;
    scene.put(once);
    expect(scene.claim(known).status).toBe("outdated");
    expect(scene.state().counted).toBeUndefined();
    expect(scene.claim({ definition: scene.definition(), limit: 1, claimId: "n.2" }).status).toBe("at");
  });

  it("registers none that was removed, and decides nothing under a definition that is no more", () => {
    const scene = new Scene();
    scene.put(define());
    const definition = scene.definition();
    expect(scene.claim({ definition }).status).toBe("at");
    scene.put(define({ schedule: "@hourly" }));
    expect(scene.claim({ definition, claimId: "n.2" }).status).toBe("outdated");
    expect(scene.state().nextDueAt).toBe(Date.UTC(2026, 0, 5, 9));
    scene.command({ _tag: "Remove", id: "a" });
    expect(scene.claim({ definition, claimId: "n.3" }).status).toBe("outdated");
    expect([...scene.store.rows.keys()].map((key) => key.slice(0, 3))).toEqual(["_r:"]);
    expect(scene.store.shelves.size).toBe(0);
  });

  it("leaves it due half a minute later, so that somebody looks whether its node lives", () => {
    const scene = new Scene();
    scene.put(define({ schedule: "@yearly" }));
    scene.command({ _tag: "Trigger", id: "a" });
    const definition = scene.definition();
    const { runs } = scene.claim({ definition, nextDueAt: undefined });
    expect(runs).toHaveLength(1);
    const [found] = scene.due(Number.MAX_SAFE_INTEGER)?.schedules ?? [];
    expect(found?.since).toBe(scene.now + 30_000);
    expect(reference.history(scene.store)).toEqual([]);
  });

  it("whose run is given back leaves it due at once, and the next one to ask is handed that run", () => {
    const scene = new Scene();
    scene.put(define({ schedule: "@yearly" }));
    scene.command({ _tag: "Trigger", id: "a" });
    const definition = scene.definition();
    const { runs: [run] } = scene.claim({ definition, nextDueAt: undefined });
    if (run === undefined) throw new Error("no run");
    const { dueAt, fence } = run;
    const job = Schedules.nameOf("report", "a");
    const end = { job, dueAt, fence, attempt: 1, outcome: "failed", startedAt: 0, endedAt: 0, rerun: true } as const;
    expect(scene.ask({ _tag: "Complete", service, incarnation: "n", items: [end] }).results).toEqual(["ok"]);
    scene.now += 1_000;
    expect(scene.due(scene.now)?.schedules).toMatchObject([{ since: dueAt, state: { active: [{ dueAt }] } }]);
    const again = scene.claim({ definition, claimId: "n.2", nextDueAt: undefined });
    expect(again.runs).toMatchObject([{ dueAt, attempt: 2, kind: "manual" }]);
    expect(scene.due(scene.now)?.schedules).toEqual([]);
  });
});

describe("a schedule that is changed", () => {
  it("has what was due by then decided under the old one, and nothing of it again", () => {
    const scene = new Scene();
    scene.put(define({ policies: policies({ catchUp: { mode: "all" } }) }));
    scene.now = start + 3 * minute;
    scene.put(define({ schedule: "30 * * * *" }));
    const owed = [0, 1, 2].map((at) => start + minute / 2 + at * minute);
    const { active, nextDueAt, watermark } = scene.state();
    expect(active.map(({ dueAt, kind }) => [dueAt, kind])).toEqual(owed.map((dueAt) => [dueAt, "late"]));
    expect([watermark, nextDueAt]).toEqual([scene.now, Date.UTC(2026, 0, 5, 8, 30)]);
    const definition = scene.definition();
    const taken = scene.claim({ definition, take: 1, nextDueAt });
    expect(taken.runs.map(({ dueAt }) => dueAt)).toEqual(owed.slice(0, 1));
  });

  it("while it is paused has nothing decided for a run, and stays paused", () => {
    const scene = new Scene();
    scene.put(define());
    scene.command({ _tag: "Pause", id: "a", by: "ana" });
    scene.now += 5 * minute;
    scene.put(define({ schedule: "@hourly" }));
    expect(scene.state()).toMatchObject({ paused: true, pause: { by: "ana" }, watermark: scene.now, active: [] });
    scene.command({ _tag: "Resume", id: "a", missed: "skip" });
    expect(scene.state().paused).toBe(false);
  });

  it("keeps its count under a limit", () => {
    const scene = new Scene();
    const limited = { policies: policies({ limit: 2 }) };
    scene.put(define(limited));
    scene.now += minute;
    scene.put(define({ ...limited, schedule: "30 * * * *" }));
    scene.claim({ definition: scene.definition(), take: 1, limit: 2, nextDueAt: scene.state().nextDueAt });
    expect(scene.state().counted).toBe(1);
    scene.now += minute;
    scene.put(define({ ...limited, schedule: "40 * * * *" }));
    expect(scene.state()).toMatchObject({ counted: 1, nextDueAt: Date.UTC(2026, 0, 5, 8, 40) });
    scene.put(define({ policies: policies({ limit: 1 }) }));
    expect(scene.state().nextDueAt).toBeUndefined();
  });

  it("to another instant that has just passed runs then: its policy decides on that", () => {
    const scene = new Scene();
    scene.put(define({ schedule: "@at 2027-01-01T00:00:00Z" }));
    const at = scene.now - 50;
    scene.put(define({ schedule: `@at ${new Date(at).toISOString()}` }));
    expect(scene.state().watermark).toBe(start);
    scene.now += 1_000;
    scene.put(define({ schedule: `@at ${new Date(scene.now - 50).toISOString()}` }));
    expect(scene.state().nextDueAt).toBe(scene.now - 50);
  });

  it("is changed once, however often the request arrives", () => {
    const scene = new Scene();
    scene.put(define());
    scene.now += 5 * minute;
    const requests: Array<Engine.StoreRequest> = [];
    const command = { _tag: "Put", puts: [{ id: "a", definition: define({ schedule: "@hourly" }) }] } as const;
    const engine = Engine.make({ rows: 400, bytes: 500_000 });
    operate(engine, { _tag: "Schedules", service, command }, () => scene.now, (it) => {
      requests.push(it);
      return reference.answer(scene.store, it, scene.now);
    });
    const rows = new Map(scene.store.rows);
    for (const it of requests) reference.answer(scene.store, it, scene.now + 1);
    expect(scene.store.rows).toEqual(rows);
    expect(requests).toHaveLength(2);
  });

  it("at random decides each fire of the schedule in force at its time once, whatever the clock says in between", () => {
    const texts = ["* * * * *", "*/2 * * * *", "30 * * * * *", "@every 45s", "@hourly", "0 9 * * *"];
    const step = fc.record({
      text: fc.integer({ min: 0, max: texts.length - 1 }),
      waits: fc.integer({ min: 0, max: 400_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 8 }), (steps) => {
        const scene = new Scene();
        const all = { policies: policies({ catchUp: { mode: "all", max: 100 } }) };
        const expected: Array<number> = [];
        let before: CronExpression.CronExpression | undefined;
        let from = start;
        for (const { text, waits } of steps) {
          scene.now += waits;
          const result = scene.put(define({ ...all, schedule: texts[text] as string }))?.result;
          if (before !== undefined && result === "updated") expected.push(...NextFire.between(before, from, scene.now));
          if (result !== "unchanged") {
            before = CronExpression.parseUnsafe(texts[text] as string, { jobName: "a" });
            from = scene.now;
          }
        }
        const { active, nextDueAt, watermark } = scene.state();
        expect(active.map(({ dueAt }) => dueAt)).toEqual(expected);
        expect(watermark).toBe(from);
        expect(nextDueAt).toBe(NextFire.next(before as CronExpression.CronExpression, from));
      }),
      { numRuns: 60 },
    );
  });
});

describe("what cannot be read", () => {
  it.each([
    ["a definition of a later release", "_d:a", (text: string) => `9${text}`, "newer"],
    ["a definition that somebody has changed", "_d:a", (text: string) => text.replace("report", "reporx"), "corrupt"],
    ["a payload that is another one", "_p:a", () => "2|[2]", "corrupt"],
    ["a record without a definition", "_d:a", () => undefined, "corrupt"],
  ])("%s is told and left alone, and the others go on", (_, key, change, result) => {
    const scene = new Scene();
    scene.put(define({ payload: "[1]" }));
    scene.put(define(), "b");
    const text = change(scene.store.rows.get(key) ?? "");
    if (text === undefined) scene.store.rows.delete(key);
    else scene.store.rows.set(key, text);
    const rows = new Map(scene.store.rows);
    scene.another();
    const listing = { _tag: "List", prefix: "", handler: undefined, after: undefined, limit: 10 } as const;
    const { schedules, unreadable } = scene.command(listing);
    expect([schedules.map(({ id }) => id), unreadable]).toEqual([["b"], ["a"]]);
    for (const it of [scene.put(define()), scene.command({ _tag: "Remove", id: "a" }).done[0]]) {
      expect(it?.result).toBe(result);
    }
    expect(scene.due(Number.MAX_SAFE_INTEGER)?.schedules).toEqual([]);
    expect(scene.store.rows).toEqual(rows);
  });
});

it("are listed by what their ids begin with, page by page, whatever the ids are", () => {
  const scene = new Scene();
  const ids = [
    "a",
    "a/1",
    "a/2",
    "b|c",
    "ä",
    "%",
    "__proto__",
    "~x~y",
    " ",
    "a@1+2@",
    "\ud800",
    "A".repeat(200),
    "h:1",
  ];
  scene.command({
    _tag: "Put",
    puts: ids.map((id, at) => ({ id, definition: define({ handler: at % 2 === 0 ? "report" : "x/y" }) })),
  });
  const list = (prefix: string, handler?: string): ReadonlyArray<string> => {
    const found: Array<string> = [];
    let after: string | undefined;
    do {
      const page = scene.another().command({ _tag: "List", prefix, handler, after, limit: 3 });
      found.push(...page.schedules.map(({ id }) => id));
      after = page.after;
    } while (after !== undefined);
    return found;
  };
  expect([...list("")].sort()).toEqual([...ids].sort());
  expect(list("a/")).toEqual(["a/1", "a/2"]);
  expect(new Set(list("", "report"))).toEqual(new Set(ids.filter((_, at) => at % 2 === 0)));
  for (const id of ids) expect(scene.get(id)?.id).toBe(id);
});

it("definitions are read as they were written, and as nothing else", () => {
  const definition = fc.record({
    handler: fc.string({ minLength: 1 }),
    schedule: fc.string(),
    enabled: fc.boolean(),
    timeZone: fc.option(fc.string(), { nil: undefined }),
    dst: fc.constantFrom(undefined, "skip", "later"),
    startAt: fc.option(fc.nat(), { nil: undefined }),
    endAt: fc.option(fc.nat(), { nil: undefined }),
    policies: fc.constantFrom(Policy.defaults, policies({ overlap: "queue", limit: 5, retry: {} })),
  });
  fc.assert(fc.property(definition, (it) => {
    const text = scheduleText(it as ScheduleDefinition, 5, 2);
    expect(text).toMatch(/^[ -?A-~]*$/);
    const read = readSchedule(text);
    if (typeof read === "string") throw new Error(read);
    const said = Object.fromEntries(Object.entries(it).filter(([, value]) => value !== undefined));
    expect(read).toEqual({
      definition: said,
      version: 5,
      hash: hashOfSchedule(it as ScheduleDefinition),
      payloadPrint: undefined,
    });
    expect(readSchedule(`${text}x`)).not.toEqual(read);
  }));
});
