/**
 * What the processes of a campaign ask of schedules: drawn from a seed, for ids that are used in four manners.
 *
 * @module
 */
import type { ScheduleOptions } from "ringcron/promise";
import type { Random } from "../campaign/random.ts";

/**
 * How an id is used: `steady` ones are put again and again and never removed, so every fire is owed; `pausing` ones are put once,
 * paused and resumed with `catch-up`, so every fire is owed too; `limited` ones have so many fires in all, however often they are
 * changed; with `hot` ones everything is done that can be.
 */
export type Manner = "steady" | "pausing" | "limited" | "hot";

/** What is put. Its name is what its payload tells, so that each fire, and whoever looks, says which put was in force. */
export interface Content {
  readonly put: string;
  readonly handler: string;
  readonly schedule: string;
  readonly enabled: boolean;
  readonly delivery: "at-most-once" | "at-least-once";
  readonly takesMs: number;
  readonly limit?: number | undefined;
}

/** What a process asks for. `ifPut`: what must be in force, "" for nothing, with the version that it has. */
export type Op =
  | {
    readonly kind: "put";
    readonly id: string;
    readonly content: Content;
    readonly ifPut?: string | undefined;
    readonly ifVersion?: number | undefined;
  }
  | {
    readonly kind: "remove";
    readonly id: string;
    readonly ifPut?: string | undefined;
    readonly ifVersion?: number | undefined;
  }
  | { readonly kind: "pause" | "trigger" | "get"; readonly id: string }
  | { readonly kind: "resume"; readonly id: string; readonly missed: "skip" | "catch-up" };

/** How many ids there are of each manner. */
const counts: Readonly<Record<Manner, number>> = { steady: 8, pausing: 5, limited: 3, hot: 12 };

/** Of the hot ones; what is between the bars is hostile on purpose. */
const idOf = (manner: Manner, n: number): string => manner === "hot" ? `hot/~${n}|%7E ä*{}:` : `${manner}/${n}`;

/** All ids. */
export const ids: ReadonlyArray<string> = (Object.entries(counts) as ReadonlyArray<[Manner, number]>)
  .flatMap(([manner, count]) => Array.from({ length: count }, (_, n) => idOf(manner, n)));

/** How an id is used. */
export const mannerOf = (id: string): Manner => id.slice(0, id.indexOf("/")) as Manner;

/** The handlers that every process has. */
export const handlers = ["report", "remind"] as const;

/** How many fires a limited one has. */
export const limit = 12;

const schedules = ["* * * * * *", "*/2 * * * * *", "1/2 * * * * *", "*/3 * * * * *"] as const;

const contentOf = (manner: Manner, id: string, put: string, random: Random, now: number): Content => {
  const isHot = manner === "hot";
  const isOnce = isHot && random.chance(0.1);
  return {
    put,
    handler: isHot ? random.pick(handlers) : "report",
    schedule: manner === "pausing"
      ? schedules[id.length % 2] as string
      : isOnce
      ? `@at ${new Date(now + random.between(2_000, 9_000)).toISOString()}`
      : random.pick(schedules),
    enabled: !isHot || random.chance(0.85),
    delivery: isHot && random.chance(0.5) ? "at-most-once" : "at-least-once",
    takesMs: random.chance(0.3) ? random.between(100, 2_500) : 0,
    ...(manner === "limited" ? { limit } : {}),
  };
};

/** What is put, as the library takes it. */
export const optionsOf = (
  { delivery, enabled, handler, limit: most, put, schedule, takesMs }: Content,
): Omit<ScheduleOptions, "id"> => ({
  handler,
  schedule,
  enabled,
  delivery,
  payload: { put, takesMs },
  catchUp: { mode: "all", withinMs: 3_600_000, max: 1_000 },
  overlap: "allow",
  ...(most === undefined ? {} : { limit: most }),
});

/** What a process has seen of an id last: the put in force and its version; `undefined` where there was none. */
export type Remembered = ReadonlyMap<string, { readonly put: string; readonly version: number } | undefined>;

/** What each kind weighs where an id is used so. */
const weights: Readonly<Record<Manner, Readonly<Partial<Record<Op["kind"], number>>>>> = {
  steady: { put: 5, get: 3, trigger: 2 },
  pausing: { put: 1, pause: 3, resume: 4, get: 2, trigger: 1 },
  limited: { put: 4, get: 1, trigger: 1 },
  hot: { put: 6, remove: 3, pause: 2, resume: 2, get: 3, trigger: 1 },
};

/** Draws the next thing to ask for. `put` is the name of what is put by it. */
export const draw = (random: Random, put: string, seen: Remembered, now: number): Op => {
  const manner = random.weighted<Manner>({ steady: 4, pausing: 2, limited: 1, hot: 6 });
  const id = idOf(manner, random.between(0, counts[manner] - 1));
  const kind = random.weighted(weights[manner]);
  const known = seen.get(id);
  // Somebody who has looked puts or removes what he has seen, and nothing else.
  const compared = !random.chance(0.3)
    ? {}
    : known === undefined
    ? seen.has(id) ? { ifPut: "", ifVersion: 0 } : {}
    : { ifPut: known.put, ifVersion: known.version };
  switch (kind) {
    case "put": {
      const once = manner === "pausing" ? { ifPut: "", ifVersion: 0 } : compared;
      return { kind, id, content: contentOf(manner, id, put, random, now), ...once };
    }
    case "remove":
      return { kind, id, ...compared };
    case "resume":
      return { kind, id, missed: manner === "pausing" || random.chance(0.3) ? "catch-up" : "skip" };
    default:
      return { kind, id };
  }
};
