/**
 * Laws about many: contenders, batches, copies, tokens.
 */
import * as Effect from "effect/Effect";
import type { ClaimResult } from "../../core/words/Request.ts";
import type { ItemParts } from "./requests.ts";
import { ended, holds, type Law, law, same, type Tested } from "./kit.ts";

const run = (dueAt: number) => ({ dueAt, kind: "due" as const });

const comparable = ({ watermark, runs, ...rest }: ClaimResult, base: number) => ({
  ...rest,
  watermark: watermark === undefined ? undefined : watermark - base,
  runs: runs.map(({ fence: _, dueAt, ...it }) => ({ ...it, dueAt: dueAt - base })),
});

/** The laws. */
export const races: ReadonlyArray<Law> = [
  // R13.
  law(
    "of 50 concurrent contenders one wins",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      const contenders = Array.from({ length: 50 }, (_, index) => `n${index}`);
      for (const contender of contenders) yield* store.beat(contender);
      const results = yield* Effect.forEach(
        contenders,
        (it) => store.claim(it, "job", { from: at, to: at + 1, runs: [run(at + 1)] }),
        { concurrency: "unbounded" },
      );
      yield* same("winners", results.filter((it) => it.status === "ok").length, 1);
      yield* same("told to have lost", results.filter((it) => it.status === "moved").length, 49);
      yield* same("runs handed out", results.flatMap((it) => it.runs).length, 1);
      yield* same("active runs", (yield* store.peek("job"))[0]?.active.length, 1);
    }),
  ),
  law(
    "of the claims of 8 clients none is committed twice and none is lost",
    Effect.fnUntraced(function* (store: Tested) {
      const jobs = Array.from({ length: 20 }, (_, index) => `job-${index}`);
      const start = new Map<string, number>();
      for (const job of jobs) start.set(job, yield* store.register(job));
      const committed = new Map(jobs.map((job): [string, Array<readonly [number, number, number]>] => [job, []]));
      const client = Effect.fnUntraced(function* (name: string) {
        const seen = new Map(start);
        for (let round = 0; round < 25; round++) {
          const items = jobs.map((job) => {
            const from = seen.get(job) ?? 0;
            // Steps of different length: a stale claim may aim beyond where the others have come.
            const to = from + 1 + (name.length + round + job.length) % 4;
            return { job, from, to, runs: [run(to)] };
          });
          const { results } = yield* store.claims(name, items);
          for (const { job, status, watermark = 0, runs } of results) {
            const from = seen.get(job) ?? 0;
            seen.set(job, watermark);
            if (status === "ok") committed.get(job)?.push([from, watermark, runs.at(-1)?.fence ?? 0]);
          }
          yield* store.complete(...results.flatMap((it) => it.runs.map((held) => ended(held))));
        }
      });
      const clients = Array.from({ length: 8 }, (_, index) => "n".repeat(index + 1));
      for (const name of clients) yield* store.beat(name);
      yield* Effect.forEach(clients, client, {
        concurrency: "unbounded",
      });
      for (const state of yield* store.peek(...jobs)) {
        const intervals = (committed.get(state.job) ?? []).sort(([a], [b]) => a - b);
        yield* holds("claims that were committed", intervals.length >= 25, intervals.length);
        let at = start.get(state.job) ?? 0;
        let fence = 0;
        for (const [from, to, token] of intervals) {
          yield* same(`the next interval of ${state.job} starts where the last one ended`, from, at);
          yield* holds("tokens grow", token > fence, [fence, token]);
          [at, fence] = [to, token];
        }
        yield* same("the watermark is where the last interval ended", state.watermark, at);
        yield* same("runs left", state.active, []);
      }
    }),
  ),
  law(
    "a batch is its items one after the other",
    Effect.fnUntraced(function* (store: Tested) {
      const jobs = ["a", "b"];
      const prepared = Effect.fnUntraced(function* (prefix: string) {
        let base = 0;
        for (const job of jobs) base = Math.max(base, yield* store.register(prefix + job));
        for (const job of jobs) yield* store.claim("n", prefix + job, { floor: base });
        yield* store.claim("n", `${prefix}b`, { from: base, to: base + 1, runs: [run(base + 1)] });
        yield* store.beat("n");
        return base;
      });
      const items = (prefix: string, base: number): ReadonlyArray<ItemParts & { readonly job: string }> => [
        { job: `${prefix}a`, from: base, to: base + 2, runs: [run(base + 1), run(base + 2)] },
        { job: `${prefix}b`, from: base + 1, to: base + 2, overlap: "wait", runs: [run(base + 2)] },
        { job: `${prefix}a`, from: base + 2, to: base + 3, runs: [run(base + 3)] },
        { job: `${prefix}b`, from: base, to: base + 3 },
        { job: `${prefix}a`, from: base + 3, to: base + 4, overlap: "wait", runs: [run(base + 4)] },
      ];
      const single = yield* prepared("s");
      const alone: Array<ClaimResult> = [];
      for (const item of items("s", single)) alone.push(...(yield* store.claims("n", [item])).results);
      const together = yield* prepared("t");
      const batch = yield* store.claims("n", items("t", together));
      const strip = (results: ReadonlyArray<ClaimResult>, base: number) =>
        results.map((it) =>
          comparable({ ...it, job: it.job.slice(1), runs: it.runs.map((r) => ({ ...r, job: "" })) }, base)
        );
      yield* same("answers", strip(batch.results, together), strip(alone, single));
      const ends = (prefix: string) =>
        Effect.map(store.peek(`${prefix}a`, `${prefix}b`), (states) =>
          states.map((it) => [
            it.watermark - (prefix === "s" ? single : together),
            it.active.length,
          ]));
      yield* same("records", yield* ends("t"), yield* ends("s"));
      const completed = yield* store.complete(
        ...(yield* store.peek("ta", "tb")).flatMap((it) => [...it.active, ...it.active].map((held) => ended(held))),
      );
      yield* same("completions", completed, ["ok", "ok", "ok", "gone", "gone", "gone", "ok", "gone"]);
    }),
  ),
  // R1, R7.
  law(
    "every claim and completion may be sent up to three times, in any order, its first answers lost",
    Effect.fnUntraced(function* (store: Tested) {
      const scenario = Effect.fnUntraced(function* (job: string, copies: number) {
        const at = yield* store.register(job);
        const sent: Array<Effect.Effect<unknown, unknown>> = [];
        const repeat = Effect.fnUntraced(function* <A, E, R>(send: Effect.Effect<A, E, R>) {
          let last = yield* send;
          for (let copy = 1; copy < copies; copy++) last = yield* send;
          return last;
        });
        const step = Effect.fnUntraced(function* (from: number, to: number, ends: boolean) {
          const item = { claimId: `n.${job}${from - at}`, from, to, overlap: "skip" as const, runs: [run(to)] };
          const claim = store.claim("n", job, { ...item, skips: [] });
          const { runs } = yield* repeat(claim);
          sent.push(claim as never);
          if (!ends) return;
          const complete = store.complete(...runs.map((it) => ended(it)));
          yield* repeat(complete);
          sent.push(complete as never);
        });
        yield* step(at, at + 1, true);
        yield* step(at + 1, at + 2, true);
        yield* step(at + 2, at + 3, false);
        if (copies > 1) { for (const again of sent.reverse()) yield* Effect.ignore(again); }
        const [state] = yield* store.peek(job);
        const history = (yield* store.history).filter((it) => it.job === job);
        return [
          (state?.watermark ?? 0) - at,
          state?.active.map((it) => [it.dueAt - at, it.attempt, it.holder]),
          history.map((it) => it._tag === "Run" ? [it.outcome, it.dueAt - at, it.attempt] : it),
        ];
      });
      const once = yield* scenario("once", 1);
      yield* same("sent twice", yield* scenario("twice", 2), once);
      yield* same("sent three times", yield* scenario("thrice", 3), once);
    }),
  ),
  // R30.
  law(
    "tokens of a job grow from run to run, within a claim too",
    Effect.fnUntraced(function* (store: Tested) {
      let at = yield* store.register("job");
      const { storeTime } = yield* store.beat("n");
      let last = storeTime - 1;
      for (let round = 0; round < 5; round++) {
        const { runs } = yield* store.claim("n", "job", {
          from: at,
          to: at + 3,
          runs: [run(at + 1), run(at + 2), run(at + 3)],
        });
        for (const { fence } of runs) {
          yield* holds("a token is later than all before it and than the store's clock", fence > last, [last, fence]);
          last = fence;
        }
        yield* store.complete(...runs.map((it) => ended(it)));
        at += 3;
      }
    }),
  ),
];
