/**
 * A process that asks a fleet for something and forgets to close its client. It prints what it is told, and is to end by itself.
 *
 * Environment: `UPSTASH_REDIS_REST_URL`, `UPSTASH_REDIS_REST_TOKEN`.
 *
 * @module
 */
import process from "node:process";
import { createClient } from "ringcron/promise";
import * as RedisZset from "ringcron/redis-zset";

const client = await createClient({ service: "nobody", driver: RedisZset.layerConfig });
await client.pause("job").catch((error) => process.stdout.write(`${JSON.stringify({ told: error._tag })}\n`));
