/**
 * The programs of `docs/recipes`: their types, against the real frameworks, and what they do when they are started.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle } from "../support/bundle.ts";
import { spawnGuarded } from "../support/guarded.ts";
import { linksOf } from "../support/markdown.ts";
import { freePort } from "../support/ports.ts";
import { projectRoot } from "../support/project.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { findRuntime, findWorkerd } from "../support/runtimes.ts";
import { runDeno } from "../support/jsr.ts";
import { startUpstash } from "../support/upstash.ts";
import { waitFor } from "../support/wait.ts";
import { compile, filesOf, linkForDeno, openWorkshop, type Workshop } from "./project.ts";
import { type Server, startServer } from "./server.ts";

const page = (name: string) => `docs/recipes/${name}.md`;

let workshop: Workshop;
beforeAll(async () => {
  workshop = await openWorkshop();
}, 240_000);
afterAll(() => workshop?.remove());

/** What every recipe promises: it lists its jobs, runs one that is asked for, and ends when it is told to. */
const expectToServe = async (server: Server): Promise<void> => {
  const jobs = await (await server.get("/jobs")).json() as ReadonlyArray<{ name: string; timeZone: string }>;
  expect(jobs.map(({ name, timeZone }) => [name, timeZone])).toEqual([["report", "Europe/Berlin"]]);
  const answer = await server.post("/jobs/report/run");
  expect(answer.status, server.printed()).toBe(202);
  const { id } = await answer.json() as { id: string };
  expect(id).toMatch(/^shop\/report\/.*Z$/);
  await waitFor(() => server.printed().includes(`ran ${id}`), 10_000, () => `a run; it printed ${server.printed()}`);
  expect((await server.post("/jobs/nothing/run")).status).toBe(404);
};

/** What those without a process that stays promise: they run what is asked for, and tell what ran. */
const expectToTick = async (server: Server): Promise<void> => {
  expect(await (await server.get("/jobs")).json()).toEqual([]);
  const answer = await server.post("/jobs/report/run");
  expect(answer.status, server.printed()).toBe(202);
  const { id } = await answer.json() as { id: string };
  await waitFor(() => server.printed().includes(`ran ${id}`), 10_000, () => `a run; it printed ${server.printed()}`);
  const told = async () => await (await server.get("/jobs")).json() as ReadonlyArray<{ id: string; outcome: string }>;
  await waitFor(async () => (await told()).length === 1, 10_000, "a line of history");
  expect(await told()).toEqual([expect.objectContaining({ id, outcome: "succeeded" })]);
  expect((await server.post("/jobs/nothing/run")).status).toBe(404);
};

it("the list names every page", () => {
  const pages = readdirSync(join(projectRoot, "docs/recipes")).filter((it) => it !== "README.md").sort();
  const links = linksOf(readFileSync(join(projectRoot, "docs/recipes/README.md"), "utf8"));
  expect([...links].sort()).toEqual(pages);
  for (const it of pages) expect(filesOf(`docs/recipes/${it}`).size, it).toBeGreaterThan(0);
});

/** It left, and did not just die. */
const expectToHaveLeft = async (redis: RedisServer): Promise<void> => {
  const members = await redis.command("ZRANGEBYSCORE", "ringcron:2:{shop}:instants", "0", "+inf") as Array<string>;
  expect(members.filter((it) => it.includes("|"))).toEqual([]);
};

const node = { types: ["node"] };
// Nest hands dependencies over to constructors, by decorators of the kind that TypeScript had first.
const decorators = { ...node, experimentalDecorators: true };

describe("on Node", () => {
  it.each([["express", node], ["fastify", node], ["hono", node], ["nestjs", decorators], ["effect", node]] as const)(
    "%s",
    async (name, options) => {
      const project = workshop.project(page(name));
      expect(await compile(project, options)).toBe("");
      await using redis = await startRedis();
      const command = [...(await findRuntime("Node 24")).command({}), "out/main.js"];
      await using server = await startServer({
        command,
        cwd: project,
        port: await freePort(),
        env: { REDIS_URL: redis.url },
      });
      await expectToServe(server);
      expect(await server.terminate(), server.printed()).toBe(0);
      expect(server.printed().trim().split("\n").length).toBe(1);
      await expectToHaveLeft(redis);
    },
    180_000,
  );
});

it("bun", async () => {
  const project = workshop.project(page("bun"));
  expect(await compile(project, { types: ["bun"], noEmit: true })).toBe("");
  await using redis = await startRedis();
  const command = [...(await findRuntime("Bun")).command({}), "main.ts"];
  const port = await freePort();
  await using server = await startServer({ command, cwd: project, port, env: { REDIS_URL: redis.url } });
  await expectToServe(server);
  expect(await server.terminate(), server.printed()).toBe(0);
  await expectToHaveLeft(redis);
}, 180_000);

it("deno-deploy", async () => {
  const project = workshop.project(page("deno-deploy"));
  const packages = ["ringcron", "effect", "cron-schedule", "@upstash/redis"];
  linkForDeno(project, packages);
  const manifest = { type: "module", dependencies: Object.fromEntries(packages.map((it) => [it, "*"])) };
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(project, "deno.json"), JSON.stringify({ nodeModulesDir: "manual", unstable: ["cron"] }));
  const deno = (await findRuntime("Deno")).command({})[0] ?? "";
  const checked = await runDeno(deno, ["check", "main.ts"], project);
  expect(checked.code, checked.stderr).toBe(0);
  await using redis = await startRedis();
  await using endpoint = await startUpstash({ redisPort: redis.port });
  const [port, env] = [await freePort(), {
    UPSTASH_REDIS_REST_URL: endpoint.url,
    UPSTASH_REDIS_REST_TOKEN: endpoint.token,
  }];
  const net = `--allow-net=${new URL(endpoint.url).host},0.0.0.0:${port}`;
  const command = [deno, "run", "--quiet", "--no-prompt", net, `--allow-env=PORT,${Object.keys(env)}`, "main.ts"];
  await using server = await startServer({ command, cwd: project, port, env });
  await expectToTick(server);
  expect(await server.terminate(), server.printed()).toBe(0);
}, 180_000);

/** The Worker behind one that starts its cron trigger when it is asked to, for there is nobody else to do it. */
const around = `import worker from "./out/worker.js";
export default {
  async fetch(request, env, context) {
    if (new URL(request.url).pathname !== "/cron") return worker.fetch(request, env, context);
    await worker.scheduled({ cron: "* * * * *", scheduledTime: Date.now() }, env, context);
    return new Response("done");
  },
};
`;

it("cloudflare-workers", async () => {
  const project = workshop.project(page("cloudflare-workers"));
  const lib = ["ES2023", "ESNext.Disposable"];
  const options = { lib, types: ["@cloudflare/workers-types"], module: "esnext", moduleResolution: "bundler" };
  expect(await compile(project, options)).toBe("");
  writeFileSync(join(project, "around.js"), around);
  const entry = `export { default } from ${JSON.stringify(join(project, "around.js"))};`;
  const { code } = await bundle({ from: project, entry });
  mkdirSync(join(project, "served"));
  writeFileSync(join(project, "served", "worker.js"), code);
  await using redis = await startRedis();
  await using endpoint = await startUpstash({ redisPort: redis.port });
  const port = await freePort();
  const bindings = Object.entries({
    UPSTASH_REDIS_REST_URL: endpoint.url,
    UPSTASH_REDIS_REST_TOKEN: endpoint.token,
  }).map(([name, text]) => `(name = "${name}", text = "${text}")`).join(", ");
  writeFileSync(
    join(project, "served", "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker), (name = "net", network = (allow = ["private"]))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "2025-01-01",
  globalOutbound = "net",
  bindings = [${bindings}],
);
`,
  );
  const command = [await findWorkerd(), "serve", join(project, "served", "config.capnp")];
  await using server = await startServer({ command, cwd: project, port, env: {} });
  expect(await (await server.get("/cron")).text()).toBe("done");
  await expectToTick(server);
  expect(await (await server.get("/cron")).text()).toBe("done");
}, 180_000);

it("nextjs", async () => {
  const project = workshop.project(page("nextjs"));
  const options = {
    types: ["node", "react"],
    module: "esnext",
    moduleResolution: "bundler",
    jsx: "preserve",
    noEmit: true,
  };
  expect(await compile(project, options)).toBe("");
  const next = join(project, "..", "..", "node_modules", "next", "dist", "bin", "next");
  const [node = ""] = (await findRuntime("Node 24")).command({});
  await using redis = await startRedis();
  const env = { REDIS_URL: redis.url, NEXT_TELEMETRY_DISABLED: "1", CI: "1" };
  const production = { ...env, NODE_ENV: "production" };
  const { end, gone, stderr, stdout } = await spawnGuarded({
    command: [node, next, "build"],
    cwd: project,
    env: production,
  });
  let said = "";
  for (const stream of [stdout, stderr]) stream.setEncoding("utf8").on("data", (chunk: string) => said += chunk);
  await gone;
  expect(await end(), said).toBe(0);
  const port = await freePort();
  const command = [node, next, "start", "--port", `${port}`, "--hostname", "127.0.0.1"];
  await using server = await startServer({
    command,
    cwd: project,
    port,
    env: { ...production, NEXT_MANUAL_SIG_HANDLE: "true" },
  });
  await expectToServe(server);
  expect(await server.terminate(), server.printed()).toBe(0);
  await expectToHaveLeft(redis);
}, 300_000);
