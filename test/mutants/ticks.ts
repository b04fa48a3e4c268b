/**
 * Mutants of invocations, and of what nodes leave to them.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

const runs = "src/core/node/TickRuns.ts";

/** Many invocations beside the nodes, some of which die, and a store that is slow at times. */
const ticking = { ticks: 900, crash: 50, crashOnClaim: 20, delay: 100, loss: 50, slowness: 40, hang: 20, deaf: 400 };

/** Those of the list of nodes that are about ticks. */
export const ticks: ReadonlyArray<Mutant> = [
  {
    name: "tick-lease",
    rules: ["R56", "R28"],
    edits: [{
      file: "src/core/ledger/JobRecord.ts",
      from: 'by !== "" && (by === incarnation || isMember(by))',
      to: 'by !== "" && (by === incarnation || (!by.startsWith("tick-") && isMember(by)))',
    }],
    broken: ["nothing taken from a member"],
    faults: ticking,
  },
  {
    name: "tick-extension",
    rules: ["R56"],
    edits: [{
      file: "src/core/ledger/ending.ts",
      from: "{ ...run, claimId: extended(claimId, until) }",
      to: "extended(claimId, until) === claimId ? undefined : run",
    }],
    broken: ["nothing taken from a member"],
    faults: ticking,
  },
  {
    name: "tick-places",
    rules: ["R57"],
    edits: [
      { file: runs, from: "Math.max(0, this.#setting.how.concurrency - this.#held.size)", to: "1_000" },
    ],
    broken: ["no more handlers than places"],
    faults: ticking,
  },
  {
    name: "tick-time",
    rules: ["R57"],
    edits: [
      {
        file: runs,
        from: "run.cancelAt !== undefined || mono >= deadline",
        to: "run.cancelAt !== undefined",
      },
      { file: runs, from: "Math.min(early, deadline - mono)", to: "early" },
      { file: runs, from: "Math.min(placeMs, deadline - mono)", to: "placeMs" },
    ],
    broken: ["lost is lost", "at most once", "no overlap"],
    faults: ticking,
    from: 17,
  },
  {
    name: "tick-cancelled",
    rules: ["R57", "R47"],
    edits: [{ file: runs, from: "run.cancelAt !== undefined || mono", to: "mono" }],
    broken: ["cancelled is cancelled"],
    faults: ticking,
    from: 65,
  },
  {
    name: "tick-early",
    rules: ["R57"],
    edits: [{
      file: runs,
      from: "const early = startsAt(run) - now;",
      to: "const early = Math.min(0, startsAt(run) - now);",
    }],
    broken: ["nothing early"],
    faults: ticking,
  },
  {
    name: "tick-heeds",
    rules: ["R57", "R44"],
    edits: [{
      file: runs,
      from: "own === undefined || run.cancelAt === undefined || this",
      to: "own === undefined || run.cancelAt !== undefined || this",
    }],
    broken: ["cancelled is cancelled"],
    faults: { ...ticking, ask: 500, crash: 0, crashOnClaim: 0, hang: 300 },
  },
  {
    name: "tick-payload",
    rules: ["R57", "R53"],
    edits: [{
      file: "src/core/node/Invocation.ts",
      from: "const { payload = spec.payload } = run;",
      to: "const { payload } = run;",
    }],
    broken: ["a run is given what its decision names"],
    faults: { ...ticking, schedules: 800, crash: 200 },
  },
  {
    name: "tick-schedule-lease",
    rules: ["R56", "R53"],
    edits: [{
      file: "src/core/ledger/JobRecord.ts",
      from: 'by !== "" && (by === incarnation || isMember(by))',
      to:
        'by !== "" && (by === incarnation || (!(by.startsWith("tick-") && item.job.startsWith("~")) && isMember(by)))',
    }],
    broken: ["nothing taken from a member"],
    faults: { ...ticking, schedules: 800 },
  },
];
