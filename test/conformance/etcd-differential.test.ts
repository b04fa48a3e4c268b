import * as Effect from "effect/Effect";
import fc from "fast-check";
import { randomUUID } from "node:crypto";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import * as Etcd from "../../adapters/etcd.ts";
import * as Memory from "../../adapters/memory.ts";
import type { Driver } from "../../src/Driver.ts";
import type { BeatReply, HistoryEntry } from "../../src/Request.ts";
import { type EtcdCluster, startEtcd } from "../support/etcd.ts";
import * as commands from "./support/commands.ts";
import * as operations from "./support/operations.ts";
import * as remembered from "./support/remembered.ts";

/** `OPERATIONS=20000 npx vitest run etcd-differential` is the campaign; `SEED` repeats one. */
const wanted = Number(process.env["OPERATIONS"] ?? 1_200);
const seed = process.env["SEED"] === undefined ? {} : { seed: Number(process.env["SEED"]) };
const perSequence = 60;

let etcd: EtcdCluster;
/** One for each node: what one of them remembers the others make obsolete. */
let drivers: ReadonlyArray<Driver>;
const seen = new Map<string, number>();
let done = 0;

beforeAll(async () => {
  etcd = await startEtcd();
  const make = () => run(Etcd.make({ endpoints: etcd.urls }));
  drivers = [await make(), await make(), await make()];
});
afterAll(() => etcd?.stop());

const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
const run = Effect.runPromise;

/** A batch writes its history job by job. */
const byJob = (history: ReadonlyArray<HistoryEntry>) =>
  [...history].sort((a, b) => a.job < b.job ? -1 : a.job > b.job ? 1 : 0);

/** Runs every operation on etcd, then on the model with its clock set to what etcd's driver said. */
class Pair {
  readonly memory: remembered.Memory = remembered.remembering(`diff {${randomUUID()}}`);
  readonly model: Driver = Memory.make({ now: () => this.memory.now });
  readonly #versions = new Map<string, { etcd: number; model: number }>();

  async apply(operation: operations.Operation, index: number): Promise<void> {
    const driver = drivers["node" in operation ? operation.node : index % drivers.length] as Driver;
    switch (operation.do) {
      case "wait":
        return void await delay(operation.ms);
      case "beat": {
        // Leases of etcd end when etcd says so: here none does.
        const plan = { ...operation, lease: 60_000 + operation.lease };
        const known = this.#versions.get(`${plan.node}`) ?? { etcd: 0, model: 0 };
        const ask = (version: number) => operations.beatRequest(plan, this.memory, version);
        const reply = await run(driver.beat(ask(known.etcd)));
        this.memory.now = reply.storeTime;
        const expected = Effect.runSync(this.model.beat(ask(known.model)));
        const comparable = ({ version: _, overdue, ...rest }: BeatReply) => ({ ...rest, overdue: [...overdue].sort() });
        expect(comparable(reply)).toEqual(comparable(expected));
        expect(reply.version === known.etcd).toBe(expected.version === known.model);
        this.#versions.set(`${plan.node}`, { etcd: reply.version, model: expected.version });
        count(reply.members === undefined ? "same members" : "members");
        if (reply.declared.size > 0) count("declared");
        if (reply.overdue.length > 0) count("overdue");
        return;
      }
      case "claim": {
        const request = operations.claimRequest(operation, this.memory);
        const reply = await run(driver.claim(request));
        this.memory.now = reply.storeTime;
        expect(reply).toEqual(Effect.runSync(this.model.claim(request)));
        for (const { job, lost, queued, runs, status, watermark } of reply.results) {
          if (watermark !== undefined) this.memory.watermarks.set(job, watermark);
          this.memory.runs.push(...runs);
          count(status);
          if (lost.length > 0) count("lost");
          if (runs.some((it) => it.kind === "rerun")) count("rerun");
          if (queued > 0) count("queued");
          for (const { attempt, kind } of runs) {
            if (kind === "manual" || kind === "backfill") count(attempt === 1 ? kind : `${kind} again`);
          }
        }
        return;
      }
      case "complete": {
        const request = operations.completeRequest(operation, this.memory);
        const reply = await run(driver.complete(request));
        expect(reply).toEqual(Effect.runSync(this.model.complete(request)));
        return reply.results.forEach((it) => count(`complete ${it}`));
      }
      default: {
        const request = commands.controlRequest(operation, this.memory);
        const reply = await run(driver.control(request));
        if (operation.do === "destroy") {
          // Whoever was a member knows that it is none any more: it was asked to leave nothing behind.
          for (const other of drivers) await run(other.control(request));
          this.#versions.clear();
        }
        const look = await this.#look();
        this.memory.now = commands.momentOf(request, reply, look);
        expect(reply).toEqual(Effect.runSync(this.model.control(request)));
        this.memory.now = look.storeTime;
        expect(look.jobs).toEqual((await this.#look(this.model)).jobs);
        for (const { active, job, watermark } of look.jobs) {
          this.memory.watermarks.set(job, watermark);
          // What is queued has a token that somebody may try to end it with.
          if (operation.do === "trigger" && job === remembered.job(operation.job)) {
            this.memory.runs.push(...active.slice(-1));
          }
        }
        commands.metWith(request, reply, this.memory).forEach(count);
      }
    }
  }

  #look(driver: Driver = drivers[0] as Driver) {
    const jobs = [...remembered.jobs, "nobody"];
    return run(driver.peek({ _tag: "Peek", service: this.memory.service, jobs, history: true }));
  }

  async check(): Promise<void> {
    const reply = await this.#look();
    this.memory.now = reply.storeTime;
    const expected = await this.#look(this.model);
    expect({ ...reply, history: byJob(reply.history) }).toEqual({ ...expected, history: byJob(expected.history) });
  }
}

const sequence = (operation: fc.Arbitrary<operations.Operation>, length = perSequence) =>
  fc.array(operation, { minLength: length, maxLength: length });

it("agrees with the model, operation by operation", { timeout: 30_000 + wanted * 40 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        { weight: 3, arbitrary: sequence(operations.operation) },
        { weight: 1, arbitrary: sequence(operations.queueOperation, 2 * perSequence) },
      ),
      async (list) => {
        const pair = new Pair();
        for (const [index, operation] of list.entries()) {
          await pair.apply(operation, index);
          if (++done % 10 === 0) await pair.check();
        }
        await pair.check();
      },
    ),
    {
      numRuns: Math.ceil(wanted / perSequence),
      interruptAfterTimeLimit: 25_000 + wanted * 40,
      endOnFailure: true,
      ...seed,
    },
  );
  console.log(`${done} operations agreed:`, Object.fromEntries([...seen].sort()));
  // A campaign that never met a case proves nothing about it.
  for (
    const what of [
      ...["ok", "new", "at", "moved", "stale", "early", "busy", "outdated", "lost", "rerun", "same members"],
      ...["Trigger ok", "Backfill ok", "queued", "manual", "backfill", "key again"],
    ]
  ) {
    expect(seen.get(what), what).toBeGreaterThan(0);
  }
});
