/**
 * R57: the runs of one tick, from when they are handed over until what became of them is reported. Fed with the ends of handlers and
 * what the store answers, each with the instant of a clock that never steps.
 */
import { afterLeaseMs } from "../ledger/lease.ts";
import * as Fire from "../words/Fire.ts";
import type { CompleteReply, CompleteRequest, Completion, PeekReply, PeekRequest } from "../words/Request.ts";
import * as Schedules from "../words/Schedules.ts";
import { startsAt } from "../words/start.ts";
import type { TickFailure, TickReport } from "../words/TickReport.ts";
import { inBatches } from "./Draft.ts";
import { retryAt } from "./retry.ts";
import { lasted, next, ofEnd } from "./said.ts";
import type { JobSpec, RunEnd } from "./State.ts";

/** How an invocation behaves. Times in milliseconds. */
export interface Invoking {
  readonly service: string;
  /** How long after its start a fire is left to others. */
  readonly graceMs: number;
  /** How far apart ticks are. */
  readonly intervalMs: number;
  /** How long it may wait for a fire to be due. */
  readonly waitMs: number;
  /** How long it may last. */
  readonly maxMs: number;
  /** How long after that its runs are nobody else's. */
  readonly marginMs: number;
  /** How many handlers it runs at once. */
  readonly concurrency: number;
  /** What jobs may need; those that need others are left alone. */
  readonly labels: ReadonlyArray<string> | undefined;
  /** Of two definitions of a job that of the higher one is in force; undefined: it replaces none. */
  readonly deployment: number | undefined;
}

/** What is to be done with a run now: started, for so long; waited for; or nothing, as it is over already. */
export type Turn =
  | { readonly _tag: "Start"; readonly startedAt: number }
  | { readonly _tag: "Wait"; readonly ms: number }
  | { readonly _tag: "Over" };

/** How long a handler may go on, and why no longer. */
export interface Bound {
  readonly ms: number;
  readonly reason: "timeout" | "stopping" | "cancelled";
}

/** How often a run looks for a place. Milliseconds. */
const placeMs = 50;

/** What a tick's runs have of it. */
export interface Setting {
  readonly how: Invoking;
  /** When its time is up, on the clock that never steps. */
  readonly deadline: number;
  /** What a job is that it was handed a run of. */
  readonly specOf: (job: string) => JobSpec;
  /** The store's time, or a little less: epoch milliseconds. */
  readonly now: (mono: number) => number;
  readonly identity: () => string;
  /** When its lease ends, epoch milliseconds. */
  readonly leaseEndsAt: () => number;
  /** Something of a job is left for somebody from an instant on, epoch milliseconds. */
  readonly leaves: (job: string, at: number) => void;
}

/** Tells runs apart. */
export const keyOf = ({ fence, job }: Pick<Fire.Run, "job" | "fence">): string => `${job} ${fence}`;

/** Those of one tick. */
export class TickRuns {
  readonly #setting: Setting;
  /** Runs whose handlers go on. */
  readonly #running: Map<string, Fire.Run> = new Map();
  /** Those of them that somebody wants cancelled. */
  readonly #cancelled: Set<string> = new Set();
  /** Runs that are over before their handlers are, and how: each has a place, and counts for overlap. */
  readonly #held: Map<string, Completion["outcome"]> = new Map();
  /** When a run is to be over that was given more time. */
  readonly #extended: Map<string, number> = new Map();
  readonly #failures: Array<TickFailure> = [];
  #ends: Array<Completion> = [];
  #started = 0;
  #succeeded = 0;

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  /** How many handlers may be started before others are over. */
  get places(): number {
    return Math.max(0, this.#setting.how.concurrency - this.#held.size);
  }

  /** What became of them. */
  told(): Pick<TickReport, "started" | "succeeded" | "failed" | "failures"> {
    const failures = this.#failures;
    return { started: this.#started, succeeded: this.#succeeded, failed: failures.length, failures };
  }

  /** Whose turn it is, of a run that was handed over. */
  turn(run: Fire.Run, mono: number): Turn {
    const { deadline, now: nowAt, specOf } = this.#setting;
    const { catchUp, delivery } = specOf(run.job).policies;
    const now = nowAt(mono);
    // A newer fire has cancelled it in the step that handed it over; or the answer to its claim came late, or no time is left for it.
    if (run.cancelAt !== undefined || mono >= deadline) {
      this.#handOn(run, 0, mono);
      return { _tag: "Over" };
    }
    const early = startsAt(run) - now;
    if (early > 0) return { _tag: "Wait", ms: Math.min(early, deadline - mono) };
    if (run.kind === "rerun" && delivery === "at-most-once" && -early > catchUp.withinMs) {
      this.#end(run, 0, mono, { outcome: "abandoned", rerun: false });
      return { _tag: "Over" };
    }
    // Who asks for what others have left behind is handed all of it.
    if (this.#running.size >= this.places) {
      return { _tag: "Wait", ms: Math.min(placeMs, deadline - mono) };
    }
    this.#started += 1;
    this.#running.set(keyOf(run), run);
    return { _tag: "Start", startedAt: now };
  }

  /** How long a handler may still go on. */
  bound(run: Fire.Run, startedAt: number, mono: number): Bound {
    if (this.#cancelled.has(keyOf(run))) return { ms: 0, reason: "cancelled" };
    const { timeoutMs = Infinity } = this.#setting.specOf(run.job).policies;
    const limited = startedAt + timeoutMs - this.#setting.now(mono);
    const left = (this.#extended.get(keyOf(run)) ?? this.#setting.deadline) - mono;
    return limited < left ? { ms: limited, reason: "timeout" } : { ms: left, reason: "stopping" };
  }

  /** Asks where the jobs stand whose handlers go on; undefined if none does. */
  heeds(): PeekRequest | undefined {
    const jobs = new Set([...this.#running.values()].map(({ job }) => job));
    return jobs.size === 0
      ? undefined
      : { _tag: "Peek", service: this.#setting.how.service, jobs: [...jobs], history: false };
  }

  /** R44: takes the answer, as any other that tells of its runs: those that somebody wants cancelled, each once. */
  heeded({ jobs }: PeekReply): ReadonlyArray<Fire.Run> {
    return jobs.flatMap(({ active }) => active).flatMap((run) => {
      const key = keyOf(run);
      const own = this.#running.get(key);
      if (own === undefined || run.cancelAt === undefined || this.#cancelled.has(key)) return [];
      this.#cancelled.add(key);
      return [own];
    });
  }

  /** Asks that a run stays its own for so long from now; undefined if it does not go on here. Milliseconds. */
  extension(run: Fire.Run, startedAt: number, ms: number, mono: number): CompleteRequest | undefined {
    if (!this.#running.has(keyOf(run))) return undefined;
    const { attempt, dueAt, fence, job } = run;
    const now = this.#setting.now(mono);
    const extendsTo = now + ms + this.#setting.how.marginMs;
    const item = {
      job,
      fence,
      dueAt,
      attempt,
      startedAt,
      endedAt: now,
      outcome: "abandoned",
      rerun: false,
      extendsTo,
    } as const;
    return {
      _tag: "Complete",
      service: this.#setting.how.service,
      incarnation: this.#setting.identity(),
      items: [item],
    };
  }

  /** Takes the answer to what was asked at an instant: whether the handler may go on for so long from then. */
  extended(run: Fire.Run, ms: number, askedAt: number, { results: [result] }: CompleteReply): boolean {
    const key = keyOf(run);
    if (result !== "ok" || !this.#running.has(key)) return false;
    this.#extended.set(key, Math.max(this.#extended.get(key) ?? this.#setting.deadline, askedAt + ms));
    return true;
  }

  /** Takes the end of a handler. */
  ended(run: Fire.Run, startedAt: number, { error, isFinal, outcome, returned }: RunEnd, mono: number): void {
    this.#running.delete(keyOf(run));
    if (outcome === "succeeded") this.#succeeded += 1;
    else this.#fail(run, outcome === "failed" ? "failed" : "cancelled", error);
    const again = isFinal === true ? undefined : this.#retryAt(run, outcome, mono);
    this.#end(run, startedAt, mono, { outcome, rerun: false, ...ofEnd(run, again, { error, returned }) });
  }

  /** The time of a handler is up, and it was told so. `isSettled`: it has heeded that. */
  overran(run: Fire.Run, startedAt: number, reason: Bound["reason"], isSettled: boolean, mono: number): void {
    this.#running.delete(keyOf(run));
    if (reason === "stopping") return this.#handOn(run, startedAt, mono);
    const outcome = reason === "timeout" ? "timed-out" : "cancelled";
    if (!isSettled) this.#held.set(keyOf(run), outcome);
    this.#fail(run, outcome, reason === "timeout" ? lasted : "the run was cancelled");
    this.#end(run, startedAt, mono, {
      outcome,
      rerun: false,
      ...isSettled ? {} : { holds: true },
      ...next(this.#retryAt(run, outcome, mono), lasted),
    });
  }

  /** A handler has ended after it overran. */
  settled(run: Fire.Run, startedAt: number, mono: number): void {
    const outcome = this.#held.get(keyOf(run));
    if (outcome === undefined) return;
    this.#held.delete(keyOf(run));
    this.#end(run, startedAt, mono, { outcome, rerun: false });
  }

  /** What is to be told of what has ended. Nothing tells it again unless it is unreported. */
  reports(): ReadonlyArray<CompleteRequest> {
    const { service } = this.#setting.how;
    const ends = this.#ends;
    this.#ends = [];
    return inBatches(ends).map((items) => ({
      _tag: "Complete",
      service,
      incarnation: this.#setting.identity(),
      items,
    }));
  }

  /** It was not told: it stays to be. */
  unreported({ items }: CompleteRequest): void {
    this.#ends.push(...items);
  }

  #end(
    { attempt, dueAt, fence, job }: Fire.Run,
    startedAt: number,
    mono: number,
    how: Pick<Completion, "outcome" | "rerun"> & Partial<Completion>,
  ): void {
    const endedAt = this.#setting.now(mono);
    this.#ends.push({ job, fence, dueAt, attempt, startedAt, endedAt, ...how });
    // What is left of it is for somebody to come for.
    const again = how.holds === true
      ? this.#setting.leaseEndsAt() + afterLeaseMs
      : how.rerun
      ? endedAt
      : how.retryAt ?? Infinity;
    this.#setting.leaves(job, again);
  }

  #fail({ dueAt, job }: Fire.Run, outcome: TickFailure["outcome"], error: string | undefined): void {
    const { handler = job, id: schedule } = Schedules.partsOf(job) ?? { id: undefined };
    const id = Fire.id(this.#setting.how.service, job, dueAt);
    this.#failures.push({ job: handler, ...schedule === undefined ? {} : { schedule }, id, outcome, error });
  }

  /** What may run again is for others, and so is what was never started; what may not was cancelled. */
  #handOn(run: Fire.Run, startedAt: number, mono: number): void {
    const isAgain = this.#setting.specOf(run.job).policies.delivery === "at-least-once";
    const how = isAgain || startedAt === 0
      ? { outcome: "abandoned", rerun: true } as const
      : { outcome: "cancelled", rerun: false } as const;
    this.#end(run, startedAt, mono, how);
    if (startedAt > 0) this.#fail(run, isAgain ? "handed-on" : "cancelled", "the time of the tick was up");
  }

  /** When the attempt follows on this one that does, if one does: epoch milliseconds. */
  #retryAt(run: Fire.Run, outcome: Completion["outcome"], mono: number): number | undefined {
    return retryAt(
      this.#setting.specOf(run.job).policies.retry,
      this.#setting.how.service,
      run,
      outcome,
      this.#setting.now(mono),
    );
  }
}
