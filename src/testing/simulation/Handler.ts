/**
 * Handlers in a simulated process: some are quick, some slow, some hang, some do not hear that they are to stop, and now
 * and then their process dies with them.
 */
import type { Run } from "../../core/words/Fire.ts";
import type { Command } from "../../core/node/Machine.ts";
import { hashOf } from "../../core/words/hash.ts";
import * as reference from "../../core/ledger/reference-store.ts";
import * as History from "./History.ts";
import * as Random from "./Random.ts";
import type { SimulatedNode, World } from "./World.ts";

/** The longest a handler runs while all is well, and while it is not. Milliseconds. */
export const longestMs = 400;
const slowMs = 15_000;

const keyOf = (job: string, fence: number): string => `${job} ${fence}`;

const end = (
  world: World,
  node: SimulatedNode,
  job: string,
  fence: number,
  outcome: "succeeded" | "failed" | "cancelled",
) => {
  if (!node.handlers.delete(keyOf(job, fence)) || !node.isAlive) return;
  const dies = world.traffic.chance(world.faults.crashOnEnd) &&
    world.strike("crash between the end of a handler and its report", { node: node.index, job });
  world.step(node, { _tag: "RunsEnded", ends: [{ job, fence, outcome, error: undefined, cause: undefined }] });
  // The report has left and may still arrive.
  if (dies) world.kill(node);
};

/**
 * Of a job that must not overlap no handler may go on when another starts, be its run over by its limit, as long as its node is a
 * member and nobody has taken the run from it.
 */
const judgeOverlap = (world: World, node: SimulatedNode, job: string): void => {
  if (node.jobs.get(job)?.policies.overlap !== "skip") return;
  for (const { handlers, isAlive } of world.nodes) {
    if (!isAlive) continue;
    for (const [key, handler] of handlers) {
      if (handler.job !== job || handler.isGivenUp || world.givenUp.has(key)) continue;
      if (!reference.isMember(world.service, handler.incarnation, world.now)) continue;
      world.history.overlaps.push({ at: world.now, job, active: 2 });
    }
  }
};

/** Starts one. What becomes of it depends on the run alone, so that it is the same whatever else happened. */
export const start = (world: World, node: SimulatedNode, run: Run): void => {
  const { fence, job } = run;
  const { faults } = world;
  const random = Random.stream(world.seed, hashOf(`${job} ${History.attemptOf(run)}`));
  const isSlow = random.chance(50) && world.isTroubled();
  const lasts = isSlow ? random.between(1_000, slowMs) : random.between(1, longestMs);
  const outcome = random.chance(50) ? "failed" : "succeeded";
  const isHung = random.chance(faults.hang) && world.strike("a handler that hangs", { node: node.index, job });
  const isDeaf = random.chance(faults.deaf);
  const isStuck = isHung && (isDeaf || node.jobs.get(job)?.policies.timeoutMs === undefined);
  judgeOverlap(world, node, job);
  const { incarnation } = node.state;
  node.handlers.set(keyOf(job, fence), { isDeaf, isStuck, job, incarnation, isGivenUp: false });
  if (random.chance(faults.crashOnStart) && world.strike("crash while a handler runs", { node: node.index, job })) {
    world.after(random.between(0, lasts), () => world.kill(node));
  }
  if (!isHung) world.after(lasts, () => end(world, node, job, fence, outcome));
};

/** Tells one to stop. */
export const abort = (
  world: World,
  node: SimulatedNode,
  { fence, job, reason }: Extract<Command, { readonly _tag: "Abort" }>,
): void => {
  const handler = node.handlers.get(keyOf(job, fence));
  if (handler === undefined) return;
  if (reason !== "timeout") handler.isGivenUp = true;
  if (handler.isDeaf) return History.count(world.history, "fault a handler that does not stop");
  world.after(world.traffic.between(0, 50), () => end(world, node, job, fence, "cancelled"));
};

/** Whether a handler runs that only a restart can end. */
export const isStuck = (node: SimulatedNode): boolean => {
  for (const handler of node.handlers.values()) if (handler.isStuck) return true;
  return false;
};
