/**
 * Laws of what an exchange knows of members and of time beyond its rows: guards, who waits, renewal, the version.
 */
import * as Effect from "effect/Effect";
import { bothBriefly, change, holds, type Kept, law, look, same, type StoreLaw } from "./kit.ts";

/** Changes that prove nothing but that these are members, or are not. */
const guarded = (...members: ReadonlyArray<readonly [string, boolean]>) =>
  change({ rows: [{ key: `guard ${members}`, expect: undefined, put: undefined }], members });

/** Who of some is a member, by what guards answer. */
const lives = Effect.fnUntraced(function* (kept: Kept, ...who: ReadonlyArray<string>) {
  const items = who.flatMap((it) => [guarded([it, true]), guarded([it, false])]);
  const { results, storeTime } = yield* kept.exchange(items);
  const made = results.map((it) => it._tag === "Changed");
  const are = who.map((_, at) => made[2 * at] === true);
  yield* same("either a member or not", made, are.flatMap((it) => [it, !it]));
  return { are, storeTime };
});

/** The laws. */
export const guards: ReadonlyArray<StoreLaw> = [
  law(
    "a change is guarded by who is a member and by who is not; the answer tells who is",
    Effect.fnUntraced(function* (kept: Kept) {
      yield* kept.beat("a");
      yield* kept.beat("b|ü,=1");
      yield* kept.beat("left");
      yield* kept.beat("left", { member: undefined });
      const who = ["a", "b|ü,=1", "left", "nobody", ""];
      yield* same("members", (yield* lives(kept, ...who)).are, [true, true, false, false, false]);
      const { results: [right, wrong, other] } = yield* kept.exchange([
        change({ rows: [{ key: "x", expect: undefined, put: "1" }], members: [["a", true], ["left", false]] }),
        change({ rows: [{ key: "y", expect: undefined, put: "1" }], members: [["a", true], ["left", true]] }),
        change({ rows: [{ key: "z", expect: undefined, put: "1" }], members: [["nobody", false], ["a", false]] }),
      ]);
      yield* same("all are as said", right?._tag, "Changed");
      yield* same("one who left", wrong, { _tag: "Found", found: [undefined], members: [true, false] });
      yield* same("one who lives", other, { _tag: "Found", found: [undefined], members: [false, true] });
      yield* same("texts", yield* kept.texts("x", "y", "z"), ["1", undefined, undefined]);
    }),
  ),
  law(
    "guards tell who is a member also of a change that its rows or its window refuse",
    Effect.fnUntraced(function* (kept: Kept) {
      yield* kept.beat("a");
      const version = yield* kept.put("x", "text");
      const members = [["a", true], ["nobody", false]] as const;
      for (const rest of [{ rows: [{ key: "x", expect: undefined, put: "1" }] }, { rows: [], notAfter: 1 }]) {
        const rows = rest.rows.length > 0 ? rest.rows : [{ key: "x", expect: version, put: "1" }];
        const refused = yield* kept.change({ ...rest, rows, members });
        yield* same("answer", refused, { _tag: "Found", found: [{ text: "text", version }], members: [true, false] });
      }
    }),
  ),
  law(
    "a promise counts until it ends by the store's clock, though nobody has dropped its member",
    Effect.fnUntraced(function* (kept: Kept) {
      const { storeTime } = yield* kept.beat("short", { renewMs: 120 });
      const ends = storeTime + 120;
      for (let round = 0; round < 100; round++) {
        const { are: [isMember], storeTime: now } = yield* lives(kept, "short");
        yield* same(`a member ${now - ends} ms after its promise ended`, isMember, now < ends);
        if (isMember !== true) return;
        yield* Effect.sleep(15);
      }
      yield* holds("a promise ends", false);
    }),
  ),
  law(
    "an amnesty counts for those who were members, and for nobody else",
    Effect.fnUntraced(function* (kept: Kept) {
      const { briefMs } = yield* bothBriefly(kept);
      yield* Effect.sleep(2 * briefMs);
      const spared = yield* kept.beat("self", { renewMs: 60_000, amnestyMs: 120 });
      yield* same("spared", spared.members?.length, 2);
      const until = spared.storeTime + 120;
      for (let round = 0; round < 100; round++) {
        const { are, storeTime: now } = yield* lives(kept, "other", "self", "stranger");
        yield* same(`members ${now - until} ms after the amnesty ended`, are, [now < until, true, false]);
        if (are[0] !== true) return;
        yield* Effect.sleep(15);
      }
      yield* holds("an amnesty ends", false);
    }),
  ),
  law(
    "the version grows by an exchange that is to touch it, if it changes anything",
    Effect.fnUntraced(function* (kept: Kept) {
      const stale = yield* kept.stale;
      const { version } = yield* kept.beat("n");
      const put = (key: string, expect?: string) => change({ rows: [{ key, expect, put: "text" }] });
      const versionNow = Effect.map(kept.beat("n"), (it) => it.version);
      yield* kept.exchange([put("a")]);
      yield* same("not asked to", yield* versionNow, version);
      yield* kept.exchange([put("a"), put("b", stale), look("a")], { touch: true });
      yield* same("nothing was changed", yield* versionNow, version);
      yield* kept.exchange([put("a"), put("b")], { touch: true });
      const touched = yield* kept.beat("n", { knownVersion: version });
      yield* holds("touched", touched.version > version, touched.version);
      yield* same("everybody is told", touched.members?.length, 1);
      yield* kept.exchange([put("c")], { touch: true });
      yield* holds("touched again", (yield* versionNow) > touched.version);
    }),
  ),
  law(
    "who waits is listed from then on, the latest first, until it is said otherwise",
    Effect.fnUntraced(function* (kept: Kept) {
      const { storeTime: now } = yield* kept.exchange([look("a")]);
      let a = yield* kept.put("a", "1", undefined, { waitsSince: now - 5_000 });
      const b = yield* kept.put("b", "1", undefined, { waitsSince: now - 3_000 });
      yield* kept.put("never", "1", undefined, { waitsSince: undefined });
      yield* kept.put("same", "1");
      const listed = (overdueMs: number) => Effect.map(kept.beat("n", { overdueMs }), (it) => it.overdue);
      yield* same("overdue", yield* listed(1_000), ["b", "a"]);
      yield* same("not for so long", yield* listed(3_600_000), []);
      a = yield* kept.put("a", "2", a);
      yield* same("as before", yield* listed(0), ["b", "a"]);
      a = yield* kept.put("a", "3", a, { waitsSince: now - 1_000 });
      yield* same("since later", yield* listed(0), ["a", "b"]);
      yield* kept.change({ rows: [{ key: "b", expect: b, put: undefined }], waitsSince: undefined });
      yield* same("no longer", yield* listed(0), ["a"]);
      const c = yield* kept.put("c", "1", undefined, { waitsSince: now - 2_000 });
      yield* kept.change({
        rows: [{ key: "d", expect: undefined, put: "1" }, { key: "c", expect: c, put: null }],
        waitsSince: now - 4_000,
      });
      yield* same("removed beside another", yield* listed(0), ["a", "d"]);
      yield* kept.change({ rows: [{ key: "a", expect: a, put: null }], waitsSince: undefined });
      yield* same("removed", yield* listed(0), ["d"]);
    }),
  ),
  law(
    "who will wait is listed when it does, not before",
    Effect.fnUntraced(function* (kept: Kept) {
      const { storeTime } = yield* kept.exchange([look("a")]);
      const since = storeTime + 100;
      yield* kept.put("a", "1", undefined, { waitsSince: since });
      for (let round = 0; round < 100; round++) {
        const { overdue, rawTime } = yield* kept.beat("n", { overdueMs: 0 });
        yield* same(`listed ${rawTime - since} ms after it began`, overdue, rawTime >= since ? ["a"] : []);
        if (overdue.length > 0) return;
        yield* Effect.sleep(15);
      }
      yield* holds("it is listed", false);
    }),
  ),
  law(
    "at most 200 are listed, those that wait since latest",
    Effect.fnUntraced(function* (kept: Kept) {
      for (const batch of [0, 1, 2]) {
        const at = (index: number) => 1_000 * batch + index;
        yield* kept.exchange(
          Array.from(
            { length: 90 },
            (_, index) =>
              change({ rows: [{ key: `${at(index)}`, expect: undefined, put: "1" }], waitsSince: at(index) + 1 }),
          ),
        );
      }
      const { overdue } = yield* kept.beat("n");
      yield* same("listed", overdue.length, 200);
      yield* same("the latest and the last", [overdue[0], overdue[199]], ["2089", "70"]);
    }),
  ),
  law(
    "an exchange renews a member, and never shortens what was promised",
    Effect.fnUntraced(function* (kept: Kept) {
      const joined = yield* kept.beat("a", { renewMs: 20_000 });
      const renew = (forMs: number) => ({ renew: { incarnation: "a", forMs } });
      const ends = Effect.map(kept.beat("b"), ({ members }) => members?.find((it) => it.incarnation === "a")?.endsAt);
      yield* kept.exchange([look("x")], renew(10));
      yield* same("not shortened", yield* ends, joined.storeTime + 20_000);
      const later = yield* kept.exchange([look("x")], renew(50_000));
      yield* same("renewed by a look", yield* ends, later.storeTime + 50_000);
      const { version } = yield* kept.beat("b");
      const put = change({ rows: [{ key: "x", expect: undefined, put: "1" }], members: [["a", true]] });
      const again = yield* kept.exchange([put], renew(70_000));
      yield* same("renewed by a change", yield* ends, again.storeTime + 70_000);
      yield* same("the change", again.results[0]?._tag, "Changed");
      yield* same("version", (yield* kept.beat("b")).version, version);
    }),
  ),
  law(
    "an exchange renews nobody who is no member, and drops nobody",
    Effect.fnUntraced(function* (kept: Kept) {
      yield* kept.beat("b");
      yield* kept.beat("a", { renewMs: 60 });
      const renew = (incarnation: string) => kept.exchange([look("x")], { renew: { incarnation, forMs: 60_000 } });
      yield* renew("stranger");
      yield* same("a stranger", (yield* lives(kept, "stranger")).are, [false]);
      yield* Effect.repeat(Effect.andThen(Effect.sleep(15), lives(kept, "a")), {
        until: ({ are }) => are[0] === false,
        times: 100,
      });
      yield* renew("a");
      yield* same("whose promise has ended", (yield* lives(kept, "a", "b")).are, [false, true]);
      const { joined, members } = yield* kept.beat("c");
      yield* same("members", [joined, members?.map((it) => it.incarnation)], [true, ["b", "c"]]);
    }),
  ),
  law(
    "an exchange grants no amnesty, and renews nobody who is kept by one",
    Effect.fnUntraced(function* (kept: Kept) {
      yield* kept.beat("well");
      const { briefMs } = yield* bothBriefly(kept, 1);
      yield* Effect.sleep(2 * briefMs);
      for (const incarnation of ["self", "well"]) {
        yield* kept.exchange([look("x")], { renew: { incarnation, forMs: 70_000 } });
      }
      yield* same("nobody is spared", (yield* lives(kept, "other", "self")).are, [false, false]);
      const { joined, storeTime } = yield* kept.beat("self", { renewMs: 60_000, amnestyMs: 120 });
      yield* same("nobody is dropped", joined, false);
      yield* kept.exchange([look("x")], { renew: { incarnation: "other", forMs: 60_000 } });
      yield* Effect.repeat(Effect.andThen(Effect.sleep(15), kept.exchange([look("x")])), {
        until: (reply) => reply.storeTime > storeTime + 120,
        times: 100,
      });
      yield* same("kept for the amnesty only", (yield* lives(kept, "other", "self")).are, [false, true]);
    }),
  ),
];
