/**
 * The dashboard in workerd, over HTTP to a real Redis, where what one request began may end with its answer, and no other may wait for
 * its promises: a fleet that takes long to read comes all the same.
 */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { projectRoot } from "../support/project.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { startUpstash, type UpstashEndpoint } from "../support/upstash.ts";
import { config, startWorkers, type Worker } from "../support/workerd.ts";

const built = (file: string): string => JSON.stringify(join(projectRoot, ".build", file));

/** A dashboard whose looks at the whole fleet take more than a second. */
const entry = `import { dashboard } from ${built("adapters/dashboard.js")};
  import * as RedisZset from ${built("adapters/redis-zset.js")};
  import { createClient } from ${built("src/shell/promise.js")};
  let handle, looks = 0;
  const make = async (upstash) => {
    const client = await createClient({ service: "shown", driver: RedisZset.layer(upstash) });
    const overview = async () => {
      looks += 1;
      const seen = await client.overview();
      await new Promise((over) => setTimeout(over, 1_200));
      return seen;
    };
    return dashboard({ client: { ...client, overview }, authorize: () => ({ role: "viewer", name: "ann" }) });
  };
  export default {
    fetch: async (request) => {
      const { path, upstash } = await request.json();
      handle ??= await make(upstash);
      const answer = await handle(new Request("http://localhost" + path));
      return Response.json({ status: answer.status, text: await answer.text(), looks });
    },
  };`;

let redis: RedisServer;
let upstash: UpstashEndpoint;
let worker: Worker;

beforeAll(async () => {
  redis = await startRedis();
  upstash = await startUpstash({ redisPort: redis.port });
  worker = await startWorkers({ worker: entry }, config);
}, 180_000);

afterAll(async () => {
  await worker?.stop();
  await upstash?.stop();
  await redis?.stop();
});

test("a page of a fleet that takes long to read is answered at once, and there soon", async () => {
  const get = async (path: string) => {
    const { token, url } = upstash;
    return await worker.ask("/", { path, upstash: { token, url } }) as { status: number; text: string; looks: number };
  };
  const page = await get("/");
  expect([page.status, page.looks]).toEqual([202, 1]);
  const live = await Promise.all([get("/live.json?at=/&mark="), get("/live.json?at=/jobs&mark="), get("/jobs?wait=1")]);
  expect(live.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(live[0]?.text).toContain("No members");
  // The one that ended with the first answer, and one for all who came after it.
  expect(live[0]?.looks).toBeLessThanOrEqual(2);
  console.log(`looks at the whole fleet in workerd: ${live[0]?.looks}`);
  const whole = await get("/");
  expect([whole.status, whole.looks]).toEqual([200, live[0]?.looks]);
}, 60_000);
