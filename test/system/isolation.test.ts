import * as Effect from "effect/Effect";
import { randomUUID } from "node:crypto";
import type { JobRun } from "ringcron/promise";
import * as RedisZset from "ringcron/redis-zset";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { startUpstash, type UpstashEndpoint } from "../support/upstash.ts";
import { waitFor } from "../support/wait.ts";
import { everySecond, useNodes } from "./support/nodes.ts";

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  await redis?.stop();
});
const { make, written } = useNodes();

describe.concurrent("a node that cannot reach the store", () => {
  const isolations: ReadonlyArray<readonly [string, (endpoint: UpstashEndpoint) => void]> = [
    ["hangs", (endpoint) => endpoint.faults.choose = () => ({ hang: "request" })],
    ["answers 500", (endpoint) => endpoint.faults.status = { code: 500, chance: 1 }],
  ];
  it.each(isolations)("because it %s, starts nothing it has not claimed, and goes on by itself", async (_, isolate) => {
    const endpoint = await startUpstash({ redisPort: redis.port });
    try {
      const { token, url } = endpoint;
      const service = `isolated-${randomUUID()}`;
      const nodeName = `node-${randomUUID()}`;
      const options = { leaseMs: 2_000, requestTimeoutMs: 400, maxSilenceMs: 2_000, graceMs: 300 };
      const cron = await make({ service, nodeName, driver: RedisZset.layer({ url, token }), ...options });
      const runs: Array<JobRun> = [];
      await cron.add("job", everySecond, (run) => void runs.push(run));
      await cron.start();
      await waitFor(() => runs.length > 1, 6_000, "two runs");

      isolate(endpoint);
      const from = Date.now();
      await waitFor(() => cron.happened("StoreUnavailable").length > 0, 4_000, "StoreUnavailable");
      await waitFor(() => Date.now() > from + 4_200, 6_000, "some fires to be missed");
      // What was claimed before the isolation starts; claims leave a second and a half ahead at most.
      expect(runs.filter(({ dueAt }) => dueAt > from + 1_500)).toEqual([]);
      expect(cron.happened("StoreUnavailable").length).toBe(1);
      // The two nodes here fail for different reasons.
      const detail = cron.happened("StoreUnavailable")[0]?.detail ?? "none";
      const isWarning = (text: string) => text.includes("WARN") && text.includes("the store does not answer");
      expect(written().filter((text) => isWarning(text) && text.includes(detail))).toHaveLength(1);
      expect(written().some((text) => text.includes(nodeName))).toBe(true);

      endpoint.heal();
      const before = runs.length;
      await waitFor(() => runs.length > before + 2, 15_000, "runs after the isolation");
      expect(cron.happened("StoreBack").length).toBe(1);
      // The newest of the missed ones runs, called late unless it was still within the grace by luck; then all is well.
      const after = cron.happened("RunStarted").filter(({ run }) => run.dueAt === runs[before]?.dueAt);
      expect(after.map(({ latenessMs, run }) => latenessMs > options.graceMs + 50 ? run.kind : "late")).toEqual([
        "late",
      ]);
      expect(runs.slice(before + 1, before + 3).map(({ kind }) => kind)).toEqual(["due", "due"]);
      expect(new Set(runs.map(({ dueAt }) => dueAt)).size).toBe(runs.length);

      await cron.stop();
      const reply = await Effect.runPromise(Effect.flatMap(
        RedisZset.make({ url, token }),
        (driver) => driver.peek({ _tag: "Peek", service, jobs: ["job"], history: true }),
      ));
      const ran = new Set(runs.map(({ dueAt }) => dueAt));
      const skips = reply.history.flatMap((entry) => entry._tag === "Skip" ? [entry] : []);
      const skipEvents = cron.happened("FireSkipped");
      expect(skips.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThanOrEqual(2);
      expect(skipEvents.map(({ firstDueAt, lastDueAt, reason }) => ({ firstDueAt, lastDueAt, reason })))
        .toEqual(skips.map(({ firstDueAt, lastDueAt, reason }) => ({ firstDueAt, lastDueAt, reason })));
      // Every second from the first run to the last was run once or skipped once.
      const dues = [...ran].sort((a, b) => a - b);
      for (let due = dues[0] ?? 0; due <= (dues.at(-1) ?? 0); due += 1_000) {
        const skipped = skips.filter(({ firstDueAt, lastDueAt }) => firstDueAt <= due && due <= lastDueAt).length;
        expect([due, (ran.has(due) ? 1 : 0) + skipped]).toEqual([due, 1]);
      }
    } finally {
      await endpoint.stop();
    }
  });
});
