/**
 * Ticks in workerd over HTTP to a real Redis whose clock the test moves: a day with a change of clocks, doubled and overlapping
 * invocations, and invocations that are killed.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as Redis from "../../adapters/redis.ts";
import * as RedisZset from "../../adapters/redis-zset.ts";
import * as Fire from "../../src/core/words/Fire.ts";
import { CronExpression, NextFire } from "../../src/mod.ts";
import { createClient } from "../../src/shell/promise.ts";
import type { TickReport } from "../../src/shell/edge.ts";
import { type MovableClock, movableClock } from "../support/faketime.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { tickJobs } from "../support/tick-jobs.ts";
import { startUpstash, type UpstashEndpoint } from "../support/upstash.ts";
import { startWorker, type Worker } from "../support/workerd.ts";

const minute = 60_000;
/** The clocks of Berlin change in the night after. */
const from = Date.UTC(2026, 2, 28, 12);

let folder: string;
let clock: MovableClock;
let redis: RedisServer;
let upstash: UpstashEndpoint;
let worker: Worker;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ringcron-clock-"));
  clock = await movableClock(join(folder, "clock"));
  redis = await startRedis({ env: clock.env });
  upstash = await startUpstash({ redisPort: redis.port });
  worker = await startWorker();
});

afterAll(async () => {
  await worker?.stop();
  await upstash?.stop();
  await redis?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** All fires between two instants, by their ids. */
const firesBetween = (service: string, after: number, upTo: number): ReadonlyArray<string> =>
  tickJobs.flatMap(({ name, schedule, timeZone }) => {
    const expression = CronExpression.parseUnsafe(schedule, { timeZone });
    return [...NextFire.between(expression, after, upTo)].map((at) =>
      `${service}/${name}/${new Date(at).toISOString()}`
    );
  }).sort();

const told = async (driver: string, what: string): Promise<ReadonlyArray<string>> => {
  const lines = await redis.command("LRANGE", `ran-${driver}`, "0", "-1") as ReadonlyArray<string>;
  return lines.filter((line) => line.startsWith(`${what} `)).map((line) => line.slice(what.length + 1)).sort();
};

const tick = (driver: "redis" | "redis-zset", which: number, lastsMs = 0): Promise<TickReport> =>
  worker.ask("/tick", { upstash: { url: upstash.url, token: upstash.token }, driver, which, lastsMs }) as Promise<
    TickReport
  >;

describe.each(["redis", "redis-zset"] as const)("over %s", (driver) => {
  test("a day of ticks each minute, every third one doubled, runs each fire once", async () => {
    const started = Date.now();
    for (let minutes = 0; minutes <= 1_440; minutes++) {
      // A little after the minute, and never before it.
      clock.move(from + minutes * minute + 100 - Date.now());
      const ticks = minutes % 3 === 0 ? [tick(driver, 0), tick(driver, 1)] : [tick(driver, minutes % 2)];
      for (const report of await Promise.all(ticks)) {
        expect(report.failures, `minute ${minutes}`).toEqual([]);
        expect([report.skipped, report.outdated], `minute ${minutes}`).toEqual([0, []]);
      }
    }
    const fires = firesBetween(driver, from + minute, from + 1_440 * minute);
    const ran = await told(driver, "start");
    expect(ran.filter((id) => fires.includes(id))).toEqual(fires);
    expect(new Set(ran).size).toBe(ran.length);
    console.log(`${driver}: ${ran.length} fires in a day of ticks, ${((Date.now() - started) / 1_000).toFixed(0)} s`);
  }, 600_000);

  test(
    "invocations that are killed or lose answers lose nothing that is to run at least once, and run nothing twice that must not",
    async () => {
      const begin = from + 2_000 * minute;
      const before = new Set(await told(driver, "start"));
      let [kills, cuts] = [0, 0];
      /** Cuts off the answer to one request of a tick, and all after it. */
      const cutting = (at: number) => {
        let requests = 0;
        return (_: number, body: unknown) => {
          if (!/^eval/i.test(String(Object(body)[0]))) return undefined;
          requests += 1;
          if (requests < at) return undefined;
          cuts += 1;
          return { dropReply: true };
        };
      };
      for (let minutes = 0; minutes <= 120; minutes++) {
        clock.move(begin + minutes * minute + 100 - Date.now());
        const ticking = tick(driver, 2, 200).catch(() => undefined);
        if (minutes % 30 === 5 || minutes % 30 === 0) {
          await new Promise((go) => setTimeout(go, 20 + 60 * (kills % 5)));
          kills += 1;
          await worker.stop();
          await ticking;
          worker = await startWorker();
        } else await ticking;
        // In the next tick the claim is made, or the end is told, and nobody hears of it. What handlers tell passes.
        upstash.faults.choose = minutes % 30 === 14 || minutes % 30 === 19 ? cutting(1 + kills % 3) : undefined;
      }
      expect(kills).toBeGreaterThan(5);
      expect(cuts).toBeGreaterThan(3);
      const isAgain = (id: string): boolean =>
        tickJobs.find(({ name }) => id.includes(`/${name}/`))?.delivery === "at-least-once";
      const fires = firesBetween(driver, begin + minute, begin + 119 * minute);
      const starts = (await told(driver, "start")).filter((id) => !before.has(id));
      const finished = new Set(await told(driver, "end"));
      expect(fires.filter((id) => isAgain(id) && !finished.has(id))).toEqual([]);
      const once = starts.filter((id) => !isAgain(id));
      expect(new Set(once).size).toBe(once.length);
      await using client = await createClient({
        service: driver,
        driver: (driver === "redis" ? Redis : RedisZset).layer({ url: upstash.url, token: upstash.token }),
      });
      const { lines } = await client.history({ outcome: "lost", limit: 1_000 });
      const lost = new Set(lines.flatMap((line) => line._tag === "Run" ? [Fire.id(driver, line.job, line.dueAt)] : []));
      expect(fires.filter((id) => !isAgain(id) && !once.includes(id) && !lost.has(id))).toEqual([]);
      console.log(`${driver}: ${kills} kills, ${cuts} answers cut, ${lost.size} runs lost of ${fires.length} fires`);
    },
    600_000,
  );
});
