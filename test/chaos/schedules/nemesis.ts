/**
 * What happens to processes, to their ways and to the store of a campaign with schedules.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { rough, separations } from "../campaign/network.ts";
import { makeRandom, type Random } from "../campaign/random.ts";
import type { Crew, Place } from "./crew.ts";
import type { Stage } from "./stage.ts";

/** How many processes are left alone at least. */
const undisturbed = 2;

const weights = { "SIGKILL": 4, "SIGSTOP": 4, "cut off": 4, "bad network for one": 4, "bad network for all": 2 };

/** Lets things go wrong until it is told to stop. */
export interface Nemesis {
  /** How often what happened. */
  readonly deeds: ReadonlyMap<string, number>;
  /** Nothing new happens; resolves when what is under way is over. */
  readonly rest: () => Promise<void>;
}

/** Begins: one fault every 0.3 to 1.5 s, drawn from a seed. What it meets is another matter. */
export const begin = (crew: Crew, stage: Stage, seed: number): Nemesis => {
  const deeds = new Map<string, number>();
  const under = new Set<Promise<void>>();
  const random = makeRandom(seed);
  let [isResting, isStoreBusy] = [false, false];

  const note = (what: string): void => void deeds.set(what, (deeds.get(what) ?? 0) + 1);
  const victim = (own: Random): Place | undefined => {
    const working = crew.places.filter(({ state }) => state === "working");
    return working.length <= undisturbed ? undefined : own.pick(working);
  };
  const disturb = async (what: string, place: Place, own: Random): Promise<void> => {
    const way = stage.ways[place.index];
    if (what === "SIGKILL") {
      note(what);
      await crew.kill(place);
      await delay(own.between(0, 2_000));
      return await crew.hire(place);
    }
    place.state = "disturbed";
    if (what === "SIGSTOP") {
      const forMs = own.between(200, 8_000);
      note(`SIGSTOP ${forMs < 3_000 ? "shorter" : "longer"} than the lease`);
      place.process?.pause();
      await delay(forMs);
      place.process?.resume();
    } else if (way !== undefined && way.networkFault === undefined) {
      const fault = own.pick(what === "cut off" ? separations : rough);
      note(`network: ${fault}`);
      way.networkFault = fault;
      await delay(own.between(500, 6_000));
      way.networkFault = undefined;
    }
    place.state = "working";
  };
  const all = async (own: Random): Promise<void> => {
    const fault = own.pick(rough);
    const ways = stage.ways.filter((it) => it.networkFault === undefined);
    note(`network for all: ${fault}`);
    for (const way of ways) way.networkFault = fault;
    await delay(own.between(300, 3_000));
    for (const way of ways) if (way.networkFault === fault) way.networkFault = undefined;
  };
  const happen = async (what: string, own: Random): Promise<void> => {
    const fault = stage.faults[what];
    if (fault !== undefined) {
      if (isStoreBusy) return;
      isStoreBusy = true;
      note(what);
      try {
        return await fault.act(own);
      } finally {
        isStoreBusy = false;
      }
    }
    if (what === "bad network for all") return await all(own);
    const place = victim(own);
    if (place !== undefined) await disturb(what, place, own);
  };
  const work = (async () => {
    const ofStore = Object.fromEntries(Object.entries(stage.faults).map(([name, { weight }]) => [name, weight]));
    for (let n = 1; !isResting; n++) {
      await delay(random.between(300, 1_500));
      const deed = happen(random.weighted<string>({ ...weights, ...ofStore }), makeRandom(seed * 100_003 + n))
        .catch((error) => {
          crew.breaches.push({ rule: "the harness works", detail: `${error?.stack ?? error}` });
        });
      under.add(deed);
      void deed.then(() => under.delete(deed));
    }
  })();
  return {
    deeds,
    async rest() {
      isResting = true;
      await work;
      while (under.size > 0) await Promise.all(under);
    },
  };
};
