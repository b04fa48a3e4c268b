/**
 * Laws about fires that jitter moves: they are claimed, overdue and started from their moved start on, and told it.
 */
import * as Effect from "effect/Effect";
import { type Law, law, same, type Tested } from "./kit.ts";

/** By how much a fire is moved. Milliseconds. */
const movedMs = 60_000;

/** The laws. */
export const jitter: ReadonlyArray<Law> = [
  // R51.
  law(
    "a fire whose start is moved is claimed at most two seconds before that, and told it through takeovers",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      const { storeTime } = yield* store.beat("n");
      const claim = (startsAt: number) =>
        store.claim("n", "job", { from: at, to: at + 1, runs: [{ dueAt: at + 1, kind: "due", startsAt }] });
      const early = yield* claim(storeTime + movedMs);
      yield* same("a minute ahead", [early.status, early.watermark, early.runs], ["early", at, []]);
      const startsAt = storeTime + 1_900;
      const near = yield* claim(startsAt);
      yield* same("near", [near.status, near.runs.map((run) => [run.dueAt, run.startsAt])], ["ok", [[
        at + 1,
        startsAt,
      ]]]);
      const [active] = (yield* store.peek("job"))[0]?.active ?? [];
      yield* same("looked at", [active?.dueAt, active?.startsAt], [at + 1, startsAt]);
      yield* store.beat("n", { state: "gone" });
      const taken = yield* store.claim("m", "job", { rerun: true });
      yield* same("taken over", taken.runs.map((run) => [run.attempt, run.dueAt, run.startsAt]), [[
        2,
        at + 1,
        startsAt,
      ]]);
    }),
  ),
  // R51.
  law(
    "a job is overdue from the moved start of its fire on",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      const moved = { nextDueAt: at + 2, nextStartsAt: at + movedMs };
      yield* store.claim("n", "job", { from: at, to: at + 1, ...moved });
      yield* Effect.sleep(20);
      yield* same("not yet", (yield* store.beat("n", { overdueMs: 0 })).overdue, []);
      yield* store.claim("n", "job", { from: at + 1, to: at + 2, nextDueAt: at + 3 });
      yield* Effect.sleep(20);
      yield* same("one that is not moved", (yield* store.beat("n", { overdueMs: 0 })).overdue, ["job"]);
    }),
  ),
];
