/**
 * A simulated world: an agenda of things to come, a store, and nodes that run the production state machine with clocks,
 * a network and a machine of their own that can fail. No real time passes.
 */
import * as FleetClock from "../../core/FleetClock.ts";
import * as JobRecord from "../../core/JobRecord.ts";
import * as Machine from "../../core/Machine.ts";
import * as Membership from "../../core/Membership.ts";
import type { ClaimItem, ClaimRequest, CompleteRequest, Reply } from "../../Request.ts";
import * as store from "../../internal/store.ts";
import { Agenda } from "./Agenda.ts";
import { type Faults, noFaults } from "./Faults.ts";
import * as History from "./History.ts";
import type { Random } from "./Random.ts";

/** One process of the fleet. */
export interface SimulatedNode {
  readonly index: number;
  state: Machine.State;
  isAlive: boolean;
  pausedUntil: number;
  cutOffUntil: number;
  wallOffset: number;
  readonly drift: number;
  readonly bootedAt: number;
  readonly jobs: ReadonlyArray<Machine.JobSpec>;
  /** What waits for a paused process. */
  inbox: Array<() => void>;
  wakeOrder: number;
  incarnations: number;
}

/** The store as it was. */
interface Snapshot {
  readonly at: number;
  readonly jobs: ReadonlyMap<string, JobRecord.JobRecord>;
  readonly table: Membership.Membership;
}

/** How simulated nodes behave: quick to be missed, so that little time shows much. */
export const config: Machine.Config = {
  service: "simulated",
  nodeName: "node",
  weight: 1,
  leaseMs: 4_000,
  graceMs: 500,
  lookaheadMs: undefined,
  maxSilenceMs: 15_000,
  requestTimeoutMs: 2_000,
  deployment: 0,
};

/** When the simulated time begins, epoch milliseconds. */
export const epoch: number = Date.UTC(2026, 0, 1, 12);

/** The world and everything in it. */
export class World {
  now: number = epoch;
  readonly service: store.Service = store.empty();
  readonly history: History.History = History.empty();
  readonly nodes: Array<SimulatedNode> = [];
  storeDownUntil: number = 0;
  faults: Faults = noFaults;
  readonly random: Random;
  readonly config: Machine.Config;
  readonly #snapshots: Array<Snapshot> = [];
  readonly #agenda: Agenda = new Agenda();

  constructor(random: Random, config: Machine.Config, without: ReadonlySet<string>) {
    this.random = random;
    this.config = { ...config, without };
    this.service.without = without;
  }

  /** Plans something. */
  after(delay: number, act: () => void): void {
    this.#agenda.add(this.now + Math.max(0, delay), act);
  }

  /** Lets time pass. */
  runUntil(end: number): void {
    for (let next = this.#agenda.take(end); next !== undefined; next = this.#agenda.take(end)) {
      this.now = next.at;
      next.act();
    }
    this.now = end;
  }

  /** Starts a process. */
  boot(jobs: ReadonlyArray<Machine.JobSpec>): SimulatedNode {
    const { faults, random } = this;
    const index = this.nodes.length;
    const node: SimulatedNode = {
      index,
      state: undefined as unknown as Machine.State,
      isAlive: true,
      pausedUntil: 0,
      cutOffUntil: 0,
      wallOffset: faults.skewMs === 0 ? 0 : random.between(-faults.skewMs, faults.skewMs),
      drift: faults.skewMs === 0 ? 0 : random.between(-100, 100) * 1e-6,
      bootedAt: this.now,
      jobs,
      inbox: [],
      wakeOrder: 0,
      incarnations: 0,
    };
    this.nodes.push(node);
    node.state = Machine.initial({ ...this.config, nodeName: `node-${index}` }, this.clocks(node));
    this.step(node, { _tag: "Declared", jobs });
    this.step(node, { _tag: "Incarnated", incarnation: `n${index}i0` });
    return node;
  }

  /** What a node's clocks show. */
  clocks(node: SimulatedNode): Machine.Instant {
    const elapsed = (this.now - node.bootedAt) * (1 + node.drift);
    return { mono: elapsed, wall: node.bootedAt + elapsed + node.wallOffset };
  }

  /** Feeds a node, and carries out what it wants. A paused node is fed when it goes on. */
  step(node: SimulatedNode, input: DistributiveOmit<Machine.Input, "at">): void {
    if (!node.isAlive) return;
    if (this.now < node.pausedUntil) {
      node.inbox.push(() => this.step(node, input));
      return;
    }
    const [state, commands] = Machine.step(node.state, { ...input, at: this.clocks(node) } as Machine.Input);
    node.state = state;
    for (const command of commands) this.#carryOut(node, command);
  }

  /** Stops a process for a while, as SIGSTOP does. */
  pause(node: SimulatedNode, forMs: number): void {
    node.pausedUntil = this.now + forMs;
    this.after(forMs, () => {
      const waiting = node.inbox;
      node.inbox = [];
      // Timers and answers wait together; which comes first is up to the runtime.
      while (waiting.length > 0) waiting.splice(this.random.below(waiting.length), 1)[0]?.();
    });
  }

  #carryOut(node: SimulatedNode, command: Machine.Command): void {
    const { random } = this;
    switch (command._tag) {
      case "Send":
        return this.#send(node, command);
      case "Start": {
        const { attempt, dueAt, fence, job } = command.run;
        const { clock, incarnation } = node.state;
        const uncertaintyMs = FleetClock.uncertainty(clock, this.clocks(node).mono);
        this.history.starts.push({ at: this.now, job, dueAt, attempt, fence, incarnation, uncertaintyMs });
        const lasts = this.faults !== noFaults && random.chance(50)
          ? random.between(1_000, 20_000)
          : random.between(1, 400);
        const outcome = random.chance(50) ? "failed" : "succeeded";
        this.after(
          lasts,
          () => this.step(node, { _tag: "RunsEnded", ends: [{ job, fence, outcome, error: undefined }] }),
        );
        return;
      }
      case "WakeAt": {
        const order = ++node.wakeOrder;
        const delay = (command.mono - this.clocks(node).mono) / (1 + node.drift);
        this.after(Math.ceil(delay * 4) / 4, () => {
          if (node.wakeOrder === order) this.step(node, { _tag: "Wake" });
        });
        return;
      }
      case "Incarnate":
        node.incarnations += 1;
        this.after(
          0,
          () => this.step(node, { _tag: "Incarnated", incarnation: `n${node.index}i${node.incarnations}` }),
        );
        return;
      case "Halt":
        node.isAlive = false;
        return;
      case "Emit":
        History.count(this.history, `event ${command.event._tag}`);
        return;
      case "Abort":
        return;
    }
  }

  #travelTime(): number {
    return this.random.chance(this.faults.delay) ? this.random.between(50, 3_000) : this.random.between(1, 15);
  }

  #isCut(node: SimulatedNode): boolean {
    return this.now < node.cutOffUntil || this.now < this.storeDownUntil;
  }

  #send(node: SimulatedNode, { id, request, timeoutMs }: Extract<Machine.Command, { _tag: "Send" }>): void {
    const { faults, history, random } = this;
    let isAnswered = false;
    const answer = (reply: Reply): void => {
      if (isAnswered) return;
      if (this.#isCut(node) || random.chance(faults.loss)) return History.count(history, "fault reply lost");
      this.after(this.#travelTime(), () => {
        if (isAnswered) return;
        isAnswered = true;
        this.step(node, { _tag: "Replied", id, reply } as DistributiveOmit<Machine.Input, "at">);
      });
    };
    const arrive = (): void => {
      if (this.now < this.storeDownUntil) return;
      answer(this.#apply(request));
    };
    if (this.#isCut(node) || random.chance(faults.loss)) History.count(history, "fault request lost");
    else this.after(this.#travelTime(), arrive);
    if (random.chance(faults.duplication)) {
      History.count(history, "fault request repeated");
      this.after(random.between(1, 8_000), () => {
        if (this.now >= this.storeDownUntil) this.#apply(request);
      });
    }
    this.after(timeoutMs, () => {
      if (isAnswered) return;
      isAnswered = true;
      const failure = { reason: "Unavailable", detail: "no answer", retryAfterMs: undefined } as const;
      this.step(node, { _tag: "Failed", id, failure });
    });
  }

  #apply(request: Extract<Machine.Command, { _tag: "Send" }>["request"]): Reply {
    const { service } = this;
    const now = Math.floor(this.now);
    History.count(this.history, `request ${request._tag}`);
    switch (request._tag) {
      case "Beat":
        return store.beat(service, request, now);
      case "Peek":
        return store.peek(service, request, now);
      case "Complete":
        return this.#complete(request, now);
      case "Claim":
        return this.#claim(request, now);
    }
  }

  #complete(request: CompleteRequest, now: number): Reply {
    const before = this.service.history.length;
    const reply = store.complete(this.service, request);
    for (const entry of this.service.history.slice(before)) this.#noteEnd(entry, now);
    return reply;
  }

  /** Remembers the store every quarter of a second, for two seconds. */
  keepSnapshots(): void {
    const { jobs, table } = this.service;
    this.#snapshots.unshift({ at: this.now, jobs: new Map(jobs), table });
    this.#snapshots.length = Math.min(this.#snapshots.length, 8);
    this.after(250, () => this.keepSnapshots());
  }

  /** The store forgets what it acknowledged last, as a promoted replica does that lagged behind. */
  forget(): void {
    const snapshot = this.#snapshots[this.random.below(Math.max(1, this.#snapshots.length))];
    if (snapshot === undefined) return;
    const { commits, issues, regressions } = this.history;
    const isLost = (it: { readonly at: number }) => it.at > snapshot.at;
    regressions.push({
      at: this.now,
      to: snapshot.at,
      commits: commits.filter(isLost).length,
      issues: issues.filter(isLost).length,
    });
    this.service.table = snapshot.table;
    this.service.jobs.clear();
    for (const [job, record] of snapshot.jobs) this.service.jobs.set(job, record);
    this.#snapshots.length = 0;
  }

  /** Pauses or resumes a job, as a person would. */
  control(job: string, isPausing: boolean, missed: "skip" | "catch-up"): void {
    const before = this.service.jobs.get(job);
    const command = isPausing ? { _tag: "Pause", job } as const : { _tag: "Resume", job, missed } as const;
    store.control(this.service, { _tag: "Control", service: this.config.service, command }, Math.floor(this.now));
    const after = this.service.jobs.get(job);
    if (before === undefined || after === undefined || before.watermark === after.watermark) return;
    this.history.commits.push({
      at: this.now,
      job,
      kind: "register",
      claimId: "control",
      definition: after.definition,
      from: before.watermark,
      to: after.watermark,
      runs: [],
      skips: [],
    });
  }

  #noteEnd(entry: store.Service["history"][number], at: number): void {
    if (entry._tag !== "Run") return;
    const { fence, job, outcome } = entry;
    this.history.ends.push({ at, job, fence, outcome });
    History.count(this.history, `outcome ${outcome}`);
  }

  #claim(request: ClaimRequest, now: number): Reply {
    const before = new Map(request.items.map(({ job }) => [job, this.service.jobs.get(job)]));
    const noted = this.service.history.length;
    const reply = store.claim(this.service, request, now);
    for (const entry of this.service.history.slice(noted)) this.#noteEnd(entry, now);
    request.items.forEach((item) => this.#noteClaim(item, before.get(item.job), now));
    if (reply._tag === "Claim") {
      for (const { status } of reply.results) History.count(this.history, `answer ${status}`);
    }
    return reply;
  }

  #noteClaim(item: ClaimItem, before: JobRecord.JobRecord | undefined, at: number): void {
    const after = this.service.jobs.get(item.job);
    if (after === undefined) return;
    const { definition } = item;
    const old = new Set(before?.active.map((run) => run.fence));
    const kept = new Set(after.active.map((run) => run.fence));
    for (const { claimId, fence } of before?.active ?? []) {
      const by = JobRecord.holder(claimId);
      const isTaken = !kept.has(fence) && by !== "" && Membership.isMember(this.service.table, by, at);
      if (isTaken) this.history.robberies.push({ at, job: item.job, fence, incarnation: by });
    }
    if (item.overlap !== "allow" && kept.size > Math.max(1, old.size)) {
      this.history.overlaps.push({ at, job: item.job, active: kept.size });
    }
    for (const { attempt, claimId, dueAt, fence, kind } of after.active) {
      if (old.has(fence)) continue;
      this.history.issues.push({
        at,
        job: item.job,
        dueAt,
        attempt,
        fence,
        kind,
        incarnation: JobRecord.holder(claimId),
      });
    }
    if (before?.watermark === after.watermark) return;
    const isClaim = item.from !== undefined && after.claimId === item.claimId;
    this.history.commits.push({
      at,
      job: item.job,
      kind: isClaim ? "claim" : "register",
      claimId: item.claimId,
      definition,
      from: isClaim ? item.from as number : before?.watermark ?? after.watermark,
      to: after.watermark,
      runs: isClaim ? item.runs.map((run) => run.dueAt) : [],
      skips: isClaim ? item.skips : [],
    });
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
