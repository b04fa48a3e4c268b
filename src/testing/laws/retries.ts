/**
 * Laws about attempts that follow on a failure: where they wait, when they are handed out, and how they are counted.
 */
import * as Effect from "effect/Effect";
import type { Run } from "../../core/words/Fire.ts";
import { type Checking, ended, holds, type Law, law, same, type Tested } from "./kit.ts";

/** How long the next attempt waits. Milliseconds. */
const waitMs = 600;

/** A job whose only run has failed, and when the next attempt of it may start. */
const failed = Effect.fnUntraced(function* (store: Tested, rest: { readonly retryAt?: number } = {}) {
  const at = yield* store.register("job");
  const { results: [result], storeTime } = yield* store.claims("n", [
    { job: "job", from: at, to: at + 1, runs: [{ dueAt: at + 1, kind: "due" }] },
  ]);
  const run = result?.runs[0] as Run;
  const retryAt = rest.retryAt ?? storeTime + waitMs;
  const end = ended(run, { outcome: "failed", retryAt, error: "no, @|,;" });
  yield* same("its end", yield* store.complete(end), ["ok"]);
  return { at, run, end, retryAt };
}) as (store: Tested, rest?: { readonly retryAt?: number }) => Checking<{
  readonly at: number;
  readonly run: Run;
  readonly end: ReturnType<typeof ended>;
  readonly retryAt: number;
}>;

/** The laws. */
export const retries: ReadonlyArray<Law> = [
  // R42.
  law(
    "an attempt after one that failed waits in the record, and goes to whoever asks when it is time",
    Effect.fnUntraced(function* (store: Tested) {
      const { at, end, retryAt, run } = yield* failed(store);
      yield* same("its end again", yield* store.complete(end), ["ok"]);
      yield* same("its end, as it was not", yield* store.complete(ended(run, { outcome: "abandoned" })), ["ok"]);
      const [waiting, ...more] = (yield* store.peek("job"))[0]?.active ?? [];
      yield* same("it waits", [waiting?.holder, waiting?.attempt, waiting?.notBefore, more], ["", 1, retryAt, []]);
      for (let round = 0; round < 100; round++) {
        const { results: [result], storeTime } = yield* store.claims("m", [{ job: "job", rerun: false }]);
        yield* same(
          `handed out ${storeTime - retryAt} ms after its time`,
          result?.runs.length,
          storeTime >= retryAt ? 1 : 0,
        );
        const [again] = result?.runs ?? [];
        if (again === undefined) {
          yield* same("told", result?.retryAt, retryAt);
          yield* Effect.sleep(50);
          continue;
        }
        yield* same("told no more", result?.retryAt, undefined);
        yield* same("it", [again.dueAt, again.attempt, again.kind], [at + 1, 2, "retry"]);
        yield* same("of before", [again.notBefore, again.previousError, again.retries], [retryAt, "no, @|,;", 1]);
        yield* holds("its token is higher", again.fence > run.fence, [run, again]);
        yield* same("the first end once more", yield* store.complete(end), ["gone"]);
        yield* same("the last end", yield* store.complete(ended(again)), ["ok"]);
        const lines = (yield* store.history).map((it) => it._tag === "Run" ? [it.attempt, it.outcome] : it);
        yield* same("history", lines, [[1, "failed"], [2, "succeeded"]]);
        yield* same("nothing is left", (yield* store.peek("job"))[0]?.active, []);
        return;
      }
      yield* holds("it is handed out", false);
    }),
  ),
  // R27, R42.
  law(
    "an attempt that waits is in the way of fires that must not overlap",
    Effect.fnUntraced(function* (store: Tested) {
      const { at } = yield* failed(store, { retryAt: Number.MAX_SAFE_INTEGER - 10_000 });
      // Whether a fire overlaps is decided when it is due.
      yield* Effect.sleep(10);
      const next = yield* store.claim("m", "job", {
        from: at + 1,
        to: at + 2,
        overlap: "skip",
        runs: [{ dueAt: at + 2, kind: "late" }],
      });
      const skips = next.skips?.map(({ firstDueAt, reason }) => [firstDueAt, reason]);
      yield* same("skipped", [next.status, next.runs, skips], ["ok", [], [[at + 2, "overlap"]]]);
      yield* store.control({ _tag: "Trigger", job: "job", key: "key" });
      yield* same("queued", (yield* store.claim("m", "job", { overlap: "skip" })).runs, []);
    }),
  ),
  // R22, R42.
  law(
    "an attempt that nobody has taken is told as overdue, also while the job is paused",
    Effect.fnUntraced(function* (store: Tested) {
      const { retryAt } = yield* failed(store);
      yield* store.control({ _tag: "Pause", job: "job" });
      for (let round = 0; round < 100; round++) {
        const { overdue, storeTime } = yield* store.beat("m", { overdueMs: 0 });
        yield* same(`told ${storeTime - retryAt} ms after its time`, overdue, storeTime >= retryAt ? ["job"] : []);
        if (overdue.length > 0) break;
        yield* Effect.sleep(50);
      }
      const taken = yield* store.claim("m", "job");
      yield* same("taken", [taken.status, taken.runs.map(({ attempt }) => attempt)], ["paused", [2]]);
      yield* same("told no more", (yield* store.beat("m", { overdueMs: 0 })).overdue, []);
    }),
  ),
  // R28, R42.
  law(
    "attempts after failures do not use up those after deaths",
    Effect.fnUntraced(function* (store: Tested) {
      let { run } = yield* failed(store, { retryAt: 0 });
      for (const attempt of [2, 3, 4, 5, 6]) {
        const [again] = (yield* store.claim("n", "job")).runs;
        yield* same("attempt", again?.attempt, attempt);
        run = again as Run;
        yield* store.complete(ended(run, { outcome: "failed", retryAt: 0 }));
      }
      for (const attempt of [7, 8, 9, 10, 11]) {
        const [again] = (yield* store.claim(`dead ${attempt}`, "job", { rerun: true })).runs;
        yield* same("attempt", [again?.attempt, again?.retries], [attempt, 6]);
        yield* store.beat(`dead ${attempt}`, { state: "gone" });
      }
      const last = yield* store.claim("n", "job", { rerun: true });
      yield* same("the last", [last.runs, last.lost.map(({ attempt }) => attempt)], [[], [11]]);
    }),
  ),
];
