/**
 * How a simulated world was left: what every node and the store hold at the end, and which nodes were killed on purpose
 * in the healed world to see others take over.
 */
import type { JobSpec } from "../../core/Machine.ts";
import * as JobRecord from "../../core/ledger/JobRecord.ts";
import { longestMs } from "./Handler.ts";
import { roundTripMs } from "./Network.ts";
import { recordsOf } from "./Records.ts";
import type { SimulatedNode, World } from "./World.ts";

/** Some nodes were killed without a word while all was well; the others declare all jobs as they are now. */
export interface Probe {
  readonly at: number;
  /** How many. */
  readonly killed: number;
}

/** A process, dead or alive. */
export interface NodeFinale {
  readonly name: string;
  readonly incarnation: string;
  readonly isAlive: boolean;
  readonly weight: number;
  readonly phase: string;
  readonly hasLease: boolean;
  readonly viewVersion: number;
  readonly members: ReadonlyArray<string>;
  readonly declares: ReadonlyArray<JobSpec>;
  readonly owns: ReadonlyArray<string>;
  /** Jobs it has an entry for, declared or not yet forgotten. */
  readonly entries: number;
  /** Requests that should have been answered or given up long ago. */
  readonly overdueFlights: number;
  readonly completions: number;
  /** Job and token of the runs it has under way, or whose end it reports. */
  readonly runs: ReadonlySet<string>;
  /** Over its life. */
  readonly livedMs: number;
  readonly requests: number;
  /** Runs it started that people had asked for. */
  readonly asked: number;
  readonly steps: number;
  readonly mostFlights: number;
  readonly mostRuns: number;
  readonly mostCompletions: number;
}

/** The store. */
export interface StoreFinale {
  readonly version: number;
  readonly members: ReadonlyArray<string>;
  readonly digests: number;
  readonly jobs: ReadonlyArray<string>;
  readonly active: ReadonlyArray<
    {
      readonly job: string;
      readonly dueAt: number;
      /** Job and token. */
      readonly key: string;
      /** Empty if nobody has it. */
      readonly holder: string;
      /** Since when it waits for somebody to take it; undefined once it was taken. */
      readonly queuedAt: number | undefined;
    }
  >;
}

/** Everything at the end. */
export interface Finale {
  readonly at: number;
  /** When the faults ended. */
  readonly healedAt: number;
  readonly nodes: ReadonlyArray<NodeFinale>;
  readonly store: StoreFinale;
  readonly probe: Probe | undefined;
  readonly bounds: Bounds;
}

/** What the nodes were configured with, and how long messages take while all is well. Milliseconds. */
export interface Bounds {
  readonly graceMs: number;
  readonly leaseMs: number;
  readonly maxSilenceMs: number;
  readonly roundTripMs: number;
  /** The longest a handler runs while all is well. */
  readonly handlerMs: number;
}

/** An operation takes a second request where others were faster, and seldom more; each is waited for. */
const roundsWaited = 6;

const keyOf = (it: { readonly job: string; readonly fence: number }): string => `${it.job} ${it.fence}`;

const nodeFinale = (world: World, node: SimulatedNode): NodeFinale => {
  const { state } = node;
  const { mono } = world.clocks(node);
  const flights = [...state.flights.values()];
  const reported = flights.flatMap(({ request }) => request._tag === "Complete" ? request.items : []);
  return {
    name: node.name,
    incarnation: state.incarnation,
    isAlive: node.isAlive,
    weight: node.weight,
    phase: state.phase,
    hasLease: state.lease !== undefined && !state.hasLapsed,
    viewVersion: state.view.version,
    members: state.view.members.map((member) => member.incarnation),
    declares: [...node.jobs.values()],
    owns: [...state.jobs.values()].filter((entry) => entry.position === 0).map((entry) => entry.spec.name),
    entries: state.jobs.size,
    overdueFlights:
      flights.filter(({ sent }) => mono - sent.mono > roundsWaited * world.config.requestTimeoutMs + 1).length,
    completions: state.completions.length,
    runs: new Set(
      [...[...state.runs.values()].flat().map(({ run }) => run), ...state.completions, ...reported].map(keyOf),
    ),
    livedMs: (node.diedAt ?? world.now) - node.bootedAt,
    requests: node.requests,
    asked: node.asked,
    steps: node.steps,
    mostFlights: node.mostFlights,
    mostRuns: node.mostRuns,
    mostCompletions: node.mostCompletions,
  };
};

/** What is left of a world. */
export const capture = (world: World, healedAt: number, probe: Probe | undefined): Finale => {
  const { config, service } = world;
  const records = [...recordsOf(world)];
  const active = records.flatMap(([job, record]) => [
    ...record.active.map((run) => ({
      job,
      dueAt: run.dueAt,
      key: keyOf({ job, fence: run.fence }),
      holder: JobRecord.holder(run.claimId),
      queuedAt: undefined,
    })),
    ...record.queue.map(({ dueAt, queuedAt }) => ({
      job,
      dueAt,
      key: keyOf({ job, fence: queuedAt }),
      holder: "",
      queuedAt,
    })),
  ]);
  return {
    at: world.now,
    healedAt,
    nodes: world.nodes.map((node) => nodeFinale(world, node)),
    store: {
      version: service.version,
      members: [...service.members.keys()].sort(),
      digests: service.declared.size,
      jobs: records.map(([job]) => job),
      active,
    },
    probe,
    bounds: {
      graceMs: config.graceMs,
      leaseMs: config.leaseMs,
      maxSilenceMs: config.maxSilenceMs,
      roundTripMs: roundTripMs(world),
      handlerMs: longestMs,
    },
  };
};
