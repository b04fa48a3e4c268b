/**
 * Which handlers for schedules simulated nodes have: deploys bring one and take one away, some nodes lack one, and one that
 * schedules name no node ever has.
 */
import { hashOf } from "../../../core/words/hash.ts";
import * as Random from "../Random.ts";
import type { World } from "../World.ts";

/** Every node has it; only nodes with the software from before, or from after a deploy, have the next two; nobody has the last. */
const [always, early, late, missing] = ["report", "remind", "audit", "ghost"] as const;

/** All that schedules name. */
export const handlers: readonly [string, string, string, string] = [always, early, late, missing];

/** What a node of the healed world has, whatever its software. */
export const all: ReadonlyArray<string> = [always, early, late];

/** What a process has, which `who` tells from others, with the software from before a deploy, or from after it. */
export const handlersOf = (
  { hasSchedules, seed }: World,
  isFromBefore: boolean,
  who: string,
): ReadonlyArray<string> => {
  if (!hasSchedules) return [];
  const draws = Random.stream(seed, hashOf(`handlers ${who}`));
  const has = draws.chance(850) ? [always] : [];
  return draws.chance(850) ? [...has, isFromBefore ? early : late] : has;
};
