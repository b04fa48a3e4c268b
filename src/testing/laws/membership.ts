/**
 * Laws of the beat: who is a member, until when, and what a node is told.
 */
import * as Effect from "effect/Effect";
import type { BeatReply, BeatRequest } from "../../core/words/Request.ts";
import { briefly, holds, type Law, law, same, type Tested } from "./kit.ts";

const names = (reply: BeatReply): ReadonlyArray<string> | undefined => reply.members?.map((it) => it.incarnation);

/** The laws. */
export const membership: ReadonlyArray<Law> = [
  law(
    "a node that beats is a member until its lease ends, and others learn of it",
    Effect.fnUntraced(function* (store: Tested) {
      const first = yield* store.beat("b", { weight: 3, deployment: 7, gapMs: 40_000, leaseMs: 5_000 });
      yield* same("the first beat joins", first.joined, true);
      yield* same("members", first.members, [{
        incarnation: "b",
        name: "node b",
        weight: 3,
        state: "active",
        deployment: 7,
        digest: "digest",
        nextBeatAt: first.storeTime + 40_000,
        leaseEndsAt: first.storeTime + 45_000,
      }]);
      const second = yield* store.beat("a");
      yield* same("members, sorted", names(second), ["a", "b"]);
      const third = yield* store.beat("b");
      yield* same("the second beat does not join", third.joined, false);
      yield* holds("the store's clock does not run backwards", third.storeTime >= first.storeTime);
    }),
  ),
  // R14.
  law(
    "a copy of an earlier beat does not shorten what a later one promised",
    Effect.fnUntraced(function* (store: Tested) {
      yield* store.beat("a", { gapMs: 40_000, leaseMs: 5_000 });
      yield* store.beat("a", { gapMs: 100, leaseMs: 5_000 });
      const [member] = (yield* store.beat("b")).members ?? [];
      yield* holds("lease", (member?.leaseEndsAt ?? 0) >= (yield* store.beat("b")).storeTime + 30_000, member);
    }),
  ),
  // R11, R14.
  law(
    "a claim renews the promise of its claimant, and never shortens it",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      yield* store.beat("n", { gapMs: 20_000, leaseMs: 1_000 });
      const ends = Effect.map(
        store.beat("other"),
        ({ members, storeTime }) =>
          (members?.find(({ incarnation }) => incarnation === "n")?.leaseEndsAt ?? 0) - storeTime,
      );
      yield* store.claim("n", "job", { from: at, to: at + 1 }, { renewMs: 1_000 });
      yield* holds("it is as it was", (yield* ends) > 15_000, yield* ends);
      yield* store.claim("n", "job", { from: at + 1, to: at + 2 }, { renewMs: 50_000 });
      yield* holds("it is longer", (yield* ends) > 40_000, yield* ends);
    }),
  ),
  // R16.
  law(
    "equal versions mean equal members, and members are told only when the version is another",
    Effect.fnUntraced(function* (store: Tested) {
      const { version } = yield* store.beat("a");
      const again = yield* store.beat("a", { knownVersion: version, gapMs: 1_000 });
      yield* same("version after a renewal", again.version, version);
      yield* same("members when nothing changed", again.members, undefined);
      const other = yield* store.beat("b", { knownVersion: version });
      yield* holds("version after a join", other.version > version, other.version);
      const told = yield* store.beat("a", { knownVersion: version });
      yield* same("version that everyone has", told.version, other.version);
      yield* same("members after a join", names(told), ["a", "b"]);
    }),
  ),
  // R16.
  law(
    "a change of name, weight, state, deployment or digest makes a new version",
    Effect.fnUntraced(function* (store: Tested) {
      let { version } = yield* store.beat("a");
      const changes = [
        { name: "other" },
        { weight: 2 },
        { state: "leaving" },
        { deployment: 2 },
        { digest: "other" },
      ] as const;
      let all = {};
      for (const change of changes) {
        all = { ...all, ...change };
        const reply = yield* store.beat("a", all);
        yield* holds(`version after a change of ${Object.keys(change)[0]}`, reply.version > version, reply.version);
        const member = reply.members?.[0];
        yield* same("the member as it is now", { ...member, ...all }, { ...member });
        version = reply.version;
      }
    }),
  ),
  law(
    "who leaves is gone at once, and is new when it comes back",
    Effect.fnUntraced(function* (store: Tested) {
      yield* store.beat("a");
      const before = yield* store.beat("b");
      const left = yield* store.beat("a", { state: "gone" });
      yield* same("members after a leave", names(left), ["b"]);
      yield* holds("version after a leave", left.version > before.version, left.version);
      const twice = yield* store.beat("a", { state: "gone" });
      yield* same("version after a repeated leave", twice.version, left.version);
      const back = yield* store.beat("a");
      yield* same("joined again", back.joined, true);
    }),
  ),
  law(
    "a member is dropped when its lease ends by the store's clock, not before",
    Effect.fnUntraced(function* (store: Tested) {
      yield* store.beat("long");
      const { storeTime, version } = yield* store.beat("short", { gapMs: 40, leaseMs: 80 });
      const ends = storeTime + 120;
      for (let round = 0; round < 100; round++) {
        const reply = yield* store.beat("long");
        const isListed = names(reply)?.includes("short") === true;
        yield* same(`listed ${reply.storeTime - ends} ms after its lease ended`, isListed, reply.storeTime < ends);
        if (!isListed) return yield* holds("version after it was dropped", reply.version > version, reply.version);
        yield* Effect.sleep(15);
      }
      yield* holds("a lease ends", false);
    }),
  ),
  // R15.
  law(
    "nobody is dropped for the length of a lease after a member finds its own lease over",
    Effect.fnUntraced(function* (store: Tested) {
      const { briefMs, reply: first } = yield* briefly((leaseMs) => {
        const brief = { gapMs: 0, leaseMs };
        return Effect.andThen(store.beat("other", brief), store.beat("self", brief));
      }, (reply) => names(reply)?.includes("other") === true);
      let [own, leaseMs] = [first, briefMs];
      let until = 0;
      yield* Effect.sleep(2 * briefMs);
      for (let round = 0; round < 100; round++) {
        const reply = yield* store.beat("self", { gapMs: 0, leaseMs: 150 });
        if (reply.storeTime >= own.storeTime + leaseMs) until = Math.max(until, reply.storeTime + 150);
        [own, leaseMs] = [reply, 150];
        const isListed = names(reply)?.includes("other") === true;
        yield* same(`listed ${until - reply.storeTime} ms before the amnesty ends`, isListed, reply.storeTime < until);
        if (!isListed) return;
        yield* Effect.sleep(20);
      }
      yield* holds("an amnesty ends", false);
    }),
  ),
  // R19.
  law(
    "a deployment of 0 is stamped with the time of the join and keeps it",
    Effect.fnUntraced(function* (store: Tested) {
      const joined = yield* store.beat("a", { deployment: 0 });
      yield* same("stamp", joined.members?.[0]?.deployment, joined.storeTime);
      yield* Effect.sleep(5);
      const later = yield* store.beat("a", { deployment: 0 });
      yield* same("stamp of the next beat", later.members?.[0]?.deployment, joined.storeTime);
      yield* same("version of the next beat", later.version, joined.version);
    }),
  ),
  law(
    "the jobs behind a digest are told once to those who do not know it, and asked for when nobody has told",
    Effect.fnUntraced(function* (store: Tested) {
      const jobs = new Map([["job", "definition"], ["other, odd|job=", ""]]);
      const asked = yield* store.beat("a", { digest: "x" });
      yield* same("asked for its jobs", asked.wantsDeclared, true);
      const seen = yield* store.beat("b", { digest: "y", declared: new Map() });
      yield* same("not asked for what came along", seen.wantsDeclared, false);
      yield* same("nothing is told of jobs nobody has told of", [...seen.declared], []);
      yield* store.beat("a", { digest: "x", declared: jobs });
      const news = yield* store.beat("b", { digest: "y", knownVersion: seen.version });
      yield* same("jobs told late reach those who know the members", news.declared.get("x"), jobs);
      yield* same("own jobs are not told back", news.declared.has("y"), false);
      const known = yield* store.beat("b", { digest: "y", knownDigests: ["x"] });
      yield* same("known jobs are not told again", known.declared.size, 0);
    }),
  ),
  // R55.
  law(
    "what a member declares may be more than one request carries, and is told once to those who come later",
    Effect.fnUntraced(function* (store: Tested) {
      const jobs = new Map(Array.from({ length: 7_000 }, (_, n) => [`job/${n}`.padEnd(70, "-"), `${n}`] as const));
      const until = Effect.fnUntraced(function* (
        incarnation: string,
        request: Partial<BeatRequest>,
        isOver: (reply: BeatReply) => boolean,
      ) {
        for (let beats = 0; beats < 20; beats++) {
          const reply = yield* store.beat(incarnation, request);
          if (isOver(reply)) return reply;
        }
        return yield* store.beat(incarnation, request);
      });
      const told = yield* until("a", { digest: "x", declared: jobs }, (it) => !it.wantsDeclared);
      yield* same("still wanted", told.wantsDeclared, false);
      const next = yield* store.beat("b", { digest: "x", declared: new Map([...jobs].reverse()) });
      yield* same("wanted of the next", [next.wantsDeclared, next.isPartial ?? false], [false, false]);
      const seen = yield* until("c", { digest: "y", declared: new Map() }, (it) => it.declared.has("x"));
      const found = seen.declared.get("x") ?? new Map();
      yield* same("jobs known", found.size, jobs.size);
      yield* holds("each as it was told", [...jobs].every(([job, definition]) => found.get(job) === definition));
      const { members } = yield* store.driver.peek({
        _tag: "Peek",
        service: store.service,
        jobs: [],
        history: false,
        members: true,
      });
      yield* same("jobs told to others", members?.map((it) => it.jobs.size), [jobs.size, jobs.size, 0]);
    }),
  ),
  law(
    "a digest that no member has any more is forgotten",
    Effect.fnUntraced(function* (store: Tested) {
      yield* store.beat("keeps");
      yield* store.beat("a", { digest: "x", declared: new Map([["job", "definition"]]) });
      yield* store.beat("a", { digest: "x", state: "gone" });
      const back = yield* store.beat("a", { digest: "x" });
      yield* same("asked again", back.wantsDeclared, true);
      yield* store.beat("a", { digest: "x", declared: new Map([["job", "definition"]]) });
      yield* store.beat("a", { digest: "z" });
      const changed = yield* store.beat("keeps", { knownDigests: [] });
      yield* same("an exchanged digest is not told", changed.declared.has("x"), false);
    }),
  ),
  // R22.
  law(
    "overdue jobs are listed until somebody claims them",
    Effect.fnUntraced(function* (store: Tested) {
      const now = yield* store.register("job");
      yield* store.register("idle");
      yield* store.claim("n", "job", { from: now, to: now + 1, nextDueAt: now + 100 });
      const listed = (overdueMs: number) =>
        Effect.map(store.beat("n", { overdueMs }), ({ storeTime, overdue }) => ({ storeTime, overdue }));
      const early = yield* listed(0);
      yield* same("listed before it is due", early.overdue.includes("job"), early.storeTime >= now + 100);
      yield* Effect.sleep(130);
      yield* same("due, but not for a minute", (yield* listed(60_000)).overdue, []);
      yield* same("overdue", (yield* listed(0)).overdue, ["job"]);
      yield* store.claim("n", "job", { from: now + 1, to: now + 100, nextDueAt: now + 3_600_000 });
      yield* same("claimed", (yield* listed(0)).overdue, []);
    }),
  ),
  law(
    "at most 200 overdue jobs are listed",
    Effect.fnUntraced(function* (store: Tested) {
      for (const batch of [0, 1, 2]) {
        const items = Array.from({ length: 90 }, (_, index) => ({ job: `job-${batch}-${index}`, nextDueAt: 1 }));
        yield* store.claims("n", items);
      }
      const { overdue } = yield* store.beat("n");
      yield* same("jobs listed", new Set(overdue).size, 200);
    }),
  ),
  law(
    "services do not see each other",
    Effect.fnUntraced(function* (store: Tested) {
      yield* store.beat("a");
      yield* store.register("job");
      const other = { service: `${store.service}.other` };
      const reply = yield* store.beat("b", other);
      yield* same("members of the other service", names(reply), ["b"]);
      const { jobs } = yield* store.driver.peek({ _tag: "Peek", jobs: ["job"], history: false, ...other });
      yield* same("jobs of the other service", jobs, []);
      yield* store.driver.control({ _tag: "Control", command: { _tag: "Destroy" }, ...other });
      yield* same("jobs of this service", (yield* store.peek("job")).length, 1);
    }),
  ),
];
