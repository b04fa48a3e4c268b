/**
 * Laws about cancelling what runs: who is told, and what becomes of it when nobody is left to be told.
 */
import * as Effect from "effect/Effect";
import type { Run } from "../../core/words/Fire.ts";
import { type Checking, ended, holds, type Law, law, same, type Tested } from "./kit.ts";

/** A job with runs of node `n`, each at a fire of its own. */
const running = Effect.fnUntraced(function* (store: Tested, count: number) {
  const at = yield* store.register("job");
  const runs = Array.from({ length: count }, (_, index) => ({ dueAt: at + 1 + index, kind: "due" as const }));
  const claimed = yield* store.claim("n", "job", { from: at, to: at + count, runs });
  yield* same("handed out", claimed.runs.length, count);
  return claimed.runs;
}) as (store: Tested, count: number) => Checking<ReadonlyArray<Run>>;

const cancel = (fence?: number) => ({ _tag: "CancelRuns", job: "job", fence }) as const;

const outcomes = (store: Tested) =>
  Effect.map(store.history, (lines) => lines.map((it) => it._tag === "Run" ? [it.attempt, it.outcome] : it));

/** The laws. */
export const cancelling: ReadonlyArray<Law> = [
  // R44.
  law(
    "a run that is cancelled is told to its holder, and its members look again",
    Effect.fnUntraced(function* (store: Tested) {
      const [first, second] = (yield* running(store, 2)) as [Run, Run];
      const { version } = yield* store.beat("n");
      yield* same("of a run that is not there", yield* store.control(cancel(1)), "ok");
      yield* same("nobody looks for that", (yield* store.beat("n")).version, version);
      yield* same("of one", yield* store.control(cancel(first.fence)), "ok");
      yield* holds("all look", (yield* store.beat("n")).version > version);
      const told = (yield* store.claim("n", "job")).runs.map(({ cancelAt, fence }) => [fence, cancelAt !== undefined]);
      yield* same("told", told, [[first.fence, true], [second.fence, false]]);
      yield* same("its end", yield* store.complete(ended(first, { outcome: "cancelled" })), ["ok"]);
      yield* same("of all", yield* store.control(cancel()), "ok");
      yield* same("told of the other", (yield* store.claim("n", "job")).runs[0]?.cancelAt !== undefined, true);
      yield* same("which may have ended before", yield* store.complete(ended(second)), ["ok"]);
      yield* same("history", yield* outcomes(store), [[1, "cancelled"], [1, "succeeded"]]);
      yield* same("of a job that is not there", yield* store.control({ _tag: "CancelRuns", job: "other" }), "unknown");
    }),
  ),
  // R44.
  law(
    "a run that is cancelled is followed by no attempt: not after its node's death, nor when given back, nor when it fails",
    Effect.fnUntraced(function* (store: Tested) {
      const [dead, back, failed] = (yield* running(store, 3)) as [Run, Run, Run];
      yield* store.control(cancel());
      yield* store.complete(ended(back, { outcome: "abandoned", startedAt: 0, rerun: true }));
      yield* store.complete(ended(failed, { outcome: "failed", retryAt: 0 }));
      yield* store.beat("n", { state: "gone" });
      const found = yield* store.claim("m", "job", { rerun: true });
      yield* same("nothing follows", [found.runs, found.lost], [[], []]);
      yield* same("history", yield* outcomes(store), [[1, "cancelled"], [1, "failed"], [1, "cancelled"]]);
      yield* same("the end of the dead one", yield* store.complete(ended(dead)), ["gone"]);
    }),
  ),
  // R42, R44.
  law(
    "an attempt that waits is cancelled at once",
    Effect.fnUntraced(function* (store: Tested) {
      const [run] = (yield* running(store, 1)) as [Run];
      yield* store.complete(ended(run, { outcome: "failed", retryAt: 0 }));
      yield* same("cancelled", yield* store.control(cancel()), "ok");
      yield* same("nothing is left", (yield* store.peek("job"))[0]?.active, []);
      yield* same("history", yield* outcomes(store), [[1, "failed"], [2, "cancelled"]]);
      yield* same("nothing follows", (yield* store.claim("m", "job")).runs, []);
    }),
  ),
];
