/**
 * Other versions of the peers than those the project installs: npm accepts them, their types fit, all laws hold through
 * them, and they make one fleet.
 */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Laws } from "../../src/testing/mod.ts";
import { type Consumer, makeConsumer } from "../support/consumer.ts";
import { installProject } from "../support/private-project.ts";
import { projectRoot } from "../support/project.ts";
import { useRedisOverHttp } from "../support/redis-over-http.ts";

const folders = ["oldest", "middle", "recent"] as const;
const read = (...path: ReadonlyArray<string>) => JSON.parse(readFileSync(join(projectRoot, ...path), "utf8"));
const manifest = read("package.json");

const run = async (file: string, args: ReadonlyArray<string>, cwd: string): Promise<string> => {
  try {
    return (await promisify(execFile)(file, [...args], { cwd, timeout: 150_000 })).stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${file} ${args.join(" ")}\n${stdout}${stderr}`);
  }
};

const types = `import IORedis from "ioredis";
import { createClient } from "redis";
import * as Redis from "ringcron/redis";
import * as RedisZset from "ringcron/redis-zset";

export const layers = [
  Redis.layer({ client: new IORedis() }),
  Redis.layer({ client: createClient() }),
  RedisZset.layer({ client: new IORedis() }),
  RedisZset.layer({ client: createClient() }),
];
`;

/** Holds each way to the laws, then lets a node over each run the same jobs. */
const program = `import * as Effect from "effect/Effect";
import ioredis from "ioredis";
import { createClient } from "redis";
import { Driver } from "ringcron";
import { createCron } from "ringcron/promise";
import * as Redis from "ringcron/redis";
import * as RedisZset from "ringcron/redis-zset";
import { Laws } from "ringcron/testing";

const [port, url, token] = process.argv.slice(2);
const first = new ioredis({ port: Number(port), host: "127.0.0.1" });
// With a name it has something to send before it is ready.
const second = createClient({ name: "peers", socket: { port: Number(port), host: "127.0.0.1" } });
await second.connect();
const ways = { http: { url, token }, ioredis: { client: first }, "node-redis": { client: second } };

const broken = [];
for (const [way, options] of Object.entries(ways)) {
  const driver = await Effect.runPromise(Redis.make(options));
  const checks = Laws.all.map(({ check, name }) =>
    Effect.catchCause(
      Effect.provideService(check, Driver.Driver, driver),
      (cause) => Effect.sync(() => broken.push(way + ": " + name + ": " + String(cause))),
    )
  );
  await Effect.runPromise(Effect.all(checks, { concurrency: 4, discard: true }));
}

// A channel that is closed as it opens, is closed later and is lost leaves no connection.
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const connections = async () => String(await first.client("LIST")).trim().split("\\n").length;
const before = await connections();
for (const client of [first, second]) {
  const driver = await Effect.runPromise(Redis.make({ client }));
  for (const end of ["at once", "later", "lost"]) {
    let isOpen = false;
    const hearing = { opened: () => void (isOpen = true), heard: () => {} };
    const fiber = Effect.runFork(Effect.exit(driver.hints("channel", hearing)));
    while (end !== "at once" && !isOpen) await sleep(10);
    if (end === "lost") await first.client("KILL", "TYPE", "pubsub");
    else fiber.interruptUnsafe();
  }
}
await sleep(1_000);
const left = (await connections()) - before;

const started = [];
const crons = [];
for (const [nodeName, options] of Object.entries(ways)) {
  const cron = await createCron({ service: "peers", nodeName, driver: RedisZset.layer(options), logLevel: "none" });
  for (const job of ["a", "b", "c", "d", "e", "f"]) {
    await cron.add(job, "* * * * * *", (run) => void started.push([run.id, run.node]));
  }
  await cron.start();
  crons.push(cron);
}
while (new Set(started.map(([, node]) => node)).size < 3 || started.length < 30) {
  await new Promise((resolve) => setTimeout(resolve, 50));
}
for (const cron of crons) await cron.stop();
first.disconnect();
await (second.destroy ?? second.disconnect).call(second);
const ids = started.map(([id]) => id);
console.log(JSON.stringify({ broken, laws: Laws.all.length, left, twice: ids.length - new Set(ids).size }));
`;

const served = useRedisOverHttp();

describe.each(folders)("the %s peers", (folder) => {
  let consumer: Consumer;
  beforeAll(async () => {
    consumer = await makeConsumer(await installProject(`test/package/peers/${folder}`));
  }, 240_000);
  afterAll(() => consumer?.[Symbol.dispose]());

  it("are installed as they are asked for", () => {
    const asked: Record<string, string> = read("test/package/peers", folder, "package.json").dependencies;
    for (const [name, version] of Object.entries(asked)) {
      const found = JSON.parse(readFileSync(join(consumer.folder, "node_modules", name, "package.json"), "utf8"));
      expect([name, found.version.replace(/^v/, "")]).toEqual([name, version]);
    }
  });

  it("have types that fit", async () => {
    const compilerOptions = {
      module: "esnext",
      moduleResolution: "bundler",
      target: "ES2022",
      typeRoots: [join(projectRoot, "node_modules", "@types")],
      types: ["node"],
      strict: true,
      exactOptionalPropertyTypes: true,
      // The declarations of old clients are not up to the compiler of today.
      skipLibCheck: true,
      noEmit: true,
    };
    writeFileSync(join(consumer.folder, "types.ts"), types);
    writeFileSync(
      join(consumer.folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions, files: ["types.ts"] }),
    );
    const tsc = join(projectRoot, "node_modules", "typescript", "bin", "tsc");
    await run(process.execPath, [tsc, "-p", "."], consumer.folder);
  }, 120_000);

  it("keep the laws, and make one fleet", async () => {
    writeFileSync(join(consumer.folder, "app.js"), program);
    const args = ["app.js", `${served.redis.port}`, served.endpoint.url, served.endpoint.token];
    const found = JSON.parse(await run(process.execPath, args, consumer.folder));
    expect(found).toEqual({ broken: [], laws: Laws.all.length, left: 0, twice: 0 });
  }, 180_000);
});

it("ranges begin with a version that is tested", () => {
  const tested = [
    ...folders.map((it) => read("test/package/peers", it, "package.json").dependencies),
    Object.fromEntries(
      Object.keys(manifest.peerDependencies).map((it) => [it, read("node_modules", it, "package.json").version]),
    ),
  ];
  for (const [name, range] of Object.entries<string>(manifest.peerDependencies)) {
    const versions = new Set(tested.map((it) => it[name]));
    for (const one of range.split(" || ")) expect(versions, `${name} ${one}`).toContain(one.replace(/^\^/, ""));
  }
});
