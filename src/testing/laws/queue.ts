/**
 * Laws about queued fires: who gets them, how many at once, and what becomes of them beside the schedule.
 */
import * as Effect from "effect/Effect";
import type { Run } from "../../core/words/Fire.ts";
import type { ItemParts } from "./requests.ts";
import { backfill, dues, instants, trigger } from "./commands.ts";
import { ended, holds, type Law, law, same, type Tested } from "./kit.ts";

/** Claims from `at` to the next instant, at which one scheduled fire runs. */
const scheduled = (at: number, rest: ItemParts = {}): ItemParts => ({
  from: at,
  to: at + 1,
  runs: [{ dueAt: at + 1, kind: "due" }],
  ...rest,
});

/** The laws. */
export const queue: ReadonlyArray<Law> = [
  // R31.
  law(
    "a trigger is handed to whoever asks next, and once only",
    Effect.fnUntraced(function* (store: Tested) {
      const names = Array.from({ length: 8 }, (_, index) => `n${index}`);
      for (const name of names) yield* store.beat(name);
      yield* store.register("job");
      const [result, dueAt] = yield* store.queue(trigger("key"));
      yield* same("answer", [result, typeof dueAt], ["ok", "number"]);
      const [queued] = (yield* store.peek("job"))[0]?.active ?? [];
      yield* same("queued", [queued?.dueAt, queued?.attempt, queued?.kind, queued?.holder], [dueAt, 0, "manual", ""]);
      const asked = yield* Effect.all(names.map((name) => store.claim(name, "job")), { concurrency: "unbounded" });
      const [run, ...more] = asked.flatMap((it) => it.runs) as ReadonlyArray<Run>;
      yield* same("handed out", [run?.dueAt, run?.attempt, run?.kind, more], [dueAt, 1, "manual", []]);
      yield* same("left", asked.map((it) => it.queued).sort().at(0), 0);
      yield* holds("its token is higher than that of the queue", (run?.fence ?? 0) > (queued?.fence ?? 0), run);
      yield* same("its end", yield* store.complete(ended(run as Run)), ["ok"]);
      const after = yield* store.claim("n0", "job");
      yield* same("after its end", [after.status, after.runs, after.queued], ["at", [], 0]);
      const history = (yield* store.history).map((it) => it._tag === "Run" ? [it.dueAt, it.outcome, it.attempt] : it);
      yield* same("history", history, [[dueAt, "succeeded", 1]]);
    }),
  ),
  // R31.
  law(
    "a backfill runs oldest first, one at a time where runs must not overlap",
    Effect.fnUntraced(function* (store: Tested) {
      yield* store.beat("n");
      yield* store.beat("m");
      yield* store.register("job");
      yield* same("none", yield* store.queue(backfill("none", [])), ["ok", undefined]);
      yield* same("three", yield* store.queue(backfill("three", [1_000, 61_000, 121_000])), ["ok", 1_000]);
      yield* store.queue(backfill("one", [5]));
      let fence = 0;
      for (const [index, dueAt] of [1_000, 61_000, 121_000, 5].entries()) {
        const [one, two, overlap] = index % 2 === 0 ? ["n", "m", "skip" as const] : ["m", "n", "wait" as const];
        const first = yield* store.claim(one, "job", { overlap });
        yield* same(`run ${index}`, first.runs.map((it) => [it.dueAt, it.attempt, it.kind]), [[dueAt, 1, "backfill"]]);
        yield* same("left", first.queued, 3 - index);
        yield* same("asked again", (yield* store.claim(one, "job", { overlap })).runs, first.runs);
        const second = yield* store.claim(two, "job", { overlap });
        yield* same("while it runs", [second.runs, second.queued], [[], 3 - index]);
        const [run] = first.runs;
        yield* holds("later tokens are higher", (run?.fence ?? 0) > fence, run);
        fence = run?.fence ?? 0;
        yield* store.complete(ended(run as Run));
      }
      yield* same("in the end", (yield* store.peek("job"))[0]?.active, []);
    }),
  ),
  law(
    "of a backfill whose runs may overlap ten are under way at once",
    Effect.fnUntraced(function* (store: Tested) {
      yield* store.beat("n");
      yield* store.beat("m");
      yield* store.register("job");
      yield* store.queue(backfill("key", instants(25)));
      const first = yield* store.claim("n", "job");
      yield* same("the first", [dues(first.runs), first.queued], [instants(10), 15]);
      const second = yield* store.claim("m", "job");
      yield* same("to another", [second.runs, second.queued], [[], 15]);
      yield* store.complete(...first.runs.slice(0, 3).map((it) => ended(it)));
      const third = yield* store.claim("m", "job");
      yield* same("when three are over", [dues(third.runs), third.queued], [instants(3, 1_010), 12]);
      const fourth = yield* store.claim("n", "job", { overlap: "skip" });
      yield* same("to one that must not overlap", fourth.queued, 12);
    }),
  ),
  law(
    "fires of the schedule are not held up by the queue",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      yield* store.queue(backfill("key", instants(3)));
      for (const [index, overlap] of (["skip", "wait", "allow"] as const).entries()) {
        const claimed = yield* store.claim("n", "job", scheduled(at + index, { overlap }));
        yield* same(overlap, [claimed.status, dues(claimed.runs), claimed.queued], ["ok", [at + index + 1], 3]);
        yield* store.complete(...claimed.runs.map((it) => ended(it)));
      }
      const moved = yield* store.claim("n", "job", scheduled(at));
      yield* same("a claim that is refused hands out none", [moved.status, moved.runs, moved.queued], ["moved", [], 3]);
      yield* same("skips", yield* Effect.map(store.history, (it) => it.filter(({ _tag }) => _tag === "Skip")), []);
    }),
  ),
  law(
    "the queue waits for a run of the schedule, and the schedule for one of the queue, unless overlap is allowed",
    Effect.fnUntraced(function* (store: Tested) {
      yield* store.beat("n");
      yield* store.beat("m");
      const at = yield* store.register("job");
      const due = yield* store.claim("n", "job", scheduled(at));
      const [, dueAt] = yield* store.queue(trigger("key"));
      const waiting = yield* store.claim("m", "job", { overlap: "skip" });
      yield* same("while the schedule's runs", [waiting.runs, waiting.queued], [[], 1]);
      yield* store.complete(...due.runs.map((it) => ended(it)));
      const taken = yield* store.claim("m", "job", { overlap: "skip" });
      yield* same("when it is over", [dues(taken.runs), taken.queued], [[dueAt], 0]);
      const busy = yield* store.claim("n", "job", scheduled(at + 1, { overlap: "wait" }));
      yield* same("while the queue's runs", [busy.status, busy.runs], ["busy", []]);
      const both = yield* store.claim("n", "job", scheduled(at + 1));
      yield* same("both at once", [both.status, dues(both.runs)], ["ok", [at + 2]]);
      yield* store.queue(trigger("another"));
      yield* same("and one more", (yield* store.claim("m", "job")).runs.length, 2);
    }),
  ),
  law(
    "a queued fire of a paused job is handed out, and its job stays paused",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      yield* store.control({ _tag: "Pause", job: "job" });
      const [, dueAt] = yield* store.queue(trigger("key"));
      const refused = yield* store.claim("n", "job", scheduled(at));
      yield* same("claim", [refused.status, refused.runs, refused.queued], ["paused", [], 1]);
      const asked = yield* store.claim("n", "job");
      yield* same("asked", [asked.status, asked.watermark, dues(asked.runs)], ["paused", at, [dueAt]]);
      yield* same("its end", yield* store.complete(...asked.runs.map((it) => ended(it))), ["ok"]);
      yield* same("look", (yield* store.peek("job"))[0]?.paused, true);
    }),
  ),
  law(
    "a job with queued fires is overdue, also while it is paused, until they are handed out",
    Effect.fnUntraced(function* (store: Tested) {
      const { storeTime: at } = yield* store.beat("n");
      const far = at + 3_600_000;
      yield* store.claims(
        "n",
        ["later", "paused", "never"].map((job) => ({
          job,
          nextDueAt: job === "never" ? undefined : far,
        })),
      );
      yield* store.control({ _tag: "Pause", job: "paused" });
      const overdue = Effect.map(
        Effect.andThen(Effect.sleep(10), store.beat("n", { overdueMs: 1 })),
        (reply) => [...reply.overdue].sort(),
      );
      yield* same("before", yield* overdue, []);
      for (const job of ["later", "never", "paused"]) yield* store.queue(backfill("key", [1_000, 2_000], job));
      yield* same("queued", yield* overdue, ["later", "never", "paused"]);
      yield* same("not for so long", (yield* store.beat("n", { overdueMs: 600_000 })).overdue, []);
      yield* store.claim("n", "later");
      yield* store.claim("n", "paused", { overlap: "skip" });
      yield* store.control({ _tag: "Cancel", job: "never" });
      yield* same("one is left", yield* overdue, ["paused"]);
      yield* store.control({ _tag: "Resume", job: "paused", missed: "catch-up" });
      yield* same("also when it goes on", yield* overdue, ["paused"]);
      const { runs } = yield* store.claim("n", "paused");
      yield* same("all are handed out", [dues(runs), yield* overdue], [[1_000, 2_000], []]);
    }),
  ),
  law(
    "a run of the queue whose node is gone is recovered with its kind, under the job's delivery",
    Effect.fnUntraced(function* (store: Tested) {
      yield* store.beat("dead");
      const at = yield* store.register("job");
      const [, dueAt] = yield* store.queue(trigger("key"));
      yield* store.queue(backfill("past", [1_000, 2_000]));
      const { runs: held } = yield* store.claim("dead", "job", { overlap: "skip" });
      yield* same("held", held.map((it) => [it.dueAt, it.kind]), [[dueAt, "manual"]]);
      yield* store.beat("dead", { state: "gone" });
      const again = yield* store.claim("n", "job", { overlap: "skip", rerun: true });
      yield* same("again", again.runs.map((it) => [it.dueAt, it.attempt, it.kind]), [[dueAt, 2, "manual"]]);
      yield* same("what is queued stays so", [again.lost, again.queued], [[], 2]);
      yield* store.complete(...again.runs.map((it) => ended(it, { outcome: "abandoned", rerun: true })));
      const back = yield* store.claim("m", "job", scheduled(at, { overlap: "wait" }));
      yield* same("given back", [back.status, back.runs.map((it) => [it.attempt, it.kind]), back.queued], [
        "busy",
        [[3, "manual"]],
        2,
      ]);
      yield* store.complete(...back.runs.map((it) => ended(it)));

      yield* store.beat("dead too");
      const { runs: [run] } = yield* store.claim("dead too", "job", { overlap: "skip" });
      yield* same("backfill", [run?.dueAt, run?.kind], [1_000, "backfill"]);
      yield* store.beat("dead too", { state: "gone" });
      const lost = yield* store.claim("n", "job", { overlap: "skip" });
      yield* same("lost, and the next", [lost.lost, dues(lost.runs), lost.queued], [[run], [2_000], 0]);
    }),
  ),
];
