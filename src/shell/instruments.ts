/**
 * What is measured: one table for OpenTelemetry, for Effect and for docs/METRICS.md. Units are those of UCUM, times are seconds.
 */

/** What an instrument does with what it is told. */
export type InstrumentKind = "counter" | "histogram" | "gauge";

/** What a number is told of. */
export type AttributeName =
  | "ringcron.service"
  | "ringcron.node"
  | "ringcron.job"
  | "ringcron.outcome"
  | "ringcron.skip.reason"
  | "ringcron.store"
  | "ringcron.operation"
  | "ringcron.result"
  /** `true` where there were too many to tell them apart. */
  | "otel.metric.overflow";

/** One of them. */
export interface Instrument {
  /** Its name, as OpenTelemetry has it; Prometheus shows `_` for `.`. */
  readonly name: string;
  /** Counters only grow, gauges are looked at when somebody asks. */
  readonly kind: InstrumentKind;
  /** Its unit. */
  readonly unit: string;
  /** What it counts or measures. */
  readonly description: string;
  /** What its numbers are told of, besides of `ringcron.service` and `ringcron.node`. */
  readonly attributes: ReadonlyArray<AttributeName>;
  /** The upper bounds of its buckets, where it is a histogram. */
  readonly boundaries?: ReadonlyArray<number>;
}

/** Which of them. */
export type InstrumentId =
  | "runs"
  | "lateness"
  | "duration"
  | "skipped"
  | "missed"
  | "takeovers"
  | "requests"
  | "commands"
  | "roundTrip"
  | "members"
  | "owned"
  | "overdue"
  | "clockOffset";

const short = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const long = [...short, 30, 60, 300, 900, 3_600];

const onStore: ReadonlyArray<AttributeName> = ["ringcron.store", "ringcron.operation", "ringcron.result"];

/** All of them. */
export const instruments: Readonly<Record<InstrumentId, Instrument>> = {
  runs: {
    name: "ringcron.runs",
    kind: "counter",
    unit: "{run}",
    description: "Runs that ended here, and those that this node found lost with another one.",
    attributes: ["ringcron.job", "ringcron.outcome"],
  },
  lateness: {
    name: "ringcron.run.lateness",
    kind: "histogram",
    unit: "s",
    description: "How long after its instant a handler was started.",
    attributes: ["ringcron.job"],
    boundaries: long,
  },
  duration: {
    name: "ringcron.run.duration",
    kind: "histogram",
    unit: "s",
    description: "How long a run took, from the start of its handler to its end.",
    attributes: ["ringcron.job", "ringcron.outcome"],
    boundaries: long,
  },
  skipped: {
    name: "ringcron.fires.skipped",
    kind: "counter",
    unit: "{fire}",
    description: "Fires that this node decided not to run; too many to count are one.",
    attributes: ["ringcron.job", "ringcron.skip.reason"],
  },
  missed: {
    name: "ringcron.fires.missed",
    kind: "counter",
    unit: "{fire}",
    description: "First fires of jobs that nobody had decided missedAfterMs after they were due.",
    attributes: ["ringcron.job"],
  },
  takeovers: {
    name: "ringcron.takeovers",
    kind: "counter",
    unit: "{takeover}",
    description: "Decisions of this node on what was due of another member's job.",
    attributes: ["ringcron.job"],
  },
  requests: {
    name: "ringcron.store.requests",
    kind: "counter",
    unit: "{request}",
    description: "Requests to the store.",
    attributes: onStore,
  },
  commands: {
    name: "ringcron.store.commands",
    kind: "counter",
    unit: "{command}",
    description: "Looks and changes that these requests carried.",
    attributes: onStore,
  },
  roundTrip: {
    name: "ringcron.store.duration",
    kind: "histogram",
    unit: "s",
    description: "How long a request to the store took.",
    attributes: onStore,
    boundaries: short,
  },
  members: {
    name: "ringcron.members",
    kind: "gauge",
    unit: "{member}",
    description: "Members of the fleet, as this node knows it; 0 where it knows nothing.",
    attributes: [],
  },
  owned: {
    name: "ringcron.jobs.owned",
    kind: "gauge",
    unit: "{job}",
    description: "Jobs that this node tries first for.",
    attributes: [],
  },
  overdue: {
    name: "ringcron.jobs.overdue",
    kind: "gauge",
    unit: "{job}",
    description: "Jobs that this node owns or is the successor of, and that nobody decides although they are due.",
    attributes: [],
  },
  clockOffset: {
    name: "ringcron.clock.offset",
    kind: "gauge",
    unit: "s",
    description: "By how much the fleet's clock is ahead of this node's.",
    attributes: [],
  },
};
