/**
 * How long a Worker with a ticker takes to its first tick, in workerd over HTTP to a real Redis: told, and not judged.
 */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { projectRoot } from "../support/project.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { table } from "../support/table.ts";
import { startUpstash, type UpstashEndpoint } from "../support/upstash.ts";
import { config, startWorkers } from "../support/workerd.ts";

let redis: RedisServer;
let upstash: UpstashEndpoint;

beforeAll(async () => {
  redis = await startRedis();
  upstash = await startUpstash({ redisPort: redis.port });
}, 180_000);

afterAll(async () => {
  await upstash?.stop();
  await redis?.stop();
});

/** A Worker that ticks whenever it is asked, and one that does nothing. */
const cold = {
  "a ticker": `import { createTicker } from ${JSON.stringify(join(projectRoot, ".build/src/shell/ticks.js"))};
    import * as RedisZset from ${JSON.stringify(join(projectRoot, ".build/adapters/redis-zset.js"))};
    const make = async (upstash) => {
      const ticker = await createTicker({ service: "cold", driver: RedisZset.ticks(upstash), eager: true });
      await ticker.add("job", "* * * * *", () => {});
      return ticker;
    };
    let ticker;
    export default {
      fetch: async (request) => Response.json(await (await (ticker ??= make(await request.json()))).tick()),
    };`,
  "nothing": `export default { fetch: async (request) => Response.json(await request.json()) };`,
};

test("a cold start is told", async () => {
  const rounds = 3;
  const middle = (values: ReadonlyArray<number>): string =>
    ([...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0).toFixed(1);
  const rows: Array<ReadonlyArray<string>> = [];
  for (const [what, entry] of Object.entries(cold)) {
    const took: ReadonlyArray<Array<number>> = [[], [], []];
    for (let round = 0; round < rounds; round++) {
      const started = await startWorkers({ worker: entry }, config);
      took[0]?.push(started.listenMs);
      for (const times of took.slice(1)) {
        const begun = performance.now();
        const answer = await started.ask("/", { url: upstash.url, token: upstash.token });
        times.push(performance.now() - begun);
        expect(answer).toMatchObject(what === "nothing" ? { token: upstash.token } : { failed: 0, left: 0 });
      }
      await started.stop();
    }
    rows.push([what, ...took.map(middle)]);
  }
  console.log(table([["workerd, a Worker with", "ms to listen", "first answer", "second answer"], ...rows]));
}, 240_000);
