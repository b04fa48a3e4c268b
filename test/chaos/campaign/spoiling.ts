/**
 * A record that nobody can read: somebody overwrites it by hand, the fleet says so, and some seconds later somebody puts back
 * what was there.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { jobKey } from "../../../src/core/engine/rows.ts";
import type { Crew } from "./crew.ts";
import type { Random } from "./random.ts";
import { lasting } from "./jobs.ts";
import { readSheets } from "./observed.ts";
import type { Breach } from "./rules.ts";
import type { ChaosStore } from "./store.ts";

/** A record that could not be read for a while. All instants are epoch milliseconds. */
export interface Spoilt {
  readonly job: string;
  /** What stood in its place. */
  readonly text: string;
  readonly from: number;
  /** When it was mended; infinite until then. */
  until: number;
  /** When a node said so; undefined if none has. */
  toldAt: number | undefined;
  /** When somebody wrote the mended record. */
  takenUpAt: number | undefined;
}

/** What a record becomes: its watermark has 17 digits, it is cut short, or it is something else. */
const damages: ReadonlyArray<(text: string) => string> = [
  (text) => text.replace(/\|\d+/, "|12345678901234567"),
  (text) => text.slice(0, text.length >> 1),
  () => "put here by hand",
];

/** How long the fleet may take to say that a record cannot be read, and to take up one that was mended, amid other faults. */
const withinMs = 30_000;

/** Spoils records, one at a time. */
export class Spoiling {
  readonly spoilt: Array<Spoilt> = [];
  readonly #crew: Crew;
  readonly #store: ChaosStore;
  #isBusy = false;

  constructor(crew: Crew, store: ChaosStore) {
    this.#crew = crew;
    this.#store = store;
  }

  /** Spoils a record, if none is spoilt just now, and resolves when it was taken up again; whether there was one. */
  async spoil(random: Random, note: (job: string) => void): Promise<boolean> {
    const [job, damage, longer] = [random.pick([...lasting]), random.pick(damages), random.between(8_000, 15_000)];
    if (this.#isBusy) return false;
    this.#isBusy = true;
    try {
      const found = await this.#damage(job, damage);
      if (found === undefined) return false;
      const { before, text } = found;
      const entry: Spoilt = { job, text, from: Date.now(), until: Infinity, toldAt: undefined, takenUpAt: undefined };
      this.spoilt.push(entry);
      note(job);
      entry.toldAt = await this.#until(() => Promise.resolve(this.#toldAt(entry)));
      if (entry.toldAt === undefined) this.#blame("a record that cannot be read is told", entry);
      await delay(longer);
      if (!await this.#replace(job, text, before)) this.#blame("a record that cannot be read is left alone", entry);
      entry.until = Date.now();
      const isTakenUp = async () => await this.#text(job) === before ? undefined : Date.now();
      entry.takenUpAt = await this.#until(isTakenUp);
      if (entry.takenUpAt === undefined) this.#blame("a mended record is taken up", entry);
      return true;
    } finally {
      this.#isBusy = false;
    }
  }

  #blame(rule: string, { from, job, text }: Spoilt): void {
    const breach: Breach = { rule, detail: `${job} was ${text} from ${from} on` };
    this.#crew.breaches.push(breach);
  }

  #toldAt({ from, job }: Spoilt): number | undefined {
    const { events } = readSheets(this.#crew.sheets);
    return events.find((it) => it.what === "RecordCorrupt" && it.job === job && it.at >= from)?.at;
  }

  async #until<A>(look: () => Promise<A | undefined>): Promise<A | undefined> {
    for (const until = Date.now() + withinMs; Date.now() < until; await delay(200)) {
      // A store that is down is no answer.
      const found = await look().catch(() => undefined);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async #text(job: string): Promise<string | undefined> {
    return (await this.#store.rows()).get(jobKey(job));
  }

  /** What was there and what is there now; undefined if there is no such record. */
  async #damage(
    job: string,
    damage: (text: string) => string,
  ): Promise<{ readonly before: string; readonly text: string } | undefined> {
    for (let attempt = 1; attempt < 50; attempt++) {
      const before = await this.#text(job).catch(() => undefined);
      if (before !== undefined && await this.#replace(job, before, damage(before))) {
        return { before, text: damage(before) };
      }
    }
    return undefined;
  }

  /** Asks again until it is known whether the text was there. */
  async #replace(job: string, from: string, to: string): Promise<boolean> {
    for (let attempt = 1;; attempt++) {
      try {
        return await this.#store.replace(job, from, to) || (attempt > 1 && await this.#text(job) === to);
      } catch (error) {
        if (attempt === 60) throw error;
        await delay(500);
      }
    }
  }
}

/** Only those records are told that nobody could read, and all other jobs go on meanwhile. */
export function onlyThose(
  spoilt: ReadonlyArray<Spoilt>,
  { events, starts }: ReturnType<typeof readSheets>,
  everySecond: ReadonlyArray<string>,
): ReadonlyArray<Breach> {
  // A node that was stopped meanwhile says what it has seen when it goes on.
  const lingersMs = 20_000;
  const strange = events.filter((event) =>
    event.what === "RecordCorrupt" &&
    !spoilt.some(({ from, job, until }) => job === event.job && event.at >= from - 50 && event.at < until + lingersMs)
  );
  const idle = spoilt.flatMap(({ from, job, until }) =>
    everySecond.filter((other) =>
      other !== job && !starts.some((start) => start.job === other && start.at > from && start.at < until)
    ).map((other): Breach => ({
      rule: "a record that cannot be read stops its own job alone",
      detail: `${other} from ${from} to ${until}, while that of ${job} could not be read`,
    }))
  );
  return [
    ...strange.map(({ at, job, node }) => ({
      rule: "only what is corrupt is told",
      detail: `${job} at ${at} on ${node}`,
    })),
    ...idle,
  ];
}
