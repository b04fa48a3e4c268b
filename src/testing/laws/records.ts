/**
 * Laws about commands of people, about looking, and about names.
 */
import * as Effect from "effect/Effect";
import type { PauseNote } from "../../core/words/Request.ts";
import { ended, holds, type Law, law, same, type Tested } from "./kit.ts";

const oddNames: ReadonlyArray<string> = [
  "",
  " ",
  "a",
  "A",
  "a ",
  "á",
  "a\u0301",
  "a|b",
  "a,b",
  "a;b",
  "a=b",
  "a%b",
  "a%25b",
  "%",
  "#",
  "#h0",
  "*",
  "?",
  "[a]",
  "{a}",
  "{",
  "a:b",
  "a/b",
  "../a",
  "a\\b",
  '"',
  "'",
  "\u0000",
  "\n",
  "\r\n",
  "-",
  ".",
  "0",
  "1e3",
  "null",
  "__proto__",
  "constructor",
  "日本",
  "👩‍👩‍👧",
  "\ud800",
  "\udc00",
  "\u202e",
  "x".repeat(1_000),
];

/** The laws. */
export const records: ReadonlyArray<Law> = [
  // R13.
  law(
    "nothing is claimed of a paused job, and a skipped pause is decided when it ends",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      const before = yield* store.beat("n");
      const claim = store.claim("n", "job", { from: at, to: at + 1, runs: [{ dueAt: at + 1, kind: "due" }] });
      yield* same("pause", yield* store.control({ _tag: "Pause", job: "job" }), "ok");
      yield* same("pause again", yield* store.control({ _tag: "Pause", job: "job" }), "ok");
      const refused = yield* claim;
      yield* same("claim", [refused.status, refused.watermark, refused.runs], ["paused", at, []]);
      yield* same("look", (yield* store.peek("job"))[0]?.paused, true);
      const told = yield* store.beat("n", { knownVersion: before.version });
      yield* holds("every node is made to look again", told.version > before.version && told.members !== undefined);
      yield* Effect.sleep(5);
      yield* same("resume", yield* store.control({ _tag: "Resume", job: "job", missed: "skip" }), "ok");
      yield* same("resume again", yield* store.control({ _tag: "Resume", job: "job", missed: "skip" }), "ok");
      const { watermark } = yield* store.claim("n", "job");
      yield* holds("watermark", (watermark ?? 0) > at, watermark);
      const skips = (yield* store.history).map((it) =>
        it._tag === "Skip" ? [it.reason, it.firstDueAt, it.lastDueAt] : it
      );
      yield* same("history", skips, [["paused", at, watermark]]);
    }),
  ),
  law(
    "who paused a job and why is told where it is refused and looked at, until it goes on",
    Effect.fnUntraced(function* (store: Tested) {
      yield* store.register("job");
      const pause = (note: PauseNote) => store.control({ _tag: "Pause", job: "job", ...note });
      const told = Effect.gen(function* () {
        const { pause: refused } = yield* store.claim("n", "job");
        const [looked] = yield* store.peek("job");
        return [refused, looked?.pause];
      });
      yield* same("nothing before", yield* told, [undefined, undefined]);
      yield* pause({});
      yield* same("nothing is said", yield* told, [{}, undefined]);
      const notes = [{ by: "anna" }, { by: "bert", reason: "odd |,;%@ \n text" }, { reason: "r".repeat(200) }];
      for (const note of notes) {
        const { version } = yield* store.beat("n");
        yield* same("pause", yield* pause(note), "ok");
        yield* same("said", yield* told, [note, note]);
        const after = yield* store.beat("n");
        yield* holds("everybody looks again", after.version > version);
        yield* same("again", yield* pause(note), "ok");
        yield* same("without a word", yield* pause({}), "ok");
        yield* same("as it was", [yield* told, (yield* store.beat("n")).version], [[note, note], after.version]);
      }
      yield* store.claim("n", "job", { definition: "next" }, { deployment: 2 });
      yield* same("another definition", (yield* store.peek("job"))[0]?.pause, notes[2]);
      yield* store.control({ _tag: "Resume", job: "job", missed: "catch-up" });
      yield* same("nothing after", (yield* store.peek("job"))[0]?.pause, undefined);
      yield* pause({});
      yield* same("nor at the next pause", (yield* store.peek("job"))[0]?.pause, undefined);
    }),
  ),
  law(
    "after a pause that is caught up the job goes on where it stood",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      yield* store.claim("n", "job", { from: at, to: at + 1, nextDueAt: at + 2 });
      yield* store.control({ _tag: "Pause", job: "job" });
      yield* Effect.sleep(10);
      yield* same("a paused job is not overdue", (yield* store.beat("n", { overdueMs: 0 })).overdue, []);
      yield* store.control({ _tag: "Resume", job: "job", missed: "catch-up" });
      yield* same("it is overdue afterwards", (yield* store.beat("n", { overdueMs: 0 })).overdue, ["job"]);
      const claim = { from: at + 1, to: at + 2, runs: [{ dueAt: at + 2, kind: "late" as const }] };
      yield* same("claim", (yield* store.claim("n", "job", claim)).status, "ok");
      yield* same("history", yield* store.history, []);
    }),
  ),
  // R6.
  law(
    "what is decided more than a day ahead of the clock is taken back when a person asks, and nothing else is",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      const [hour, century] = [3_600_000, 3_155_760_000_000];
      yield* store.claim("n", "job", { floor: at + hour });
      yield* same("an hour", yield* store.queue({ _tag: "Rewind", job: "job" }), ["ok", undefined]);
      yield* same("it stands", (yield* store.peek("job"))[0]?.watermark, at + hour);
      yield* store.claim("n", "job", { floor: at + century });
      const before = yield* store.beat("n");
      yield* same("a century", yield* store.queue({ _tag: "Rewind", job: "job" }), ["ok", at + century]);
      yield* same("again", yield* store.queue({ _tag: "Rewind", job: "job" }), ["ok", undefined]);
      const now = (yield* store.peek("job"))[0]?.watermark ?? 0;
      yield* holds("it is now", now >= at && now < at + hour, now - at);
      const told = yield* store.beat("n", { knownVersion: before.version, overdueMs: 0 });
      yield* holds("every node is made to look again", told.version > before.version && told.members !== undefined);
      yield* same("and is told that somebody must", told.overdue, ["job"]);
      const late = yield* store.claim("n", "job", { from: at + century, to: at + century + 1 });
      yield* same("who has not heard of it", [late.status, late.watermark], ["moved", now]);
      yield* same("unknown", yield* store.control({ _tag: "Rewind", job: "other" }), "unknown");
    }),
  ),
  law(
    "a command for an unknown job says so and leaves nothing",
    Effect.fnUntraced(function* (store: Tested) {
      yield* same("pause", yield* store.control({ _tag: "Pause", job: "job" }), "unknown");
      yield* same("resume", yield* store.control({ _tag: "Resume", job: "job", missed: "skip" }), "unknown");
      yield* same("look", yield* store.peek("job"), []);
    }),
  ),
  law(
    "a look changes nothing and leaves out what is unknown",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("b");
      yield* store.register("a");
      const states = yield* store.peek("b", "unknown", "a");
      yield* same("jobs, in the order asked for", states.map((it) => it.job), ["b", "a"]);
      yield* same("state", states[0], { job: "b", watermark: at, paused: false, definition: "definition", active: [] });
      yield* same("again", yield* store.peek("b", "unknown", "a"), states);
      yield* same("still unknown", (yield* store.claim("n", "unknown")).status, "new");
    }),
  ),
  law(
    "the history keeps the order, and at least the last 200 entries",
    Effect.fnUntraced(function* (store: Tested) {
      let at = yield* store.register("job");
      const expected: Array<number> = [];
      for (let batch = 0; batch < 3; batch++) {
        const dues = Array.from({ length: 120 }, (_, index) => at + 1 + index);
        const { runs } = yield* store.claim("n", "job", {
          from: at,
          to: at + 120,
          runs: dues.map((dueAt) => ({ dueAt, kind: "late" })),
        });
        yield* store.complete(...runs.map((it) => ended(it)));
        expected.push(...dues);
        at += 120;
      }
      const history = (yield* store.history).map((it) => it._tag === "Run" ? it.dueAt : 0);
      yield* same("the last 200", history.slice(-200), expected.slice(-200));
    }),
  ),
  law(
    "a destroyed service is as if it had never been",
    Effect.fnUntraced(function* (store: Tested) {
      yield* store.beat("n", { declared: new Map([["job", "definition"]]) });
      const at = yield* store.register("job");
      yield* store.claim("n", "job", { from: at, to: at + 1, runs: [{ dueAt: at + 1, kind: "due" }] });
      yield* same("destroy", yield* store.control({ _tag: "Destroy" }), "ok");
      yield* same("destroy again", yield* store.control({ _tag: "Destroy" }), "ok");
      yield* same("jobs", yield* store.peek("job"), []);
      yield* same("history", yield* store.history, []);
      const back = yield* store.beat("n");
      yield* same("members", [back.joined, back.wantsDeclared, back.members?.length], [true, true, 1]);
    }),
  ),
  law(
    "jobs with odd names never share a record, and every name comes back as it was",
    Effect.fnUntraced(function* (store: Tested) {
      const { results } = yield* store.claims("n", oddNames.map((job) => ({ job, definition: job, nextDueAt: 1 })));
      yield* same("all are new", results.map((it) => it.status), oddNames.map(() => "new"));
      const at = Math.max(...results.map((it) => it.watermark ?? 0));
      yield* store.claims("n", oddNames.map((job, index) => ({ job, definition: job, floor: at + index })));
      const states = yield* store.peek(...oddNames);
      yield* same("watermarks", states.map((it) => it.watermark - at), oddNames.map((_, index) => index));
      yield* same("definitions", states.map((it) => it.definition), oddNames);
      const { overdue } = yield* store.beat("n");
      yield* same("overdue", [...overdue].sort(), [...oddNames].sort());
    }),
  ),
  law(
    "nodes and services with odd names are told apart",
    Effect.fnUntraced(function* (store: Tested) {
      const odd = oddNames.slice(0, 41);
      for (const name of odd.slice(0, 12)) yield* store.beat(`${name}|`, { name, digest: name });
      const { members = [] } = yield* store.beat("n");
      yield* same(
        "nodes",
        members.map((it) => it.name).sort(),
        [...odd.slice(0, 12), "node n"].sort(),
      );
      for (const name of ["a}", "a{", "a%7D", "a:jobs"]) {
        const service = `${store.service}${name}`;
        const { members: alone } = yield* store.beat("n", { service });
        yield* same(`members of ${name}`, alone?.length, 1);
        yield* store.driver.control({ _tag: "Control", service, command: { _tag: "Destroy" } });
      }
    }),
  ),
];
