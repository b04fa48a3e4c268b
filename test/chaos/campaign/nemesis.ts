/**
 * The faults of a campaign: what happens to processes, to the network and to the store.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Crew, Place } from "./crew.ts";
import { makeRandom, type Random } from "./random.ts";
import { Spoiling } from "./spoiling.ts";
import type { ChaosStore } from "./store.ts";
import { rough, separations } from "./network.ts";

/** Something that was done. */
export interface Deed {
  readonly at: number;
  readonly what: string;
  readonly to: string;
}

/** How many processes are left alone at least, so that there is somebody to take over. */
const undisturbed = 2;

/** What can happen to processes and to the network; a store adds its own. */
const weights = {
  "SIGKILL": 5,
  "SIGSTOP": 6,
  "SIGTERM": 3,
  "join": 2,
  "leave": 1,
  "rolling deploy": 0.6,
  "canary taken back": 0.6,
  "cut off": 4,
  "bad network for one": 5,
  "bad network for all": 3,
};

/** What happens to a store by somebody's hand. One that goes back would bring the damage back after it was mended. */
const byHand = { "unreadable record": 2 };

/** Lets things go wrong until it is told to stop. */
export class Nemesis {
  readonly deeds: Array<Deed> = [];
  /** Drawn, but nobody was there to whom it could be done. */
  passed = 0;
  readonly spoiling: Spoiling;
  readonly #crew: Crew;
  readonly #store: ChaosStore;
  readonly #seed: number;
  readonly #under: Set<Promise<void>> = new Set();
  #isStoreBusy = false;
  #isDeploying = false;

  constructor(crew: Crew, store: ChaosStore, seed: number) {
    this.#crew = crew;
    this.#store = store;
    this.#seed = seed;
    this.spoiling = new Spoiling(crew, store);
  }

  /** One fault every 0.3 to 2 s. What is drawn is a matter of the seed alone; what it meets is not. */
  async make(forMs: number): Promise<void> {
    const random = makeRandom(this.#seed);
    const until = performance.now() + forMs;
    const ofStore = Object.fromEntries(Object.entries(this.#store.faults).map(([name, { weight }]) => [name, weight]));
    for (let n = 1; performance.now() < until; n++) {
      const gapMs = random.between(300, 2_000);
      const what = random.weighted<string>({ ...weights, ...(this.#store.keeps ? byHand : {}), ...ofStore });
      const own = makeRandom(this.#seed * 100_003 + n);
      await delay(Math.min(gapMs, Math.max(0, until - performance.now())));
      const deed = this.#do(what, own).catch((error) => {
        this.#crew.breaches.push({ rule: "the harness works", detail: `${what}: ${error?.stack ?? error}` });
      });
      this.#under.add(deed);
      void deed.then(() => this.#under.delete(deed));
    }
  }

  /** Resolves when nothing is under way any more. */
  async settle(): Promise<void> {
    while (this.#under.size > 0) await Promise.all(this.#under);
  }

  #note(what: string, to: string): void {
    this.deeds.push({ at: Date.now(), what, to });
  }

  /** A process that is at work, if enough others are. */
  #victim(random: Random): Place | undefined {
    const working = this.#crew.places.filter(({ state }) => state === "working");
    const from = random.between(0, this.#crew.places.length - 1);
    if (working.length <= undisturbed) return undefined;
    return working.find(({ index }) => index >= from) ?? working[0];
  }

  async #do(what: string, random: Random): Promise<void> {
    const fault = this.#store.faults[what];
    if (fault !== undefined) {
      if (this.#isStoreBusy) return void (this.passed += 1);
      this.#isStoreBusy = true;
      this.#note(what, "store");
      try {
        return await fault.act(random);
      } finally {
        this.#isStoreBusy = false;
      }
    }
    if (what === "join") {
      const place = this.#crew.places.find(({ state }) => state === "empty");
      if (place === undefined) return void (this.passed += 1);
      this.#note(what, `place ${place.index}`);
      return await this.#crew.hire(place);
    }
    if (what === "unreadable record") {
      const isSpoilt = await this.spoiling.spoil(random, (job) => this.#note(what, job));
      return void (this.passed += isSpoilt ? 0 : 1);
    }
    if (what === "bad network for all") return await this.#storm(random);
    if (what === "rolling deploy" || what === "canary taken back") return await this.#deploy(what, random);
    const place = this.#victim(random);
    if (place === undefined) return void (this.passed += 1);
    return await this.#disturb(place, what, random);
  }

  async #disturb(place: Place, what: string, random: Random): Promise<void> {
    const name = place.process?.name ?? "";
    const way = this.#store.ways[place.index];
    switch (what) {
      case "SIGKILL":
        this.#note(what, name);
        await this.#crew.kill(place);
        place.state = "disturbed";
        await delay(random.between(0, 3_000));
        return await this.#crew.hire(place);
      case "SIGTERM":
        this.#note(what, name);
        await this.#crew.dismiss(place);
        return await this.#crew.hire(place);
      case "leave":
        this.#note(what, name);
        return await this.#crew.dismiss(place);
      case "SIGSTOP": {
        const forMs = random.chance(0.4) ? random.between(100, 1_500) : random.between(1_500, 15_000);
        this.#note(`SIGSTOP ${forMs < 3_000 ? "shorter" : "longer"} than the lease`, name);
        return await this.#crew.stop(place, forMs);
      }
      case "cut off": {
        const networkFault = random.pick(separations);
        const over = this.#crew.cut(place);
        this.#note(networkFault, name);
        if (way !== undefined) way.networkFault = networkFault;
        await delay(random.between(500, 15_000));
        if (way !== undefined) way.networkFault = undefined;
        return over();
      }
      default: {
        const networkFault = random.pick(rough);
        this.#note(`network: ${networkFault}`, name);
        if (way === undefined || way.networkFault !== undefined) return;
        way.networkFault = networkFault;
        await delay(random.between(500, 6_000));
        if (way.networkFault === networkFault) way.networkFault = undefined;
      }
    }
  }

  async #storm(random: Random): Promise<void> {
    const networkFault = random.pick(rough);
    const ways = this.#store.ways.filter((it) => it.networkFault === undefined);
    this.#note(`network: ${networkFault}`, "all");
    for (const way of ways) way.networkFault = networkFault;
    await delay(random.between(300, 4_000));
    for (const way of ways) if (way.networkFault === networkFault) way.networkFault = undefined;
  }

  /** One after the other is replaced by one with other jobs; a canary is one of them, and is taken back. */
  async #deploy(what: string, random: Random): Promise<void> {
    if (this.#isDeploying) return void (this.passed += 1);
    this.#isDeploying = true;
    this.#note(what, "all");
    try {
      this.#crew.deployment += 1;
      const places = this.#crew.places.slice(0, what === "rolling deploy" ? undefined : 1);
      for (const place of places) await this.#replace(place, random);
      if (what === "rolling deploy") return;
      await delay(random.between(500, 5_000));
      this.#crew.deployment += 1;
      for (const place of places) await this.#replace(place, random);
    } finally {
      this.#isDeploying = false;
    }
  }

  async #replace(place: Place, random: Random): Promise<void> {
    if (place.state !== "working" || place.deployment === this.#crew.deployment) return;
    await this.#crew.dismiss(place);
    await this.#crew.hire(place);
    await delay(random.between(100, 1_000));
  }
}
