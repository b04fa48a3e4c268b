/**
 * The way from a node to the store and back: requests and answers are lost, repeated, late, out of order, or cut off in
 * one direction or both.
 */
import type * as Machine from "../../core/Machine.ts";
import type { Reply } from "../../Request.ts";
import * as History from "./History.ts";
import { apply } from "./Observer.ts";
import type { DistributiveOmit, SimulatedNode, World } from "./World.ts";

/** A round trip to a store that is near, while all is well, at most. Milliseconds. */
const nearTripMs = 30;

/** A round trip while all is well, at most. Milliseconds. */
export const roundTripMs = ({ faults }: World): number => nearTripMs + 2 * faults.farMs;

/** How long after it was sent a copy may arrive. Milliseconds. */
const latestCopyMs = 5_000;

const travelTime = ({ faults, now, slowUntil, traffic }: World): number => {
  const own = traffic.chance(faults.delay) ? traffic.between(50, 3_000) : traffic.between(1, nearTripMs / 2);
  return faults.farMs + (now < slowUntil ? own + traffic.between(100, 900) : own);
};

const receives = (world: World, node: SimulatedNode, reply: Reply, feed: () => void): void => {
  const { faults, traffic } = world;
  const isGranted = reply._tag === "Claim" && reply.results.some(({ runs }) => runs.length > 0);
  const dies = isGranted && traffic.chance(faults.crashOnClaim) && node.isAlive &&
    world.strike("crash between a claim and its start", { node: node.index });
  // Before it has read the answer, or after; a claim leaves ahead of time, so its run is not started yet.
  if (!dies || traffic.chance(500)) feed();
  if (dies) world.kill(node);
};

/** Sends a request, and sees to its answer. */
export const send = (
  world: World,
  node: SimulatedNode,
  { id, request, timeoutMs }: Extract<Machine.Command, { _tag: "Send" }>,
): void => {
  const { faults, history, traffic } = world;
  node.requests += 1;
  if (world.now < world.storeDownUntil) History.count(history, "request while the store is down");
  node.mostFlights = Math.max(node.mostFlights, node.state.flights.size);
  let isAnswered = false;
  const back = (feed: () => void): void => {
    if (isAnswered) return;
    if (world.now < node.repliesCutUntil || traffic.chance(world.faults.loss)) {
      return History.count(history, "fault answer lost");
    }
    world.after(travelTime(world), () => {
      if (isAnswered) return;
      isAnswered = true;
      feed();
    });
  };
  const fail = (detail: string): void =>
    world.step(node, { _tag: "Failed", id, failure: { reason: "Unavailable", detail, retryAfterMs: undefined } });
  const arrive = (): void => {
    if (world.now < world.storeDownUntil) {
      if (world.isRefusing) back(() => fail("refused"));
      return;
    }
    const reply = apply(world, request);
    back(() =>
      receives(
        world,
        node,
        reply,
        () => world.step(node, { _tag: "Replied", id, reply } as DistributiveOmit<Machine.Input, "at">),
      )
    );
  };
  if (world.now < node.requestsCutUntil || traffic.chance(faults.loss)) History.count(history, "fault request lost");
  else world.after(travelTime(world), arrive);
  if (traffic.chance(faults.duplication)) {
    History.count(history, "fault request repeated");
    world.after(traffic.between(1, latestCopyMs), () => {
      if (world.now >= world.storeDownUntil) apply(world, request);
    });
  }
  world.after(timeoutMs, () => {
    if (isAnswered) return;
    isAnswered = true;
    fail("no answer");
  });
};
