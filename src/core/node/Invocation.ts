/**
 * R57: one tick, from its look to its report, without input or output. It is fed the answers of the store and the ends of its
 * handlers, each with the instant of a clock that never steps, and says what to ask, what to start and for how long.
 *
 * @module
 */
import { afterLeaseMs, leased, leaseOf } from "../ledger/lease.ts";
import type * as Fire from "../words/Fire.ts";
import type {
  ClaimItem,
  ClaimReply,
  ClaimRequest,
  ClaimResult,
  DueReply,
  DueRequest,
  JobState,
  PeekReply,
  PeekRequest,
} from "../words/Request.ts";
import * as Schedules from "../words/Schedules.ts";
import type { TickReport } from "../words/TickReport.ts";
import { inBatches } from "./Draft.ts";
import { fits } from "./placement.ts";
import { startOfNext } from "./standing.ts";
import type { JobSpec } from "./State.ts";
import * as Tick from "./tick.ts";
import { type Invoking, keyOf, TickRuns } from "./TickRuns.ts";
import type { TickShelves } from "./TickShelves.ts";

export type { Bound, Invoking, Turn } from "./TickRuns.ts";

/** What an invocation runs besides the jobs that are declared, and what it knows before it has looked. */
export interface Given {
  /** The shelves of its handlers for schedules in the store. Default: it has none. */
  readonly shelves?: TickShelves | undefined;
  /** The digest of what its jobs are. Default: it does not ask whether that is told. */
  readonly told?: string | undefined;
  /** What the store's clock may be, or may not: what is due by then is asked for first. Epoch milliseconds. */
  readonly wall?: number | undefined;
}

/** How long a claim may be under way. Milliseconds. */
const mostWayMs = 10_000;

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
  readonly #given: Given;
  readonly #shelves: TickShelves | undefined;
  /** What it was handed. */
  readonly runs: TickRuns;
  readonly #begun: Set<string> = new Set();
  /** When a job wants something next, epoch milliseconds. */
  readonly #next: Map<string, number> = new Map();
  readonly #outdated: Set<string> = new Set();
  #states: ReadonlyMap<string, JobState> = new Map();
  #identity = "";
  #leaseEndsAt = 0;
  #offset = 0;
  #sequence = 0;
  #skipped = 0;

  /** One that begins now. `bits` are nobody else's. */
  constructor(how: Invoking, specs: ReadonlyMap<string, JobSpec>, bits: string, mono: number, given: Given = {}) {
    this.#how = how;
    this.#given = given;
    this.#shelves = given.shelves;
    this.#specs = new Map([...specs].filter(([, spec]) => fits(how, spec)));
    this.#bits = bits;
    // From before the first look: at this instant the store's clock shows no more than it told then and `maxMs`.
    this.#deadline = mono + how.maxMs;
    this.runs = new TickRuns({
      how,
      deadline: this.#deadline,
      specOf: (job) => this.#specOf(job),
      now: (at) => this.now(at),
      identity: () => this.#identity,
      leaseEndsAt: () => this.#leaseEndsAt,
      leaves: (job, at) => void this.#next.set(job, Math.min(this.#next.get(job) ?? Infinity, at)),
    });
  }

  /** Who it is for the store; empty before its first look. */
  get identity(): string {
    return this.#identity;
  }

  /** The store's time, or a little less: epoch milliseconds. */
  now(mono: number): number {
    return Math.floor(mono + this.#offset);
  }

  /** When something must start that it is to begin with. */
  #soon(mono: number): number {
    const { graceMs, waitMs } = this.#how;
    const now = this.#identity === "" ? this.#given.wall ?? 0 : this.now(mono);
    return Math.floor(now) + waitMs - graceMs;
  }

  /** Asks where every job stands, and which schedules of its handlers are due. */
  look(mono: number): PeekRequest | DueRequest {
    const { service } = this.#how;
    const { told } = this.#given;
    const peek: PeekRequest = {
      _tag: "Peek",
      service,
      jobs: [...this.#specs.keys()],
      history: false,
      ...(told === undefined || this.#identity !== "" ? {} : { told }),
    };
    return this.#shelves?.look(peek, this.#soon(mono), this.#next) ?? peek;
  }

  /** Takes the answer. Whether what its jobs are is told, if that was asked for. */
  looked(request: PeekRequest | DueRequest, reply: PeekReply | DueReply, mono: number): boolean | undefined {
    const { marginMs, maxMs, service } = this.#how;
    const seen = reply._tag === "Peek" ? reply : reply.peek;
    const storeTime = Math.min(reply.storeTime, seen?.storeTime ?? Infinity);
    this.#offset = storeTime - mono;
    if (this.#identity === "") {
      this.#leaseEndsAt = storeTime + maxMs + marginMs;
      this.#identity = leased(this.#leaseEndsAt, this.#bits);
    }
    const states = new Map(seen?.jobs.map((state) => [state.job, state]));
    const changed = this.#shelves?.looked(request, reply, states, this.now(mono) - this.#how.graceMs) ?? [];
    for (const name of changed) this.#next.delete(name);
    this.#states = states;
    const unreadable = seen?.unreadable ?? [];
    for (const spec of this.#looksAt()) {
      const { name } = spec;
      const state = states.get(name);
      const isOpen = state?.paused !== true && !unreadable.includes(name);
      const start = isOpen ? startOfNext(service, spec, state ?? {}, state?.watermark ?? storeTime) : undefined;
      this.#next.set(name, Math.min(start ?? Infinity, othersAt(state)));
    }
    return seen?.isTold;
  }

  /** The jobs, and the schedules that it knows something of since the last look. */
  #looksAt(): ReadonlyArray<JobSpec> {
    return [...this.#specs.values(), ...this.#shelves?.among(this.#states) ?? []];
  }

  /** A schedule is not what it was taken for. */
  #forget(name: string, mono: number): void {
    this.#shelves?.forget(name, this.now(mono) - this.#how.graceMs);
    this.#next.delete(name);
  }

  #specOf(job: string): JobSpec {
    return (this.#specs.get(job) ?? this.#shelves?.specOf(job)) as JobSpec;
  }

  /** What is to be asked, for as many runs as may start at once; nothing once its time is up. */
  claims(mono: number): ReadonlyArray<ClaimRequest> {
    if (mono >= this.#deadline) return [];
    const { deployment, graceMs, intervalMs, marginMs, service, waitMs } = this.#how;
    const ticking = { service, graceMs, intervalMs, waitMs, overrules: deployment !== undefined };
    const now = this.now(mono);
    const items: Array<ClaimItem> = [];
    let places = this.runs.places;
    // What has waited longest comes first.
    const inTurn = [...this.#looksAt()]
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
    const spec = this.#specOf(item.job);
    if (status === "ok" && item._tag === "Claim" && watermark === item.to) {
      for (const { count } of [...item.skips, ...skips]) this.#skipped += Math.max(1, count);
    }
    const isOpen = watermark !== undefined && status !== "paused" && pause === undefined && status !== "outdated";
    const start = isOpen ? startOfNext(this.#how.service, spec, { counted }, watermark) : undefined;
    // The end of its own lease is nothing to wait for, and behind it others may be told of by the look alone.
    const isOwn = waits === this.#leaseEndsAt + afterLeaseMs;
    const others = isOwn ? othersAt(this.#states.get(item.job)) : waits ?? Infinity;
    this.#next.set(item.job, Math.min(start ?? Infinity, others, queued > 0 ? this.now(mono) : Infinity));
    if (status === "outdated" && Schedules.isJob(item.job)) this.#outdated.add(item.job);
    else if (status === "outdated") this.#forget(item.job, mono);
    return runs.flatMap((run) => {
      const key = keyOf(run);
      if (this.#begun.has(key)) return [];
      this.#begun.add(key);
      // What somebody triggered it with goes before what the schedule gives.
      const { payload = spec.payload } = run;
      return [payload === undefined && spec.version === undefined ? run : { ...run, payload, version: spec.version }];
    });
  }

  /** Whether to look again, after so many runs of the last look. */
  goesOn(runs: number, mono: number): boolean {
    if (mono >= this.#deadline || this.runs.places === 0) return false;
    const soon = this.#soon(mono);
    return (runs > 0 && [...this.#next.values()].some((at) => at <= soon)) || (this.#shelves?.waiting(soon) ?? 0) > 0;
  }

  /** What became of it. */
  told(mono: number): TickReport {
    const { graceMs } = this.#how;
    const dues = [...this.#next.values()];
    const nextDueAt = Math.min(this.#shelves?.next ?? Infinity, ...dues);
    const now = this.now(mono);
    return {
      ...this.runs.told(),
      skipped: this.#skipped,
      left: dues.filter((at) => at <= now - graceMs).length + (this.#shelves?.waiting(now - graceMs) ?? 0),
      nextDueAt: nextDueAt === Infinity ? undefined : nextDueAt,
      outdated: [...this.#outdated].sort(),
    };
  }
}
