/**
 * Laws of shelves, for stores that keep any: rows that last, what of a shelf is due, what is listed.
 */
import * as Effect from "effect/Effect";
import type { Change } from "../../../Store.ts";
import { change, type Checking, holds, type Kept, law, look, same, type StoreLaw } from "./kit.ts";

/** A law that says nothing of stores without shelves. */
const ofShelves = (name: string, body: (kept: Kept) => Checking<void>): StoreLaw =>
  law(name, (kept) => kept.store.shelved === undefined ? Effect.void : body(kept));

/** Puts a row on a shelf. */
const shelve = (kept: Kept, key: string, since: number | undefined, rest: Partial<Change> = {}) =>
  kept.put(key, "1|text", undefined, { shelf: "h:a:1", waitsSince: since, ...rest });

/** What of a shelf is due until an instant. */
const dueIs = (
  kept: Kept,
  [shelf, until, limit = 100, after = -1]: readonly [shelf: string, until: number, limit?: number, after?: number],
  expected: ReadonlyArray<readonly [string, number]>,
  next?: number,
): Checking<void> =>
  Effect.flatMap(
    kept.exchange([{ _tag: "Due", shelf, after, until, limit }]),
    ({ results }) => same(`due on ${shelf} until ${until}`, results[0], { _tag: "Due", due: expected, next }),
  );

/** All pages of what stands on shelves. */
const listed = (kept: Kept, prefix: string, limit: number): Checking<ReadonlyArray<ReadonlyArray<string>>> =>
  Effect.gen(function* () {
    const pages: Array<ReadonlyArray<string>> = [];
    let after: string | undefined;
    do {
      const page = yield* kept.store.shelved?.(kept.service, { prefix, after, limit }) ??
        Effect.succeed({ keys: [], after: undefined });
      pages.push(page.keys);
      after = page.after;
    } while (after !== undefined && pages.length < 100);
    return pages;
  });

/** The laws. */
export const shelves: ReadonlyArray<StoreLaw> = [
  ofShelves(
    "of a shelf the rows that are due are told, the earliest first, and when the next one is",
    Effect.fnUntraced(function* (kept: Kept) {
      yield* dueIs(kept, ["h:a:1", 10_000], []);
      yield* shelve(kept, "_:c", 3_000);
      yield* shelve(kept, "_:b", 2_000);
      yield* shelve(kept, "_:a", 4_000_000_000_000);
      yield* shelve(kept, "_:d", 2_000);
      yield* shelve(kept, "_:never", undefined);
      yield* shelve(kept, "_:other", 1_000, { shelf: "h:a:2" });
      const [b, c, d] = [["_:b", 2_000], ["_:c", 3_000], ["_:d", 2_000]] as const;
      yield* dueIs(kept, ["h:a:1", 1_999], [], 2_000);
      yield* dueIs(kept, ["h:a:1", 2_000], [b, d], 3_000);
      yield* dueIs(kept, ["h:a:1", 3_000], [b, d, c], 4_000_000_000_000);
      yield* dueIs(kept, ["h:a:1", 9_000, 1], [b], 2_000);
      yield* dueIs(kept, ["h:a:1", 9_000, 2], [b, d], 3_000);
      yield* dueIs(kept, ["h:a:1", 9_000, 0], [], 2_000);
      yield* dueIs(kept, ["h:a:1", 9_000, 2, 1_999], [b, d], 3_000);
      yield* dueIs(kept, ["h:a:1", 9_000, 2, 2_000], [c], 4_000_000_000_000);
      yield* dueIs(kept, ["h:a:1", 9_000, 0, 3_000], [], 4_000_000_000_000);
      yield* dueIs(kept, ["h:a:1", 5_000_000_000_000], [b, d, c, ["_:a", 4_000_000_000_000]]);
      yield* dueIs(kept, ["h:a:2", 1_000], [["_:other", 1_000]]);
      yield* dueIs(kept, ["h:a:3", 1_000], []);
    }),
  ),
  ofShelves(
    "a row is due when its last change says, on the shelf that it names, until it is removed",
    Effect.fnUntraced(function* (kept: Kept) {
      yield* kept.put("j:other", "1");
      const first = yield* shelve(kept, "_:a", 1_000);
      const stale = yield* kept.stale;
      const refused = yield* kept.change({
        rows: [{ key: "_:a", expect: stale, put: "never" }],
        shelf: "h:a:1",
        waitsSince: 7,
      });
      yield* same("refused", refused._tag, "Found");
      yield* dueIs(kept, ["h:a:1", 9_000], [["_:a", 1_000]]);
      const second = yield* kept.put("_:a", "2", first, { shelf: "h:a:1" });
      yield* dueIs(kept, ["h:a:1", 9_000], [["_:a", 1_000]]);
      const third = yield* kept.put("_:a", "3", second, { shelf: "h:a:1", waitsSince: 2_000 });
      yield* dueIs(kept, ["h:a:1", 9_000], [["_:a", 2_000]]);
      const fourth = yield* kept.put("_:a", "4", third, { shelf: "h:a:1", waitsSince: undefined });
      yield* dueIs(kept, ["h:a:1", 9_000], []);
      const fifth = yield* kept.put("_:a", "5", fourth, { shelf: "h:a:1", waitsSince: 3_000 });
      const moved = yield* kept.put("_:a", "6", fifth, { shelf: "h:b:1", unshelve: "h:a:1", waitsSince: 4_000 });
      yield* dueIs(kept, ["h:a:1", 9_000], []);
      yield* dueIs(kept, ["h:b:1", 9_000], [["_:a", 4_000]]);
      const removal = { rows: [{ key: "_:a", expect: moved, put: null }], shelf: "h:b:1" };
      yield* same("removed", (yield* kept.change(removal))._tag, "Changed");
      yield* dueIs(kept, ["h:b:1", 9_000], []);
      yield* shelve(kept, "_:a", undefined);
      yield* dueIs(kept, ["h:a:1", 9_000], []);
    }),
  ),
  ofShelves(
    "what is due of a group of shelves is told however often nothing was, and so is when the next row is due, or earlier",
    Effect.fnUntraced(function* (kept: Kept) {
      const asked = (until: number) =>
        Effect.map(
          kept.exchange(
            ["h:a:1", "h:a:2"].map((shelf) => ({ _tag: "Due", shelf, after: -1, until, limit: 10 }) as const),
            { groups: ["h:a:"] },
          ),
          ({ results }) => results.map((it) => it._tag === "Due" ? it : { due: [], next: undefined }),
        );
      const dueAre = (until: number, ...due: ReadonlyArray<ReadonlyArray<readonly [string, number]>>) =>
        Effect.flatMap(asked(until), (found) => same(`due until ${until}`, found.map((it) => it.due), due));
      /** Nothing is due until an instant, and the next row after it is told for `next` at the latest. */
      const quietIs = (until: number, next: number | undefined) =>
        Effect.flatMap(asked(until), (found) => {
          const firsts = found.flatMap((it) => it.next ?? []);
          const isSound = found.every(({ due, next: at }) => due.length === 0 && (at === undefined || at > until));
          return holds(`quiet until ${until}`, isSound && Math.min(...firsts) <= (next ?? Infinity), found);
        });
      yield* quietIs(9_000, undefined);
      yield* quietIs(9_000, undefined);
      const a = yield* shelve(kept, "_:a", 5_000);
      yield* dueAre(9_000, [["_:a", 5_000]], []);
      yield* quietIs(4_000, 5_000);
      yield* quietIs(4_000, 5_000);
      yield* dueAre(9_000, [["_:a", 5_000]], []);
      const b = yield* shelve(kept, "_:b", 3_000, { shelf: "h:a:2" });
      yield* quietIs(2_000, 3_000);
      yield* dueAre(4_000, [], [["_:b", 3_000]]);
      const moved = yield* kept.put("_:b", "2", b, { shelf: "h:a:2", waitsSince: 8_000 });
      yield* quietIs(4_000, 5_000);
      yield* dueAre(6_000, [["_:a", 5_000]], []);
      yield* kept.put("_:b", "3", moved, { shelf: "h:a:2", waitsSince: 4_500 });
      yield* quietIs(4_000, 4_500);
      yield* dueAre(4_600, [], [["_:b", 4_500]]);
      yield* kept.put("_:a", "2", a, { shelf: "h:b:1", unshelve: "h:a:1", waitsSince: 1_000 });
      yield* dueAre(9_000, [], [["_:b", 4_500]]);
      const other = kept.exchange([{ _tag: "Due", shelf: "h:b:1", after: -1, until: 999, limit: 10 }], {
        groups: ["h:b:"],
      });
      yield* other;
      yield* other;
      yield* kept.put("_:c", "1", undefined, { shelf: "h:a:1", waitsSince: undefined });
      yield* dueAre(9_000, [], [["_:b", 4_500]]);
      yield* dueIs(kept, ["h:b:1", 9_000], [["_:a", 1_000]]);
    }),
  ),
  ofShelves(
    "rows of a change on a shelf change together, and are looked at as any",
    Effect.fnUntraced(function* (kept: Kept) {
      const made = yield* kept.exchange([
        change({
          rows: [
            { key: "_:a", expect: undefined, put: "1|@5+1@" },
            { key: "_d:a", expect: undefined, put: `1|${"long".repeat(200)}` },
            { key: "j:a", expect: undefined, put: "1|job" },
          ],
          shelf: "h:a:1",
          waitsSince: 5,
        }),
        change({ rows: [{ key: "_d:b", expect: undefined, put: "1|b" }] }),
      ]);
      const at = made.storeTime + 1;
      const [first] = made.results;
      const texts = yield* kept.texts("j:a", "_d:a", "_:a", "_d:b", "_:b");
      yield* same("texts", texts, ["1|job", `1|${"long".repeat(200)}`, `1|${at}`, "1|b", undefined]);
      const versions = first?._tag === "Changed" ? first.versions : [];
      const { results: [seen] } = yield* kept.exchange([look("_:a", "_d:a")]);
      const found = seen?._tag === "Found" ? seen.found.map((it) => it?.version) : [];
      yield* same("versions", found, versions.slice(0, 2));
      const stale = yield* kept.stale;
      const refused = yield* kept.change({
        rows: [{ key: "_:a", expect: versions[0], put: null }, { key: "_d:a", expect: stale, put: null }],
        shelf: "h:a:1",
      });
      yield* same("one is not as expected", refused._tag, "Found");
      yield* dueIs(kept, ["h:a:1", 9_000], [["_:a", 5]]);
      const removed = yield* kept.change({
        rows: [{ key: "_:a", expect: versions[0], put: null }, { key: "_d:a", expect: versions[1], put: null }],
        shelf: "h:a:1",
      });
      yield* same("removed", removed, { _tag: "Changed", versions: [undefined, undefined] });
      yield* same("what is left", yield* kept.texts("_:a", "_d:a", "j:a"), [undefined, undefined, "1|job"]);
    }),
  ),
  ofShelves(
    "what waits on a shelf is in no list of what is overdue",
    Effect.fnUntraced(function* (kept: Kept) {
      const { storeTime } = yield* kept.beat("n");
      yield* shelve(kept, "_:a", storeTime - 60_000);
      yield* kept.put("job", "1", undefined, { waitsSince: storeTime - 45_000 });
      yield* same("overdue", (yield* kept.beat("n", { overdueMs: 20_000 })).overdue, ["job"]);
    }),
  ),
  ofShelves(
    "what stands on shelves is listed page by page, in order, by what it begins with; keys that last are in no page of keys",
    Effect.fnUntraced(function* (kept: Kept) {
      const ids = Array.from({ length: 30 }, (_, at) => `t${at % 3}%2F${String(at).padStart(2, "0")}`);
      yield* kept.exchange(ids.map((id, at) =>
        change({
          rows: [{ key: `_:${id}`, expect: undefined, put: "1" }, { key: `_d:${id}`, expect: undefined, put: "2" }],
          shelf: `h:a:${at % 4}`,
          waitsSince: at % 2 === 0 ? undefined : at,
        })
      ));
      yield* kept.put("j:job", "1");
      const sorted = ids.map((id) => `_:${id}`).sort();
      const of = (prefix: string) => sorted.filter((it) => it.startsWith(prefix));
      yield* same("all", (yield* listed(kept, "_:", 1_000)).flat(), sorted);
      for (const prefix of ["_:", "_:t1", "_:t1%2F0", "_:t1%2F01", "_:t9"]) {
        const pages = yield* listed(kept, prefix, 4);
        yield* same(`under ${prefix}`, pages.flat(), of(prefix));
        yield* holds("pages are bounded", pages.every(({ length }) => length <= 4), pages);
      }
      yield* same("keys", yield* kept.keys, ["j:job"]);
      const [{ results: [found] }, key] = [yield* kept.exchange([look("_:t2%2F29")]), "_:t2%2F29"];
      const expect = found?._tag === "Found" ? found.found[0]?.version : undefined;
      yield* kept.change({ rows: [{ key, expect, put: null }], shelf: "h:a:1" });
      yield* same("one less", (yield* listed(kept, "_:", 1_000)).flat(), sorted.filter((it) => it !== key));
    }),
  ),
  ofShelves(
    "nothing of shelves is left of a destroyed service, and no other one sees them",
    Effect.fnUntraced(function* (kept: Kept) {
      yield* shelve(kept, "_:a", 5);
      const other = `${kept.service}.other`;
      const page = { prefix: "_:", after: undefined, limit: 10 };
      const elsewhere = yield* kept.store.shelved?.(other, page) ?? Effect.succeed(undefined);
      yield* same("of another service", elsewhere, { keys: [], after: undefined });
      const { results: [there] } = yield* kept.exchange([{
        _tag: "Due",
        shelf: "h:a:1",
        after: -1,
        until: 9,
        limit: 1,
      }], {
        service: other,
      });
      yield* same("due there", there, { _tag: "Due", due: [], next: undefined });
      yield* kept.store.destroy(kept.service);
      yield* same("listed", (yield* listed(kept, "_:", 10)).flat(), []);
      yield* dueIs(kept, ["h:a:1", 9], []);
      yield* same("texts", yield* kept.texts("_:a"), [undefined]);
      yield* same("overdue", (yield* kept.beat("n", { overdueMs: 0 })).overdue, []);
    }),
  ),
];
