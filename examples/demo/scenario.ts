/**
 * What is played: the jobs, the nodes, and how long things take.
 *
 * @module
 */
import type { JobOptions, NodeOptions } from "ringcron/promise";

/** A job of the demo. */
export interface DemoJob {
  readonly name: string;
  readonly schedule: string;
  /** How long a run pretends to work. Milliseconds. */
  readonly takesMs: number;
  readonly options?: JobOptions;
}

/** The nodes. Each declares all jobs. */
export const nodeNames: ReadonlyArray<string> = ["node-a", "node-b", "node-c"];

/** The job in the middle of whose run its node dies. */
export const fragile = "report";

/** How often that job is due. Milliseconds. */
export const fragileEveryMs = 3_000;

/** Schedules in seconds, so that half a minute shows something of each. */
export const jobs: ReadonlyArray<DemoJob> = [
  { name: "heartbeat", schedule: "*/2 * * * * *", takesMs: 20 },
  { name: "metrics", schedule: "*/4 * * * * *", takesMs: 50 },
  {
    name: fragile,
    schedule: "*/3 * * * * *",
    takesMs: 1_500,
    // Run again when its node dies during the run; `allow`, so that the next run need not wait until that is known.
    options: { delivery: "at-least-once", overlap: "allow" },
  },
  { name: "mail", schedule: "*/5 * * * * *", takesMs: 100 },
  { name: "cleanup", schedule: "3/5 * * * * *", takesMs: 50 },
  { name: "invoices", schedule: "1/10 * * * * *", takesMs: 200 },
  { name: "backup", schedule: "7/10 * * * * *", takesMs: 300 },
];

/** How long after a due instant the others wait for the owner before one of them steps in. */
export const graceMs = 500;

/** Short leases: a death is noticed within seconds. The defaults suit fleets that run longer than half a minute. */
export const nodeOptions: Omit<NodeOptions, "nodeName"> = {
  service: "demo",
  leaseMs: 2_500,
  graceMs,
  requestTimeoutMs: 2_000,
};

/** How long a run of the demo may take. Seconds. */
export const seconds = { least: 10, usual: 25, most: 600 } as const;

/** How long a leaving node waits for its runs: longer than the longest takes. */
export const drainMs = 4_000;

/** How long before the end the last fire is due that counts, so that it can still be started late. */
export const marginMs = 1_500;

/** How long after its run has begun the node dies: in the middle of the work, and away from every full second. */
export const intoRunMs = 400;
