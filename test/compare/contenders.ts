/**
 * Who is compared, and what runs as a process of theirs.
 *
 * @module
 */

/** One contender. */
export interface Contender {
  readonly name: string;
  /** One line for the legend. */
  readonly is: string;
  /** A compiled program, relative to `.build/test/compare/programs`. */
  readonly program: string;
  /** What it speaks to its store: Redis itself, or HTTP as Upstash does. */
  readonly speaks: "redis" | "http";
  /** Told to the program. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether a slot that runs twice fails the comparison: so of our own. */
  readonly isOurs?: boolean;
}

/** All contenders, in the order of the table. */
export const contenders: ReadonlyArray<Contender> = [
  {
    name: "ringcron",
    is: "`redis-zset` over HTTP, `catchUp: all`, `delivery: at-most-once` (the default)",
    program: "ringcron.js",
    speaks: "http",
    env: { COMPARE_DRIVER: "redis-zset", COMPARE_DELIVERY: "at-most-once" },
    isOurs: true,
  },
  {
    name: "ringcron, at least once",
    is:
      "the same with `delivery: at-least-once`: a run whose process died is started again, with the next attempt number",
    program: "ringcron.js",
    speaks: "http",
    env: { COMPARE_DRIVER: "redis-zset", COMPARE_DELIVERY: "at-least-once" },
    isOurs: true,
  },
  {
    name: "ringcron, redis driver",
    is: "the default row with the `redis` driver",
    program: "ringcron.js",
    speaks: "http",
    env: { COMPARE_DRIVER: "redis", COMPARE_DELIVERY: "at-most-once" },
    isOurs: true,
  },
  {
    name: "node-cron",
    is: "`distributed: true` with a Redis lock coordinator as its documentation describes it, on `ioredis`",
    program: "node-cron.js",
    speaks: "redis",
  },
  {
    name: "BullMQ",
    is: "job schedulers with a cron pattern, one worker per process, concurrency 10",
    program: "bullmq.js",
    speaks: "redis",
  },
  {
    name: "dcron (model)",
    is: "the Go ancestor's algorithm: heartbeat keys, a ring polled every 3 s, `WithClusterStable(10 s)`",
    program: "dcron.js",
    speaks: "redis",
  },
  {
    name: "distributed-scheduler (model)",
    is: "the Rust ancestor's algorithm: a sorted set of heartbeats, a ring polled every second",
    program: "distributed-scheduler.js",
    speaks: "redis",
  },
];
