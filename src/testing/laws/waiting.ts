/**
 * Laws about fires of a schedule that wait for the runs before them: which of them wait, in what order they are handed out, and what
 * becomes of them.
 */
import * as Effect from "effect/Effect";
import type { Run } from "../../core/words/Fire.ts";
import type { ClaimResult } from "../../core/words/Request.ts";
import { dues, trigger } from "./commands.ts";
import { type Checking, ended, holds, type Law, law, same, type Tested } from "./kit.ts";
import type { ItemParts } from "./requests.ts";

type Overlap = NonNullable<ItemParts["overlap"]>;

/** Claims fires at instants from `from` on, of which the last but one is where the claim before ended. */
const fires = (from: number, dueAts: ReadonlyArray<number>, overlap: Overlap, rest: ItemParts = {}) => ({
  from,
  to: dueAts.at(-1) ?? from,
  runs: dueAts.map((dueAt) => ({ dueAt, kind: "due" as const })),
  nextDueAt: (dueAts.at(-1) ?? from) + 60_000,
  overlap,
  ...rest,
});

/** A job of which node `n` has the run of the first fire, and all of whose other instants are past by now. */
const running = Effect.fnUntraced(function* (store: Tested, overlap: Overlap) {
  const at = yield* store.register("job");
  const { runs: [run] } = yield* store.claim("n", "job", fires(at, [at + 1], overlap));
  yield* Effect.sleep(20);
  return { at, run: run as Run };
}) as (
  store: Tested,
  overlap: Overlap,
) => Checking<{ readonly at: number; readonly run: Run }>;

const skipsOf = ({ skips = [] }: ClaimResult) =>
  skips.map(({ count, firstDueAt, lastDueAt, reason }) => [reason, count, firstDueAt, lastDueAt]);

const waiting = (store: Tested) =>
  Effect.map(store.peek("job"), ([state]) => dues(state?.active.filter(({ attempt }) => attempt === 0) ?? []));

const take = (store: Tested, node: string, overlap: Overlap, rest: ItemParts = {}) =>
  store.claim(node, "job", { overlap, ...rest });

/** The laws. */
export const waitingFires: ReadonlyArray<Law> = [
  // R45.
  law(
    "of the fires that overlap the newest waits, and starts once the run before it is over",
    Effect.fnUntraced(function* (store: Tested) {
      const { at, run } = yield* running(store, "queue");
      const first = yield* store.claim("m", "job", fires(at + 1, [at + 2], "queue"));
      yield* same("it waits", [first.status, first.runs, first.late, first.queued], ["ok", [], 1, 1]);
      const next = yield* store.claim("m", "job", fires(at + 2, [at + 3, at + 4], "queue"));
      yield* same("a newer one", [next.status, next.late, skipsOf(next)], ["ok", 1, [[
        "coalesced",
        2,
        at + 2,
        at + 3,
      ]]]);
      yield* same("which waits", yield* waiting(store), [at + 4]);
      yield* same("while the run lasts", (yield* take(store, "m", "queue")).runs, []);
      const closed = yield* store.driver.complete({
        _tag: "Complete",
        service: store.service,
        incarnation: "n",
        items: [ended(run)],
      });
      yield* same("whose end tells", closed.open, ["job"]);
      const taken = yield* take(store, "m", "queue");
      yield* same("then it runs", taken.runs.map((it) => [it.dueAt, it.kind, it.attempt]), [[at + 4, "late", 1]]);
      yield* same("once", [(yield* take(store, "n", "queue")).runs, yield* waiting(store)], [[], []]);
      const reasons = (yield* store.history).map((it) =>
        "reason" in it ? it.reason : "outcome" in it ? it.outcome : it.action
      );
      yield* same("history", reasons, ["coalesced", "succeeded"]);
    }),
  ),
  law(
    "what waits is not overdue before the run before it is over, and then until somebody takes it",
    Effect.fnUntraced(function* (store: Tested) {
      const { at, run } = yield* running(store, "queue");
      yield* store.claim("m", "job", fires(at + 1, [at + 2], "queue"));
      const overdue = Effect.map(store.beat("m", { overdueMs: 1 }), (reply) => reply.overdue);
      yield* same("while the run lasts", yield* overdue, []);
      yield* store.complete(ended(run));
      yield* same("when it is over", yield* overdue, ["job"]);
      yield* take(store, "m", "queue");
      yield* same("when it is taken", yield* overdue, []);
    }),
  ),
  law(
    "a fire is not handed out ahead of one that waits, nor before it is known to overlap",
    Effect.fnUntraced(function* (store: Tested) {
      const { at, run } = yield* running(store, "queue-all");
      // As far ahead as a claim may be, for a slow machine.
      const { storeTime } = yield* store.beat("m");
      const ahead = yield* store.claim("m", "job", fires(at + 1, [storeTime + 1_900], "queue-all"));
      yield* same("not due", [ahead.status, ahead.runs], ["busy", []]);
      yield* store.claim("m", "job", fires(at + 1, [at + 2], "queue-all"));
      yield* store.complete(ended(run));
      const next = yield* store.claim("m", "job", fires(at + 2, [at + 3], "queue-all"));
      yield* same("behind it", [next.status, next.runs, next.late], ["ok", [], 2]);
      yield* same("in order", dues((yield* take(store, "m", "queue-all")).runs), [at + 2]);
    }),
  ),
  law(
    "a run that waits for its next attempt is in the way of fires that wait",
    Effect.fnUntraced(function* (store: Tested) {
      const { at, run } = yield* running(store, "queue");
      yield* store.claim("n", "job", fires(at + 1, [at + 2], "queue"));
      yield* store.complete(ended(run, { outcome: "failed", retryAt: at + 60_000, error: "no" }));
      yield* same("no place yet", (yield* take(store, "m", "queue")).runs, []);
      const again = yield* take(store, "m", "queue", { aheadMs: 2_000 });
      yield* same("nor ahead of it", again.runs, []);
      yield* store.control({ _tag: "CancelRuns", job: "job" });
      yield* same("when that is over", dues((yield* take(store, "m", "queue")).runs), [at + 2]);
    }),
  ),
  law(
    "what waits outlives a changed definition and a pause, during which it waits on",
    Effect.fnUntraced(function* (store: Tested) {
      const { at, run } = yield* running(store, "queue");
      yield* store.claim("n", "job", fires(at + 1, [at + 2], "queue"));
      yield* store.complete(ended(run));
      yield* store.control({ _tag: "Pause", job: "job" });
      const paused = yield* take(store, "n", "queue");
      yield* same("paused", [paused.status, paused.runs, paused.queued], ["paused", [], 0]);
      yield* same("nor overdue", (yield* store.beat("m", { overdueMs: 1 })).overdue, []);
      const [, dueAt] = yield* store.queue(trigger("key"));
      const asked = yield* take(store, "n", "queue");
      yield* same("what people ask for runs", dues(asked.runs), [dueAt]);
      yield* store.complete(ended(asked.runs[0] as Run));
      yield* store.control({ _tag: "Resume", job: "job", missed: "skip" });
      const changed = yield* take(store, "n", "queue", { definition: "next" });
      yield* same("changed", [changed.status, changed.queued], ["new", 1]);
      yield* same("it runs", dues((yield* take(store, "n", "queue", { definition: "next" })).runs), [at + 2]);
    }),
  ),
  law(
    "what waits for a run of a node that is gone starts when that is found out",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      // On a slow machine a promise may be over before it is used.
      let leaseMs = 1_500;
      const dying = Effect.suspend(() =>
        Effect.andThen(
          store.beat("dead", { gapMs: 0, leaseMs }),
          store.claim("dead", "job", fires(at, [at + 1], "queue")),
        )
      );
      while ((yield* dying).runs.length === 0 && leaseMs < 10_000) leaseMs *= 2;
      yield* Effect.sleep(20);
      const { lost } = yield* store.claim("m", "job", fires(at + 1, [at + 2], "queue"));
      let found = yield* take(store, "m", "queue");
      // On a slow machine it is found out by now.
      if (lost.length > 0) found = { ...found, lost };
      else if (found.lost.length === 0) yield* same("before", found.runs, []);
      // A store that ends leases itself, in whole seconds, is later.
      for (let tries = 0; found.lost.length === 0 && tries < 300; tries++) {
        yield* Effect.sleep(100);
        found = yield* take(store, "m", "queue");
      }
      yield* same("then", [dues(found.lost), dues(found.runs)], [[at + 1], [at + 2]]);
    }),
  ),
  law(
    "what waits counts for a limit once it is handed out, and no more wait than it leaves",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      const limited = { limit: 2 };
      const { runs: [run] } = yield* store.claim("n", "job", fires(at, [at + 1], "queue-all", limited));
      yield* Effect.sleep(20);
      const queued = yield* store.claim("m", "job", fires(at + 1, [at + 2, at + 3], "queue-all", limited));
      yield* same("one is left", [queued.counted, queued.late, skipsOf(queued)], [1, 1, [[
        "queue-full",
        1,
        at + 3,
        at + 3,
      ]]]);
      yield* store.complete(ended(run as Run));
      const { version } = yield* store.beat("n");
      const last = yield* take(store, "m", "queue-all", limited);
      yield* same("the last one", [dues(last.runs), last.counted], [[at + 2], 2]);
      yield* holds("everybody looks", (yield* store.beat("n")).version > version);
    }),
  ),
  law(
    "what waits is given up when people say so, and how many these were is told",
    Effect.fnUntraced(function* (store: Tested) {
      const { at, run } = yield* running(store, "queue-all");
      yield* store.claim("n", "job", fires(at + 1, [at + 2, at + 3], "queue-all"));
      yield* store.queue(trigger("key"));
      const control = (command: { readonly _tag: "Cancel" | "Remove"; readonly job: string }) =>
        store.driver.control({ _tag: "Control", service: store.service, command });
      const cancelled = yield* control({ _tag: "Cancel", job: "job" });
      yield* same("answer", [cancelled.result, cancelled.count], ["ok", 3]);
      yield* same("again", (yield* control({ _tag: "Cancel", job: "job" })).count, 0);
      yield* store.complete(ended(run));
      yield* same("nothing runs", (yield* take(store, "n", "queue-all")).runs, []);
      const given = (yield* store.history).flatMap((it) =>
        it._tag === "Run" && it.attempt === 0 ? [[it.dueAt, it.outcome]] : []
      );
      yield* same("history", given.length, 3);
      yield* same("of the schedule", given.slice(1), [[at + 2, "cancelled"], [at + 3, "cancelled"]]);
    }),
  ),
  // R46.
  law(
    "where each fire waits they run in order, one after the other, and beyond the bound they are skipped",
    Effect.fnUntraced(function* (store: Tested) {
      const all = { maxQueued: 2 };
      const { at, run } = yield* running(store, "queue-all");
      const first = yield* store.claim("m", "job", fires(at + 1, [at + 2], "queue-all", all));
      yield* same("one", [first.late, skipsOf(first)], [1, []]);
      const more = yield* store.claim("m", "job", fires(at + 2, [at + 3, at + 4, at + 5], "queue-all", all));
      yield* same("too many", [more.late, skipsOf(more)], [2, [["queue-full", 2, at + 4, at + 5]]]);
      yield* store.complete(ended(run));
      const one = yield* take(store, "m", "queue-all", all);
      const two = yield* take(store, "n", "queue-all", all);
      yield* same("one at a time", [dues(one.runs), two.runs, two.late], [[at + 2], [], 1]);
      yield* store.complete(ended(one.runs[0] as Run));
      const [, dueAt] = yield* store.queue(trigger("key"));
      const next = yield* take(store, "n", "queue-all", all);
      yield* same("before what was asked for later", dues(next.runs), [at + 3]);
      yield* store.complete(ended(next.runs[0] as Run));
      yield* same("which is next", dues((yield* take(store, "n", "queue-all", all)).runs), [dueAt]);
    }),
  ),
  // R47.
  law(
    "a fire cancels the runs before it and waits for their end, and only the newest does",
    Effect.fnUntraced(function* (store: Tested) {
      const { at, run } = yield* running(store, "cancel-previous");
      const { version } = yield* store.beat("n");
      const first = yield* store.claim("m", "job", fires(at + 1, [at + 2], "cancel-previous"));
      yield* same("it waits", [first.status, first.runs, first.late], ["ok", [], 1]);
      yield* holds("everybody looks", (yield* store.beat("n")).version > version);
      const held = yield* take(store, "n", "cancel-previous");
      yield* same("the holder is told by which", held.runs.map((it) => [it.dueAt, it.cancelAt]), [[at + 1, at + 2]]);
      const next = yield* store.claim("m", "job", fires(at + 2, [at + 3], "cancel-previous"));
      yield* same("only the newest", [next.late, skipsOf(next)], [1, [["coalesced", 1, at + 2, at + 2]]]);
      yield* store.complete(ended(run, { outcome: "cancelled", holds: true }));
      yield* same("while its handler goes on", (yield* take(store, "m", "cancel-previous")).runs, []);
      yield* store.complete(ended(run, { outcome: "cancelled" }));
      yield* same("then it runs", dues((yield* take(store, "m", "cancel-previous")).runs), [at + 3]);
    }),
  ),
  law(
    "a fire that is not due cancels nothing, and an attempt that waits is over at once",
    Effect.fnUntraced(function* (store: Tested) {
      const { at, run } = yield* running(store, "cancel-previous");
      const ahead = yield* store.claim("m", "job", fires(at + 1, [at + 1_900], "cancel-previous"));
      yield* same("not due", ahead.status, "busy");
      yield* same("goes on", (yield* take(store, "n", "cancel-previous")).runs.map((it) => it.cancelAt), [undefined]);
      yield* store.complete(ended(run, { outcome: "failed", retryAt: at + 60_000, error: "no" }));
      const next = yield* store.claim("m", "job", fires(at + 1, [at + 2], "cancel-previous"));
      yield* same("runs", [next.status, dues(next.runs), next.late], ["ok", [at + 2], undefined]);
      const lines = (yield* store.history).map((it) => it._tag === "Run" ? [it.dueAt, it.attempt, it.outcome] : it);
      yield* same("history", lines, [[at + 1, 1, "failed"], [at + 1, 2, "cancelled"]]);
    }),
  ),
];
