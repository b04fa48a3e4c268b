/**
 * A tick for each call of an address, for Vercel Cron, QStash, Netlify, GitHub Actions or a crontab anywhere:
 * `curl -X POST -H "Authorization: Bearer $CRON_SECRET" http://127.0.0.1:3000`. Bun serves what a program exports so
 * (`bun http-tick.ts`), and so does Deno (`deno serve`).
 *
 * UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN say where the Redis is, CRON_SECRET what a caller must know.
 */
import { createTicker, fetchHandler } from "ringcron/edge";
import * as Redis from "ringcron/redis";

const { CRON_SECRET = "", PORT = "3000", UPSTASH_REDIS_REST_TOKEN = "", UPSTASH_REDIS_REST_URL = "" } = process.env;

const driver = Redis.layer({ url: UPSTASH_REDIS_REST_URL, token: UPSTASH_REDIS_REST_TOKEN });
const ticker = await createTicker({ service: "http-tick", driver, eager: true });
await ticker.add("reports", "* * * * * *", (run) => console.log(`runs ${run.id}`));

const server: { readonly port: number; readonly fetch: (request: Request) => Promise<Response> } = {
  port: Number(PORT),
  fetch: fetchHandler(ticker, { secret: CRON_SECRET, maxMs: 25_000 }),
};

export default server;
