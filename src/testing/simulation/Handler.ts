/**
 * Handlers in a simulated process: some are quick, some slow, some hang, some do not hear that they are to stop, and now
 * and then their process dies with them.
 */
import type { Run } from "../../core/words/Fire.ts";
import type { Command } from "../../core/node/Machine.ts";
import type { Policies } from "../../core/words/Policy.ts";
import { hashOf } from "../../core/words/hash.ts";
import { isSchedule } from "../../core/words/Schedules.ts";
import * as History from "./History.ts";
import { isHolder } from "./Records.ts";
import { mayRun } from "./labels.ts";
import * as Random from "./Random.ts";
import type { Process, World } from "./World.ts";

/** Queued fires of a job that may overlap are run so many at a time. */
const mostAtOnce = 10;

/** The longest a handler runs while all is well, and while it is not. Milliseconds. */
export const longestMs = 400;
const slowMs = 15_000;

const keyOf = (job: string, fence: number): string => `${job} ${fence}`;

const end = (
  world: World,
  node: Process,
  { fence, job, resultSlot }: Pick<Run, "job" | "fence" | "resultSlot">,
  outcome: "succeeded" | "failed" | "cancelled",
  isFinal = false,
) => {
  if (!node.handlers.delete(keyOf(job, fence)) || !node.isAlive) return;
  const dies = world.traffic.chance(world.faults.crashOnEnd) &&
    world.strike("crash between the end of a handler and its report", { node: node.index, job });
  if (isFinal) world.history.finals.add(keyOf(job, fence));
  const returned = outcome === "succeeded" && resultSlot !== undefined ? { json: String(fence) } : undefined;
  const ended = { job, fence, outcome, error: undefined, cause: undefined, isFinal, returned };
  node.ended(ended);
  // The report has left and may still arrive.
  if (dies) world.kill(node);
};

/**
 * Of a job that must not overlap no handler may go on when another starts, be its run over by its limit, as long as its node is a
 * member and nobody has taken the run from it.
 */
const judgeOverlap = (world: World, node: Process, job: string): void => {
  const overlap = node.jobs.get(job)?.policies.overlap;
  if (overlap === undefined || overlap === "allow") return;
  for (const { handlers, isAlive } of [...world.nodes, ...world.ticks]) {
    if (!isAlive) continue;
    for (const [key, handler] of handlers) {
      if (handler.job !== job || handler.isGivenUp || world.givenUp.has(key)) continue;
      if (!isHolder(world, handler.incarnation, world.now) && (world.extended.get(key) ?? 0) <= world.now) continue;
      world.history.overlaps.push({ at: world.now, job, active: 2 });
    }
  }
};

/** A node runs no more handlers at once than it may. */
const judgePlaces = (
  { history, now }: World,
  host: Process,
  job: string,
) => {
  const { concurrency = Infinity, handlers } = host;
  let running = 1;
  for (const { isGivenUp } of handlers.values()) if (!isGivenUp) running += 1;
  if (running <= concurrency) return;
  history.incidents.push({ at: now, what: "more handlers than places", job, incarnation: host.identity() });
};

/** Nobody waits for it any longer, and its node has said so. */
export const giveUp = (node: Process, { fence, job }: Pick<Run, "fence" | "job">): void => {
  const handler = node.handlers.get(keyOf(job, fence));
  if (handler !== undefined) handler.isGivenUp = true;
};

/**
 * How many of a thousand handlers fail. Where more attempts follow many do; while all is well none whose next attempt would be in
 * the way of other fires.
 */
const failures = (world: World, policies: Policies | undefined): number => {
  if (policies?.retry === undefined) return 50;
  return world.isTroubled() || (policies.overlap === "allow" && policies.maxConcurrent >= mostAtOnce) ? 300 : 0;
};

/** Notes that one is started. */
export const noteStart = (world: World, host: Process, run: Run, uncertaintyMs: number): void => {
  const { attempt, dueAt, fence, job, kind, payload } = run;
  const { history, now: at } = world;
  const incarnation = host.identity();
  if (isSchedule(job)) return world.witness?.started(run, incarnation, uncertaintyMs);
  if (!mayRun(host, job)) {
    history.incidents.push({ at, what: "run on a node without its labels", job, incarnation });
  }
  history.starts.push({ at, job, dueAt, attempt, fence, kind, payload, incarnation, uncertaintyMs });
};

/** Starts one. What becomes of it depends on the run alone, so that it is the same whatever else happened. */
export const start = (world: World, node: Process, run: Run): void => {
  const { fence, job } = run;
  const { faults } = world;
  const random = Random.stream(world.seed, hashOf(`${job} ${History.attemptOf(run)}`));
  const isSlow = random.chance(50) && world.isTroubled();
  const lasts = isSlow ? random.between(1_000, slowMs) : random.between(1, longestMs);
  const policies = node.specOf(job)?.policies;
  const outcome = random.chance(failures(world, policies)) ? "failed" : "succeeded";
  const isFinal = outcome === "failed" && random.chance(100);
  const isHung = random.chance(faults.hang) && world.strike("a handler that hangs", { node: node.index, job });
  const isDeaf = random.chance(faults.deaf);
  const isStuck = isHung && (isDeaf || policies?.timeoutMs === undefined);
  judgeOverlap(world, node, job);
  judgePlaces(world, node, job);
  const incarnation = node.identity();
  node.handlers.set(keyOf(job, fence), { isDeaf, isStuck, job, incarnation, isGivenUp: false });
  if (random.chance(faults.crashOnStart) && world.strike("crash while a handler runs", { node: node.index, job })) {
    world.after(random.between(0, lasts), () => world.kill(node));
  }
  if (!isHung) world.after(lasts, () => end(world, node, run, outcome, isFinal));
};

/** Tells one to stop. */
export const abort = (
  world: World,
  node: Process,
  { fence, job, reason }: Pick<Extract<Command, { readonly _tag: "Abort" }>, "fence" | "job" | "reason">,
): void => {
  const handler = node.handlers.get(keyOf(job, fence));
  if (handler === undefined) return;
  if (reason !== "timeout") handler.isGivenUp = true;
  if (handler.isDeaf) return History.count(world.history, "fault a handler that does not stop");
  world.after(world.traffic.between(0, 50), () => end(world, node, { fence, job }, "cancelled"));
};

/** Whether a handler runs that only a restart can end. */
export const isStuck = (node: Process): boolean => {
  for (const handler of node.handlers.values()) if (handler.isStuck) return true;
  return false;
};
