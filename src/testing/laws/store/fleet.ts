/**
 * Laws of the beat: who is a member, until when, and what a node is told.
 */
import * as Effect from "effect/Effect";
import type { StoreBeatReply, StoredMember } from "../../../Store.ts";
import { bothBriefly, holds, type Kept, law, same, type StoreLaw } from "./kit.ts";

const names = (reply: StoreBeatReply): ReadonlyArray<string> | undefined => reply.members?.map((it) => it.incarnation);

const member = (rest: Partial<StoredMember> = {}): StoredMember => ({
  row: "1|row",
  digest: "digest",
  longestMs: 3_600_000,
  since: undefined,
  ...rest,
});

/** Who looks. */
const nobody = { member: undefined, renewMs: 0, amnestyMs: 0 };

/** The laws. */
export const fleet: ReadonlyArray<StoreLaw> = [
  law(
    "who beats is a member until its promise ends, as it told of itself, and others learn of it",
    Effect.fnUntraced(function* (kept: Kept) {
      const told = { row: "1|a b=%,;<>|é".replace("é", "e"), digest: "d:|%", longestMs: 100_000, since: undefined };
      const first = yield* kept.beat("b|ü", { member: told, renewMs: 40_000 });
      yield* same("it joins", first.joined, true);
      yield* same("clocks", first.storeTime, first.rawTime);
      const expected = {
        ...told,
        incarnation: "b|ü",
        since: first.storeTime,
        endsAt: first.storeTime + 40_000,
      };
      yield* same("members", first.members, [expected]);
      yield* Effect.sleep(3);
      const second = yield* kept.beat("a");
      yield* same("members, sorted", second.members?.map((it) => [it.incarnation, it.since]), [
        ["a", second.storeTime],
        ["b|ü", first.storeTime],
      ]);
      const third = yield* kept.beat("b|ü", { member: { ...told, row: "1|other" } });
      yield* same("it does not join again", third.joined, false);
      yield* same("it is as it was told last, since it joined", third.members?.[1], {
        ...expected,
        row: "1|other",
        endsAt: Math.max(first.storeTime + 40_000, third.storeTime + 60_000),
      });
      yield* holds("the store's clock does not run backwards", third.storeTime >= first.storeTime);
    }),
  ),
  law(
    "who comes back and tells when it joined has joined then, and no copy of a beat changes that",
    Effect.fnUntraced(function* (kept: Kept) {
      const { storeTime } = yield* kept.beat("a");
      yield* kept.beat("a", { member: undefined });
      yield* Effect.sleep(3);
      const back = yield* kept.beat("a", { member: member({ since: storeTime }) });
      yield* same("it joins as of then", [back.joined, back.members?.[0]?.since], [true, storeTime]);
      const again = yield* kept.beat("a", { member: member({ since: storeTime + 1 }) });
      yield* same("it stays", again.members?.[0]?.since, storeTime);
    }),
  ),
  law(
    "a copy of an earlier beat does not shorten what a later one promised",
    Effect.fnUntraced(function* (kept: Kept) {
      const { storeTime } = yield* kept.beat("a", { renewMs: 45_000 });
      yield* kept.beat("a", { renewMs: 100 });
      const [ends] = (yield* kept.beat("b")).members ?? [];
      yield* holds("promise", (ends?.endsAt ?? 0) >= storeTime + 45_000, ends);
    }),
  ),
  law(
    "equal versions mean equal members, who are told only when the version is another",
    Effect.fnUntraced(function* (kept: Kept) {
      const { version } = yield* kept.beat("a");
      const again = yield* kept.beat("a", { knownVersion: version, renewMs: 1_000 });
      yield* same("version after a renewal", again.version, version);
      yield* same("members when nothing changed", again.members, undefined);
      const other = yield* kept.beat("b", { knownVersion: version });
      yield* holds("version after a join", other.version > version, other.version);
      const told = yield* kept.beat("a", { knownVersion: version });
      yield* same("version that everyone has", told.version, other.version);
      yield* same("members after a join", names(told), ["a", "b"]);
      const copy = yield* kept.beat("b", { knownVersion: other.version });
      yield* same("version after a copy of the join", copy.version, other.version);
    }),
  ),
  law(
    "another row or digest makes a new version",
    Effect.fnUntraced(function* (kept: Kept) {
      let { version } = yield* kept.beat("a", { member: member() });
      yield* kept.beat("quiet");
      for (const rest of [{ row: "1|other" }, { digest: "other" }]) {
        const reply = yield* kept.beat("a", { member: member(rest) });
        yield* holds(`version after ${Object.keys(rest)[0]}`, reply.version > version, reply.version);
        const { endsAt: _, incarnation: __, since: ___, ...told } = reply.members?.[0] ?? { since: 0 };
        yield* same("the member as it is now", { ...told, since: undefined }, member(rest));
        version = reply.version;
      }
    }),
  ),
  law(
    "who leaves is gone at once, and is new when it comes back",
    Effect.fnUntraced(function* (kept: Kept) {
      const joined = yield* kept.beat("a");
      const before = yield* kept.beat("b");
      const left = yield* kept.beat("a", { member: undefined });
      yield* same("members after a leave", names(left), ["b"]);
      yield* holds("version after a leave", left.version > before.version, left.version);
      const twice = yield* kept.beat("a", { member: undefined });
      yield* same("version after a repeated leave", twice.version, left.version);
      yield* Effect.sleep(3);
      const back = yield* kept.beat("a");
      yield* same("joined again", back.joined, true);
      yield* holds("since", (back.members?.[0]?.since ?? 0) > joined.storeTime, back.members);
    }),
  ),
  law(
    "a leave where nobody is changes nothing",
    Effect.fnUntraced(function* (kept: Kept) {
      const left = yield* kept.beat("a", { member: undefined });
      yield* same("answer", [left.version, left.members, left.wantsDeclared], [0, undefined, false]);
      yield* same("the first to join", names(yield* kept.beat("b")), ["b"]);
    }),
  ),
  law(
    "a member is dropped when its promise ends by the store's clock, not before",
    Effect.fnUntraced(function* (kept: Kept) {
      yield* kept.beat("long");
      const { storeTime, version } = yield* kept.beat("short", { renewMs: 120 });
      const ends = storeTime + 120;
      for (let round = 0; round < 100; round++) {
        const reply = yield* kept.beat("long");
        const isListed = names(reply)?.includes("short") === true;
        yield* same(`listed ${reply.storeTime - ends} ms after its promise ended`, isListed, reply.storeTime < ends);
        if (!isListed) return yield* holds("version after it was dropped", reply.version > version, reply.version);
        yield* Effect.sleep(15);
      }
      yield* holds("a promise ends", false);
    }),
  ),
  law(
    "a beat that comes later than it may drops nobody",
    Effect.fnUntraced(function* (kept: Kept) {
      yield* kept.beat("long");
      const { storeTime } = yield* kept.beat("short", { renewMs: 60 });
      for (let round = 0; round < 100; round++) {
        const reply = yield* kept.beat("long", { notAfter: storeTime - 1 });
        yield* same("listed by a late one", names(reply), ["long", "short"]);
        if (reply.storeTime > storeTime + 60) break;
        yield* Effect.sleep(15);
      }
      yield* same("listed by one in time", names(yield* kept.beat("long", { notAfter: storeTime + 60_000 })), ["long"]);
    }),
  ),
  law(
    "nobody is dropped for the length of the amnesty after a member finds its own promise over",
    Effect.fnUntraced(function* (kept: Kept) {
      const { briefMs, reply: first } = yield* bothBriefly(kept);
      let [own, renewMs] = [first, briefMs];
      let until = 0;
      yield* Effect.sleep(2 * briefMs);
      for (let round = 0; round < 100; round++) {
        const reply = yield* kept.beat("self", { renewMs: 150, amnestyMs: 150 });
        if (reply.storeTime >= own.storeTime + renewMs) until = Math.max(until, reply.storeTime + 150);
        [own, renewMs] = [reply, 150];
        const isListed = names(reply)?.includes("other") === true;
        yield* same(`listed ${until - reply.storeTime} ms before the amnesty ends`, isListed, reply.storeTime < until);
        if (!isListed) return;
        yield* Effect.sleep(20);
      }
      yield* holds("an amnesty ends", false);
    }),
  ),
  law(
    "what is behind a digest is told once to those who do not know it, and asked for when nobody has told",
    Effect.fnUntraced(function* (kept: Kept) {
      const of = (digest: string) => ({ member: member({ digest }) });
      const asked = yield* kept.beat("a", of("x"));
      yield* same("asked for it", asked.wantsDeclared, true);
      const seen = yield* kept.beat("b", { ...of("y"), declared: "" });
      yield* same("not asked for what came along", seen.wantsDeclared, false);
      yield* same("nothing is told of what nobody has told", [...seen.declared], []);
      yield* kept.beat("a", { ...of("x"), declared: "1|job=a%7C,b=c" });
      const news = yield* kept.beat("b", { ...of("y"), knownVersion: seen.version });
      yield* same("what was told late reaches those who know the members", [...news.declared], [
        ["x", "1|job=a%7C,b=c"],
      ]);
      yield* same("not asked again", (yield* kept.beat("a", of("x"))).wantsDeclared, false);
      const known = yield* kept.beat("b", { ...of("y"), knownDigests: ["x", "z"] });
      yield* same("what is known is not told again", known.declared.size, 0);
      const quiet = yield* kept.beat("b", { ...of("y"), knownVersion: known.version });
      yield* same("nothing is told without members", [quiet.members, quiet.declared.size], [undefined, 0]);
    }),
  ),
  law(
    "a digest that no member has any more is forgotten",
    Effect.fnUntraced(function* (kept: Kept) {
      const x = { member: member({ digest: "x" }) };
      yield* kept.beat("keeps");
      yield* kept.beat("a", { ...x, declared: "1|" });
      yield* kept.beat("a", { member: undefined });
      const back = yield* kept.beat("a", x);
      yield* same("asked again", back.wantsDeclared, true);
      yield* kept.beat("a", { ...x, declared: "1|" });
      yield* kept.beat("b", x);
      yield* kept.beat("a", { member: member({ digest: "z" }) });
      const shared = yield* kept.beat("keeps");
      yield* same("a digest that another has is told", [...shared.declared.keys()], ["x"]);
      yield* kept.beat("b", { member: member({ digest: "z" }) });
      const changed = yield* kept.beat("keeps");
      yield* same("an exchanged digest is not told", changed.declared.has("x"), false);
    }),
  ),
  law(
    "a look tells who is there and what they declare, and changes nothing",
    Effect.fnUntraced(function* (kept: Kept) {
      const first = yield* kept.beat("", nobody);
      yield* same("where nobody ever was", [first.version, first.members], [0, undefined]);
      yield* kept.beat("a", { member: member({ digest: "x" }), declared: "1|job=a" });
      const { version } = yield* kept.beat("b", { member: member({ digest: "y" }) });
      const there = yield* kept.beat("", nobody);
      yield* same("version", there.version, version);
      yield* same("members", there.members?.map(({ digest, incarnation }) => [incarnation, digest]), [
        ["a", "x"],
        ["b", "y"],
      ]);
      yield* same("what they declare", [...there.declared], [["x", "1|job=a"]]);
      yield* same(
        "what is known is not told",
        (yield* kept.beat("", { ...nobody, knownDigests: ["x"] })).declared.size,
        0,
      );
      const quiet = yield* kept.beat("", { ...nobody, knownVersion: version });
      yield* same("nothing is told without members", [quiet.members, quiet.declared.size], [undefined, 0]);
      yield* same("who is a member then", names(yield* kept.beat("a", { member: member({ digest: "x" }) })), [
        "a",
        "b",
      ]);
    }),
  ),
  law(
    "a look tells of a member until its promise ends, and does not drop it",
    Effect.fnUntraced(function* (kept: Kept) {
      yield* kept.beat("long");
      const { storeTime, version } = yield* kept.beat("short", { renewMs: 120 });
      const ends = storeTime + 120;
      for (let round = 0; round < 100; round++) {
        const reply = yield* kept.beat("", nobody);
        yield* same("version", reply.version, version);
        const isListed = names(reply)?.includes("short") === true;
        yield* same(`listed ${reply.storeTime - ends} ms after its promise ended`, isListed, reply.storeTime < ends);
        if (!isListed) {
          const late = yield* kept.beat("long");
          return yield* holds("dropped by a beat", late.version > version, late.version);
        }
        yield* Effect.sleep(15);
      }
      yield* holds("a promise ends", false);
    }),
  ),
  law(
    "services do not see each other",
    Effect.fnUntraced(function* (kept: Kept) {
      yield* kept.beat("a");
      yield* kept.put("key", "text", undefined, { lines: ["line"], waitsSince: 5 });
      const service = `${kept.service}.other`;
      const reply = yield* kept.beat("b", { service, overdueMs: 0 });
      yield* same("members of the other service", names(reply), ["b"]);
      yield* same("what waits there", reply.overdue, []);
      yield* same("its history", yield* kept.store.history(service), []);
      yield* same("its keys", (yield* kept.store.keys(service, undefined)).keys, []);
      yield* kept.store.destroy(service);
      yield* same("text of this service", yield* kept.texts("key"), ["text"]);
      yield* same("members of this service", names(yield* kept.beat("c")), ["a", "c"]);
    }),
  ),
];
