/**
 * The examples of Workers where they run: in workerd, over HTTP to a real Redis.
 */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as Redis from "../../adapters/redis.ts";
import * as RedisZset from "../../adapters/redis-zset.ts";
import { type Client, createClient } from "../../src/shell/promise.ts";
import { projectRoot } from "../support/project.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { startUpstash, type UpstashEndpoint } from "../support/upstash.ts";
import { waitFor } from "../support/wait.ts";
import { startWorkers, type Worker } from "../support/workerd.ts";

/** Somebody outside asks for the cron trigger, and for the object that sets its own alarms. */
const main = `export default {
  async fetch(request, { ALARM, CRON }) {
    if (new URL(request.url).pathname === "/alarm") return Response.json(await (await ALARM.fetch("http://it/")).text());
    const { outcome } = await CRON.scheduled({ scheduledTime: new Date(), cron: "* * * * *" });
    return Response.json(outcome);
  },
};`;

const program = (name: string): string => JSON.stringify(join(projectRoot, ".build", "examples", `${name}.js`));

const alarm = `export { Alarm } from ${program("worker-alarm")};
export default { fetch: (request, { OBJECTS }) => OBJECTS.get(OBJECTS.idFromName("one")).fetch(request) };`;

const config = ({ token, url }: UpstashEndpoint): string => {
  const store =
    `(name = "UPSTASH_REDIS_REST_URL", text = "${url}"), (name = "UPSTASH_REDIS_REST_TOKEN", text = "${token}")`;
  const worker = (name: string) =>
    `modules = [(name = "${name}", esModule = embed "${name}.js")],
  compatibilityDate = "2024-01-01"`;
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main), (name = "cron", worker = .cron), (name = "alarm", worker = .alarm),
    (name = "net", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  ${worker("main")},
  compatibilityFlags = ["service_binding_extra_handlers"],
  bindings = [(name = "CRON", service = "cron"), (name = "ALARM", service = "alarm")],
);
const cron :Workerd.Worker = (${worker("cron")}, bindings = [${store}], globalOutbound = "net");
const alarm :Workerd.Worker = (
  ${worker("alarm")},
  bindings = [(name = "OBJECTS", durableObjectNamespace = "Alarm"), ${store}],
  durableObjectNamespaces = [(className = "Alarm", uniqueKey = "alarm")],
  durableObjectStorage = (inMemory = void),
  globalOutbound = "net",
);
`;
};

let redis: RedisServer;
let upstash: UpstashEndpoint;
let worker: Worker;

beforeAll(async () => {
  redis = await startRedis();
  upstash = await startUpstash({ redisPort: redis.port });
  const cron = `export { default } from ${program("worker-cron")};`;
  worker = await startWorkers({ main, cron, alarm }, config(upstash), ["--experimental"]);
});

afterAll(async () => {
  await worker?.stop();
  await upstash?.stop();
  await redis?.stop();
});

const store = () => ({ url: upstash.url, token: upstash.token });

/** What succeeded so far, each fire as often as it ran. */
const ran = async (client: Client): Promise<ReadonlyArray<number>> =>
  (await client.history({ job: "reports", outcome: "succeeded" })).lines
    .flatMap((line) => line._tag === "Run" ? [line.dueAt] : []);

test("a cron trigger ticks", async () => {
  await using client = await createClient({ service: "worker-cron", driver: RedisZset.layer(store()) });
  await waitFor(
    async () => {
      expect(await worker.ask("/cron", {})).toBe("ok");
      return (await ran(client)).length >= 3;
    },
    30_000,
    "three runs",
  );
  const dues = await ran(client);
  expect(new Set(dues).size).toBe(dues.length);
});

test("an alarm that follows what is due is set by each tick for the next", async () => {
  await using client = await createClient({ service: "worker-alarm", driver: Redis.layer(store()) });
  expect(await worker.ask("/alarm", {})).toBe("it ticks");
  await waitFor(async () => (await ran(client)).length >= 3, 30_000, "three runs");
  const dues = await ran(client);
  expect(new Set(dues).size).toBe(dues.length);
});
