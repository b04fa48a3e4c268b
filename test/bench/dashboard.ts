/**
 * Pages of the dashboard with 10,000 jobs and a full history, over a real Redis by TCP and by HTTP: milliseconds until the first answer
 * and until the first page is there, of a dashboard and a client that have seen nothing yet, and until each is there again once what
 * was seen is old.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { Redis as IoRedis } from "ioredis";
import { dashboard } from "../../adapters/dashboard.ts";
import * as Redis from "../../adapters/redis.ts";
import { createClient, createCron } from "../../src/shell/promise.ts";
import { startRedis } from "../support/redis.ts";
import { table } from "../support/table.ts";
import { type Target, told } from "../support/targets.ts";
import { startUpstash } from "../support/upstash.ts";

const count = 10_000;

/** What was seen is old after 0.9 of it. */
const refreshMs = 1_000;
const runs = 2_000;
const rounds = 3;
const service = "bench-dashboard";
const redis = await startRedis();
const upstash = await startUpstash({ redisPort: redis.port });
const sharing = new IoRedis(redis.port);

const cron = await createCron({ service, driver: Redis.layer({ client: sharing }), logLevel: "none" });
for (let n = 0; n < count; n++) {
  await cron.add(`group-${n % 40}/job-${n}`, `${n % 60} ${n % 24} * * ${n % 7}`, () => {}, {
    ...(n % 2 === 0 ? { timeZone: "Europe/Berlin" } : {}),
    ...(n % 3 === 0 ? { overlap: "queue", retry: { times: 2 } } : {}),
  });
}
await cron.start();
while (
  (await cron.allJobs()).some(({ decidedUpTo, schedule }) => decidedUpTo === undefined || schedule === undefined)
) {
  await delay(500);
}
for (let n = 0; n < runs; n += 100) {
  await Promise.all(Array.from({ length: 100 }, (_, at) => cron.trigger(`group-${(n + at) % 40}/job-${n + at}`)));
}
while ((await cron.runs()).length > 0) await delay(500);

const paths = ["/", "/timeline", "/jobs", "/jobs?q=job-77", "/job?name=group-0/job-0", "/runs", "/schedules"];

/** How long the answer and the page take, and how long nothing else could run meanwhile. Milliseconds. */
const timed = async (handle: (request: Request) => Promise<Response>, path: string) => {
  let [longest, last] = [0, performance.now()];
  const beat = () => {
    const now = performance.now();
    [longest, last] = [Math.max(longest, now - last), now];
  };
  const beating = setInterval(beat, 1);
  const begun = performance.now();
  const answer = await handle(new Request(`http://localhost${path}`));
  let { length: size } = await answer.text();
  const answered = performance.now() - begun;
  let { status } = answer;
  if (status === 202) {
    // As the script of the page asks.
    await delay(100);
    const asked = new URLSearchParams({ at: path, mark: "" });
    const page = await handle(new Request(`http://localhost/live.json?${asked}`));
    ({ length: size } = await page.text());
    ({ status } = page);
  }
  const took = performance.now() - begun;
  beat();
  clearInterval(beating);
  if (status !== 200) throw new Error(`${path} is answered with ${status}`);
  return { answered, took, longest, size };
};

const authorize = () => ({ role: "operator", name: "bench" }) as const;
const layers = {
  TCP: () => Redis.layer({ client: sharing }),
  HTTP: () => Redis.layer({ url: upstash.url, token: upstash.token }),
};
const targets: Array<Target> = [];
for (const [way, layer] of Object.entries(layers)) {
  const rows: Array<ReadonlyArray<string>> = [];
  for (const path of way === "TCP" ? paths : ["/", "/jobs"]) {
    // Whoever begins with this page.
    const first: Array<Awaited<ReturnType<typeof timed>>> = [];
    const again: typeof first = [];
    const kept: typeof first = [];
    for (let round = 0; round < rounds; round++) {
      const client = await createClient({ service, driver: layer() });
      const handle = dashboard({ client, authorize, refreshMs });
      first.push(await timed(handle, path));
      kept.push(await timed(handle, path));
      for (let time = 0; time < rounds; time++) {
        await delay(refreshMs);
        again.push(await timed(handle, path));
      }
      await client.close();
    }
    const median = (all: typeof first) => [...all].sort((a, b) => a.took - b.took)[all.length >> 1] ?? first[0];
    const [one, two, three] = [median(first), median(again), median(kept)];
    const ms = (it: number | undefined) => (it ?? 0).toFixed(0);
    rows.push([
      ...[path, ms(one?.answered), ms(one?.took), ms(one?.longest)],
      ...[ms(two?.took), ms(two?.longest), ms(three?.took)],
      ((one?.size ?? 0) / 1_000).toFixed(0),
    ]);
    if (way === "TCP") {
      const found = `${ms(one?.answered)}, ${ms(two?.took)} ms`;
      const longest = Math.max(one?.answered ?? 0, two?.took ?? 0);
      targets.push([`${path}: answered first and there again below 200 ms`, found, longest < 200]);
    }
  }
  const heads = [
    "first answer, ms",
    "page, ms",
    "nothing else for",
    "when that is old, ms",
    "nothing else for",
    "as it was kept, ms",
    "kB",
  ];
  console.log(`${count} jobs, by ${way}`);
  console.log(table([["page", ...heads], ...rows]));
}
told(targets);
await cron.stop({ drainMs: 0 });
await upstash.stop();
sharing.disconnect();
await redis.stop();
