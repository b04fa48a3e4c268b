/**
 * What a tick asks of a real Redis: requests, and commands that the server runs for them, those inside scripts among them.
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { budget } from "ringcron/core";
import { createClient } from "ringcron/promise";
import * as Redis from "ringcron/redis";
import * as RedisZset from "ringcron/redis-zset";
import { commands, createTicker, handle, type Ticker } from "ringcron/ticks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandsIn } from "../compare/counting.ts";
import { projectRoot } from "../support/project.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { startUpstash, type UpstashEndpoint } from "../support/upstash.ts";
import { waitFor } from "../support/wait.ts";

let redis: RedisServer;
let upstash: UpstashEndpoint;
const tickers: Array<Ticker> = [];

beforeAll(async () => {
  redis = await startRedis();
  upstash = await startUpstash({ redisPort: redis.port });
}, 60_000);
afterAll(async () => {
  for (const ticker of tickers) await ticker.close();
  await upstash?.stop();
  await redis?.stop();
});

const ticksOf = (driver: typeof Redis | typeof RedisZset) => driver.ticks({ url: upstash.url, token: upstash.token });

/** One with a service of its own, whose jobs the store knows. `at` is when they are due. */
const ticking = async (driver: typeof Redis | typeof RedisZset, jobs: number, at: Date): Promise<Ticker> => {
  const store = ticksOf(driver);
  const ticker = await createTicker({ service: `cost-${randomUUID()}`, driver: store, eager: true });
  tickers.push(ticker);
  const [seconds, minutes, hours] = [at.getUTCSeconds(), at.getUTCMinutes(), at.getUTCHours()];
  const schedule = `${seconds} ${minutes} ${hours} ${at.getUTCDate()} ${at.getUTCMonth() + 1} *`;
  for (let n = 0; n < jobs; n++) await ticker.add(`job-${n}`, schedule, () => {});
  expect(await ticker.tick()).toMatchObject({ started: 0, nextDueAt: at.getTime() });
  return ticker;
};

const ran = async (): Promise<number> => commandsIn(String(await redis.command("INFO", "commandstats")));

const counted = async ({ tick }: Ticker) => {
  // What it takes to ask is counted as well.
  const [first, before, requests] = [await ran(), await ran(), upstash.requests()];
  const report = await tick();
  return { report, requests: upstash.requests() - requests, commands: await ran() - before - (before - first) };
};

interface Asked {
  readonly requests: number;
  readonly commands: number;
}

const sum = (one: Asked, other: Asked): Asked => ({
  requests: one.requests + other.requests,
  commands: one.commands + other.commands,
});

/** The README tells it, within some of a hundred: the drivers differ a little. */
const expectTold = (what: string, costs: ReadonlyArray<Asked>): void => {
  const line = readFileSync(join(projectRoot, "README.md"), "utf8").split("\n").find((it) =>
    it.startsWith(`| ${what} `)
  );
  const told = [...(line ?? "").slice(what.length + 2).matchAll(/[\d,]+(?= (?:requests|commands))/g)]
    .map(([text]) => Number(text.replaceAll(",", "")));
  const wanted = costs.flatMap(({ commands, requests }) => [requests, commands]);
  expect(told.length, what).toBe(wanted.length);
  for (const [index, value] of wanted.entries()) {
    expect(Math.abs((told[index] ?? 0) / value - 1), `${what}: ${told}, not ${wanted}`).toBeLessThan(0.05);
  }
};

const inDays = (days: number): Date => new Date(Math.ceil(Date.now() / 1_000) * 1_000 + days * 86_400_000);

describe.each([["redis", Redis], ["redis-zset", RedisZset]] as const)("a tick over %s", (_, driver) => {
  it("that finds nothing due is one request and at most three commands, with handlers as well", async () => {
    const ticker = await ticking(driver, 20, inDays(100));
    const nothing = await counted(ticker);
    expect(nothing.report).toMatchObject({ started: 0, left: 0 });
    expect(nothing.requests).toBe(1);
    expect(nothing.commands).toBeLessThanOrEqual(3);
    await handle(ticker, "report", () => {});
    const shelves = await counted(ticker);
    expect(shelves.requests).toBe(1);
    expect(shelves.commands).toBeLessThanOrEqual(3 + 64 + 1);
    const quiet = await counted(ticker);
    expect(quiet.report).toMatchObject({ started: 0, left: 0 });
    expect(quiet.requests).toBe(1);
    expect(quiet.commands).toBeLessThanOrEqual(3);
    console.log(`nothing due: ${nothing.commands}, once ${shelves.commands} with a handler, then ${quiet.commands}`);
  });

  it("finds a schedule that somebody put or triggered while nothing was due", async () => {
    const service = `cost-${randomUUID()}`;
    const tickers = await Promise.all([0, 1].map(async () => {
      const ticker = await createTicker({ service, driver: ticksOf(driver), eager: true });
      await handle(ticker, "report", () => {});
      return ticker;
    }));
    const client = await createClient({ service, driver: driver.layer({ url: upstash.url, token: upstash.token }) });
    const tick = (at: number) => tickers[at]?.tick();
    for (const at of [0, 1, 0]) expect(await tick(at)).toMatchObject({ started: 0, nextDueAt: undefined });
    await client.schedules.put({ id: "far", handler: "report", at: Date.now() + 90_000_000 });
    expect((await tick(0))?.nextDueAt).toBeGreaterThan(Date.now() + 80_000_000);
    const soon = Date.now() + 1_500;
    await client.schedules.put({ id: "soon", handler: "report", at: soon });
    expect((await tick(1))?.nextDueAt).toBe(soon);
    await waitFor(() => Date.now() > soon + 10, 10_000, "the instant");
    expect(await tick(0)).toMatchObject({ started: 1, succeeded: 1 });
    await client.schedules.trigger("far");
    expect(await tick(1)).toMatchObject({ started: 1, succeeded: 1 });
    expect(await tick(0)).toMatchObject({ started: 0 });
    for (const it of [...tickers, client]) await it.close();
  });

  it("does without members, and says so to whoever asks about them", async () => {
    const ticker = await ticking(driver, 1, inDays(100));
    expect(await commands(ticker).trigger("job-0")).toMatchObject({ dueAt: expect.any(Number) });
    expect(await ticker.tick()).toMatchObject({ started: 1, succeeded: 1 });
    await expect(commands(ticker).drain("nobody")).rejects.toMatchObject({
      reason: "Misconfigured",
      detail: expect.stringContaining("ticks is for tickers"),
    });
  });

  it("that finds 200 jobs due is at most four requests, and a month costs what the README tells", async () => {
    const at = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 5_000);
    const [many, few] = [await ticking(driver, 200, at), await ticking(driver, 20, at)];
    await waitFor(() => Date.now() > at.getTime() + 10, 10_000, "the instant");
    const due = await counted(many);
    expect(due.report).toMatchObject({ started: 200, succeeded: 200, left: 0 });
    expect(due.requests).toBeLessThanOrEqual(4);
    const usual = await counted(few);
    expect(usual.report).toMatchObject({ started: 20, succeeded: 20, left: 0 });
    console.log(`200 due: ${due.requests} requests, ${due.commands} commands; 20 due: ${usual.commands} commands`);
    const calls = 30 * 1_440;
    const looks = { requests: calls, commands: 3 * calls };
    const more = (instants: number): Asked => ({
      requests: calls + instants * (usual.requests - 1),
      commands: 3 * calls + instants * (usual.commands - 3),
    });
    const daily = budget({ nodes: 3, jobs: [{ schedule: "0 3 * * *" }] }).total;
    const often = budget({ nodes: 3, jobs: [{ schedule: "*/5 * * * *", count: 20 }] }).total;
    expectTold("a month, a daily job", [daily, more(30), sum(daily, looks)]);
    expectTold("a month, 20 jobs each five minutes", [often, more(8_640), sum(often, looks)]);
  });
});
