/**
 * Redis and its REST endpoint as a process: prints one line `{"url":…,"token":…}` and ends when its input ends.
 *
 * Every further line of input is a JSON object whose fields replace those of the endpoint's faults; `{}` heals it.
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { startRedis } from "./redis.ts";
import { startUpstash } from "./upstash.ts";

const redis = await startRedis();
const endpoint = await startUpstash({ redisPort: redis.port });
process.stdout.write(JSON.stringify({ url: endpoint.url, token: endpoint.token, redisPort: redis.port }) + "\n");

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === "") continue;
  const faults = JSON.parse(line) as object;
  if (Object.keys(faults).length === 0) endpoint.heal();
  Object.assign(endpoint.faults, faults);
}
await endpoint.stop();
await redis.stop();
