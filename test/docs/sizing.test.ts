/**
 * The memory of a service that `docs/operations.md` tells, measured over a real Redis: 200 jobs and a full history.
 */
import { Redis as Ioredis } from "ioredis";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import * as RedisZset from "../../adapters/redis-zset.ts";
import { createCron } from "../../src/shell/promise.ts";
import { projectRoot } from "../support/project.ts";
import { startRedis } from "../support/redis.ts";
import { waitFor } from "../support/wait.ts";

const row = readFileSync(join(projectRoot, "docs/operations.md"), "utf8").split("\n")
  .find((it) => it.startsWith("| memory of a service")) ?? "";
const told = [...row.matchAll(/\d+(?:[.,]\d+)*/g)].map((it) => Number(it[0].replace(",", "")));
const around = (value: number) => [value * 0.75, value * 1.25] as const;

it("a record, a line of the history, and all of it", async () => {
  const [ofRecord = 0, lines = 0, ofLine = 0, megabytes = 0, jobs = 0] = told;
  expect([jobs, lines]).toEqual([200, 1_000]);
  await using redis = await startRedis();
  const client = new Ioredis(redis.port, "127.0.0.1");
  const cron = await createCron({ service: "billing", driver: RedisZset.layer({ client }), logLevel: "none" });
  for (let at = 0; at < jobs; at++) await cron.add(`invoices-${at}`, "*/2 * * * * *", () => {});
  await cron.start();
  const key = "ringcron:2:{billing}:rows";
  const count = async () => Number(String(await client.hget(key, "#")).split("|")[1] ?? 0);
  await waitFor(async () => await count() > lines, 30_000, () => "a full history");
  await cron.stop();

  const rows = Object.entries(await client.hgetall(key));
  const average = (pattern: RegExp) => {
    const sizes = rows.filter(([field]) => pattern.test(field)).map(([field, text]) => field.length + text.length);
    return sizes.reduce((sum, it) => sum + it, 0) / sizes.length;
  };
  const bytes = Number(await client.memory("USAGE", key, "SAMPLES", 0));
  client.disconnect();
  const measured = [average(/^j:/), average(/^#\d/), bytes / 1e6];
  for (const [at, value] of [ofRecord, ofLine, megabytes].entries()) {
    const [least, most] = around(value);
    expect(measured[at], `${measured}`).toBeGreaterThan(least);
    expect(measured[at], `${measured}`).toBeLessThan(most);
  }
}, 120_000);
