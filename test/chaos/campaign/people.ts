/**
 * The people of a campaign: during the faults, and in the first moments of peace, they ask for something now and then. Who
 * gets no answer asks again, there or elsewhere, and some ask again although they were answered.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Crew, Place } from "./crew.ts";
import type { Desk } from "./desk.ts";
import { type Dice, dice as diceOf } from "./dice.ts";
import { type ChaosJob, deployed, slow } from "./jobs.ts";
import { type Wish, Wishes } from "./wishes.ts";

/** A key is used no more when the job has so many newer ones: the store remembers 20, and a process may have stood still. */
const mostNewer = 8;

const declares = ({ deployment }: Place, job: string): boolean => deployed(deployment).some(({ name }) => name === job);

/** Asks until it is told to rest. */
export class People {
  /** Wishes that nobody pursues any more without an answer: their keys were too old, or nobody declares the job. */
  givenUp = 0;
  /** Of those that were answered, how many were repeated. */
  repeated = 0;
  readonly #crew: Crew;
  readonly #desk: Desk;
  readonly #seed: number;
  readonly #wishes: Wishes = new Wishes(Date.now());
  readonly #open: Set<Wish> = new Set();
  #number = 0;
  #isResting = false;
  #isOver = false;

  constructor(crew: Crew, desk: Desk, seed: number) {
    this.#crew = crew;
    this.#desk = desk;
    this.#seed = seed;
  }

  /** What is still pursued. */
  get open(): ReadonlyArray<Wish> {
    return [...this.#open];
  }

  /** Begins: a wish every 0.3 to 2.5 s. What is wished is a matter of the seed, who is asked also one of who is there. */
  begin(): void {
    const guarded = (work: Promise<void>): void =>
      void work.catch((error) => {
        this.#crew.breaches.push({ rule: "the harness works", detail: `people: ${error?.stack ?? error}` });
      });
    const dice = diceOf(this.#seed + 1);
    const ask = async (): Promise<void> => {
      for (let n = 1;; n++) {
        await delay(dice.between(300, 2_500));
        if (this.#isResting) return;
        const own = diceOf(this.#seed * 100_019 + n);
        const wish = this.#wishes.draw(own, this.#known(), Date.now());
        if (wish !== undefined) guarded(this.#pursue(wish, own));
      }
    };
    guarded(ask());
  }

  /** Nobody wishes for anything new; what is open is pursued. */
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

  async #pursue(wish: Wish, dice: Dice): Promise<void> {
    const repeatAfterMs = dice.chance(0.3) ? dice.between(50, 4_000) : undefined;
    // Most queues are empty at any time. One of a slow job that has just been filled is not.
    const isRegretted = dice.chance(slow.has(wish.job) ? 0.7 : 0.1);
    const regretAfterMs = wish.kind === "backfill" && isRegretted ? dice.between(0, 500) : undefined;
    this.#open.add(wish);
    try {
      while (!await this.#ask(wish, dice)) {
        if (this.#isOver) return;
        if (!this.#isWorthwhile(wish)) return void (this.givenUp += 1);
        await delay(dice.between(100, 1_500));
      }
      if (regretAfterMs !== undefined) {
        await delay(regretAfterMs);
        return await this.#pursue({ ...wish, kind: "cancel", key: `${wish.key}-regretted` }, dice);
      }
      // A cancel that is repeated is another one.
      if (repeatAfterMs === undefined || wish.kind === "cancel") return;
      await delay(repeatAfterMs);
      if (this.#isOver || !this.#isWorthwhile(wish)) return;
      this.repeated += 1;
      await this.#ask(wish, dice);
    } finally {
      this.#open.delete(wish);
    }
  }

  #isWorthwhile({ job, key }: Wish): boolean {
    const isDeclared = this.#crew.places.some((place) => place.state !== "empty" && declares(place, job));
    return isDeclared && this.#wishes.newer(job, key) < mostNewer;
  }

  /** Asks a process, whatever state it is in; whether that answered in time that it is done. */
  async #ask(wish: Wish, dice: Dice): Promise<boolean> {
    const { kind, job } = wish;
    const from = dice.between(0, this.#crew.places.length - 1);
    const patienceMs = dice.between(2_000, 6_000);
    // A process knows only the schedules of its own jobs, everything else anybody can be asked.
    const able = this.#crew.places.filter((place) =>
      (place.state === "working" || place.state === "disturbed") && (kind !== "backfill" || declares(place, job))
    );
    const process = (able.find(({ index }) => index >= from) ?? able[0])?.process;
    if (process === undefined) return false;
    const number = ++this.#number;
    this.#desk.tell(process.name, { ...wish, number });
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
