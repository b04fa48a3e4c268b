/**
 * How a node says that it is, through the life of a node and an outage of its store.
 */
import { createCron, type Health, type Scheduler } from "ringcron/promise";
import * as Memory from "ringcron/memory";
import * as RedisZset from "ringcron/redis-zset";
import { expect, it } from "vitest";
import { useRedisOverHttp } from "../support/redis-over-http.ts";
import { waitFor } from "../support/wait.ts";

const served = useRedisOverHttp();

const reaches = (cron: Scheduler, status: Health["status"]) =>
  waitFor(() => cron.health().status === status, 20_000, () => `${status}; it is ${JSON.stringify(cron.health())}`);

it("is down until the node is a member, ok then, and down once it is stopped", async () => {
  const cron = await createCron({ service: "health", driver: Memory.layer(), logLevel: "none" });
  const before = cron.health();
  expect(before).toMatchObject({ status: "down", reasons: ["it was not started"], overdue: [] });
  expect(before.store).toEqual({ lastContactAt: undefined, roundTripMs: undefined, clockOffsetMs: undefined });
  await cron.add("daily", "@daily", () => {});
  await cron.start();
  const after = cron.health();
  expect(after).toMatchObject({ status: "ok", reasons: [], overdue: [], store: { roundTripMs: expect.any(Number) } });
  expect(after).toMatchObject({ members: 1, owned: 1, store: { clockOffsetMs: expect.any(Number) } });
  expect(Math.abs((after.store.lastContactAt ?? 0) - Date.now())).toBeLessThan(5_000);
  expect(after.since).toBeGreaterThanOrEqual(before.since);
  expect(cron.health().since).toBe(after.since);
  await cron.stop();
  expect(cron.health()).toMatchObject({ status: "down", reasons: ["it is stopped"] });
});

it("is degraded while the store is away, down when the membership is over, and ok again by itself", async () => {
  const { token, url } = served.endpoint;
  const driver = RedisZset.layer({ url, token, timeoutMs: 500 });
  const times = { leaseMs: 2_000, maxSilenceMs: 1_000, requestTimeoutMs: 500 };
  await using cron = await createCron({ service: "health", driver, logLevel: "none", ...times });
  await cron.add("ticking", "* * * * * *", () => {});
  await cron.start();
  await reaches(cron, "ok");
  const { since } = cron.health();
  await served.redis.kill("SIGSTOP");
  try {
    await reaches(cron, "degraded");
    expect(cron.health().reasons).toEqual(["the store does not answer, or refuses"]);
    await reaches(cron, "down");
    expect(cron.health().reasons[0]).toMatch(/^its membership is over/);
    expect(cron.health().since).toBeGreaterThan(since);
  } finally {
    await served.redis.kill("SIGCONT");
    served.endpoint.heal();
  }
  await reaches(cron, "ok");
  expect(cron.health().overdue).toEqual([]);
});
