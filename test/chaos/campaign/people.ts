/**
 * The people of a campaign: during the faults, and in the first moments of peace, they ask for something now and then. Who
 * gets no answer asks again, there or elsewhere, and some ask again although they were answered.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Crew, Place } from "./crew.ts";
import type { Orders } from "./orders.ts";
import { makeRandom, type Random } from "./random.ts";
import { type ChaosJob, deployed, slow } from "./jobs.ts";
import { type Command, Workload } from "./workload.ts";

/** A key is used no more when the job has so many newer ones: the store remembers 20, and a process may have stood still. */
const mostNewer = 8;

const declares = ({ deployment }: Place, job: string): boolean => deployed(deployment).some(({ name }) => name === job);

/** Asks until it is told to rest. */
export class People {
  /** Commands that nobody pursues any more without an answer: their keys were too old, or nobody declares the job. */
  givenUp = 0;
  /** Of those that were answered, how many were repeated. */
  repeated = 0;
  readonly #crew: Crew;
  readonly #orders: Orders;
  readonly #seed: number;
  readonly #workload: Workload = new Workload(Date.now());
  readonly #open: Set<Command> = new Set();
  #number = 0;
  #isResting = false;
  #isOver = false;

  constructor(crew: Crew, orders: Orders, seed: number) {
    this.#crew = crew;
    this.#orders = orders;
    this.#seed = seed;
  }

  /** What is still pursued. */
  get open(): ReadonlyArray<Command> {
    return [...this.#open];
  }

  /** Begins: a command every 0.3 to 2.5 s. What is asked is a matter of the seed, who is asked also one of who is there. */
  begin(): void {
    const guarded = (work: Promise<void>): void =>
      void work.catch((error) => {
        this.#crew.breaches.push({ rule: "the harness works", detail: `people: ${error?.stack ?? error}` });
      });
    const random = makeRandom(this.#seed + 1);
    const ask = async (): Promise<void> => {
      for (let n = 1;; n++) {
        await delay(random.between(300, 2_500));
        if (this.#isResting) return;
        const own = makeRandom(this.#seed * 100_019 + n);
        const command = this.#workload.draw(own, this.#known(), Date.now());
        if (command !== undefined) guarded(this.#pursue(command, own));
      }
    };
    guarded(ask());
  }

  /** Nobody asks for anything new; what is open is pursued. */
  rest(): void {
    this.#isResting = true;
  }

  /** Nobody asks any more. */
  end(): void {
    this.#isResting = true;
    this.#isOver = true;
  }

  /** The jobs of those who start now. */
  #known(): ReadonlyArray<ChaosJob> {
    return deployed(this.#crew.deployment);
  }

  async #pursue(command: Command, random: Random): Promise<void> {
    const repeatAfterMs = random.chance(0.3) ? random.between(50, 4_000) : undefined;
    // Most queues are empty at any time. One of a slow job that has just been filled is not.
    const isRegretted = random.chance(slow.has(command.job) ? 0.7 : 0.1);
    const regretAfterMs = command.kind === "backfill" && isRegretted ? random.between(0, 500) : undefined;
    this.#open.add(command);
    try {
      while (!await this.#ask(command, random)) {
        if (this.#isOver) return;
        if (!this.#isWorthwhile(command)) return void (this.givenUp += 1);
        await delay(random.between(100, 1_500));
      }
      if (regretAfterMs !== undefined) {
        await delay(regretAfterMs);
        return await this.#pursue({ ...command, kind: "cancel", key: `${command.key}-regretted` }, random);
      }
      // A cancel that is repeated is another one.
      if (repeatAfterMs === undefined || command.kind === "cancel") return;
      await delay(repeatAfterMs);
      if (this.#isOver || !this.#isWorthwhile(command)) return;
      this.repeated += 1;
      await this.#ask(command, random);
    } finally {
      this.#open.delete(command);
    }
  }

  #isWorthwhile({ job, key }: Command): boolean {
    const isDeclared = this.#crew.places.some((place) => place.state !== "empty" && declares(place, job));
    return isDeclared && this.#workload.newer(job, key) < mostNewer;
  }

  /** Asks a process, whatever state it is in; whether that answered in time that it is done. */
  async #ask(command: Command, random: Random): Promise<boolean> {
    const { kind, job } = command;
    const from = random.between(0, this.#crew.places.length - 1);
    const patienceMs = random.between(2_000, 6_000);
    // A process knows only the schedules of its own jobs, everything else anybody can be asked.
    const able = this.#crew.places.filter((place) =>
      (place.state === "working" || place.state === "disturbed") && (kind !== "backfill" || declares(place, job))
    );
    const process = (able.find(({ index }) => index >= from) ?? able[0])?.process;
    if (process === undefined) return false;
    const number = ++this.#number;
    this.#orders.tell(process.name, { ...command, number });
    for (const until = performance.now() + patienceMs; performance.now() < until; await delay(50)) {
      const line = process.lines.findLast(({ answer }) => answer === number);
      if (line === undefined) continue;
      const { told } = line;
      if (told === "InvalidInput") {
        this.#crew.breaches.push({ rule: "the harness works", detail: `${process.name}: ${JSON.stringify(line)}` });
      }
      return told === "ok";
    }
    return false;
  }
}
