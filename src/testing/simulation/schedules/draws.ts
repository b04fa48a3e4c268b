/**
 * What people put: schedules of every kind, under ids that come up again and again.
 */
import { hashOf } from "../../../core/words/hash.ts";
import type { Overlap, Policies } from "../../../core/words/Policy.ts";
import type { ScheduleDefinition } from "../../../core/words/ScheduleRequest.ts";
import type { Faults } from "../Faults.ts";
import * as Random from "../Random.ts";

const texts = ["* * * * * *", "*/2 * * * * *", "*/5 * * * * *", "1/10 * * * * *", "*/20 * * * * *", "* * * * *"];

/** Of them, where the store is far away: see the software of a fleet. */
const slow = 3;

/** The ids of a world: few, so that each is put often. */
export const drawIds = (seed: number): ReadonlyArray<string> =>
  Array.from({ length: Random.stream(seed, hashOf("ids")).between(1, 12) }, (_, n) => `s/${n}`);

/** What a definition is drawn for. */
export interface Wanted {
  readonly faults: Faults;
  readonly handler: string;
  readonly id: string;
  readonly now: number;
  /** Of this put. */
  readonly number: number;
  readonly seed: number;
}

/** What stays as it is however often a schedule is put: by it attempts are judged. */
const lasting = (seed: number, id: string): Pick<Policies, "delivery" | "retry" | "timeoutMs"> => {
  const draws = Random.stream(seed, hashOf(`policies of ${id}`));
  return {
    delivery: draws.chance(500) ? "at-most-once" : "at-least-once",
    timeoutMs: draws.chance(300) ? 5_000 : undefined,
    retry: draws.chance(700)
      ? undefined
      : { times: draws.between(1, 3), delayMs: draws.between(500, 4_000), factor: 1, maxDelayMs: 5_000, jitter: 0 },
  };
};

const overlaps: ReadonlyArray<Overlap> = ["allow", "allow", "skip", "queue", "queue-all", "cancel-previous"];

const drawPolicies = (draws: Random.Random, seed: number, id: string): Policies => {
  const isLimited = draws.chance(200);
  const limit = draws.between(1, 20);
  const isMoved = draws.chance(150);
  const jitterMs = draws.between(1, 400);
  const modes = ["all", "all", "latest", "skip"] as const;
  return {
    ...lasting(seed, id),
    catchUp: {
      mode: modes[draws.below(4)] as "all",
      withinMs: draws.chance(500) ? 600_000 : draws.between(2, 60) * 1_000,
      max: draws.chance(500) ? 1_000 : draws.between(1, 20),
    },
    overlap: overlaps[draws.below(overlaps.length)] as Overlap,
    maxConcurrent: draws.chance(200) ? draws.between(1, 3) : 100,
    ...(isLimited ? { limit } : {}),
    ...(isMoved ? { jitterMs } : {}),
  };
};

/** Draws what is put. */
export const drawDefinition = (
  draws: Random.Random,
  { faults, handler, id, now, number, seed }: Wanted,
): ScheduleDefinition => {
  const policies = drawPolicies(draws, seed, id);
  const first = faults.farMs > 0 ? slow : 0;
  const text = texts[first + draws.below(texts.length - first)] as string;
  const isOnce = draws.chance(250);
  const at = Math.floor(now / 1_000) * 1_000 + draws.between(-5, 20) * 1_000;
  const isBound = draws.chance(150);
  const startAt = Math.floor(now) + draws.between(-10_000, 20_000);
  const endAt = startAt + draws.between(5_000, 60_000);
  const schedule = isOnce ? `@at ${new Date(at).toISOString()}` : text;
  return {
    handler,
    schedule,
    policies,
    enabled: draws.chance(930),
    ...(draws.chance(800) ? { payload: JSON.stringify({ put: number }) } : {}),
    ...(isBound && !isOnce ? { startAt, endAt } : {}),
  };
};
