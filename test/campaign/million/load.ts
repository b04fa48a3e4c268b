/**
 * A client that puts a part of the schedules, some thousand with each call: `node load.js FROM TO`. Says how many it has put.
 *
 * @module
 */
import process from "node:process";
import { createClient } from "ringcron/promise";
import * as Redis from "ringcron/redis";
import { yearly } from "./plan.ts";

const [from = 0, to = 0, each = 5_000] = process.argv.slice(2).map(Number);
const service = process.env.SERVICE ?? "";
const url = process.env.UPSTASH_REDIS_REST_URL ?? "";
const token = process.env.UPSTASH_REDIS_REST_TOKEN ?? "";

const client = await createClient({ service, driver: Redis.layer({ url, token }) });
let created = 0;
for (let start = from; start < to; start += each) {
  const length = Math.min(each, to - start);
  const results = await client.schedules.putMany(Array.from({ length }, (_, at) => yearly(start + at)));
  created += results.filter((it) => it === "created").length;
  process.stdout.write(`${JSON.stringify({ put: start + length - from })}\n`);
}
await client.close();
process.stdout.write(`${JSON.stringify({ created })}\n`);
