/**
 * What people ask of the jobs of a campaign, drawn from its seed.
 *
 * @module
 */
import * as NextFire from "../../../src/core/schedule/NextFire.ts";
import type { Random } from "./random.ts";
import { type ChaosJob, specOf } from "./jobs.ts";
import { mostBehindMs } from "./leaps.ts";

/** Something that somebody wants. */
export interface Command {
  readonly kind: "trigger" | "backfill" | "cancel";
  readonly job: string;
  /** No two commands have the same. The store never gets to know that of a cancel. */
  readonly key: string;
  /** The span of a backfill; otherwise both are 0. Epoch milliseconds. */
  readonly afterMs: number;
  readonly upToMs: number;
}

/** The most fires that one backfill fills in. */
const mostFires = 8;

/** Spans begin so long before the campaign at the earliest, or so long ago if they are of fires that it saw. */
const historyMs = 3_600_000;
const recentMs = 90_000;

/** The idea that a node has of the fleet's time may be so far behind ours at the worst. Milliseconds. */
const agoMs = mostBehindMs + 10_000;

/** Draws commands. */
export class Workload {
  readonly #began: number;
  /** The keys of each job, oldest first: a store remembers the last 20. */
  readonly #keys: Map<string, ReadonlyArray<string>> = new Map();
  /** Each fire is filled in once: those from before the campaign are up to here, and those of its own. */
  readonly #filled: Map<string, number> = new Map();
  #count = 0;

  constructor(began: number) {
    this.#began = began;
  }

  /** How many keys of a job were drawn after this one. */
  newer(job: string, key: string): number {
    const keys = this.#keys.get(job) ?? [];
    return keys.includes(key) ? keys.length - 1 - keys.indexOf(key) : 0;
  }

  /** The next command; undefined if the span that was drawn holds no fire. */
  draw(random: Random, jobs: ReadonlyArray<ChaosJob>, now: number): Command | undefined {
    const kind = random.weighted<Command["kind"]>({ trigger: 4, backfill: 4, cancel: 1 });
    const many = random.between(1, mostFires);
    const keys = ({ name }: ChaosJob) => this.#keys.get(name) ?? [];
    // In turns, so that the keys of none are soon forgotten.
    const fewest = Math.min(...jobs.map((it) => keys(it).length));
    const job = random.pick(jobs.filter((it) => keys(it).length === fewest));
    const isRecent = random.chance(0.5) && now - agoMs > this.#began;
    this.#count += 1;
    const command = { job: job.name, key: `command-${this.#count}`, afterMs: 0, upToMs: 0 };
    if (kind === "cancel") return { ...command, kind };
    const span = kind === "trigger" ? {} : this.#span(job, isRecent, many, now);
    if (span === undefined) return undefined;
    this.#keys.set(job.name, [...keys(job), command.key]);
    return { ...command, ...span, kind };
  }

  /** A span with a few fires, none of which is in another span of the job. */
  #span(job: ChaosJob, isRecent: boolean, many: number, now: number): Pick<Command, "afterMs" | "upToMs"> | undefined {
    const [from, latest] = isRecent
      ? [Math.max(this.#began, now - recentMs), now - agoMs]
      : [this.#began - historyMs, this.#began - agoMs];
    const row = `${job.name} ${isRecent}`;
    const afterMs = Math.max(from, this.#filled.get(row) ?? 0);
    let [upToMs, count] = [0, 0];
    for (const due of NextFire.between(specOf(job).expression, afterMs, latest)) {
      upToMs = due;
      if (++count === many) break;
    }
    if (count === 0) return undefined;
    this.#filled.set(row, upToMs);
    return { afterMs, upToMs };
  }
}
