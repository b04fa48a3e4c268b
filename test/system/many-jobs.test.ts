/**
 * Nodes with more jobs than one request could tell of, over an endpoint that takes 1 MB in a request and gives no more in an answer.
 */
import { createClient, createCron, type Scheduler } from "ringcron/promise";
import * as Redis from "ringcron/redis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { startUpstash, type UpstashEndpoint } from "../support/upstash.ts";
import { waitFor } from "../support/wait.ts";

const maxBytes = 1_000_000;
const count = 12_000;
/** How long a condition may take on a machine that is busy. Milliseconds. */
const patience = 120_000;

let redis: RedisServer;
let endpoint: UpstashEndpoint;
const crons: Array<Scheduler> = [];
beforeAll(async () => {
  redis = await startRedis();
  endpoint = await startUpstash({ redisPort: redis.port, maxBytes });
});
afterAll(async () => {
  await Promise.all(crons.map((it) => it.stop({ drainMs: 0 })));
  await endpoint?.stop();
  await redis?.stop();
});

const nameOf = (n: number): string => `tenants/${n}/reports/of-the-day`.padEnd(64, "-");

it("12,000 jobs with long names are declared and known in pieces, once for nodes that declare the same", async () => {
  const { token, url } = endpoint;
  const driver = Redis.layer({ url, token });
  const service = "many";
  const join = async (nodeName: string): Promise<Scheduler> => {
    const cron = await createCron({ service, nodeName, driver, logLevel: "none", maxSilenceMs: 2_000 });
    crons.push(cron);
    for (let n = 0; n < count; n++) await cron.add(nameOf(n), "@yearly", () => {});
    await cron.start();
    return cron;
  };
  const keys = async () => (await redis.command("HKEYS", `ringcron:2:{${service}}:rows`) as Array<unknown>).map(String);
  const pieces = async () => (await keys()).filter((it) => it.startsWith("e:")).sort();
  const isKnown = (cron: Scheduler) => cron.jobs().every(({ decidedUpTo, owner }) => decidedUpTo && owner);

  const one = await join("one");
  await waitFor(() => isKnown(one), patience, "all jobs to be known to the store");
  const told = await pieces();
  expect(told.length).toBeGreaterThan(1);

  const two = await join("two");
  await waitFor(() => one.pool.members().length === 2, patience, "one to hear of two");
  await waitFor(() => new Set(one.jobs().map((it) => it.owner)).size === 2, patience, "both to own jobs for one");
  const owned = two.jobs().filter((it) => it.ownedHere).length;
  expect([owned, two.jobs().filter((it) => it.owner !== undefined).length]).toEqual([count / 2, count]);
  expect(await pieces()).toEqual(told);

  // Who declares nothing reads it too.
  const client = await createClient({ service, driver });
  const jobs = await client.jobs();
  expect(jobs.length).toBe(count);
  await client.close();
  const { largest } = endpoint.bytes();
  expect(largest).toBeLessThanOrEqual(maxBytes);
}, 400_000);
