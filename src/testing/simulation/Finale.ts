/**
 * How a simulated world was left: what every node and the store hold at the end, and which nodes were killed on purpose
 * in the healed world to see others take over.
 */
import type { JobSpec } from "../../core/node/Machine.ts";

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
  /** Ends that could not be recorded, as the record could not be read. */
  readonly unrecorded: number;
  /** A report is under way; what ended meanwhile goes with the next. */
  readonly isReporting: boolean;
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
  /** It has had as many runs as it may, so that it left what was due to others. */
  readonly wasFull: boolean;
  readonly mostCompletions: number;
}

/** The store. */
export interface StoreFinale {
  readonly version: number;
  readonly members: ReadonlyArray<string>;
  readonly digests: number;
  readonly jobs: ReadonlyArray<string>;
  /** Rows that ask members to leave. */
  readonly drains: ReadonlyArray<string>;
  /** Rows of what fires were asked with that no fire needs any more. */
  readonly payloads: ReadonlyArray<string>;
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
      /** When it may start, of an attempt after one that failed. Default: it is none. */
      readonly notBefore?: number | undefined;
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
