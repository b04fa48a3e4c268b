/**
 * In Deno: `Deno.cron` ticks once a minute, on Deno Deploy without a process that lives, elsewhere with `--unstable-cron`.
 *
 * UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN say where the Redis is.
 */
import { createTicker } from "ringcron/edge";
import * as Redis from "ringcron/redis";

declare const Deno: {
  readonly env: { get(name: string): string | undefined };
  cron(name: string, schedule: string, handler: () => Promise<void>): Promise<void>;
};

const driver = Redis.layer({
  url: Deno.env.get("UPSTASH_REDIS_REST_URL") ?? "",
  token: Deno.env.get("UPSTASH_REDIS_REST_TOKEN") ?? "",
});
const ticker = await createTicker({ service: "deno-cron", driver, eager: true });
await ticker.add("reports", "* * * * * *", (run) => console.log(`runs ${run.id}`));

Deno.cron("tick", "* * * * *", async () => {
  const { failed, started } = await ticker.tick({ maxMs: 50_000 });
  console.log(`${started} started, ${failed} failed`);
});
