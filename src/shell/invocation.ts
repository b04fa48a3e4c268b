/**
 * One tick: a look, a claim of what is due, its runs, and the report of their ends.
 */
import * as Effect from "effect/Effect";
import * as Option from "effect/Option";
import { leased } from "../core/ledger/lease.ts";
import type { JobSpec, RunEnd } from "../core/node/Machine.ts";
import { maxItems } from "../core/node/Draft.ts";
import { retryAt } from "../core/node/retry.ts";
import { lasted, next, ofEnd, settlingMs } from "../core/node/said.ts";
import { startOfNext } from "../core/node/standing.ts";
import * as Tick from "../core/node/tick.ts";
import * as Fire from "../core/words/Fire.ts";
import { startsAt } from "../core/words/start.ts";
import { fits } from "../core/node/placement.ts";
import type { ClaimItem, ClaimResult, Completion, JobState } from "../core/words/Request.ts";
import type { Driver, DriverError } from "../Driver.ts";
import { drawBits } from "./bits.ts";
import type { Handlers } from "./Node.ts";
import type { CheckedTick, CheckedTicker } from "./tickerOptions.ts";
import type { TickFailure, TickReport } from "./TickReport.ts";

/** How often ends are reported while other runs go on. Milliseconds. */
const reportMs = 1_000;

/** How often a tick looks again at what it could not get to at once. */
const mostRounds = 50;

const inBatches = <A>(items: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> => {
  const batches: Array<ReadonlyArray<A>> = [];
  for (let start = 0; start < items.length; start += maxItems) batches.push(items.slice(start, start + maxItems));
  return batches;
};

/** The counts of a report while they grow. */
interface Tally {
  started: number;
  succeeded: number;
  skipped: number;
  readonly outdated: Set<string>;
  readonly failures: Array<TickFailure>;
}

/** What a tick is made with. */
export interface Parts {
  readonly driver: Driver;
  readonly config: CheckedTicker;
  readonly options: CheckedTick;
  readonly specs: ReadonlyMap<string, JobSpec>;
  readonly handlers: Handlers;
  /** A clock that never steps. Milliseconds. */
  readonly mono: () => number;
}

/** One call of `tick`. */
class Invocation {
  readonly parts: Parts;
  /** The jobs that it may run. */
  readonly specs: ReadonlyMap<string, JobSpec>;
  readonly tally: Tally = { started: 0, succeeded: 0, skipped: 0, outdated: new Set(), failures: [] };
  /** When a job wants something next, by its name. */
  readonly next = new Map<string, number>();
  readonly #begun = new Set<string>();
  readonly #bits = drawBits();
  readonly #deadline: number;
  #identity = "";
  #ends: Array<Completion> = [];
  #offset = 0;
  #sequence = 0;

  constructor(parts: Parts) {
    this.parts = parts;
    this.specs = new Map([...parts.specs].filter(([, spec]) => fits(parts.config, spec)));
    // From before the first look: at this instant the store's clock shows no more than it told then and `maxMs`.
    this.#deadline = parts.mono() + parts.options.maxMs;
  }

  /** The store's time, or a little less. */
  now(): number {
    return Math.floor(this.parts.mono() + this.#offset);
  }

  leftMs(): number {
    return this.#deadline - this.parts.mono();
  }

  /** Where every job stands. */
  look(): Effect.Effect<ReadonlyMap<string, JobState>, DriverError> {
    const request = {
      _tag: "Peek",
      service: this.parts.config.service,
      jobs: [...this.specs.keys()],
      history: false,
    } as const;
    return Effect.map(this.parts.driver.peek(request), ({ jobs, storeTime, unreadable = [] }) => {
      this.#offset = storeTime - this.parts.mono();
      if (this.#identity === "") {
        this.#identity = leased(storeTime + this.parts.options.maxMs + this.parts.config.marginMs, this.#bits);
      }
      const states = new Map(jobs.map((state) => [state.job, state]));
      for (const [name, spec] of this.specs) {
        const state = states.get(name);
        const waiting = (state?.active ?? []).filter(({ holder }) => holder === "")
          .map(({ attempt, dueAt, fence, notBefore }) => attempt === 0 ? fence : notBefore ?? dueAt);
        const isOpen = state?.paused !== true && !unreadable.includes(name);
        const start = isOpen
          ? startOfNext(this.parts.config.service, spec, state ?? {}, state?.watermark ?? storeTime)
          : undefined;
        this.next.set(name, Math.min(start ?? Infinity, ...waiting));
      }
      return states;
    });
  }

  /** What is to be asked, for as many runs as may start at once. */
  wanted(states: ReadonlyMap<string, JobState>): ReadonlyArray<ClaimItem> {
    const { deployment, graceMs, intervalMs, service } = this.parts.config;
    const ticking = {
      service,
      graceMs,
      intervalMs,
      waitMs: this.parts.options.waitMs,
      overrules: deployment !== undefined,
    };
    let places = this.parts.config.concurrency;
    const items: Array<ClaimItem> = [];
    const now = this.now();
    // What has waited longest comes first.
    const inTurn = [...this.specs.values()].sort((a, b) => (this.next.get(a.name) ?? 0) - (this.next.get(b.name) ?? 0));
    for (const spec of inTurn) {
      const claimId = `${this.#identity}.${this.#sequence++}`;
      const asked = Tick.ask(ticking, spec, { now, state: states.get(spec.name) }, places, claimId);
      if (asked.isOutdated) {
        this.tally.outdated.add(spec.name);
        this.next.set(spec.name, Infinity);
      }
      if (asked.item === undefined) continue;
      items.push(asked.item);
      places -= asked.places;
    }
    return items;
  }

  /** Takes an answer: what is handed over by it. */
  learn(item: ClaimItem, result: ClaimResult): ReadonlyArray<Fire.Run> {
    const { counted, pause, queued, retryAt: waits, runs, skips = [], status, watermark } = result;
    const spec = this.specs.get(item.job) as JobSpec;
    if (status === "ok" && item._tag === "Claim" && watermark === item.to) {
      for (const { count } of [...item.skips, ...skips]) this.tally.skipped += Math.max(1, count);
    }
    if (status === "outdated") this.tally.outdated.add(item.job);
    const isOpen = watermark !== undefined && status !== "paused" && pause === undefined && status !== "outdated";
    const start = isOpen ? startOfNext(this.parts.config.service, spec, { counted }, watermark) : undefined;
    this.next.set(item.job, Math.min(start ?? Infinity, waits ?? Infinity, queued > 0 ? this.now() : Infinity));
    return runs.filter(({ fence, job }) => {
      const key = `${job} ${fence}`;
      const isNew = !this.#begun.has(key);
      this.#begun.add(key);
      return isNew;
    });
  }

  /** Asks for all of it. */
  claim(items: ReadonlyArray<ClaimItem>): Effect.Effect<ReadonlyArray<Fire.Run>, DriverError> {
    const { deployment = 0, service } = this.parts.config;
    const expiresAt = this.now() + Math.min(10_000, this.parts.config.marginMs);
    const requests = inBatches(items).map((batch) =>
      Effect.map(
        this.parts.driver.claim({
          _tag: "Claim",
          service,
          incarnation: this.#identity,
          deployment,
          expiresAt,
          items: batch,
        }),
        ({ results }) =>
          batch.flatMap((item, index) => {
            const result = results[index];
            return result === undefined ? [] : this.learn(item, result);
          }),
      )
    );
    return Effect.map(Effect.all(requests, { concurrency: "unbounded" }), (all) => all.flat());
  }

  #end(run: Fire.Run, startedAt: number, how: Pick<Completion, "outcome" | "rerun"> & Partial<Completion>): void {
    const { attempt, dueAt, fence, job } = run;
    this.#ends.push({ job, fence, dueAt, attempt, startedAt, endedAt: this.now(), ...how });
  }

  #fail(run: Fire.Run, outcome: TickFailure["outcome"], error: string | undefined): void {
    this.tally.failures.push({
      job: run.job,
      id: Fire.id(this.parts.config.service, run.job, run.dueAt),
      outcome,
      error,
    });
  }

  /** When the attempt follows on this one that does, if one does. */
  #retryAt(run: Fire.Run, outcome: Completion["outcome"]): number | undefined {
    const { policies } = this.specs.get(run.job) as JobSpec;
    return retryAt(policies.retry, this.parts.config.service, run, outcome, this.now());
  }

  /** Runs one, from before it is due until it is over or its time is up. */
  run(run: Fire.Run): Effect.Effect<void> {
    const { policies } = this.specs.get(run.job) as JobSpec;
    const isAgain = policies.delivery === "at-least-once";
    const handsOn = (startedAt: number): void => {
      this.#end(
        run,
        startedAt,
        isAgain || startedAt === 0 ? { outcome: "abandoned", rerun: true } : { outcome: "cancelled", rerun: false },
      );
      if (startedAt > 0) this.#fail(run, isAgain ? "handed-on" : "cancelled", "the time of the tick was up");
    };
    return Effect.gen({ self: this }, function* () {
      const early = startsAt(run) - this.now();
      if (early > 0) yield* Effect.sleep(Math.min(early, Math.max(0, this.leftMs())));
      // A claim whose answer came late, or for which no time is left.
      if (this.leftMs() <= 0) return handsOn(0);
      const isTooLate = run.kind === "rerun" && !isAgain && this.now() - startsAt(run) > policies.catchUp.withinMs;
      if (isTooLate) return this.#end(run, 0, { outcome: "abandoned", rerun: false });
      const startedAt = this.now();
      this.tally.started += 1;
      const ended = new Promise<RunEnd>((resolve) => this.parts.handlers.start(run, startedAt, resolve));
      const isOver = (ms: number) => Effect.timeoutOption(Effect.promise(() => ended), Math.max(1, ms));
      const limitMs = policies.timeoutMs ?? Infinity;
      const isLimited = limitMs < this.leftMs();
      const first = yield* isOver(Math.min(limitMs, this.leftMs()));
      if (Option.isSome(first)) {
        const { error, isFinal, outcome, returned } = first.value;
        if (outcome === "succeeded") this.tally.succeeded += 1;
        else this.#fail(run, outcome === "failed" ? "failed" : "cancelled", error);
        const again = isFinal === true ? undefined : this.#retryAt(run, outcome);
        return this.#end(run, startedAt, { outcome, rerun: false, ...ofEnd(run, again, { error, returned }) });
      }
      this.parts.handlers.abort(run.job, run.fence, isLimited ? "timeout" : "stopping");
      const settled = yield* isOver(settlingMs);
      if (!isLimited) return handsOn(startedAt);
      this.#fail(run, "timed-out", lasted);
      const holds = Option.isNone(settled) ? { holds: true } : {};
      this.#end(run, startedAt, {
        outcome: "timed-out",
        rerun: false,
        ...holds,
        ...next(this.#retryAt(run, "timed-out"), lasted),
      });
    });
  }

  /** Reports what has ended. What could not be reported stays to be. */
  report(): Effect.Effect<void, DriverError> {
    return Effect.suspend(() => {
      const ends = this.#ends;
      this.#ends = [];
      const { service } = this.parts.config;
      return Effect.forEach(inBatches(ends), (items) =>
        Effect.tapError(
          this.parts.driver.complete({ _tag: "Complete", service, incarnation: this.#identity, items }),
          () => Effect.sync(() => void (this.#ends = [...this.#ends, ...items])),
        ), { concurrency: "unbounded", discard: true });
    });
  }

  /** Runs all of them at once, and reports. */
  runAll(runs: ReadonlyArray<Fire.Run>): Effect.Effect<void, DriverError> {
    const all = Effect.forEach(runs, (run) => this.run(run), { concurrency: "unbounded", discard: true });
    const reporting = Effect.forever(Effect.andThen(Effect.sleep(reportMs), Effect.ignore(this.report())));
    const last = Effect.retry(this.report(), { times: 2 });
    return Effect.andThen(Effect.raceFirst(all, reporting), last);
  }

  told(): TickReport {
    const { failures, outdated, skipped, started, succeeded } = this.tally;
    const dues = [...this.next.values()];
    const nextDueAt = Math.min(Infinity, ...dues);
    const now = this.now();
    return {
      started,
      succeeded,
      failed: failures.length,
      skipped,
      left: dues.filter((at) => at + this.parts.config.graceMs <= now).length,
      nextDueAt: nextDueAt === Infinity ? undefined : nextDueAt,
      outdated: [...outdated].sort(),
      failures,
    };
  }
}

/** Looks and claims until nothing is due any more, or the time is up. */
export const invoke = (parts: Parts): Effect.Effect<TickReport, DriverError> =>
  Effect.gen(function* () {
    const invocation = new Invocation(parts);
    for (let round = 0; round < mostRounds; round++) {
      const items = invocation.wanted(yield* invocation.look());
      if (items.length === 0 || invocation.leftMs() <= 0) break;
      const runs = yield* invocation.claim(items);
      yield* invocation.runAll(runs);
      const soon = invocation.now() + invocation.parts.options.waitMs - invocation.parts.config.graceMs;
      if (runs.length === 0 || invocation.leftMs() <= 0 || ![...invocation.next.values()].some((at) => at <= soon)) {
        break;
      }
    }
    return invocation.told();
  });
