/**
 * A store and the model of the protocol, side by side: every operation goes to both, and their answers must be equal.
 *
 * @module
 */
import * as Effect from "effect/Effect";
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import * as Memory from "../../../adapters/memory.ts";
import type { Members } from "../../../adapters/redis/lua/members.ts";
import type { Driver } from "../../../src/Driver.ts";
import type { Run } from "../../../src/Fire.ts";
import type { BeatReply, ClaimReply, MemberEntry, PeekReply, PeekRequest } from "../../../src/Request.ts";
import * as commands from "./commands.ts";
import * as operations from "./operations.ts";
import * as remembered from "./remembered.ts";
import type { tcpDriver } from "./stores.ts";

/** A store under test, and what was met while it was. */
export class Campaign {
  readonly store: Awaited<ReturnType<typeof tcpDriver>>;
  readonly members: Members;
  readonly statuses: Map<string, number> = new Map();
  done = 0;

  constructor(store: Campaign["store"], members: Members) {
    this.store = store;
    this.members = members;
  }

  readonly seen = (what: string): void => void this.statuses.set(what, (this.statuses.get(what) ?? 0) + 1);

  /**
   * Where a member's own key is the truth, nothing but the last look at it is left when it is gone: the end of a lease
   * that is over, of a member that an amnesty keeps, may be earlier than it was.
   */
  comparable(entry: MemberEntry, storeTime: number): MemberEntry {
    if (!this.members.hasKeys || entry.leaseEndsAt > storeTime) return entry;
    this.seen("over");
    return { ...entry, leaseEndsAt: 0, nextBeatAt: 0 };
  }
}

/** Runs every operation on the store, then on the model with its clock set to what the store's clock said. */
export class Pair {
  readonly campaign: Campaign;
  readonly memory: remembered.Memory = remembered.remembering(`diff {${randomUUID()}}`);
  readonly model: Driver = Memory.make({ now: () => this.memory.now });
  #versions = { store: 0, model: 0 };

  constructor(campaign: Campaign) {
    this.campaign = campaign;
  }

  async apply(operation: operations.Operation): Promise<void> {
    switch (operation.do) {
      case "wait":
        return void await delay(operation.ms);
      case "beat":
        return await this.#beat(operation);
      case "claim":
        return await this.#claim(operation);
      case "complete": {
        const request = operations.completeRequest(operation, this.memory);
        const reply = await Effect.runPromise(this.campaign.store.driver.complete(request));
        expect(reply).toEqual(Effect.runSync(this.model.complete(request)));
        return reply.results.forEach((it) => this.campaign.seen(`complete ${it}`));
      }
      default:
        return await this.#control(operation);
    }
  }

  async #beat(plan: Extract<operations.Operation, { do: "beat" }>): Promise<void> {
    const ask = (version: number) => operations.beatRequest(plan, this.memory, version);
    const reply = await Effect.runPromise(this.campaign.store.driver.beat(ask(this.#versions.store)));
    this.memory.now = reply.storeTime;
    const expected = Effect.runSync(this.model.beat(ask(this.#versions.model)));
    // Jobs due at the same instant come in any order.
    const comparable = ({ version: _, overdue, members, ...rest }: BeatReply) => ({
      ...rest,
      overdue: [...overdue].sort(),
      members: members?.map((it) => this.campaign.comparable(it, rest.storeTime)),
    });
    expect(comparable(reply)).toEqual(comparable(expected));
    expect(reply.version === this.#versions.store).toBe(expected.version === this.#versions.model);
    if (plan.state !== "gone" && this.#versions.store !== 0) {
      expect(reply.version).toBeGreaterThanOrEqual(this.#versions.store);
    }
    this.#versions = { store: reply.version, model: expected.version };
    this.campaign.seen(reply.members === undefined ? "same members" : "members");
    if (reply.wantsDeclared) this.campaign.seen("wants declared");
    if (reply.declared.size > 0) this.campaign.seen("declared");
    if (reply.overdue.length > 0) this.campaign.seen("overdue");
  }

  async #claim(plan: Extract<operations.Operation, { do: "claim" }>): Promise<void> {
    const request = operations.claimRequest(plan, this.memory);
    const reply: ClaimReply = await Effect.runPromise(this.campaign.store.driver.claim(request));
    this.memory.now = reply.storeTime;
    expect(reply).toEqual(Effect.runSync(this.model.claim(request)));
    for (const { job, status, watermark, runs, lost, regressedFrom, queued } of reply.results) {
      if (watermark !== undefined) this.memory.watermarks.set(job, watermark);
      this.memory.runs.push(...runs satisfies ReadonlyArray<Run>);
      this.campaign.seen(status);
      if (lost.length > 0) this.campaign.seen("lost");
      if (runs.some((run) => run.kind === "rerun")) this.campaign.seen("rerun");
      if (regressedFrom !== undefined) this.campaign.seen("regressed");
      const claimed = request.items.find((it) => it.job === job);
      if (regressedFrom !== undefined && regressedFrom === claimed?.floor) this.campaign.seen("replaced");
      if (queued > 0) this.campaign.seen("queued");
      for (const { attempt, kind } of runs) {
        if (kind === "manual" || kind === "backfill") this.campaign.seen(attempt === 1 ? kind : `${kind} again`);
      }
    }
  }

  async #control(plan: commands.CommandPlan): Promise<void> {
    const request = commands.controlRequest(plan, this.memory);
    const reply = await Effect.runPromise(this.campaign.store.driver.control(request));
    if (plan.do === "destroy") this.#versions = { store: 0, model: 0 };
    const look = await this.#peek();
    this.memory.now = commands.momentOf(request, reply, look);
    expect(reply).toEqual(Effect.runSync(this.model.control(request)));
    this.memory.now = look.storeTime;
    expect(look).toEqual(Effect.runSync(this.model.peek(this.#everything())));
    for (const { active, job, watermark } of look.jobs) {
      this.memory.watermarks.set(job, watermark);
      // What is queued has a token that somebody may try to end it with.
      if (plan.do === "trigger" && job === remembered.job(plan.job)) this.memory.runs.push(...active.slice(-1));
    }
    commands.metWith(request, reply, this.memory).forEach(this.campaign.seen);
  }

  #everything(): PeekRequest {
    return { _tag: "Peek", service: this.memory.service, jobs: [...remembered.jobs, "nobody"], history: true };
  }

  #peek(): Promise<PeekReply> {
    return Effect.runPromise(this.campaign.store.driver.peek(this.#everything()));
  }

  async check(): Promise<void> {
    const reply = await this.#peek();
    this.memory.now = reply.storeTime;
    expect(reply).toEqual(Effect.runSync(this.model.peek(this.#everything())));
  }
}
