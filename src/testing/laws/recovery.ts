/**
 * Laws about runs: how they end, and what becomes of those whose node is gone.
 */
import * as Effect from "effect/Effect";
import type { Run } from "../../core/words/Fire.ts";
import { type Checking, ended, holds, type Law, law, same, type Tested } from "./kit.ts";

/** A job with one active run of node `dead`, which was a member and has left. */
const orphan = Effect.fnUntraced(function* (store: Tested, rerun: boolean) {
  yield* store.beat("dead");
  const at = yield* store.register("job");
  const { runs: [run] } = yield* store.claim("dead", "job", {
    from: at,
    to: at + 1,
    rerun,
    runs: [{ dueAt: at + 1, kind: "due" }],
  });
  yield* holds("a run was handed out", run !== undefined);
  yield* store.beat("dead", { state: "gone" });
  return { at, run: run as Run };
}) as (store: Tested, rerun: boolean) => Checking<{ readonly at: number; readonly run: Run }>;

/** The laws. */
export const recovery: ReadonlyArray<Law> = [
  // R12.
  law(
    "a run ends once, and only by its own token",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      const { runs: [run] } = yield* store.claim("n", "job", {
        from: at,
        to: at + 1,
        runs: [{ dueAt: at + 1, kind: "late" }],
      });
      const it = run as Run;
      yield* same("another token", yield* store.complete(ended({ ...it, fence: it.fence + 1 })), ["gone"]);
      yield* same("unknown job", yield* store.complete(ended({ ...it, job: "unknown" })), ["gone"]);
      const end = ended(it, { outcome: "failed", startedAt: 11, endedAt: 12 });
      yield* same("its end", yield* store.complete(end), ["ok"]);
      yield* same("its end again", yield* store.complete(end), ["gone"]);
      yield* same("active", (yield* store.peek("job"))[0]?.active, []);
      yield* same("history", yield* store.history, [{
        _tag: "Run",
        job: "job",
        dueAt: at + 1,
        attempt: 1,
        fence: it.fence,
        outcome: "failed",
        startedAt: 11,
        endedAt: 12,
        incarnation: "n",
      }]);
    }),
  ),
  // R28.
  law(
    "a run of a node that is gone is lost if it must not run again",
    Effect.fnUntraced(function* (store: Tested) {
      const { at, run } = yield* orphan(store, false);
      const found = yield* store.claim("n", "job", { rerun: false });
      yield* same("answer", [found.status, found.watermark, found.lost, found.runs], ["at", at + 1, [run], []]);
      yield* same("lost once", (yield* store.claim("n", "job")).lost, []);
      const history = (yield* store.history).map((it) =>
        it._tag === "Run" ? [it.outcome, it.fence, it.incarnation] : it
      );
      yield* same("history", history, [["lost", run.fence, "dead"]]);
      yield* same("its own end", yield* store.complete(ended(run)), ["gone"]);
    }),
  ),
  // R28, R30.
  law(
    "a run of a node that is gone is handed on with the next attempt and a higher token",
    Effect.fnUntraced(function* (store: Tested) {
      const { at, run } = yield* orphan(store, true);
      const found = yield* store.claim("n", "job", { rerun: true });
      const [again] = found.runs;
      yield* same("answer", [found.status, found.lost, found.runs.length], ["at", [], 1]);
      yield* same("run", [again?.dueAt, again?.attempt, again?.kind], [at + 1, 2, "rerun"]);
      yield* holds("its token is higher", (again?.fence ?? 0) > run.fence, [run, again]);
      yield* same("holder", (yield* store.peek("job"))[0]?.active.map((it) => it.holder), ["n"]);
      yield* same("the end of the first attempt", yield* store.complete(ended(run)), ["gone"]);
      yield* same("the end of the second", yield* store.complete(ended(again as Run)), ["ok"]);
    }),
  ),
  // R28.
  law(
    "a run is not taken from a member, nor from its claimant",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      yield* store.beat("n");
      let ends = 0;
      let runs: ReadonlyArray<Run> = [];
      let own: ReadonlyArray<Run> = [];
      // On a slow machine the lease may be over before a claim arrives, and then nothing is handed out.
      for (let tries = 0; own.length === 0 && tries < 20; tries++) {
        const { storeTime } = yield* store.beat("holder", { gapMs: 0, leaseMs: 1_000 });
        ends = storeTime + 1_000;
        if (runs.length === 0) {
          const claim = { from: at, to: at + 1, runs: [{ dueAt: at + 1, kind: "due" as const }] };
          ({ runs } = yield* store.claim("holder", "job", claim));
        }
        own = (yield* store.claim("holder", "job")).runs;
      }
      yield* same("its own", own, runs);
      for (let round = 0; round < 100; round++) {
        const { results: [result], storeTime } = yield* store.claims("n", [{ job: "job" }]);
        const isTaken = (result?.lost.length ?? 0) > 0;
        yield* same(`taken ${storeTime - ends} ms after its lease ended`, isTaken, storeTime >= ends);
        if (isTaken) return;
        yield* Effect.sleep(15);
      }
      yield* holds("a dead node's run is taken", false);
    }),
  ),
  // R28.
  law(
    "a run that keeps killing its nodes is lost after the fifth attempt",
    Effect.fnUntraced(function* (store: Tested) {
      yield* orphan(store, true);
      let fence = 0;
      for (const attempt of [2, 3, 4, 5]) {
        const { runs: [run] } = yield* store.claim(`dead ${attempt}`, "job", { rerun: true });
        yield* same("attempt", run?.attempt, attempt);
        yield* holds("tokens grow", (run?.fence ?? 0) > fence, run);
        fence = run?.fence ?? 0;
        yield* store.beat(`dead ${attempt}`, { state: "gone" });
      }
      const last = yield* store.claim("n", "job", { rerun: true });
      yield* same("the last", [last.runs, last.lost.map((it) => it.attempt)], [[], [5]]);
    }),
  ),
  // R29.
  law(
    "a run that is given back goes to whoever asks next, whatever its delivery",
    Effect.fnUntraced(function* (store: Tested) {
      yield* store.beat("a");
      const at = yield* store.register("job");
      const { runs: [run] } = yield* store.claim("a", "job", {
        from: at,
        to: at + 1,
        runs: [{ dueAt: at + 1, kind: "due" }],
      });
      const back = ended(run as Run, { outcome: "abandoned", startedAt: 0, rerun: true });
      yield* same("given back", yield* store.complete(back), ["ok"]);
      yield* same("holder", (yield* store.peek("job"))[0]?.active.map((it) => it.holder), [""]);
      const taken = yield* store.claim("b", "job", { rerun: false });
      yield* same("taken", taken.runs.map((it) => [it.dueAt, it.attempt, it.kind]), [[at + 1, 2, "rerun"]]);
      yield* same("given back again by the first", yield* store.complete(back), ["gone"]);
    }),
  ),
  // R28.
  law(
    "a refused claim that took over a run is not taken for committed",
    Effect.fnUntraced(function* (store: Tested) {
      const { at } = yield* orphan(store, true);
      const item = {
        claimId: "n.wait",
        from: at + 1,
        to: at + 2,
        overlap: "wait" as const,
        rerun: true,
        runs: [{ dueAt: at + 2, kind: "due" as const }],
      };
      const first = yield* store.claim("n", "job", item);
      yield* same("first", [first.status, first.runs.map((it) => it.attempt)], ["busy", [2]]);
      const second = yield* store.claim("n", "job", item);
      yield* same("again", [second.status, second.runs], ["busy", first.runs]);
      yield* store.complete(...first.runs.map((it) => ended(it)));
      const third = yield* store.claim("n", "job", item);
      yield* same("when it is free", [third.status, third.runs.map((it) => it.dueAt)], ["ok", [at + 2]]);
    }),
  ),
];
