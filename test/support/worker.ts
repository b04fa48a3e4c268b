/**
 * A Worker that is asked, by POST with the JSON of {@link Stores}, to hold the drivers to the laws (`/laws`), to start one
 * job (`/job`), what it calculates (`/agreement`), to tick (`/tick`), or to ask everything of schedules as a client (`/schedules`).
 *
 * @module
 */
import { createClient, createCron } from "../../src/shell/promise.ts";
import { createTicker, type Ticker, type TickReport } from "../../src/shell/ticks.ts";
import * as Redis from "../../adapters/redis.ts";
import * as RedisZset from "../../adapters/redis-zset.ts";
import { type Agreement, agreement } from "./agreement.ts";
import type { Stores } from "./drivers.ts";
import { type LawResult, runLaws } from "./laws-run.ts";
import { tour } from "./schedules-tour.ts";
import { tickJobs } from "./tick-jobs.ts";

const laws = async (stores: Stores): Promise<ReadonlyArray<LawResult>> => {
  const results: Array<LawResult> = [];
  await runLaws("workerd", stores, (result) => results.push(result));
  return results;
};

/** Joins a fleet of one, and stays until a job that is due every second was started. */
const job = async ({ upstash }: Stores): Promise<{ readonly dueAt: number; readonly startedAt: number }> => {
  await using cron = await createCron({ service: "worker", driver: RedisZset.layer(upstash), logLevel: "none" });
  const started = new Promise<{ dueAt: number; startedAt: number }>((resolve, reject) => {
    cron.add("tick", "* * * * * *", ({ dueAt, startedAt }) => resolve({ dueAt, startedAt })).catch(reject);
  });
  await cron.start();
  return await started;
};

/** What a tick is to be. */
interface Ticking {
  readonly upstash: Stores["upstash"];
  readonly driver: "redis" | "redis-zset";
  /** Which of several, none of which knows what another remembers. */
  readonly which: number;
  /** How long each handler takes. Milliseconds. */
  readonly lastsMs: number;
}

const tickers = new Map<string, Promise<Ticker>>();

const tickerFor = async ({ driver, lastsMs, upstash, which }: Ticking): Promise<Ticker> => {
  const ticker = await createTicker({
    service: driver,
    driver: driver === "redis" ? Redis.ticks(upstash) : RedisZset.ticks(upstash),
    eager: true,
    maxMs: 5_000,
    nodeName: `t${which}`,
  });
  // What has run is told outside of all that is tested.
  const tell = (what: string) =>
    fetch(upstash.url, {
      method: "POST",
      headers: { authorization: `Bearer ${upstash.token}` },
      body: JSON.stringify(["RPUSH", `ran-${driver}`, what]),
    }).then((response) => response.text());
  for (const { delivery, name, schedule, timeZone } of tickJobs) {
    await ticker.add(name, schedule, async (run) => {
      await tell(`start ${run.id}`);
      if (lastsMs > 0) await new Promise((go) => setTimeout(go, lastsMs));
      await tell(`end ${run.id}`);
    }, { timeZone, delivery, catchUp: { mode: "all" } });
  }
  return ticker;
};

const tick = async (ticking: Ticking): Promise<TickReport> => {
  const key = `${ticking.driver} ${ticking.which}`;
  const made = tickers.get(key) ?? tickerFor(ticking);
  tickers.set(key, made);
  return await (await made).tick();
};

/** Somebody who is no node, of a service and for ids that begin so. */
interface Touring {
  readonly upstash: Stores["upstash"];
  readonly service: string;
  readonly prefix: string;
}

const schedules = async ({ prefix, service, upstash }: Touring): Promise<ReadonlyArray<unknown>> => {
  const client = await createClient({ service, driver: RedisZset.layer(upstash) });
  const told = await tour(client.schedules, prefix);
  await client.close();
  return told;
};

const answers: Readonly<Record<string, (body: unknown) => unknown>> = {
  "/laws": (body) => laws(body as Stores),
  "/job": (body) => job(body as Stores),
  "/tick": (body) => tick(body as Ticking),
  "/schedules": (body) => schedules(body as Touring),
  "/agreement": (body): Agreement => agreement(body as number),
};

const worker: { readonly fetch: (request: Request) => Promise<Response> } = {
  fetch: async (request) => {
    try {
      return Response.json(await answers[new URL(request.url).pathname]?.(await request.json()));
    } catch (error) {
      return new Response(error instanceof Error ? error.stack ?? error.message : String(error), { status: 500 });
    }
  },
};

export default worker;
