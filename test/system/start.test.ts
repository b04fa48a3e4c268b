/**
 * Starts that fail: what is left of them, and how they are tried again.
 */
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { Cron } from "ringcron";
import { type Event, type JobRun, NodeStopped } from "ringcron/promise";
import * as RedisZset from "ringcron/redis-zset";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { startUpstash, type UpstashEndpoint } from "../support/upstash.ts";
import { waitFor } from "../support/wait.ts";
import { everySecond, useNodes, type Watched } from "./support/nodes.ts";

let redis: RedisServer;
let endpoint: UpstashEndpoint;
let services = 0;
/** Stopped after each test, so that the next one sees no requests but its own. */
const alive: Array<Watched> = [];

beforeAll(async () => {
  redis = await startRedis();
  endpoint = await startUpstash({ redisPort: redis.port });
});
afterEach(async () => {
  endpoint.heal();
  await Promise.all(alive.splice(0).map((cron) => cron.stop({ drainMs: 0 })));
});
afterAll(async () => {
  await endpoint?.stop();
  await redis?.stop();
});
const { make } = useNodes();

const driver = () => RedisZset.layer({ url: endpoint.url, token: endpoint.token, timeoutMs: 1_000 });
const away = () => ({ status: { code: 502 as const } });
const failure = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => undefined, (error) => error);

/** Who else is in the fleet of a service, as somebody sees who joins it now. */
const othersIn = async (service: string): Promise<ReadonlyArray<string>> => {
  const witness = await make({ driver: driver(), service, nodeName: "witness" });
  await witness.start();
  const names = witness.pool.members().map(({ name }) => name).filter((name) => name !== "witness");
  await witness.stop();
  return names;
};

const unstarted = async (): Promise<{ cron: Watched; service: string; runs: Array<JobRun> }> => {
  const service = `start-${++services}`;
  const cron = await make({ driver: driver(), service, startTimeoutMs: 300, nodeName: "late" });
  alive.push(cron);
  const runs: Array<JobRun> = [];
  await cron.add("job", everySecond, (run) => void runs.push(run));
  return { cron, service, runs };
};

describe("a start that failed because the store was away", () => {
  it("can be made again, with the jobs that were added", async () => {
    const { cron, runs, service } = await unstarted();
    endpoint.faults.choose = away;
    for (let times = 0; times < 2; times++) {
      expect(await failure(cron.start())).toMatchObject({ _tag: "DriverError", reason: "Unavailable" });
    }
    expect(cron.happened("JoinFailed").map(({ reason }) => reason)).toEqual(["Unavailable", "Unavailable"]);
    expect(cron.happened("Stopped")).toEqual([]);
    await cron.add("more", everySecond, (run) => void runs.push(run));
    endpoint.heal();
    await cron.start();
    await waitFor(() => new Set(runs.map(({ job }) => job)).size === 2, 10_000, "a run of both jobs");
    expect(await othersIn(service)).toEqual(["late"]);
    expect(cron.happened("Joined").length).toBe(1);
  });

  it("leaves no member behind where the store had taken it, and asks nothing any more", async () => {
    const { cron, service } = await unstarted();
    // The beat is applied, and its answer never comes.
    endpoint.faults.choose = () => ({ hang: "reply" });
    expect(await failure(cron.start())).toMatchObject({ detail: expect.stringMatching(/^not a member after 300 ms/) });
    endpoint.heal();
    await expect.poll(() => othersIn(service), { timeout: 10_000 }).toEqual([]);
    expect(cron.pool.members()).toEqual([]);
    expect(cron.happened("Joined")).toEqual([]);
    const before = endpoint.requests();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(endpoint.requests()).toBe(before);
  });

  it("fails for all who wait for it, each after its own time, and the node goes on while one of them waits", async () => {
    const { cron } = await unstarted();
    endpoint.faults.choose = away;
    const givenUp = (): number => cron.happened("JoinFailed").length;
    const first = failure(cron.start()).then((error) => [error, givenUp()]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const second = failure(cron.start()).then((error) => [error, givenUp()]);
    expect(await first).toMatchObject([{ _tag: "DriverError" }, 0]);
    expect(await second).toMatchObject([{ _tag: "DriverError" }, 1]);
  });

  it("that is interrupted makes no member either", async () => {
    const service = `start-${++services}`;
    const joined: Array<Event> = [];
    const program = Effect.gen(function* () {
      const cron = yield* Cron.Cron;
      yield* cron.on((event) => {
        if (event._tag === "Joined" || event._tag === "JoinFailed") joined.push(event);
      });
      yield* Effect.exit(Effect.timeout(cron.start, "200 millis"));
      endpoint.heal();
      yield* Effect.sleep("1 second");
      return (yield* cron.pool.members).length;
    });
    endpoint.faults.choose = () => ({ delayReplyMs: 600 });
    const layer = Layer.provide(Cron.layer({ service }), driver());
    expect(await Effect.runPromise(Effect.scoped(Effect.provide(program, layer)))).toBe(0);
    expect(joined.map(({ _tag }) => _tag)).toEqual(["JoinFailed"]);
  });
});

describe("a start that retries", () => {
  it("goes on until the store is there, with an event for each failure", async () => {
    const { cron, runs } = await unstarted();
    endpoint.faults.choose = away;
    const starting = cron.start({ retry: true });
    await waitFor(() => cron.happened("JoinFailed").length >= 2, 15_000, "two failures");
    endpoint.heal();
    await starting;
    expect(cron.pool.members().map(({ name }) => name)).toEqual(["late"]);
    await waitFor(() => runs.length > 0, 10_000, "a run");
  });

  it("also where a failure is of the kind that a plain start gives up at", async () => {
    const { cron } = await unstarted();
    endpoint.faults.choose = () => ({ status: { code: 401 } });
    const starting = cron.start({ retry: true });
    await waitFor(() => cron.happened("JoinFailed").length >= 2, 15_000, "two failures");
    expect(cron.happened("JoinFailed")[0]).toMatchObject({ reason: "Unauthorized" });
    endpoint.heal();
    await starting;
  });

  it("ends when the node is stopped, while it tries and while it pauses", async () => {
    endpoint.faults.choose = away;
    for (const failures of [0, 1]) {
      const { cron } = await unstarted();
      const starting = failure(cron.start({ retry: true }));
      await waitFor(() => cron.happened("JoinFailed").length >= failures, 5_000, "a failure");
      await cron.stop();
      expect(await starting).toBeInstanceOf(NodeStopped);
      expect(await failure(cron.start({ retry: true }))).toBeInstanceOf(NodeStopped);
    }
  });

  it("is done when somebody else has started the node meanwhile", async () => {
    const { cron } = await unstarted();
    endpoint.faults.choose = away;
    const patient = cron.start({ retry: true });
    await waitFor(() => cron.happened("JoinFailed").length >= 1, 5_000, "a failure");
    endpoint.heal();
    await cron.start();
    await patient;
    expect(cron.happened("Joined").length).toBe(1);
  });
});
