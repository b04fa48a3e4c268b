/**
 * Laws of the claim: one job at a time.
 */
import * as Effect from "effect/Effect";
import type { ClaimResult } from "../../core/words/Request.ts";
import { ended, holds, type Law, law, same, type Tested } from "./kit.ts";

const run = (dueAt: number) => ({ dueAt, kind: "due" as const });

/** The laws. */
export const claims: ReadonlyArray<Law> = [
  // R19.
  law(
    "an unknown job is registered and owes nothing before now",
    Effect.fnUntraced(function* (store: Tested) {
      const { results: [result], storeTime } = yield* store.claims("n", [{
        job: "job",
        from: 5,
        to: 6,
        runs: [run(6)],
      }]);
      const { doubtUntil = 0, over = [], skips = [] } = result ?? {};
      yield* same("answer", { ...result, over, skips, doubtUntil }, {
        job: "job",
        status: "new",
        watermark: storeTime,
        runs: [],
        over: [],
        lost: [],
        skips: [],
        regressedFrom: undefined,
        queued: 0,
        doubtUntil: 0,
      });
      const asked = yield* store.claim("n", "job");
      yield* same("where it stands", [asked.status, asked.watermark], ["at", storeTime]);
    }),
  ),
  law(
    "a claim from the watermark moves it and hands out the runs",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      const result = yield* store.claim("n", "job", { from: at, to: at + 5, runs: [run(at + 1), run(at + 5)] });
      yield* same("answer", [result.status, result.watermark, result.lost.length], ["ok", at + 5, 0]);
      yield* same("runs", result.runs.map(({ fence: _, ...it }) => it), [
        { job: "job", dueAt: at + 1, attempt: 1, kind: "due" },
        { job: "job", dueAt: at + 5, attempt: 1, kind: "due" },
      ]);
      const [state] = yield* store.peek("job");
      yield* same("watermark", state?.watermark, at + 5);
      yield* same("active", state?.active, result.runs.map((it) => ({ ...it, holder: "n" })));
    }),
  ),
  // R1.
  law(
    "the same claim, sent again, is the same answer",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      const item = { claimId: "n.once", from: at, to: at + 5, runs: [run(at + 5)] };
      const first = yield* store.claim("n", "job", item);
      for (const copy of ["second", "third"]) {
        yield* same(`the ${copy} copy`, yield* store.claim("n", "job", item), first);
      }
      // Too late, but what was committed was committed.
      yield* same("a late copy", yield* store.claim("n", "job", item, { expiresAt: 1 }), first);
      const next = yield* store.claim("n", "job", { from: at + 5, to: at + 6, overlap: "allow" });
      yield* same("the next claim", next.status, "ok");
      const held = yield* store.claim("n", "job", item);
      yield* same("a copy while its run is active", [held.status, held.runs], ["ok", first.runs]);
      yield* store.complete(...first.runs.map((it) => ended(it)));
      const over = yield* store.claim("n", "job", item);
      yield* same("a copy after all is over", [over.status, over.watermark, over.runs], ["moved", at + 6, []]);
    }),
  ),
  // R9, R13.
  law(
    "a claim from anywhere but the watermark changes nothing and tells where it is",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      for (const from of [at - 1, at + 1, 0]) {
        const result = yield* store.claim("n", "job", { from, to: at + 5, runs: [run(at + 5)], skips: [] });
        yield* same(`from ${from - at}`, [result.status, result.watermark, result.runs], ["moved", at, []]);
      }
      yield* same("watermark", (yield* store.peek("job"))[0]?.watermark, at);
    }),
  ),
  // R10.
  law(
    "a claim more than two seconds ahead of the store's clock is refused",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      const { storeTime } = yield* store.beat("n");
      const early = yield* store.claim("n", "job", {
        from: at,
        to: storeTime + 60_000,
        runs: [run(storeTime + 60_000)],
      });
      yield* same("a minute ahead", [early.status, early.watermark, early.runs], ["early", at, []]);
      const near = yield* store.claim("n", "job", { from: at, to: storeTime + 1_900, runs: [run(storeTime + 1_900)] });
      yield* same("within two seconds", near.status, "ok");
    }),
  ),
  // R2.
  law(
    "a copy that arrives too late is refused, and registers nothing",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      const late = yield* store.claim("n", "job", { from: at, to: at + 1, runs: [run(at + 1)] }, { expiresAt: at - 1 });
      yield* same("known job", [late.status, late.watermark, late.runs], ["stale", at, []]);
      const unknown = yield* store.claim("n", "unknown", {}, { expiresAt: at - 1 });
      yield* same("unknown job", [unknown.status, unknown.watermark], ["stale", undefined]);
      yield* same("registered", (yield* store.peek("job", "unknown")).map((it) => [it.job, it.watermark]), [[
        "job",
        at,
      ]]);
    }),
  ),
  // R27.
  law(
    "overlap is judged by the active runs of the whole fleet",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      yield* store.beat("n");
      yield* store.beat("m");
      const first = yield* store.claim("n", "job", { from: at, to: at + 1, runs: [run(at + 1)] });
      const claim = (overlap: "allow" | "skip" | "wait", dueAt: number) =>
        store.claim("m", "job", { from: at + 1, to: dueAt, overlap, runs: [run(dueAt)] });
      yield* same("wait", (yield* claim("wait", at + 2)).status, "busy");
      const { storeTime } = yield* store.beat("m");
      yield* same("skip before it is due", (yield* claim("skip", storeTime + 1_500)).status, "busy");
      yield* same("watermark", (yield* store.peek("job"))[0]?.watermark, at + 1);
      yield* Effect.sleep(5);
      // Its node may be dead and not known to be.
      const doubted = yield* claim("skip", at + 2);
      yield* same("skip when it is due, by another", [doubted.status, doubted.watermark], ["busy", at + 1]);
      const skipped = yield* store.claim("n", "job", {
        from: at + 1,
        to: at + 2,
        overlap: "skip",
        runs: [run(at + 2)],
      });
      yield* same("skip when it is due, by who holds the run", [skipped.status, skipped.watermark, skipped.runs], [
        "ok",
        at + 2,
        first.runs,
      ]);
      const history = (yield* store.history).map((it) =>
        it._tag === "Skip" ? [it.reason, it.count, it.firstDueAt] : it
      );
      yield* same("history", history, [["overlap", 1, at + 2]]);
      const allowed = yield* store.claim("m", "job", { from: at + 2, to: at + 3, runs: [run(at + 3)] });
      yield* same("allow", [allowed.status, allowed.runs.length], ["ok", 1]);
      yield* store.complete(...first.runs.map((it) => ended(it)), ...allowed.runs.map((it) => ended(it)));
      const free = yield* store.claim("m", "job", { from: at + 3, to: at + 4, overlap: "wait", runs: [run(at + 4)] });
      yield* same("wait when nothing is active", [free.status, free.runs.length], ["ok", 1]);
    }),
  ),
  // R27.
  law(
    "a fire overlaps with another node's run once that was heard of after it was due",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      yield* store.beat("m");
      yield* store.claim("n", "job", { from: at, to: at + 1, runs: [run(at + 1)] });
      yield* Effect.sleep(5);
      const { storeTime } = yield* store.beat("m");
      const claim = (sureAfter: number) =>
        store.claim("m", "job", { from: at + 1, to: at + 2, overlap: "skip", runs: [run(at + 2)], sureAfter });
      yield* same("not yet", (yield* claim(storeTime + 60_000)).status, "busy");
      const skipped = yield* claim(at + 2);
      yield* same("since then", [skipped.status, skipped.watermark, skipped.runs], ["ok", at + 2, []]);
      const history = (yield* store.history).map((it) => it._tag === "Skip" ? [it.reason, it.firstDueAt] : it);
      yield* same("history", history, [["overlap", at + 2]]);
    }),
  ),
  // R27.
  law(
    "a fire that waited for a run in doubt overlaps with it once it ends, and later ones do not",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      yield* store.beat("m");
      const { runs } = yield* store.claim("n", "job", { from: at, to: at + 1, runs: [run(at + 1)] });
      yield* Effect.sleep(5);
      const claim = (to: number) => store.claim("m", "job", { from: at + 1, to, overlap: "skip", runs: [run(to)] });
      yield* same("in doubt", (yield* claim(at + 2)).status, "busy");
      yield* same("and again", (yield* claim(at + 2)).status, "busy");
      yield* store.complete(...runs.map((it) => ended(it)));
      const over = yield* claim(at + 2);
      yield* same("it was alive", [over.status, over.watermark, over.runs], ["ok", at + 2, []]);
      const next = yield* store.claim("m", "job", { from: at + 2, to: at + 3, overlap: "skip", runs: [run(at + 3)] });
      yield* same("the next", [next.status, next.runs.length], ["ok", 1]);
    }),
  ),
  // R27, R28.
  law(
    "a fire that waited for a run of a node that is gone is run",
    Effect.fnUntraced(function* (store: Tested) {
      for (const overlap of ["skip", "allow"] as const) {
        const job = yield* store.register(overlap);
        yield* store.beat("dead");
        yield* store.claim("dead", overlap, { from: job, to: job + 1, runs: [run(job + 1)] });
        yield* Effect.sleep(5);
        const claim = Effect.suspend(() =>
          store.claim("m", overlap, { from: job + 1, to: job + 2, overlap, maxConcurrent: 1, runs: [run(job + 2)] })
        );
        yield* same(`${overlap}, in doubt`, (yield* claim).status, "busy");
        yield* store.beat("dead", { state: "gone" });
        const result = yield* claim;
        const found = [result.status, result.lost.length, result.runs.map(({ dueAt }) => dueAt)];
        yield* same(`${overlap}, gone`, found, ["ok", 1, [job + 2]]);
      }
    }),
  ),
  // R27.
  law(
    "of several runs in one claim only the first starts, unless overlap is allowed",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      const runs = [run(at + 1), run(at + 2), run(at + 3)];
      const one = yield* store.claim("n", "job", { from: at, to: at + 3, overlap: "skip", runs });
      yield* same("skip", one.runs.map((it) => it.dueAt), [at + 1]);
      const reasons = (yield* store.history).map((it) => it._tag === "Skip" ? [it.reason, it.firstDueAt] : []);
      yield* same("history", reasons, [["overlap", at + 2], ["overlap", at + 3]]);
      const free = yield* store.register("free");
      const three = yield* store.claim("n", "free", { from: free, to: free + 3, runs });
      yield* same("allow", three.runs.length, 3);
    }),
  ),
  // R19.
  law(
    "a changed definition starts anew, and an older deployment is told so",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      yield* Effect.sleep(5);
      const changed = yield* store.claim(
        "n",
        "job",
        { from: at, to: at + 1, definition: "next", runs: [run(at + 1)] },
        {
          deployment: 2,
        },
      );
      yield* same("the newer", [changed.status, changed.runs], ["new", []]);
      yield* holds("watermark", (changed.watermark ?? 0) > at, changed.watermark);
      const skips = (yield* store.history).map((it) =>
        it._tag === "Skip" ? [it.reason, it.firstDueAt, it.lastDueAt] : it
      );
      yield* same("history", skips, [["definition-changed", at, changed.watermark]]);
      const old = yield* store.claim("n", "job", { from: changed.watermark ?? 0, to: 1 }, { deployment: 1 });
      yield* same("the older", [old.status, old.watermark], ["outdated", changed.watermark]);
      yield* same("definition", (yield* store.peek("job"))[0]?.definition, "next");
    }),
  ),
  // R6.
  law(
    "a floor repairs a watermark the store has lost",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      const repaired = yield* store.claim("n", "job", { floor: at + 500 });
      yield* same("behind", [repaired.status, repaired.watermark, repaired.regressedFrom], ["at", at + 500, at]);
      const moved = yield* store.claim("n", "job", { from: at, to: at + 1, floor: at + 600 });
      yield* same("moved", [moved.status, moved.watermark, moved.regressedFrom], ["moved", at + 600, at + 500]);
      const fine = yield* store.claim("n", "job", { floor: at });
      yield* same("ahead", [fine.watermark, fine.regressedFrom], [at + 600, undefined]);
      const [ahead, behind] = [at + 3_600_000, at - 3_600_000];
      const lost = yield* store.claim("n", "gone", { floor: ahead });
      yield* same("gone", [lost.status, lost.watermark, lost.regressedFrom], ["new", ahead, 0]);
      const old = yield* store.claim("n", "long gone", { floor: behind });
      yield* holds("gone, and its floor is behind now", (old.watermark ?? 0) >= at, old.watermark);
      const skips = (yield* store.history).map((it) => it._tag === "Skip" ? [it.job, it.reason, it.firstDueAt] : it);
      yield* same("history", skips, [["long gone", "regressed", behind]]);
    }),
  ),
  // R6.
  law(
    "a claim in the place of another one that the store has lost is told to whoever made that",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      const fresh = yield* store.claim("n", "job", { floor: at, floorBy: "n.1" });
      yield* same("registered, by no claim", [fresh.status, fresh.regressedFrom], ["at", undefined]);
      yield* store.claim("n", "job", { claimId: "n.2", from: at, to: at + 1 });
      const own = yield* store.claim("n", "job", { floor: at + 1, floorBy: "n.2" });
      yield* same("its own", [own.watermark, own.regressedFrom], [at + 1, undefined]);
      const unsure = yield* store.claim("m", "job", { floor: at + 1 });
      yield* same("somebody's", [unsure.watermark, unsure.regressedFrom], [at + 1, undefined]);
      const other = yield* store.claim("m", "job", { floor: at + 1, floorBy: "m.1" });
      yield* same("another's", [other.watermark, other.regressedFrom], [at + 1, at + 1]);
      const older = yield* store.claim("m", "job", { floor: at, floorBy: "m.1" });
      yield* same("long passed", [older.watermark, older.regressedFrom], [at + 1, undefined]);
      const claim = { from: at + 1, to: at + 2, floor: at + 1, floorBy: "m.1" };
      const goes = yield* store.claim("m", "job", claim);
      yield* same("and goes on", [goes.status, goes.watermark, goes.regressedFrom], ["ok", at + 2, at + 1]);
    }),
  ),
  // R4.
  law(
    "every answer lists the runs the claimant holds",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      const { runs } = yield* store.claim("n", "job", { from: at, to: at + 1, runs: [run(at + 1)] });
      yield* same("at", (yield* store.claim("n", "job")).runs, runs);
      yield* same("moved", (yield* store.claim("n", "job", { from: at, to: at + 9 })).runs, runs);
      yield* store.beat("n");
      yield* same("to another", (yield* store.claim("m", "job")).runs, []);
      yield* store.claim("n", "job", { claimId: "n.second", from: at + 1, to: at + 2, runs: [] });
      const replay = yield* store.claim("n", "job", { claimId: "n.second", from: at + 1, to: at + 2 });
      yield* same("replay", replay.runs, runs);
    }),
  ),
  // R33.
  law(
    "a run that is over by its limit is listed apart while its handler goes on",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      const { runs } = yield* store.claim("n", "job", { from: at, to: at + 1, runs: [run(at + 1)] });
      const overOf = ({ over = [], runs }: ClaimResult) => [runs, over];
      yield* store.complete(...runs.map((held) => ended(held, { outcome: "timed-out", holds: true })));
      yield* same("over", overOf(yield* store.claim("n", "job")), [[], runs]);
      yield* same("to another", overOf(yield* store.claim("m", "job")), [[], []]);
      const [state] = yield* store.peek("job");
      yield* same("to who looks", state?.active.map(({ isOver }) => isOver), [true]);
      yield* store.complete(...runs.map((held) => ended(held, { outcome: "timed-out" })));
      yield* same("settled", overOf(yield* store.claim("n", "job")), [[], []]);
    }),
  ),
];
