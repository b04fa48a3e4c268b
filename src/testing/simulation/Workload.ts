/**
 * What people ask of jobs: they trigger one, fill in fires of its past, or give up what is queued. Their requests travel as
 * those of nodes do: they are lost, late or there twice, and whoever gets no answer asks again under the same key.
 */
import type { JobCommand } from "../../core/ledger/Control.ts";
import type { JobSpec } from "../../core/node/Machine.ts";
import * as NextFire from "../../core/schedule/NextFire.ts";
import { hashOf } from "../../core/words/hash.ts";
import type { ControlReply } from "../../core/words/Request.ts";
import type { Software } from "./Fleet.ts";
import { control } from "./Outside.ts";
import * as Random from "./Random.ts";
import { recordOf } from "./Records.ts";
import type { World } from "./World.ts";

/** Nobody asks for more while so many fires of a job wait, as it could not run them all before the end. */
const mostWaiting = ({ faults }: World): number => faults.farMs > 0 ? 4 : 40;

/** How long an answer is waited for, and how often the same is asked. */
const patienceMs = 2_000;
const mostTries = 5;

/** How long after it was sent a copy may arrive: the run may be over by then. Milliseconds. */
const latestCopyMs = 30_000;

const titles = {
  Trigger: "trigger of the job",
  Backfill: "backfill of the job",
  Cancel: "cancel of the queue",
  CancelRuns: "cancel of what runs",
} as const;

/** A request, and the source of all that happens to it. */
interface Wish {
  readonly command: JobCommand;
  readonly draws: Random.Random;
}

/** What some fires are asked with. */
const payloadOf = (job: string, key: string): string => JSON.stringify({ job, key });

/** Those who ask. */
export class Workload {
  readonly #world: World;
  readonly #software: Software;
  /** Fires up to there are filled in, or somebody tried: none is filled in twice. */
  readonly #filled: Map<string, number> = new Map();
  /** How many keys were used, by job. */
  readonly #keys: Map<string, number> = new Map();

  constructor(world: World, software: Software) {
    this.#world = world;
    this.#software = software;
  }

  /** A second passes: now and then somebody asks for something. */
  ask(): void {
    const world = this.#world;
    const { current } = this.#software;
    // A source for each second, so that sparing one request leaves the others as they are.
    this.#cancelRuns(Random.stream(world.seed, hashOf(`cancels ${Math.floor(world.now)}`)));
    const draws = Random.stream(world.seed, hashOf(`people ${Math.floor(world.now)}`));
    if (!draws.chance(world.faults.ask / 5)) return;
    const spec = current[draws.below(current.length)] as JobSpec;
    const tag = draws.chance(150) ? "Cancel" : draws.chance(450) ? "Backfill" : "Trigger";
    const many = draws.between(1, 20);
    const backMs = draws.between(1, 90) * 1_000;
    if (!world.strike(titles[tag], { job: spec.name })) return;
    const wish = this.#wish(spec, tag, many, backMs, draws);
    if (wish !== undefined) this.#send(wish, 1);
  }

  #cancelRuns(draws: Random.Random): void {
    const world = this.#world;
    const { current } = this.#software;
    if (!draws.chance(world.faults.ask / 5)) return;
    const { name: job } = current[draws.below(current.length)] as JobSpec;
    if (!world.strike(titles.CancelRuns, { job })) return;
    const running = recordOf(world, job)?.active ?? [];
    const fence = draws.chance(500) ? running[draws.below(Math.max(1, running.length))]?.fence : undefined;
    this.#send({ command: { _tag: "CancelRuns", job, fence }, draws }, 1);
  }

  /** In a healed world, where a bound holds for it: a few fires of some jobs. */
  askAtEase(): void {
    const world = this.#world;
    const draws = Random.stream(world.seed, hashOf("people at ease"));
    for (const spec of this.#software.current) {
      const isWanted = draws.chance(300);
      const tag = draws.chance(500) ? "Backfill" : "Trigger";
      const many = draws.between(1, 5);
      const isHeard = draws.chance(500);
      const pick = draws.below(1_000);
      const wish = isWanted ? this.#wish(spec, tag, many, 60_000, draws) : undefined;
      if (wish === undefined) continue;
      const reply = control(world, wish.command);
      if (reply?.result === "ok" && isHeard) this.#nudge(spec.name, pick);
    }
  }

  #wish(
    { expression, name: job }: JobSpec,
    tag: Exclude<keyof typeof titles, "CancelRuns">,
    many: number,
    backMs: number,
    draws: Random.Random,
  ): Wish | undefined {
    const { now } = this.#world;
    if (tag === "Cancel") return { command: { _tag: tag, job }, draws };
    const place = (this.#keys.get(job) ?? 0) + 1;
    const key = `key-${place}`;
    const waiting = recordOf(this.#world, job)?.queue.length ?? 0;
    if (tag === "Trigger") {
      if (waiting >= mostWaiting(this.#world)) return undefined;
      this.#keys.set(job, place);
      const payload = place % 3 === 0 ? payloadOf(job, key) : undefined;
      return { command: { _tag: tag, job, key, payload, keepsResult: place % 4 !== 1 }, draws };
    }
    const dueAts: Array<number> = [];
    for (const due of NextFire.between(expression, Math.max(this.#filled.get(job) ?? 0, now - backMs), now)) {
      if (dueAts.push(due) === many) break;
    }
    const last = dueAts.at(-1);
    if (last === undefined || waiting + dueAts.length > mostWaiting(this.#world)) return undefined;
    this.#filled.set(job, last);
    this.#keys.set(job, place);
    return { command: { _tag: tag, job, key, dueAts }, draws };
  }

  /** What the store makes of it; undefined if it cannot be reached, or the record cannot be read. */
  #arrive({ command }: Wish): ControlReply | undefined {
    const world = this.#world;
    return world.now < world.storeDownUntil ? undefined : control(world, command);
  }

  #send(wish: Wish, tries: number): void {
    const world = this.#world;
    const { command, draws } = wish;
    const travelMs = draws.chance(100) ? draws.between(500, 10_000) : draws.between(1, 15);
    const isLost = draws.chance(100);
    const isAnswerLost = draws.chance(150);
    const isCopied = draws.chance(250);
    const copyMs = draws.chance(500) ? draws.between(1, 3_000) : draws.between(3_000, latestCopyMs);
    const isHeard = draws.chance(600);
    const pick = draws.below(1_000);
    let isAnswered = false;
    if (isCopied) world.after(copyMs, () => this.#arrive(wish));
    if (!isLost) {
      world.after(travelMs, () => {
        const reply = this.#arrive(wish);
        if (reply === undefined || isAnswerLost) return;
        isAnswered = true;
        if (isHeard && reply.result === "ok" && command._tag !== "Cancel") this.#nudge(command.job, pick);
      });
    }
    world.after(patienceMs, () => {
      if (!isAnswered && tries < mostTries) this.#send(wish, tries + 1);
    });
  }

  /** The node through which somebody asked looks at once. */
  #nudge(job: string, pick: number): void {
    const world = this.#world;
    const able = world.nodes.filter((node) => node.isAlive && node.jobs.has(job));
    const node = able[pick % Math.max(1, able.length)];
    if (node !== undefined) world.step(node, { _tag: "Nudged", job });
  }
}
