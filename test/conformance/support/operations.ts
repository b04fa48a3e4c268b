/**
 * Random operations on a driver, described by small numbers, and the interpreter that turns them into requests.
 *
 * What a description means depends on where the jobs stand, so that a good part of the claims succeeds.
 *
 * @module
 */
import fc from "fast-check";
import type { BeatRequest, ClaimItem, ClaimRequest, CompleteRequest } from "../../../src/Request.ts";
import { asking, type CommandPlan, keyAgo } from "./commands.ts";
import { job, type Memory } from "./remembered.ts";

interface ItemPlan {
  readonly job: number;
  readonly claim: "new" | "again";
  readonly from: "right" | "wrong" | "none";
  readonly to: number;
  readonly next: number | undefined;
  readonly floor: number | undefined;
  readonly floorBy: "nobody" | "last" | "stranger";
  readonly definition: number;
  readonly overlap: "allow" | "skip" | "wait";
  readonly rerun: boolean;
  readonly runs: ReadonlyArray<number>;
  readonly skips: number;
}

export type Operation =
  | {
    readonly do: "beat";
    readonly node: number;
    readonly state: "active" | "leaving" | "gone";
    readonly gap: number;
    readonly lease: number;
    readonly digest: number;
    readonly declares: boolean;
    readonly knows: boolean;
    readonly deployment: number;
    readonly overdue: number;
  }
  | {
    readonly do: "claim";
    readonly node: number;
    readonly deployment: number;
    readonly late: boolean;
    readonly items: ReadonlyArray<ItemPlan>;
  }
  | {
    readonly do: "complete";
    readonly items: ReadonlyArray<{ readonly run: number; readonly rerun: boolean; readonly job: number }>;
  }
  | CommandPlan
  | { readonly do: "wait"; readonly ms: number };

const small = (max: number) => fc.integer({ min: 0, max });
const often = fc.integer({ min: 0, max: 9 }).map((n) => n > 0);

const item: fc.Arbitrary<ItemPlan> = fc.record({
  job: small(3),
  claim: fc.constantFrom("new", "new", "new", "again"),
  from: fc.constantFrom("right", "right", "right", "right", "wrong", "none"),
  to: fc.constantFrom(-5, 0, 0, 10, 1_000, 3_000),
  next: fc.constantFrom(undefined, -3, 0, 20, 500),
  floor: fc.constantFrom(undefined, undefined, undefined, -1_000, 5, 0),
  floorBy: fc.constantFrom("nobody", "nobody", "last", "stranger"),
  definition: fc.constantFrom(0, 0, 0, 0, 0, 0, 1),
  overlap: fc.constantFrom("allow", "skip", "wait"),
  rerun: fc.boolean(),
  runs: fc.array(fc.constantFrom(-20, -1, 0, 10), { maxLength: 3 }),
  skips: small(2),
});

/** What is the same in beats that tell nothing new. */
const knownBeat = { digest: 0, declares: false, knows: true, deployment: 1, overdue: 0 };

/** What is the same in claims of a definition that does not change, over a store that forgets nothing. */
const usualItem = { floor: fc.constant(undefined), floorBy: fc.constant("nobody"), definition: fc.constant(0) };

/** A random operation; destroying is rare. */
export const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 60,
    arbitrary: fc.record({
      do: fc.constant("beat"),
      node: small(2),
      state: fc.constantFrom("active", "active", "active", "active", "leaving", "gone"),
      gap: fc.constantFrom(0, 1, 20),
      lease: fc.constantFrom(1, 3, 50),
      digest: small(2),
      declares: fc.boolean(),
      knows: fc.boolean(),
      deployment: fc.constantFrom(0, 0, 1, 2),
      overdue: fc.constantFrom(0, 2, 100),
    }),
  },
  {
    weight: 120,
    arbitrary: fc.record({
      do: fc.constant("claim"),
      node: small(2),
      deployment: small(2),
      late: often.map((it) => !it),
      items: fc.array(item, { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 50,
    arbitrary: fc.record({
      do: fc.constant("complete"),
      items: fc.array(fc.record({ run: small(5), rerun: often.map((it) => !it), job: small(3) }), {
        minLength: 1,
        maxLength: 4,
      }),
    }),
  },
  {
    weight: 20,
    arbitrary: fc.record({ do: fc.constantFrom("pause", "resume", "resume"), job: small(4), skips: fc.boolean() }),
  },
  { weight: 30, arbitrary: asking(4, small(4), 30) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("destroy") }) },
  { weight: 20, arbitrary: fc.record({ do: fc.constant("wait"), ms: fc.constantFrom(1, 2, 5) }) },
) as fc.Arbitrary<Operation>;

/** A fleet that hardly changes: its nodes say the same at every beat and know the view, early, in time or too late. */
export const steadyOperation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 60,
    arbitrary: fc.record({ node: small(2), gap: fc.constantFrom(0, 0, 2, 40) }).map(({ node, gap }) => ({
      do: "beat",
      node,
      state: "active",
      gap,
      lease: 24,
      ...knownBeat,
    })),
  },
  {
    weight: 30,
    arbitrary: fc.record({
      do: fc.constant("claim"),
      node: small(2),
      deployment: fc.constant(1),
      late: fc.constant(false),
      items: fc.array(
        fc.record({
          job: small(3),
          claim: fc.constant("new"),
          from: fc.constant("right"),
          to: fc.constant(0),
          next: fc.constantFrom(0, 20),
          ...usualItem,
          overlap: fc.constant("allow"),
          rerun: fc.boolean(),
          runs: fc.constant([0]),
          skips: fc.constant(0),
        }),
        { minLength: 1, maxLength: 2 },
      ),
    }),
  },
  { weight: 40, arbitrary: fc.record({ do: fc.constant("wait"), ms: fc.constantFrom(1, 5, 12, 20) }) },
) as fc.Arbitrary<Operation>;

/** People who ask for fires of one or two jobs, more often than the jobs remember; nodes that ask where those stand. */
export const queueOperation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({ node: small(2), state: fc.constantFrom("active", "active", "active", "gone") }).map((
      it,
    ) => ({
      do: "beat",
      ...it,
      gap: 0,
      lease: 40,
      ...knownBeat,
    })),
  },
  {
    weight: 50,
    arbitrary: fc.record({
      do: fc.constant("claim"),
      node: small(2),
      deployment: fc.constant(1),
      late: fc.constant(false),
      items: fc.array(
        fc.record({
          job: fc.constantFrom(0, 0, 0, 1),
          claim: fc.constantFrom("new", "new", "new", "again"),
          from: fc.constantFrom("none", "none", "none", "right"),
          to: fc.constant(0),
          next: fc.constantFrom(0, 500),
          ...usualItem,
          overlap: fc.constantFrom("allow", "skip", "wait"),
          rerun: fc.boolean(),
          runs: fc.constantFrom([], [0]),
          skips: fc.constant(0),
        }),
        { minLength: 1, maxLength: 2 },
      ),
    }),
  },
  {
    weight: 30,
    arbitrary: fc.record({
      do: fc.constant("complete"),
      items: fc.array(fc.record({ run: small(12), rerun: often.map((it) => !it), job: small(1) }), {
        minLength: 1,
        maxLength: 6,
      }),
    }),
  },
  { weight: 120, arbitrary: asking(0, keyAgo, 3) },
  { weight: 10, arbitrary: asking(1, small(2), 30) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constantFrom("pause", "resume"), job: small(1), skips: fc.boolean() }),
  },
  { weight: 10, arbitrary: fc.record({ do: fc.constant("wait"), ms: fc.constantFrom(1, 5, 20) }) },
) as fc.Arbitrary<Operation>;

const nodes = ["n1", "n|2", "ünï"];

const node = (n: number): string => nodes[n] ?? "nobody";

/** A beat but for the version its sender knows, which every store counts for itself. */
export const beatRequest = (
  plan: Extract<Operation, { do: "beat" }>,
  memory: Memory,
  knownVersion: number,
): BeatRequest => ({
  _tag: "Beat",
  service: memory.service,
  incarnation: node(plan.node),
  name: `name of ${plan.node}`,
  weight: 1 + plan.node / 2,
  state: plan.state,
  deployment: plan.deployment,
  digest: `d:${plan.digest}`,
  declared: plan.declares && plan.state !== "gone" ? new Map([[job(plan.digest), "x"], ["", "y"]]) : undefined,
  gapMs: plan.gap,
  leaseMs: plan.lease,
  knownVersion: plan.knows ? knownVersion : 0,
  knownDigests: plan.knows ? ["d:0"] : [],
  overdueMs: plan.overdue,
});

const claimItem = (plan: ItemPlan, claimer: string, memory: Memory): ClaimItem => {
  const name = job(plan.job);
  const watermark = memory.watermarks.get(name) ?? 0;
  const last = memory.lastClaim.get(name);
  const claimId = plan.claim === "again" ? last ?? `${claimer}.first` : `${claimer}.${++memory.claims}`;
  memory.lastClaim.set(name, claimId);
  return {
    job: name,
    claimId,
    from: plan.from === "right" ? watermark : plan.from === "wrong" ? watermark + 1 : undefined,
    to: Math.max(watermark + 1, memory.now + plan.to),
    nextDueAt: plan.next === undefined ? undefined : memory.now + plan.next,
    floor: plan.floor === undefined ? undefined : watermark + plan.floor,
    floorBy: { nobody: undefined, last, stranger: "a stranger.1" }[plan.floorBy],
    definition: `def ${plan.definition}`,
    overlap: plan.overlap,
    rerun: plan.rerun,
    take: plan.overlap === "allow" ? 10 : plan.overlap === "skip" ? 1 : 0,
    runs: plan.runs.map((delta) => ({ dueAt: memory.now + delta, kind: delta < 0 ? "late" : "due" })),
    skips: Array.from({ length: plan.skips }, (_, index) => ({
      reason: index === 0 ? "coalesced" : "window",
      count: index + 1,
      firstDueAt: watermark,
      lastDueAt: memory.now,
    })),
  };
};

export const claimRequest = (plan: Extract<Operation, { do: "claim" }>, memory: Memory): ClaimRequest => ({
  _tag: "Claim",
  service: memory.service,
  incarnation: node(plan.node),
  deployment: plan.deployment,
  expiresAt: memory.now + (plan.late ? -1 : 60_000),
  items: plan.items.map((it) => claimItem(it, node(plan.node), memory)),
});

export const completeRequest = (plan: Extract<Operation, { do: "complete" }>, memory: Memory): CompleteRequest => ({
  _tag: "Complete",
  service: memory.service,
  incarnation: node(0),
  items: plan.items.map(({ run, rerun, job: other }) => {
    const known = memory.runs.at(-1 - run) ?? { job: job(other), dueAt: 1, attempt: 1, fence: 1 };
    const { dueAt, attempt, fence } = known;
    return {
      job: known.job,
      dueAt,
      attempt,
      fence,
      outcome: rerun ? "abandoned" : "succeeded",
      startedAt: memory.now,
      endedAt: memory.now + 1,
      rerun,
    };
  }),
});
