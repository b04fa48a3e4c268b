/**
 * The way from a node to the store and back: requests and answers are lost, repeated, late, out of order, or cut off in
 * one direction or both.
 */
import * as Engine from "../../core/engine/Engine.ts";
import type * as Machine from "../../core/node/Machine.ts";
import type { Reply, Request } from "../../core/words/Request.ts";
import * as History from "./History.ts";
import { apply, noteReply } from "./Observer.ts";
import type { DistributiveOmit, Process, SimulatedNode, World } from "./World.ts";

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

export const receives = (world: World, node: Process, reply: Reply, feed: () => void): void => {
  const { faults, traffic } = world;
  const isGranted = reply._tag === "Claim" && reply.results.some(({ runs }) => runs.length > 0);
  const dies = isGranted && traffic.chance(faults.crashOnClaim) && node.isAlive &&
    world.strike("crash between a claim and its start", { node: node.index });
  // Before it has read the answer, or after; a claim leaves ahead of time, so its run is not started yet.
  if (!dies || traffic.chance(500)) feed();
  if (dies) world.kill(node);
};

/** Whether a process can tell that the store's clock is wrong. An invocation knows no other time. */
const knowsTime = (process: Process | SimulatedNode): boolean =>
  "state" in process && process.state.clock.samples.length > 0;

/** Carries one request of an engine to the store, and its answer or refusal back. Either may get lost, or come twice. */
const carry = (
  world: World,
  node: Process,
  sent: Engine.StoreRequest,
  cause: Engine.EngineRequest,
  answered: (reply: Engine.StoreReply | undefined) => void,
): void => {
  const { faults, history, traffic } = world;
  if (world.now < world.storeDownUntil) History.count(history, "request while the store is down");
  const sentAt = world.now;
  let isAnswered = false;
  const back = (reply: Engine.StoreReply | undefined): void => {
    if (world.now < node.repliesCutUntil || traffic.chance(world.faults.loss)) {
      return History.count(history, "fault answer lost");
    }
    world.after(travelTime(world), () => {
      if (isAnswered) return;
      isAnswered = true;
      world.whenAwake(node, () => answered(reply));
    });
  };
  const arrive = (): void => {
    // Who has not heard of the store's clock before takes what it is told for the time.
    // What people do to schedules is due by it.
    if (world.storeAheadMs !== 0 && (!knowsTime(node) || cause._tag === "Schedules")) return;
    if (world.now >= world.storeDownUntil) back(apply(world, sent, cause, sentAt));
    else if (world.isRefusing) back(undefined);
  };
  if (world.now < node.requestsCutUntil || traffic.chance(faults.loss)) History.count(history, "fault request lost");
  else world.after(travelTime(world), arrive);
  if (traffic.chance(faults.duplication)) {
    History.count(history, "fault request repeated");
    world.after(traffic.between(1, latestCopyMs), () => {
      if (world.now >= world.storeDownUntil) apply(world, sent, cause, sentAt);
    });
  }
};

/** How an engine estimates the store's clock when what it sends now arrives. */
const estimate = (world: World, node: Process): number => {
  const { mono, wall } = world.clocks(node);
  const { reading } = node;
  return reading === undefined ? wall : reading.storeTime + (mono - reading.mono) + reading.wayMs;
};

/** Has the engine of a process carry out a request: it is answered once, or fails. */
export const operate = <Q extends Engine.EngineRequest>(
  world: World,
  process: Process,
  request: Q,
  timeoutMs: number,
  answered: (reply: Engine.AnswerTo<Q>) => void,
  failed: (reason: Machine.Failure["reason"], detail: string) => void,
): void => {
  const { history } = world;
  History.count(history, `request ${request._tag}`);
  const operation = process.engine.begin(request, () => estimate(world, process));
  let isOver = false;
  let rounds = 0;
  const fail = (reason: Machine.Failure["reason"], detail: string): void => {
    isOver = true;
    operation.return(undefined as never);
    failed(reason, detail);
  };
  const finish = (reply: Engine.AnswerTo<Q>): void => {
    isOver = true;
    noteReply(world, reply);
    answered(reply);
  };
  const go = (replies: ReadonlyArray<Engine.StoreReply>): void => {
    let step: IteratorResult<Engine.Round, Engine.AnswerTo<Q>>;
    try {
      step = operation.next(replies);
    } catch (fault) {
      if (!(fault instanceof Engine.Fault)) throw fault;
      return fail(fault.reason, fault.detail);
    }
    if (step.done === true) return finish(step.value);
    const { conflicts, requests } = step.value;
    History.count(history, conflicts === 0 ? "rounds" : "rounds again");
    const answers: Array<Engine.StoreReply> = [];
    let open = requests.length;
    rounds += 1;
    const round = rounds;
    world.after(timeoutMs, () => {
      if (!isOver && rounds === round) fail("Unavailable", "no answer");
    });
    const sentMono = world.clocks(process).mono;
    requests.forEach((sent, index) =>
      carry(world, process, sent, request, (reply) => {
        if (isOver) return;
        if (reply === undefined) return fail("Unavailable", "refused");
        if ("storeTime" in reply) {
          const wayMs = (world.clocks(process).mono - sentMono) / 2;
          process.reading = { storeTime: reply.storeTime, mono: sentMono + wayMs, wayMs };
        }
        answers[index] = reply;
        open -= 1;
        if (open === 0) go(answers);
      })
    );
  };
  go([]);
};

/** Does what a node asks for, and sees to its answer. */
export const send = (
  world: World,
  node: SimulatedNode,
  { id, request, timeoutMs }: Extract<Machine.Command, { _tag: "Send" }>,
): void => {
  node.requests += 1;
  node.mostFlights = Math.max(node.mostFlights, node.state.flights.size);
  operate<Request>(
    world,
    node,
    request,
    timeoutMs,
    (reply) => {
      const feed = () => world.step(node, { _tag: "Replied", id, reply } as DistributiveOmit<Machine.Input, "at">);
      receives(world, node, reply, feed);
    },
    (reason, detail) => world.step(node, { _tag: "Failed", id, failure: { reason, detail, retryAfterMs: undefined } }),
  );
};
