/**
 * R57: one tick, from its look to its report, without input or output. It is fed the answers of the store and the ends of its
 * handlers, each with the instant of a clock that never steps, and says what to ask, what to start and for how long.
 *
 * @module
 */
import { afterLeaseMs, leased, leaseOf } from "../ledger/lease.ts";
import * as Fire from "../words/Fire.ts";
import type {
  ClaimItem,
  ClaimReply,
  ClaimRequest,
  ClaimResult,
  CompleteReply,
  CompleteRequest,
  Completion,
  JobState,
  PeekReply,
  PeekRequest,
} from "../words/Request.ts";
import { startsAt } from "../words/start.ts";
import type { TickFailure, TickReport } from "../words/TickReport.ts";
import { inBatches } from "./Draft.ts";
import { fits } from "./placement.ts";
import { retryAt } from "./retry.ts";
import { lasted, next, ofEnd } from "./said.ts";
import { startOfNext } from "./standing.ts";
import type { JobSpec, RunEnd } from "./State.ts";
import * as Tick from "./tick.ts";

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
  readonly reason: "timeout" | "stopping";
}

/** How long a claim may be under way. Milliseconds. */
const mostWayMs = 10_000;

/** How often a run looks for a place. Milliseconds. */
const placeMs = 50;

const keyOf = ({ fence, job }: Pick<Fire.Run, "job" | "fence">): string => `${job} ${fence}`;

/** When the first of the runs that a look has told of may be had: attempts that wait, and what others have a lease for. */
const othersAt = (state: JobState | undefined): number => {
  let first = Infinity;
  for (const { attempt, dueAt, fence, holder, notBefore } of state?.active ?? []) {
    const lease = leaseOf(holder);
    const at = lease !== undefined ? lease + afterLeaseMs : attempt === 0 ? fence : notBefore ?? dueAt;
    if (holder === "" || lease !== undefined) first = Math.min(first, at);
  }
  return first;
};

/** One call of `tick`. Instants are of a clock that never steps, milliseconds, where nothing else is said. */
export class Invocation {
  readonly #how: Invoking;
  readonly #specs: ReadonlyMap<string, JobSpec>;
  readonly #bits: string;
  readonly #deadline: number;
  /** Runs whose handlers go on. */
  readonly #running: Set<string> = new Set();
  /** Runs that are over by their limit, and whose handlers go on: each has a place, and counts for overlap. */
  readonly #held: Set<string> = new Set();
  /** When a run is to be over that was given more time. */
  readonly #extended: Map<string, number> = new Map();
  readonly #begun: Set<string> = new Set();
  /** When a job wants something next, epoch milliseconds. */
  readonly #next: Map<string, number> = new Map();
  readonly #outdated: Set<string> = new Set();
  readonly #failures: Array<TickFailure> = [];
  #states: ReadonlyMap<string, JobState> = new Map();
  #identity = "";
  #leaseEndsAt = 0;
  #ends: Array<Completion> = [];
  #offset = 0;
  #sequence = 0;
  #started = 0;
  #succeeded = 0;
  #skipped = 0;

  /** One that begins now. `bits` are nobody else's. */
  constructor(how: Invoking, specs: ReadonlyMap<string, JobSpec>, bits: string, mono: number) {
    this.#how = how;
    this.#specs = new Map([...specs].filter(([, spec]) => fits(how, spec)));
    this.#bits = bits;
    // From before the first look: at this instant the store's clock shows no more than it told then and `maxMs`.
    this.#deadline = mono + how.maxMs;
  }

  /** Who it is for the store; empty before its first look. */
  get identity(): string {
    return this.#identity;
  }

  /** The store's time, or a little less: epoch milliseconds. */
  now(mono: number): number {
    return Math.floor(mono + this.#offset);
  }

  /** Asks where every job stands. */
  look(): PeekRequest {
    return { _tag: "Peek", service: this.#how.service, jobs: [...this.#specs.keys()], history: false };
  }

  /** Takes the answer. */
  looked({ jobs, storeTime, unreadable = [] }: PeekReply, mono: number): void {
    const { marginMs, maxMs, service } = this.#how;
    this.#offset = storeTime - mono;
    if (this.#identity === "") {
      this.#leaseEndsAt = storeTime + maxMs + marginMs;
      this.#identity = leased(this.#leaseEndsAt, this.#bits);
    }
    this.#states = new Map(jobs.map((state) => [state.job, state]));
    for (const [name, spec] of this.#specs) {
      const state = this.#states.get(name);
      const isOpen = state?.paused !== true && !unreadable.includes(name);
      const start = isOpen ? startOfNext(service, spec, state ?? {}, state?.watermark ?? storeTime) : undefined;
      this.#next.set(name, Math.min(start ?? Infinity, othersAt(state)));
    }
  }

  /** What is to be asked, for as many runs as may start at once; nothing once its time is up. */
  claims(mono: number): ReadonlyArray<ClaimRequest> {
    if (mono >= this.#deadline) return [];
    const { concurrency, deployment, graceMs, intervalMs, marginMs, service, waitMs } = this.#how;
    const ticking = { service, graceMs, intervalMs, waitMs, overrules: deployment !== undefined };
    const now = this.now(mono);
    const items: Array<ClaimItem> = [];
    let places = Math.max(0, concurrency - this.#held.size);
    // What has waited longest comes first.
    const inTurn = [...this.#specs.values()]
      .sort((a, b) => (this.#next.get(a.name) ?? 0) - (this.#next.get(b.name) ?? 0));
    for (const spec of inTurn) {
      const claimId = `${this.#identity}.${this.#sequence++}`;
      const asked = Tick.ask(ticking, spec, { now, state: this.#states.get(spec.name) }, places, claimId);
      if (asked.isOutdated) {
        this.#outdated.add(spec.name);
        this.#next.set(spec.name, Infinity);
      }
      if (asked.item === undefined) continue;
      items.push(asked.item);
      places -= asked.places;
    }
    return inBatches(items).map((batch) => ({
      _tag: "Claim",
      service,
      incarnation: this.#identity,
      deployment: deployment ?? 0,
      expiresAt: now + Math.min(mostWayMs, marginMs),
      items: batch,
    }));
  }

  /** Takes the answer: the runs that are handed over by it, each once. */
  claimed({ items }: ClaimRequest, { results }: ClaimReply, mono: number): ReadonlyArray<Fire.Run> {
    return items.flatMap((item, index) => {
      const result = results[index];
      return result === undefined ? [] : this.#learn(item, result, mono);
    });
  }

  #learn(item: ClaimItem, result: ClaimResult, mono: number): ReadonlyArray<Fire.Run> {
    const { counted, pause, queued, retryAt: waits, runs, skips = [], status, watermark } = result;
    const spec = this.#specs.get(item.job) as JobSpec;
    if (status === "ok" && item._tag === "Claim" && watermark === item.to) {
      for (const { count } of [...item.skips, ...skips]) this.#skipped += Math.max(1, count);
    }
    if (status === "outdated") this.#outdated.add(item.job);
    const isOpen = watermark !== undefined && status !== "paused" && pause === undefined && status !== "outdated";
    const start = isOpen ? startOfNext(this.#how.service, spec, { counted }, watermark) : undefined;
    // The end of its own lease is nothing to wait for, and behind it others may be told of by the look alone.
    const isOwn = waits === this.#leaseEndsAt + afterLeaseMs;
    const others = isOwn ? othersAt(this.#states.get(item.job)) : waits ?? Infinity;
    this.#next.set(item.job, Math.min(start ?? Infinity, others, queued > 0 ? this.now(mono) : Infinity));
    return runs.filter((run) => {
      const key = keyOf(run);
      const isNew = !this.#begun.has(key);
      this.#begun.add(key);
      return isNew;
    });
  }

  #policiesOf({ job }: Pick<Fire.Run, "job">): JobSpec["policies"] {
    return (this.#specs.get(job) as JobSpec).policies;
  }

  /** Whose turn it is, of a run that was handed over. */
  turn(run: Fire.Run, mono: number): Turn {
    const { catchUp, delivery } = this.#policiesOf(run);
    const now = this.now(mono);
    // A newer fire has cancelled it in the step that handed it over; or the answer to its claim came late, or no time is left for it.
    if (run.cancelAt !== undefined || mono >= this.#deadline) {
      this.#handOn(run, 0, mono);
      return { _tag: "Over" };
    }
    const early = startsAt(run) - now;
    if (early > 0) return { _tag: "Wait", ms: Math.min(early, this.#deadline - mono) };
    if (run.kind === "rerun" && delivery === "at-most-once" && -early > catchUp.withinMs) {
      this.#end(run, 0, mono, { outcome: "abandoned", rerun: false });
      return { _tag: "Over" };
    }
    // Who asks for what others have left behind is handed all of it.
    if (this.#running.size + this.#held.size >= this.#how.concurrency) {
      return { _tag: "Wait", ms: Math.min(placeMs, this.#deadline - mono) };
    }
    this.#started += 1;
    this.#running.add(keyOf(run));
    return { _tag: "Start", startedAt: now };
  }

  /** How long a handler may still go on. */
  bound(run: Fire.Run, startedAt: number, mono: number): Bound {
    const { timeoutMs = Infinity } = this.#policiesOf(run);
    const limited = startedAt + timeoutMs - this.now(mono);
    const left = (this.#extended.get(keyOf(run)) ?? this.#deadline) - mono;
    return limited < left ? { ms: limited, reason: "timeout" } : { ms: left, reason: "stopping" };
  }

  /** Asks that a run stays its own for so long from now; undefined if it does not go on here. Milliseconds. */
  extension(run: Fire.Run, startedAt: number, ms: number, mono: number): CompleteRequest | undefined {
    if (!this.#running.has(keyOf(run))) return undefined;
    const { attempt, dueAt, fence, job } = run;
    const now = this.now(mono);
    const extendsTo = now + ms + this.#how.marginMs;
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
    return { _tag: "Complete", service: this.#how.service, incarnation: this.#identity, items: [item] };
  }

  /** Takes the answer to what was asked at an instant: whether the handler may go on for so long from then. */
  extended(run: Fire.Run, ms: number, askedAt: number, { results: [result] }: CompleteReply): boolean {
    const key = keyOf(run);
    if (result !== "ok" || !this.#running.has(key)) return false;
    this.#extended.set(key, Math.max(this.#extended.get(key) ?? this.#deadline, askedAt + ms));
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
    if (!isSettled) this.#held.add(keyOf(run));
    this.#fail(run, "timed-out", lasted);
    this.#end(run, startedAt, mono, {
      outcome: "timed-out",
      rerun: false,
      ...isSettled ? {} : { holds: true },
      ...next(this.#retryAt(run, "timed-out", mono), lasted),
    });
  }

  /** A handler has ended after it overran. */
  settled(run: Fire.Run, startedAt: number, mono: number): void {
    if (this.#held.delete(keyOf(run))) this.#end(run, startedAt, mono, { outcome: "timed-out", rerun: false });
  }

  /** What is to be told of what has ended. Nothing tells it again unless it is unreported. */
  reports(): ReadonlyArray<CompleteRequest> {
    const { service } = this.#how;
    const ends = this.#ends;
    this.#ends = [];
    return inBatches(ends).map((items) => ({ _tag: "Complete", service, incarnation: this.#identity, items }));
  }

  /** It was not told: it stays to be. */
  unreported({ items }: CompleteRequest): void {
    this.#ends.push(...items);
  }

  /** Whether to look again, after so many runs of the last look. */
  goesOn(runs: number, mono: number): boolean {
    const { graceMs, waitMs } = this.#how;
    const soon = this.now(mono) + waitMs - graceMs;
    return runs > 0 && mono < this.#deadline && [...this.#next.values()].some((at) => at <= soon);
  }

  /** What became of it. */
  told(mono: number): TickReport {
    const dues = [...this.#next.values()];
    const nextDueAt = Math.min(Infinity, ...dues);
    const now = this.now(mono);
    return {
      started: this.#started,
      succeeded: this.#succeeded,
      failed: this.#failures.length,
      skipped: this.#skipped,
      left: dues.filter((at) => at + this.#how.graceMs <= now).length,
      nextDueAt: nextDueAt === Infinity ? undefined : nextDueAt,
      outdated: [...this.#outdated].sort(),
      failures: this.#failures,
    };
  }

  #end(
    { attempt, dueAt, fence, job }: Fire.Run,
    startedAt: number,
    mono: number,
    how: Pick<Completion, "outcome" | "rerun"> & Partial<Completion>,
  ): void {
    const endedAt = this.now(mono);
    this.#ends.push({ job, fence, dueAt, attempt, startedAt, endedAt, ...how });
    // What is left of it is for somebody to come for.
    const again = how.holds === true ? this.#leaseEndsAt + afterLeaseMs : how.rerun ? endedAt : how.retryAt ?? Infinity;
    this.#next.set(job, Math.min(this.#next.get(job) ?? Infinity, again));
  }

  #fail({ dueAt, job }: Fire.Run, outcome: TickFailure["outcome"], error: string | undefined): void {
    this.#failures.push({ job, id: Fire.id(this.#how.service, job, dueAt), outcome, error });
  }

  /** What may run again is for others, and so is what was never started; what may not was cancelled. */
  #handOn(run: Fire.Run, startedAt: number, mono: number): void {
    const isAgain = this.#policiesOf(run).delivery === "at-least-once";
    const how = isAgain || startedAt === 0
      ? { outcome: "abandoned", rerun: true } as const
      : { outcome: "cancelled", rerun: false } as const;
    this.#end(run, startedAt, mono, how);
    if (startedAt > 0) this.#fail(run, isAgain ? "handed-on" : "cancelled", "the time of the tick was up");
  }

  /** When the attempt follows on this one that does, if one does: epoch milliseconds. */
  #retryAt(run: Fire.Run, outcome: Completion["outcome"], mono: number): number | undefined {
    return retryAt(this.#policiesOf(run).retry, this.#how.service, run, outcome, this.now(mono));
  }
}
