/**
 * A Cloudflare Worker that runs jobs without a process that lives: its cron trigger ticks, `crons = ["* * * * *"]` in
 * `wrangler.toml`. Many may tick at once; each fire is run once.
 */
import { createTicker, scheduled } from "ringcron/ticks";
import * as RedisZset from "ringcron/redis-zset";

interface Env {
  readonly UPSTASH_REDIS_REST_URL: string;
  readonly UPSTASH_REDIS_REST_TOKEN: string;
}

const worker: { readonly scheduled: ReturnType<typeof scheduled<Env>> } = {
  scheduled: scheduled(async (env: Env) => {
    const driver = RedisZset.ticks({ url: env.UPSTASH_REDIS_REST_URL, token: env.UPSTASH_REDIS_REST_TOKEN });
    const ticker = await createTicker({ service: "worker-cron", driver, eager: true });
    await ticker.add("reports", "* * * * * *", (run) => console.log(`runs ${run.id}`));
    return ticker;
  }),
};

export default worker;
