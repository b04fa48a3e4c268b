/**
 * One tick: for a systemd timer, a crontab or a CI schedule, on as many machines as you like. It runs what is due and ends.
 *
 * REDIS_URL says where the Redis is.
 */
import { Redis as Ioredis } from "ioredis";
import { createTicker } from "ringcron/edge";
import * as Redis from "ringcron/redis";

const client = new Ioredis(process.env.REDIS_URL ?? "redis://127.0.0.1:6379");
const ticker = await createTicker({ service: "ticking", driver: Redis.layer({ client }), eager: true });
await ticker.add("reports", "* * * * * *", (run) => console.log(`runs ${run.id}`));

const { failed, nextDueAt, started } = await ticker.tick({ maxMs: 50_000 });
console.log(`${started} started, next ${nextDueAt === undefined ? "never" : new Date(nextDueAt).toISOString()}`);
await ticker.close();
client.disconnect();
process.exitCode = failed > 0 ? 1 : 0;
