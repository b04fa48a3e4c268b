/**
 * Laws of what belongs to a whole service: its history, its keys, its end.
 */
import * as Effect from "effect/Effect";
import { change, holds, type Kept, law, same, type StoreLaw } from "./kit.ts";

/** The laws. */
export const service: ReadonlyArray<StoreLaw> = [
  law(
    "lines are written with their change, in the order of the items",
    Effect.fnUntraced(function* (kept: Kept) {
      const item = (key: string, ...lines: ReadonlyArray<string>) =>
        change({ rows: [{ key, expect: undefined, put: "1" }], lines });
      yield* kept.exchange([item("a", "1", "2"), item("b"), item("c", "3")]);
      yield* kept.exchange([item("d", "4,|;%"), item("a", "never"), item("e", "5")]);
      yield* same("history", yield* kept.history, ["1", "2", "3", "4,|;%", "5"]);
    }),
  ),
  law(
    "the history keeps the order, and at least the last thousand lines",
    Effect.fnUntraced(function* (kept: Kept) {
      let written = 0;
      for (const count of [1, 400, 1, 350, 7, 400, 1]) {
        const lines = Array.from({ length: count }, () => `line ${written++}`);
        yield* kept.change({ rows: [{ key: `after ${written}`, expect: undefined, put: "1" }], lines });
      }
      const lines = yield* kept.history;
      yield* holds("lines", lines.length >= 1_000 && lines.length <= written, lines.length);
      const from = written - lines.length;
      yield* same("their order", lines.join(), lines.map((_, at) => `line ${from + at}`).join());
    }),
  ),
  law(
    "every key is in some page, and nothing else is",
    Effect.fnUntraced(function* (kept: Kept) {
      const keys = Array.from({ length: 1_200 }, (_, at) => `${at % 2 === 0 ? "job" : "ö"}:${at}`);
      yield* kept.beat("n", { declared: "1|" });
      for (let from = 0; from < keys.length; from += 200) {
        yield* kept.exchange(
          keys.slice(from, from + 200).map((key) =>
            change({ rows: [{ key, expect: undefined, put: "1" }], lines: [`line ${from}`] })
          ),
        );
      }
      yield* same("keys", (yield* kept.keys).join(), [...keys].sort().join());
    }),
  ),
  law(
    "a destroyed service is as if it had never been, and can be used again",
    Effect.fnUntraced(function* (kept: Kept) {
      for (let round = 0; round < 2; round++) {
        yield* kept.put("a", "text", undefined, { lines: [`round ${round}`], waitsSince: 5 });
        const joined = yield* kept.beat("n", { declared: "1|", overdueMs: 0 });
        yield* same("joined", [joined.joined, joined.members?.length, joined.overdue], [true, 1, ["a"]]);
        yield* same("history", yield* kept.history, [`round ${round}`]);
        yield* kept.store.destroy(kept.service);
        yield* same("text", yield* kept.texts("a"), [undefined]);
        yield* same("keys and history", yield* Effect.all([kept.keys, kept.history]), [[], []]);
      }
      yield* kept.store.destroy(kept.service);
      const left = yield* kept.beat("n", { member: undefined, overdueMs: 0 });
      yield* same("nothing is left", [left.joined, left.version, left.overdue], [true, 0, []]);
    }),
  ),
];
