/**
 * Nodes with 20,000 jobs whose names have 64 letters over an endpoint of HTTP that takes 1 MB in a request and gives no more in an
 * answer: what the first costs that declares them, the next that declares the same, and one whose declaration is another.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import * as Redis from "../../adapters/redis.ts";
import { createCron, type Scheduler } from "../../src/shell/promise.ts";
import { startRedis } from "../support/redis.ts";
import { table } from "../support/table.ts";
import { type Target, told } from "../support/targets.ts";
import { startUpstash, type UpstashEndpoint } from "../support/upstash.ts";

const count = 20_000;
const maxBytes = 1_000_000;

const redis = await startRedis();
const endpoints: Array<UpstashEndpoint> = [];
const nameOf = (n: number): string => `tenants/${n}/reports/of-the-day`.padEnd(64, "-");
const crons: Array<Scheduler> = [];

const measure = async (nodeName: string, schedule: string) => {
  // Its own, so that what the others ask meanwhile is not counted.
  const endpoint = await startUpstash({ redisPort: redis.port, maxBytes });
  endpoints.push(endpoint);
  const cron = await createCron({
    service: "many",
    nodeName,
    driver: Redis.layer({ url: endpoint.url, token: endpoint.token }),
    logLevel: "none",
  });
  crons.push(cron);
  for (let n = 0; n < count; n++) await cron.add(nameOf(n), n === 0 ? schedule : "@yearly", () => {});
  const begun = performance.now();
  const soFar = () => [performance.now() - begun, endpoint.bytes().sum / 1e6, endpoint.requests()] as const;
  await cron.start();
  const joined = soFar();
  const owned = () => cron.jobs().filter(({ ownedHere }) => ownedHere);
  for (let own = owned(); own.length === 0 || own.some((it) => it.decidedUpTo === undefined); own = owned()) {
    await delay(200);
  }
  return [...joined, ...soFar()];
};

const rows = [];
for (
  const [name, schedule, what] of [
    ["one", "@yearly", "the first with these jobs"],
    ["two", "@yearly", "the next with the same"],
    ["three", "@monthly", "one with a job that is another"],
  ] as const
) {
  rows.push([what, await measure(name, schedule)] as const);
}
await Promise.all(crons.map((it) => it.stop({ drainMs: 0 })));
console.log(table([
  ["a node with 20,000 jobs joins", "member after ms", "MB", "requests", "knows its jobs after ms", "MB", "requests"],
  ...rows.map(([what, found]) => [what, ...found.map((it, at) => it.toFixed(at % 3 === 1 ? 1 : 0))]),
]));
const largest = Math.max(...endpoints.map((it) => it.bytes().largest));
const targets: ReadonlyArray<Target> = [
  ["no request and no answer above 1 MB", `${(largest / 1e6).toFixed(2)} MB`, largest <= maxBytes],
];
told(targets);
for (const it of endpoints) await it.stop();
await redis.stop();
