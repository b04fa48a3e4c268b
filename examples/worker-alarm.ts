/**
 * A Durable Object that sleeps until something is due: its alarm follows `nextDueAt` of each tick, and comes once an hour anyway,
 * for what people ask for meanwhile. Whatever is asked of it first sets it going.
 */
import { createTicker } from "ringcron/ticks";
import * as Redis from "ringcron/redis";

type State = { readonly storage: { setAlarm(at: number): Promise<void> } };

export class Alarm {
  readonly #state: State;
  readonly #driver: ReturnType<typeof Redis.ticks>;

  constructor(
    state: State,
    env: { readonly UPSTASH_REDIS_REST_URL: string; readonly UPSTASH_REDIS_REST_TOKEN: string },
  ) {
    this.#state = state;
    this.#driver = Redis.ticks({ url: env.UPSTASH_REDIS_REST_URL, token: env.UPSTASH_REDIS_REST_TOKEN });
  }

  async fetch(): Promise<Response> {
    await this.alarm();
    return new Response("it ticks");
  }

  async alarm(): Promise<void> {
    // Where the store cannot be used.
    let next = Date.now() + 60_000;
    try {
      await using ticker = await createTicker({ service: "worker-alarm", driver: this.#driver, eager: true });
      await ticker.add("reports", "*/2 * * * * *", (run) => console.log(`runs ${run.id}`));
      const { nextDueAt = Infinity } = await ticker.tick({ waitMs: 1_000 });
      next = Math.min(nextDueAt, Date.now() + 3_600_000);
    } finally {
      await this.#state.storage.setAlarm(next);
    }
  }
}
