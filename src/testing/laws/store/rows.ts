/**
 * Laws of changes: what is compared, what is put, and that all of it is one step.
 */
import * as Effect from "effect/Effect";
import type { Row } from "../../../Store.ts";
import { change, holds, type Kept, law, look, same, type StoreLaw } from "./kit.ts";

const odd = [
  "plain",
  "",
  "a|b;c,d=e",
  "𝄞\ud800%",
  "#",
  "#0",
  "#version",
  "@a",
  "~",
  "~%",
  "a\nb",
  "%",
  "job:1",
  "-",
  "=",
  "?",
];

/** The laws. */
export const rows: ReadonlyArray<StoreLaw> = [
  law(
    "a row is put where nothing is, and comes back under the version that was told",
    Effect.fnUntraced(function* (kept: Kept) {
      yield* same("nothing", yield* kept.texts("a", "b"), [undefined, undefined]);
      const version = yield* kept.put("a", "1|text");
      const { results } = yield* kept.exchange([look("b", "a")]);
      yield* same("what is there", results, [
        { _tag: "Found", found: [undefined, { text: "1|text", version }], members: [] },
      ]);
    }),
  ),
  law(
    "a row is changed only if its version is the expected one; else what is there comes back",
    Effect.fnUntraced(function* (kept: Kept) {
      const first = yield* kept.put("a", "first");
      const second = yield* kept.put("a", "second", first);
      yield* holds("two texts have two versions", first !== second, second);
      const there = { _tag: "Found", found: [{ text: "second", version: second }], members: [] };
      for (const expect of [first, undefined, yield* kept.stale]) {
        for (const put of ["third", null, undefined]) {
          const refused = yield* kept.change({ rows: [{ key: "a", expect, put }] });
          yield* same(`expecting ${expect} to put ${put}`, refused, there);
        }
      }
      yield* same("text", yield* kept.texts("a"), ["second"]);
      const absent = yield* kept.change({ rows: [{ key: "b", expect: second, put: "text" }] });
      yield* same("a version where nothing is", absent, { _tag: "Found", found: [undefined], members: [] });
    }),
  ),
  law(
    "a row that was removed is as if it had never been",
    Effect.fnUntraced(function* (kept: Kept) {
      const version = yield* kept.put("a", "text");
      const removed = yield* kept.change({ rows: [{ key: "a", expect: version, put: null }] });
      yield* same("removed", removed, { _tag: "Changed", versions: [undefined] });
      yield* same("nothing is left", yield* kept.texts("a"), [undefined]);
      yield* same("no key", yield* kept.keys, []);
      const again = yield* kept.change({ rows: [{ key: "a", expect: version, put: null }] });
      yield* same("removed again", again, { _tag: "Found", found: [undefined], members: [] });
      yield* kept.put("a", "another");
    }),
  ),
  law(
    "a row without anything to put is proved to be as it was, and left so",
    Effect.fnUntraced(function* (kept: Kept) {
      const version = yield* kept.put("a", "text");
      const proved = yield* kept.change({
        rows: [{ key: "a", expect: version, put: undefined }, { key: "b", expect: undefined, put: undefined }],
      });
      yield* same("proved", proved, { _tag: "Changed", versions: [version, undefined] });
      yield* same("texts", yield* kept.texts("a", "b"), ["text", undefined]);
      yield* same("keys", yield* kept.keys, ["a"]);
    }),
  ),
  law(
    "the rows of a change change together, or not at all",
    Effect.fnUntraced(function* (kept: Kept) {
      const stale = yield* kept.stale;
      const version = yield* kept.put("b", "old");
      const three = (expect: string | undefined): ReadonlyArray<Row> => [
        { key: "a", expect: undefined, put: "new" },
        { key: "b", expect, put: "changed" },
        { key: "c", expect: undefined, put: "new" },
      ];
      for (const order of [three, (expect: string | undefined) => [...three(expect)].reverse()]) {
        const refused = yield* kept.change({ rows: order(stale), lines: ["line"] });
        yield* same("one is not as expected", refused._tag, "Found");
        yield* same("texts", yield* kept.texts("a", "b", "c"), [undefined, "old", undefined]);
      }
      const made = yield* kept.change({ rows: three(version) });
      yield* same("all are as expected", made._tag, "Changed");
      yield* same("texts after it", yield* kept.texts("a", "b", "c"), ["new", "changed", "new"]);
      yield* same("no line of what was refused", yield* kept.history, []);
    }),
  ),
  law(
    "the items of an exchange are independent of each other",
    Effect.fnUntraced(function* (kept: Kept) {
      const version = yield* kept.put("b", "old");
      const { results } = yield* kept.exchange([
        look("a", "b"),
        change({ rows: [{ key: "c", expect: yield* kept.stale, put: "new" }] }),
        change({ rows: [{ key: "d", expect: undefined, put: "new" }] }),
        change({ rows: [{ key: "e", expect: undefined, put: "new" }], notAfter: 1 }),
        change({ rows: [{ key: "f", expect: undefined, put: "new" }], members: [["nobody", true]] }),
        change({ rows: [{ key: "g", expect: undefined, put: "new" }] }),
      ]);
      yield* same("what became of them", results.map((it) => it._tag), [
        ...["Found", "Found", "Changed", "Found", "Found", "Changed"],
      ]);
      yield* same("the look", results[0]?._tag === "Found" && results[0].found, [undefined, { text: "old", version }]);
      yield* same("texts", yield* kept.texts(..."cdefg"), [undefined, "new", undefined, undefined, "new"]);
    }),
  ),
  law(
    "texts of any length come back as they were, and can be changed by their version",
    Effect.fnUntraced(function* (kept: Kept) {
      const sizes = [0, 2, 511, 512, 513, 4_096, 20_000];
      const textOf = (size: number, letter: string) => letter.repeat(Math.max(0, size - 1)) + (size > 0 ? "|" : "");
      const versions: Array<string> = [];
      for (const size of sizes) versions.push(yield* kept.put(`of ${size}`, textOf(size, "x")));
      const keys = sizes.map((size) => `of ${size}`);
      yield* same("texts", yield* kept.texts(...keys), sizes.map((size) => textOf(size, "x")));
      yield* same("versions are of their own", new Set(versions).size, sizes.length);
      const changes = (letter: string) =>
        sizes.map((size, at) =>
          change({ rows: [{ key: `of ${size}`, expect: versions[at], put: textOf(size, letter) }] })
        );
      const { results } = yield* kept.exchange(changes("y"));
      yield* same("changed", results.map((it) => it._tag), sizes.map(() => "Changed"));
      const { results: late } = yield* kept.exchange(changes("z").slice(1));
      yield* same("versions of what was there before", late.map((it) => it._tag), sizes.slice(1).map(() => "Found"));
      yield* same("texts after it", yield* kept.texts(...keys), sizes.map((size) => textOf(size, "y")));
    }),
  ),
  law(
    "a row that stays may be proved by several changes of one exchange",
    Effect.fnUntraced(function* (kept: Kept) {
      const expect = yield* kept.put("shared", "text");
      const on = (key: string, version: string | undefined) =>
        change({ rows: [{ key, expect: undefined, put: "put" }, { key: "shared", expect: version, put: undefined }] });
      const { results } = yield* kept.exchange([on("a", expect), on("b", expect), on("c", undefined), on("d", expect)]);
      yield* same("made", results.map((it) => it._tag), ["Changed", "Changed", "Found", "Changed"]);
      yield* same("texts", yield* kept.texts("a", "b", "c", "d", "shared"), ["put", "put", undefined, "put", "text"]);
      const absent = (key: string) =>
        change({ rows: [{ key, expect: undefined, put: "put" }, { key: "none", expect: undefined, put: undefined }] });
      const many = Array.from({ length: 60 }, (_, index) => absent(`m${index}`));
      const { results: all } = yield* kept.exchange(many);
      yield* same("sixty", all.filter((it) => it._tag === "Changed").length, 60);
    }),
  ),
  law(
    "keys are any strings, and no two of them are one",
    Effect.fnUntraced(function* (kept: Kept) {
      const items = odd.map((key, at) => change({ rows: [{ key, expect: undefined, put: `${at}` }], waitsSince: 5 }));
      const { results } = yield* kept.exchange(items);
      yield* same("put", results.map((it) => it._tag), odd.map(() => "Changed"));
      yield* same("texts", yield* kept.texts(...odd), odd.map((_, at) => `${at}`));
      yield* same("keys", yield* kept.keys, [...odd].sort());
      const { overdue } = yield* kept.beat("@a|b", { overdueMs: 0 });
      yield* same("waiting", [...overdue].sort(), [...odd].sort());
    }),
  ),
  law(
    "open numbers are the store's clock, at least so much, and what is added",
    Effect.fnUntraced(function* (kept: Kept) {
      const least = 4_102_444_800_000;
      const rows = [{ key: "a", expect: undefined, put: `1|@0+0@|@${least}+2@,@5+1000@|@9007199254740990+1@|x` }];
      const { results, storeTime } = yield* kept.exchange([change({ rows, lines: [`at @7+0@`] })]);
      const text = `1|${storeTime}|${least + 2},${storeTime + 1_000}|9007199254740991|x`;
      yield* same("text", yield* kept.texts("a"), [text]);
      yield* same("line", yield* kept.history, [`at ${storeTime}`]);
      const version = results[0]?._tag === "Changed" ? results[0].versions[0] : undefined;
      yield* kept.put("a", "next", version);
    }),
  ),
  law(
    "a change is made in its window only, both ends included, by the instant that is told",
    Effect.fnUntraced(function* (kept: Kept) {
      const { storeTime: start } = yield* kept.exchange([look("a")]);
      for (let round = 0; round < 5; round++) {
        const around = Array.from({ length: 30 }, (_, at) => start - 5 + 2 * at);
        const { results, storeTime } = yield* kept.exchange(around.flatMap((at) => [
          change({ rows: [{ key: `from ${at}`, expect: undefined, put: undefined }], notBefore: at }),
          change({ rows: [{ key: `to ${at}`, expect: undefined, put: undefined }], notAfter: at }),
        ]));
        const made = results.map((it) => it._tag === "Changed");
        yield* same(`at ${storeTime}`, made, around.flatMap((at) => [storeTime >= at, storeTime <= at]));
        yield* Effect.sleep(7);
      }
    }),
  ),
  law(
    "of 50 concurrent changes of a row one is made",
    Effect.fnUntraced(function* (kept: Kept) {
      const version = yield* kept.put("a", "old");
      const results = yield* Effect.forEach(
        Array.from({ length: 50 }, (_, at) => `text ${at}`),
        (put) => kept.change({ rows: [{ key: "a", expect: version, put }], lines: [put] }),
        { concurrency: "unbounded" },
      );
      const won = results.flatMap((it, at) => it._tag === "Changed" ? [`text ${at}`] : []);
      yield* same("winners", won.length, 1);
      yield* same("text", yield* kept.texts("a"), won);
      yield* same("lines", yield* kept.history, won);
    }),
  ),
  law(
    "an exchange that comes twice, or again when all is over, changes nothing more",
    Effect.fnUntraced(function* (kept: Kept) {
      const old = yield* kept.put("b", "old");
      const gone = yield* kept.put("c", "gone");
      const { version } = yield* kept.beat("n");
      const send = kept.exchange([
        change({ rows: [{ key: "a", expect: undefined, put: "new @0+0@" }], waitsSince: 5, lines: ["a"] }),
        change({ rows: [{ key: "b", expect: old, put: "changed" }], lines: ["b"] }),
        change({ rows: [{ key: "c", expect: gone, put: null }], lines: ["c"] }),
      ], { touch: true });
      const first = yield* send;
      yield* same("first", first.results.map((it) => it._tag), ["Changed", "Changed", "Changed"]);
      const state = Effect.all([kept.texts("a", "b", "c"), kept.history, kept.keys]);
      const after = yield* state;
      const { version: touched } = yield* kept.beat("n");
      yield* holds("touched", touched > version, touched);
      for (let copy = 0; copy < 2; copy++) {
        yield* same("copy", (yield* send).results.map((it) => it._tag), ["Found", "Found", "Found"]);
        yield* same("what is there", yield* state, after);
      }
      yield* same("version", (yield* kept.beat("n")).version, touched);
    }),
  ),
  law(
    "an exchange may be as large as the limits say",
    Effect.fnUntraced(function* (kept: Kept) {
      const { bytes, rows: most } = kept.store.limits;
      const count = Math.min(most, 1_000);
      const size = Math.floor(Math.min(bytes, 1_000_000) / count);
      const keys = Array.from({ length: count }, (_, at) => `row-${at}`);
      const text = "x".repeat(size);
      const { results } = yield* kept.exchange(
        keys.map((key) => change({ rows: [{ key, expect: undefined, put: text }], waitsSince: 5 })),
      );
      yield* same("changed", results.filter((it) => it._tag === "Changed").length, count);
      yield* same("texts", new Set(yield* kept.texts(...keys)), new Set([text]));
      const stale = yield* kept.stale;
      const one = yield* kept.change({ rows: keys.map((key) => ({ key, expect: stale, put: "y" })) });
      yield* same("all in one change", one._tag === "Found" && one.found.length, count);
    }),
  ),
];
