/**
 * What happens to a simulated fleet: once a second something may befall each node, the store, the software and the jobs.
 * Then everything is healed, and some nodes are killed in the healed world, to see that others take over.
 */
import type { JobSpec } from "../../core/node/Machine.ts";
import { hashOf } from "../../core/words/hash.ts";
import { areAllPaused } from "./AllPaused.ts";
import type { Amnesia } from "./Amnesia.ts";
import type { Faults } from "./Faults.ts";
import type { Probe } from "./Finale.ts";
import { boot, type Software } from "./Fleet.ts";
import * as Handler from "./Handler.ts";
import * as History from "./History.ts";
import { mayRun } from "./labels.ts";
import { control, follow } from "./Outside.ts";
import { roundTripMs } from "./Network.ts";
import * as Random from "./Random.ts";
import { tick } from "./Ticks.ts";
import type { Workload } from "./Workload.ts";
import { all as everyHandler } from "./schedules/handlers.ts";
import type { People } from "./schedules/People.ts";
import { mend, recordsOf, setDamage } from "./Records.ts";
import type { SimulatedNode, World } from "./World.ts";

/** A node that reads a corrupt record looks again after some seconds, so the last one must be long enough before the end. */
const corruptRestMs = 20_000;

/** What befalls one node. At most one of them in a second. */
const hurts: ReadonlyArray<{
  readonly fault: keyof Faults;
  readonly what: string;
  readonly draw: (world: World) => number;
  readonly act: (world: World, node: SimulatedNode, ms: number, software: Software) => void;
}> = [
  { fault: "crash", what: "crash", draw: () => 0, act: (world, node) => world.kill(node) },
  {
    fault: "leave",
    what: "leave",
    draw: ({ fate }) => fate.chance(400) ? fate.between(1, 5_000) : fate.between(10_000, 20_000),
    act: (world, node, drainMs) => {
      world.step(node, { _tag: "StopRequested", drainMs });
      world.onDeath();
    },
  },
  {
    fault: "pause",
    what: "pause",
    draw: ({ fate }) => fate.chance(300) ? fate.between(4_000, 20_000) : fate.between(10, 4_000),
    act: (world, node, ms) => world.pause(node, ms),
  },
  {
    fault: "partition",
    what: "partition",
    draw: ({ fate }) => fate.between(100, 20_000),
    act: (world, node, ms) => {
      node.requestsCutUntil = world.now + ms;
      node.repliesCutUntil = world.now + ms;
    },
  },
  {
    fault: "requestCut",
    what: "cut of requests",
    draw: ({ fate }) => fate.between(100, 20_000),
    act: (world, node, ms) => {
      node.requestsCutUntil = world.now + ms;
    },
  },
  {
    fault: "replyCut",
    what: "cut of answers",
    draw: ({ fate }) => fate.between(100, 20_000),
    act: (world, node, ms) => {
      node.repliesCutUntil = world.now + ms;
    },
  },
  {
    fault: "step",
    what: "step of the wall clock",
    draw: ({ fate }) => fate.between(-60_000, 60_000),
    act: (_, node, ms) => {
      node.wallOffset += ms;
    },
  },
  {
    fault: "withdraw",
    what: "change of the declared jobs",
    draw: ({ fate }) => fate.below(1_000),
    act: (world, node, drawn, { current }) => {
      const job = current[drawn % current.length] as JobSpec;
      if (!node.jobs.delete(job.name)) return world.declare(node, [job]);
      world.step(node, { _tag: "Withdrawn", job: job.name });
    },
  },
];

const hurt = (world: World, node: SimulatedNode, software: Software): void => {
  const { fate, faults } = world;
  if (!node.isAlive || world.now < node.pausedUntil) return;
  for (const { act, draw, fault, what } of hurts) {
    if (!fate.chance(faults[fault] / 10)) continue;
    const drawn = draw(world);
    if (world.strike(what, { node: node.index, forMs: drawn === 0 ? undefined : drawn })) {
      act(world, node, drawn, software);
    }
    return;
  }
};

/** A member that beats while the store's clock is ahead is one for two minutes more, dead or not. */
const leapRestMs = 100_000;

/** The store's clock is wrong for a moment: too short a time to be believed. */
const leap = (world: World, until: number): void => {
  const { faults, times } = world;
  if (faults.storeLeap === 0 || !times.chance(faults.storeLeap / 10) || world.storeAheadMs !== 0) return;
  if (world.now < world.slowUntil) return;
  const forMs = times.between(100, 1_500);
  const isBack = times.chance(500);
  const mostMs = isBack || world.now < until - leapRestMs ? 3_600_000 : 20_000;
  // Less than ten round trips is no leap.
  const leastMs = 5_000 + 12 * roundTripMs(world);
  const byMs = (leastMs + times.below(times.chance(500) ? 15_000 : mostMs)) * (isBack ? -1 : 1);
  if (!world.strike(`leap of the store's clock ${byMs > 0 ? "ahead" : "back"}`, { forMs })) return;
  const setAhead = (ms: number): void => {
    world.storeAheadMs = ms;
    // What is promised in time is no promise any more.
    world.promised.clear();
  };
  setAhead(byMs);
  world.after(forMs, () => setAhead(0));
};

const hurtStore = (world: World, amnesia: Amnesia | undefined, until: number): void => {
  const { fate, faults } = world;
  if (fate.chance(faults.outage / 10)) {
    const forMs = fate.between(100, 15_000);
    const isRefusing = fate.chance(500);
    if (world.strike(isRefusing ? "store that refuses" : "store that is silent", { forMs })) {
      world.storeDownUntil = world.now + forMs;
      world.isRefusing = isRefusing;
      const alive = world.nodes.filter((node) => node.isAlive).length;
      History.count(world.history, "seconds of nodes without a store", alive * forMs / 1_000);
    }
  }
  if (fate.chance(faults.slowness / 10)) {
    const forMs = fate.between(1_000, 20_000);
    if (world.strike("slow store", { forMs })) world.slowUntil = world.now + forMs;
  }
  if (amnesia !== undefined && fate.chance(faults.amnesia / 10)) amnesia.strike();
  amnesia?.strikeAll();
  if (fate.chance(faults.corrupt / 10) && world.damaged === "" && world.now < until - corruptRestMs) {
    const jobs = [...recordsOf(world).keys()];
    const job = jobs[fate.below(Math.max(1, jobs.length))];
    const forMs = fate.between(100, 5_000);
    if (job !== undefined && world.strike("corrupt record", { job, forMs })) {
      world.damaged = job;
      setDamage(world, job, true);
      world.after(forMs, () => mend(world));
    }
  }
};

/** A node with other software joins, or the whole fleet is replaced by such nodes, one by one. */
const deploy = (world: World, software: Software): void => {
  const { fate } = world;
  const next = fate.chance(700) ? software.after : software.before;
  const isRolling = fate.chance(400);
  const pace = fate.between(100, 3_000);
  if (!world.strike(isRolling ? "rolling deploy" : "deploy")) return;
  software.current = next;
  boot(world, software);
  if (!isRolling) return;
  world.nodes.filter((node) => node.isAlive).slice(0, -1).forEach((node, index) => {
    world.after((index + 1) * pace, () => {
      world.step(node, { _tag: "StopRequested", drainMs: 2_000 });
      boot(world, software);
    });
  });
};

/** Somebody pauses all jobs, and resumes them some seconds later. Drawn apart, so that all else is as it was. */
const pauseAll = (world: World): void => {
  const draws = Random.stream(world.seed, hashOf(`all at ${Math.floor(world.now)}`));
  if (!draws.chance(world.faults.control / 10) || !world.strike("pause of all jobs")) return;
  const missed = draws.chance(500) ? "skip" : "catch-up";
  // Schedules follow in requests of their own, the jobs between them and the row that says so.
  const followed = (command: Parameters<typeof follow>[1]) =>
    world.after(draws.between(0, 800), () => follow(world, command));
  control(world, { _tag: "PauseAll" });
  const resume = () => {
    control(world, { _tag: "ResumeAll", missed });
    followed({ _tag: "ResumeAll", missed, after: undefined });
  };
  world.after(draws.between(1_000, 8_000), resume);
  followed({ _tag: "PauseAll", after: undefined });
};

/** Somebody asks a node to leave. Drawn apart, too. */
const drain = (world: World, software: Software): void => {
  const draws = Random.stream(world.seed, hashOf(`drain at ${Math.floor(world.now)}`));
  const alive = world.nodes.filter((node) => node.isAlive && node.state.phase === "member");
  const node = alive[draws.below(1_000) % Math.max(1, alive.length)];
  if (!draws.chance(world.faults.drain / 2) || node === undefined) return;
  const drainMs = draws.chance(500) ? draws.between(1, 15_000) : undefined;
  if (!world.strike("drain", { node: node.index })) return;
  control(world, { _tag: "Drain", node: node.state.config.nodeName, drainMs });
  world.after(draws.between(10, 10_000), () => boot(world, software));
};

/** Torments the world until an instant. */
export const nemesis = (
  world: World,
  software: Software,
  people: { readonly workload: Workload; readonly schedules: People },
  amnesia: Amnesia | undefined,
  until: number,
): void => {
  const { fate, faults } = world;
  world.after(1_000, () => {
    if (world.now >= until) return;
    for (const node of [...world.nodes]) hurt(world, node, software);
    hurtStore(world, amnesia, until);
    leap(world, until);
    if (fate.chance(faults.deploy / 10)) deploy(world, software);
    if (fate.chance(faults.control / 5)) {
      const { name } = software.current[fate.below(software.current.length)] as JobSpec;
      const isPausing = fate.chance(500);
      const missed = fate.chance(500) ? "skip" : "catch-up";
      if (world.strike(isPausing ? "pause of the job" : `resume (${missed}) of the job`, { job: name })) {
        control(world, isPausing ? { _tag: "Pause", job: name } : { _tag: "Resume", job: name, missed });
      }
    }
    pauseAll(world);
    drain(world, software);
    people.workload.ask();
    people.schedules.ask();
    tick(world, software);
    nemesis(world, software, people, amnesia, until);
  });
};

/**
 * All is well from now on, and the software of the end runs on at least one node, which joins last: of two definitions the
 * one of the process that joined later is in force. Processes with a handler that hangs are restarted, as nothing else can end
 * it.
 */
export const heal = (world: World, software: Software): void => {
  world.calm();
  for (const node of [...world.nodes]) {
    const isYetToJoin = !node.state.hasJoined;
    if (node.isAlive && (Handler.isStuck(node) || isYetToJoin)) world.kill(node);
  }
  if (areAllPaused(world)) control(world, { _tag: "ResumeAll", missed: "skip" });
  follow(world, { _tag: "ResumeAll", missed: "skip", after: undefined });
  for (const { name } of software.current) control(world, { _tag: "Resume", job: name, missed: "skip" });
  world.boot(software.current, true, world.hasSchedules ? everyHandler : []);
};

/** Kills one or two nodes, unless a job would be left that nobody declares. */
export const probe = (world: World, { current }: Software): Probe | undefined => {
  const { fate, nodes } = world;
  const isWanted = fate.chance(700);
  const wanted = fate.chance(400) ? 2 : 1;
  const alive = nodes.filter((node) => node.isAlive);
  const picked = Array.from({ length: wanted }, () => fate.below(1_000));
  if (!isWanted || alive.length <= wanted) return undefined;
  const chosen = picked.map((pick) => alive.splice(pick % alive.length, 1)[0] as SimulatedNode);
  // Of those that are left the newest decides which definition is in force.
  const isCovered = ({ definition, name }: JobSpec) => {
    const able = alive.filter((node) => node.jobs.has(name) && mayRun(node, name));
    const newest = Math.max(...able.map((node) => node.state.deployment));
    return able.some((node) => node.state.deployment === newest && node.jobs.get(name)?.definition === definition);
  };
  if (!current.every(isCovered)) return undefined;
  if (world.hasSchedules && !everyHandler.every((it) => alive.some(({ handlesFor }) => handlesFor.includes(it)))) {
    return undefined;
  }
  const killed = chosen.filter((node) => world.strike("kill in the healed world", { node: node.index }));
  for (const node of killed) world.kill(node);
  return killed.length === 0 ? undefined : { at: world.now, killed: killed.length };
};
