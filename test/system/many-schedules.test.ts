/**
 * Thousands of schedules over real Redis by HTTP, of which few are due: `npm run campaign:million` in small, by counts.
 */
import { setTimeout as delay } from "node:timers/promises";
import { createClient, type ScheduleOptions } from "ringcron/promise";
import * as Redis from "ringcron/redis";
import { expect, it } from "vitest";
import { useRedisOverHttp } from "../support/redis-over-http.ts";
import { waitFor } from "../support/wait.ts";
import { useNodes } from "./support/nodes.ts";

const { make } = useNodes();
const over = useRedisOverHttp();

const [lying, due, period] = [3_000, 600, 20];

/** Due at a second of every third of a minute. */
const instantsOf = (at: number, from: number, to: number): ReadonlyArray<number> => {
  const first = Math.ceil((from / 1_000 - at % period) / period) * period + at % period;
  const instants: Array<number> = [];
  for (let second = first; second * 1_000 < to; second += period) instants.push(second * 1_000);
  return instants;
};

it("of thousands of schedules each that is due starts once, and nodes ask for those alone", async () => {
  const { token, url } = over.endpoint;
  const driver = Redis.layer({ url, token, hints: true });
  const service = "many-schedules";
  const client = await createClient({ service, driver });
  const put = async (schedules: ReadonlyArray<ScheduleOptions>) => {
    const before = over.endpoint.requests();
    const results = await client.schedules.putMany(schedules);
    expect(new Set(results)).toEqual(new Set(["created"]));
    return over.endpoint.requests() - before;
  };
  const handler = "report";
  const requests = await put(
    Array.from({ length: lying }, (_, at) => ({ id: `lying-${at}`, handler, schedule: "H H H H *" })),
  );
  expect(requests).toBeLessThanOrEqual(Math.ceil(lying / 25));
  await put(
    Array.from(
      { length: due },
      (_, at) => ({ id: `due-${at}`, handler, schedule: `${at % period}/${period} * * * * *` }),
    ),
  );

  const started: Array<string> = [];
  for (const nodeName of ["a", "b", "c"]) {
    const cron = await make({ service, driver, nodeName });
    await cron.handle(handler, ({ dueAt, schedule }) => void started.push(`${schedule} ${dueAt}`));
    await cron.start();
  }
  const from = Math.ceil(Date.now() / 1_000) * 1_000 + 3_000;
  const to = from + period * 1_000;
  const fires = Array.from({ length: due }, (_, at) => instantsOf(at, from, to).map((dueAt) => `due-${at} ${dueAt}`))
    .flat();
  expect(fires.length).toBe(due);
  const before = over.endpoint.requests();
  await delay(to - Date.now());
  const wanted = new Set(fires);
  const seen = () => started.filter((fire) => wanted.has(fire));
  await waitFor(
    () => new Set(seen()).size === fires.length,
    20_000,
    () => `${fires.length} fires, not ${seen().length}`,
  );
  expect(seen().length).toBe(fires.length);
  expect(started.filter((fire) => fire.startsWith("lying-"))).toEqual([]);
  expect((over.endpoint.requests() - before) / fires.length).toBeLessThan(2);

  let listed = 0;
  for (let cursor: string | undefined, isLast = false; !isLast; isLast = cursor === undefined) {
    const page = await client.schedules.list({ limit: 1_000, cursor });
    listed += page.schedules.length;
    cursor = page.cursor;
  }
  expect(listed).toBe(lying + due);
  await client.close();
}, 180_000);
