/**
 * What is left of a simulated world, read off its nodes and its store.
 */
import { drainedBy, payloadKey } from "../../core/engine/rows.ts";
import * as JobRecord from "../../core/ledger/JobRecord.ts";
import type { Finale, NodeFinale, Probe } from "./Finale.ts";
import { longestMs } from "./Handler.ts";
import { mayRun } from "./labels.ts";
import { roundTripMs } from "./Network.ts";
import { recordsOf } from "./Records.ts";
import type { SimulatedNode, World } from "./World.ts";

const payloadsLeft = (
  keys: Iterable<string>,
  records: ReadonlyArray<readonly [job: string, record: JobRecord.JobRecord]>,
): ReadonlyArray<string> => {
  const needed = new Set(
    records.flatMap(([job, { active, queue }]) =>
      [...active, ...queue].flatMap(({ dueAt, payload }) => payload === true ? [payloadKey(job, dueAt)] : [])
    ),
  );
  return [...keys].filter((key) => key.startsWith("p:") && !needed.has(key));
};

/** An operation takes a second request where others were faster, and seldom more; each is waited for. */
const roundsWaited = 6;

const keyOf = (it: { readonly job: string; readonly fence: number }): string => `${it.job} ${it.fence}`;

const nodeFinale = (world: World, node: SimulatedNode): NodeFinale => {
  const { state } = node;
  const { mono } = world.clocks(node);
  const jobs = [...state.jobs.values()].filter(({ spec }) => spec.shelf === undefined);
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
    declares: [...node.jobs.values()].filter(({ name }) => mayRun(node, name)),
    owns: jobs.filter((entry) => entry.role._tag === "Owner").map((entry) => entry.spec.name),
    entries: jobs.filter(({ spec }) => mayRun(node, spec.name)).length,
    overdueFlights:
      flights.filter(({ sent }) => mono - sent.mono > roundsWaited * world.config.requestTimeoutMs + 1).length,
    completions: state.completions.length,
    unrecorded: state.unrecorded.length,
    isReporting: flights.some(({ request }) => request._tag === "Complete"),
    runs: new Set(
      [...[...state.runs.values()].flat().map(({ run }) => run), ...state.completions, ...state.unrecorded, ...reported]
        .map(keyOf),
    ),
    livedMs: (node.diedAt ?? world.now) - node.bootedAt,
    requests: node.requests,
    asked: node.asked,
    steps: node.steps,
    mostFlights: node.mostFlights,
    mostRuns: node.mostRuns,
    wasFull: node.concurrency !== undefined && node.mostRuns >= node.concurrency,
    mostCompletions: node.mostCompletions,
  };
};

/** What is left of a world. */
export const capture = (world: World, healedAt: number, probe: Probe | undefined): Finale => {
  const { config, nodes, service } = world;
  world.witness?.leave((handler) => nodes.some((node) => node.isAlive && node.handlesFor.includes(handler)));
  const records = [...recordsOf(world)];
  const active = records.flatMap(([job, record]) => [
    ...record.active.map((run) => ({
      job,
      dueAt: run.dueAt,
      key: keyOf({ job, fence: run.fence }),
      holder: JobRecord.holder(run.claimId),
      queuedAt: undefined,
      notBefore: run.notBefore ?? run.startsAt,
    })),
    ...record.queue.map(({ dueAt, queuedAt }) => ({
      job,
      dueAt,
      key: keyOf({ job, fence: queuedAt }),
      holder: "",
      queuedAt,
    })),
    ...(record.waiting ?? []).map((dueAt) => ({
      job,
      dueAt,
      key: keyOf({ job, fence: dueAt }),
      holder: "",
      queuedAt: dueAt,
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
      payloads: payloadsLeft(service.rows.keys(), records),
      drains: [...service.rows.keys()].filter((key) => drainedBy(key) !== undefined),
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
