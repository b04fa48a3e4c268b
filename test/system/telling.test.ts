/**
 * What it costs to tell what jobs are, counted by a real Redis: once for all nodes that declare the same, and nothing after that.
 */
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { createCron, type Scheduler } from "ringcron/promise";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Driver } from "../../src/Driver.ts";
import { tcpDriver } from "../conformance/support/stores.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { waitFor } from "../support/wait.ts";

const service = "costs";
const jobs = 500;

let redis: RedisServer;
let over: Awaited<ReturnType<typeof tcpDriver>>;
beforeAll(async () => {
  redis = await startRedis();
  over = await tcpDriver(redis.port);
}, 60_000);
afterAll(async () => {
  over?.close();
  await redis?.stop();
});

/** How often the scripts of the driver were called: once for each request. */
const requests = async (): Promise<number> => {
  const text = String(await redis.command("INFO", "commandstats"));
  return [...text.matchAll(/^cmdstat_eval(?:sha)?:calls=(\d+)/gm)].reduce((sum, [, calls]) => sum + Number(calls), 0);
};

interface Counted {
  readonly cron: Scheduler;
  readonly asked: () => { readonly tells: number; readonly others: number };
  /** How many definitions were new. */
  readonly wrote: () => number;
}

/** A node whose operations are counted. */
const nodeOf = async (nodeName: string, timeoutMs: number): Promise<Counted> => {
  let [tells, ended, wrote, others] = [0, 0, 0, 0];
  const counting = <Q, A, E>(ask: (request: Q) => Effect.Effect<A, E>) => (request: Q) =>
    Effect.suspend(() => {
      others += 1;
      return ask(request);
    });
  const driver: Driver = {
    ...over.driver,
    name: over.driver.name,
    identity: [{}],
    beat: counting(over.driver.beat),
    claim: counting(over.driver.claim),
    complete: counting(over.driver.complete),
    peek: counting(over.driver.peek),
    control: (request) => {
      tells += 1;
      return Effect.tap(over.driver.control(request), ({ count = 0 }) =>
        Effect.sync(() => {
          wrote += count;
          ended += 1;
        }));
    },
  };
  const cron = await createCron({
    service,
    nodeName,
    driver: Layer.succeed(Driver, driver),
    logLevel: "none",
    leaseMs: 1_000,
    maxSilenceMs: 1_000,
  });
  for (let n = 0; n < jobs; n++) await cron.add(`job-${n}`, `${n % 60} 9 1 1 *`, () => {}, { timeoutMs });
  await cron.start();
  await waitFor(() => ended === 1, 20_000, `${nodeName} to have told`);
  return { cron, asked: () => ({ tells, others }), wrote: () => wrote };
};

it("is told once for nodes that declare the same, and costs the steady state no request", async () => {
  const one = await nodeOf("one", 5_000);
  expect(one.wrote()).toBe(jobs);
  const two = await nodeOf("two", 5_000);
  expect(two.wrote()).toBe(0);
  // What each of the two asks from now on is what it asked before definitions were kept: a request for each operation.
  const settled = async (): Promise<void> => {
    const from = [one, two].map((it) => it.asked().others);
    await waitFor(() => [one, two].every((it, at) => it.asked().others >= (from[at] ?? 0) + 2), 20_000, "beats");
  };
  await settled();
  const [sum, before] = [() => one.asked().others + two.asked().others, await requests()];
  const others = sum();
  await settled();
  const [after, more] = [await requests(), sum() - others];
  expect([one.asked().tells, two.asked().tells]).toEqual([1, 1]);
  // One of them may be on its way at either end.
  expect(Math.abs(after - before - more)).toBeLessThanOrEqual(2);

  // Other policies are told, and register nothing anew.
  const watermarks = () =>
    Effect.runPromise(over.driver.peek({ _tag: "Peek", service, jobs: ["job-1", "job-2"], history: true }));
  const { jobs: states } = await watermarks();
  await one.cron.stop();
  const three = await nodeOf("three", 7_000);
  expect(three.wrote()).toBe(jobs);
  const { history, jobs: then } = await watermarks();
  expect(then.map(({ definition, watermark }) => [definition, watermark]))
    .toEqual(states.map(({ definition, watermark }) => [definition, watermark]));
  expect(history).toEqual([]);
  await Promise.all([two.cron.stop(), three.cron.stop()]);
}, 120_000);
