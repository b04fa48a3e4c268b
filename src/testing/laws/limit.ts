/**
 * Laws about the limit of a schedule: what counts, what does not, and what becomes of the count.
 */
import * as Effect from "effect/Effect";
import type { Run } from "../../core/words/Fire.ts";
import { backfill, dues, trigger } from "./commands.ts";
import { ended, holds, type Law, law, same, type Tested } from "./kit.ts";
import type { ItemParts } from "./requests.ts";

/** Claims `many` fires, a second apart, of a job that may have `limit` runs. */
const fires = (from: number, many: number, limit: number, rest: ItemParts = {}): ItemParts => {
  const dueAts = Array.from({ length: many }, (_, index) => from + 1 + index);
  return {
    from,
    to: from + many,
    runs: dueAts.map((dueAt) => ({ dueAt, kind: "due" })),
    nextDueAt: from + many + 1,
    limit,
    ...rest,
  };
};

const counted = (store: Tested) => Effect.map(store.peek("job"), ([state]) => state?.counted);

/** The laws. */
export const limit: ReadonlyArray<Law> = [
  // R41.
  law(
    "no more runs of a schedule are handed out than its limit, and the fires beyond it are not owed",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      yield* same("none is counted without a limit", yield* counted(store), undefined);
      const { version } = yield* store.beat("n");
      const first = yield* store.claim("n", "job", fires(at, 2, 3));
      yield* same("below it", [first.status, first.runs.length, first.counted], ["ok", 2, 2]);
      yield* same("nobody need look", (yield* store.beat("n")).version, version);
      const second = yield* store.claim("m", "job", fires(at + 2, 3, 3));
      yield* same("the last one", [second.status, dues(second.runs), second.counted, second.skips], [
        "ok",
        [at + 3],
        3,
        [],
      ]);
      yield* holds("everybody looks", (yield* store.beat("n")).version > version);
      yield* same("nothing waits", (yield* store.beat("n", { overdueMs: 0 })).overdue, []);
      const third = yield* store.claim("n", "job", fires(at + 5, 2, 3));
      yield* same("beyond it", [third.status, third.runs.length, third.counted], ["ok", 2, 3]);
      yield* same("no line", (yield* store.history).length, 0);
      yield* same("looked at", yield* counted(store), 3);
    }),
  ),
  law(
    "a fire counts once, what people ask for and what is skipped not at all",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      const overlap = "skip" as const;
      yield* Effect.sleep(20);
      const first = yield* store.claim("n", "job", fires(at, 1, 5, { overlap }));
      const skipped = yield* store.claim("n", "job", fires(at + 1, 1, 5, { overlap }));
      yield* same("skipped", [skipped.status, skipped.counted], ["ok", 1]);
      yield* store.complete(ended(first.runs[0] as Run, { rerun: true }));
      const again = yield* store.claim("m", "job", { limit: 5 });
      yield* same("started again", [again.runs.map(({ attempt }) => attempt), again.counted], [[2], 1]);
      yield* store.complete(ended(again.runs[0] as Run));
      yield* store.queue(trigger("key"));
      yield* store.queue(backfill("days", [5, 6]));
      const asked = yield* store.claim("n", "job", { limit: 5, take: 3 });
      yield* same("asked for", [asked.runs.length, asked.counted], [3, 1]);
    }),
  ),
  law(
    "the count survives a changed definition and a pause, and a run beyond it can be asked for",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      yield* store.claim("n", "job", fires(at, 3, 2));
      const changed = yield* store.claim("n", "job", { definition: "next", limit: 2, nextDueAt: at + 60_000 }, {
        deployment: 2,
      });
      yield* same("changed", [changed.status, changed.counted], ["new", 2]);
      yield* store.control({ _tag: "Pause", job: "job" });
      yield* store.control({ _tag: "Resume", job: "job", missed: "catch-up" });
      yield* same("in the end", yield* counted(store), 2);
      yield* same("asked for", (yield* store.queue(trigger("key")))[0], "ok");
      const { runs } = yield* store.claim("n", "job", { definition: "next", limit: 2 }, { deployment: 2 });
      yield* same("handed out", runs.map(({ kind }) => kind).includes("manual"), true);
    }),
  ),
  law(
    "under a higher limit the schedule goes on from then, and owes nothing of before",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      const spent = yield* store.claim("n", "job", fires(at, 1, 1));
      yield* store.complete(ended(spent.runs[0] as Run));
      yield* Effect.sleep(20);
      const same1 = yield* store.claim("m", "job", { limit: 1, nextDueAt: at + 5_000 });
      yield* same("under the same", [same1.status, same1.watermark], ["at", at + 1]);
      const higher = yield* store.claim("m", "job", { limit: 2, nextDueAt: at + 5_000 });
      yield* same("under a higher one", higher.status, "at");
      yield* holds("from then on", (higher.watermark ?? 0) > at + 10, higher.watermark);
      const again = yield* store.claim("n", "job", { limit: 2, nextDueAt: at + 5_000 });
      yield* same("once", again.watermark, higher.watermark);
      const last = yield* store.claim("n", "job", fires(higher.watermark ?? 0, 2, 2));
      yield* same("one more", [last.runs.length, last.counted], [1, 2]);
      const none = yield* store.claim("n", "job", { nextDueAt: at + 5_000 });
      yield* holds("without one it goes on too", (none.watermark ?? 0) >= (last.watermark ?? 0), none.watermark);
      const rest = fires(none.watermark ?? 0, 3, 9);
      yield* same("all", (yield* store.claim("n", "job", { ...rest, limit: undefined })).runs.length, 4);
      yield* same("and is not counted", yield* counted(store), 2);
    }),
  ),
  law(
    "a count that the store has lost is told again by who knows it",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      const one = yield* store.claim("n", "job", fires(at, 3, 7, { counted: 6 }));
      yield* same("goes on", [one.runs.length, one.counted], [1, 7]);
      const less = yield* store.claim("m", "job", { limit: 7, counted: 3 });
      yield* same("never less", less.counted, 7);
      const forgotten = yield* store.claim("n", "other", { limit: 7, counted: 7, floor: at });
      yield* same("of a job that is not there", [forgotten.status, forgotten.counted], ["new", 7]);
    }),
  ),
];
