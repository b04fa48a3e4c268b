/**
 * The jobs of a chaos campaign, in two versions that are deployed in turns, and what the checker needs to know of them.
 *
 * @module
 */
import * as Effect from "effect/Effect";
import * as Result from "effect/Result";
import type { JobSpec } from "../../../src/core/node/Machine.ts";
import * as Job from "../../../src/shell/Job.ts";
import type { JobOptions } from "../../../src/shell/Job.ts";

/** A job and what its handler does. */
export interface ChaosJob {
  readonly name: string;
  readonly schedule: string;
  readonly options: JobOptions;
  /** How long the handler takes, from and up to. Milliseconds. Absent: it returns at once. */
  readonly takesMs?: readonly [from: number, upTo: number];
  /** The handler does not settle before its time is up, and heeds its signal at once or late. */
  readonly hangs?: boolean;
  /** Two of five runs fail. */
  readonly fails?: boolean;
}

const all = { mode: "all", withinMs: 60_000, max: 50 } as const;
const again = "at-least-once" as const;

const common: ReadonlyArray<ChaosJob> = [
  { name: "s-latest", schedule: "* * * * * *", options: {} },
  { name: "s-all", schedule: "* * * * * *", options: { catchUp: all, overlap: "allow" } },
  { name: "s-skip", schedule: "* * * * * *", options: { catchUp: { mode: "skip" }, delivery: again } },
  {
    name: "s-again",
    schedule: "* * * * * *",
    options: { catchUp: all, overlap: "allow", delivery: again },
    takesMs: [0, 300],
  },
  { name: "two-failing", schedule: "*/2 * * * * *", options: { delivery: again }, fails: true },
  { name: "two-zone", schedule: "1/2 * * * * *", options: { timeZone: "America/New_York" }, takesMs: [0, 900] },
  {
    name: "two-long",
    schedule: "*/2 * * * * *",
    options: { overlap: "allow", delivery: again, catchUp: all },
    takesMs: [1_000, 6_000],
  },
  { name: "five-long", schedule: "*/5 * * * * *", options: {}, takesMs: [1_000, 6_000] },
  { name: "five-waits", schedule: "*/5 * * * * *", options: { catchUp: all }, takesMs: [500, 3_000] },
  { name: "five-hangs", schedule: "2/5 * * * * *", options: { timeoutMs: 2_000 }, hangs: true },
  { name: "ten-hangs", schedule: "*/10 * * * * *", options: { timeoutMs: 3_000, delivery: again }, hangs: true },
  { name: "ten-skip", schedule: "3/10 * * * * *", options: { catchUp: { mode: "skip" } }, takesMs: [1_000, 4_000] },
  { name: "every-seven", schedule: "@every 7s", options: { delivery: again, catchUp: { mode: "latest" } } },
];

const changing = (schedules: readonly [second: string, five: string]): ReadonlyArray<ChaosJob> => [
  { name: "changes-often", schedule: schedules[0], options: { catchUp: all, overlap: "allow" } },
  { name: "changes", schedule: schedules[1], options: { delivery: again }, takesMs: [0, 1_500] },
];

const versions: ReadonlyArray<ReadonlyArray<ChaosJob>> = [
  [...common, ...changing(["* * * * * *", "*/5 * * * * *"]), { name: "old", schedule: "*/2 * * * * *", options: {} }],
  [...common, ...changing(["*/2 * * * * *", "1/3 * * * * *"]), { name: "new", schedule: "*/2 * * * * *", options: {} }],
];

/** The jobs of the n-th deployment: each has the other version, so every second one takes the last one back. */
export const deployed = (deployment: number): ReadonlyArray<ChaosJob> =>
  versions[deployment % versions.length] as ReadonlyArray<ChaosJob>;

/** The jobs that every deployment has, in whatever version. */
export const lasting: ReadonlySet<string> = new Set(
  deployed(0).map(({ name }) => name).filter((name) => deployed(1).some((it) => it.name === name)),
);

/** Those of them that are due every second, whatever becomes of their runs: others wait for what a dead node held. */
export const everySecond: ReadonlyArray<string> = common.filter(({ options, schedule }) =>
  schedule === "* * * * * *" && options.overlap === "allow"
).map(({ name }) => name);

/** The jobs whose queued fires wait for one another, and for long. */
export const slow: ReadonlySet<string> = new Set(
  versions.flat().filter(({ hangs, options, takesMs }) =>
    options.overlap !== "allow" && (hangs === true || (takesMs?.[1] ?? 0) > 1_000)
  ).map(({ name }) => name),
);

/** A job as nodes and the checker know it. */
export const specOf = ({ name, options, schedule }: ChaosJob): JobSpec =>
  Result.getOrThrow(Job.spec(Job.make(name, schedule, () => Effect.void, options)));

/** Every job in every version, as the checker takes them. */
export const specs: ReadonlyArray<JobSpec> = versions.flatMap((jobs) => jobs.map(specOf))
  .filter((it, index, list) =>
    list.findIndex((other) => other.name === it.name && other.definition === it.definition) === index
  );
