/**
 * The programs under `examples`, as a person starts them: over a real Redis and a real etcd where they need one. The driver there is
 * held to the laws by `test/conformance/example-driver.test.ts`, the demo has tests of its own.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { startEtcd } from "../support/etcd.ts";
import { type Guarded, spawnGuarded } from "../support/guarded.ts";
import { linksOf } from "../support/markdown.ts";
import { freePort } from "../support/ports.ts";
import { projectRoot } from "../support/project.ts";
import { startRedis } from "../support/redis.ts";
import { startUpstash } from "../support/upstash.ts";
import { findRuntime } from "../support/runtimes.ts";
import { waitFor } from "../support/wait.ts";

const folder = join(projectRoot, "examples");
const files = readdirSync(folder).filter((it) => it.endsWith(".ts")).sort();

interface Started {
  readonly child: Guarded;
  readonly printed: () => string;
  readonly complaints: () => string;
}

const start = async (
  name: string,
  { args = [], command = [process.execPath], env = {} }: {
    readonly args?: ReadonlyArray<string>;
    readonly command?: ReadonlyArray<string>;
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<Started> => {
  const program = join(projectRoot, ".build", "examples", `${name}.js`);
  const child = await spawnGuarded({
    command: [...command, program, ...args],
    cwd: projectRoot,
    env: { ...env, NO_COLOR: "1" },
  });
  let [printed, complaints] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => printed += chunk);
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => complaints += chunk);
  return { child, printed: () => printed, complaints: () => complaints };
};

/** What a program that ends by itself prints. */
const lines = async (...args: Parameters<typeof start>): Promise<ReadonlyArray<string>> => {
  const { child, complaints, printed } = await start(...args);
  let isGone = false;
  child.gone.then(() => isGone = true);
  // One that does not end is killed, and its exit code tells.
  await waitFor(() => isGone, 10_000, "an end").catch(() => undefined);
  expect(await child.end(), complaints()).toBe(0);
  expect(complaints()).toBe("");
  return printed().trim().split("\n");
};

describe("examples", () => {
  it("have a line each in their README, and are short", () => {
    const named = linksOf(readFileSync(join(folder, "README.md"), "utf8"));
    expect([...named].sort()).toEqual(["demo", ...files].sort());
    const sizes = files.filter((it) => it !== "sqlite-driver.ts").map((it) => {
      const size = readFileSync(join(folder, it), "utf8").trim().split("\n").length;
      return [it, size >= 15 && size <= 40];
    });
    expect(sizes.filter(([, isShort]) => !isShort)).toEqual([]);
    expect(sizes.length).toBeGreaterThanOrEqual(5);
  });

  it.concurrent("first: three runs, and an end", async () => {
    const found = await lines("first");
    expect(found.length).toBe(3);
    for (const line of found) expect(line).toMatch(/^tick of .*Z, \d+ ms late$/);
  });

  it.concurrent("redis-process: each due run starts in one of three, and goes on when one is killed", async () => {
    await using redis = await startRedis();
    const names = ["a", "b", "c"];
    const fleet = await Promise.all(
      names.map((name) => start("redis-process", { env: { REDIS_URL: redis.url, NODE_NAME: name } })),
    );
    const runs = () => fleet.flatMap((it) => [...it.printed().matchAll(/ runs (\S+)$/gm)].map((one) => one[1] ?? ""));
    await waitFor(() => fleet.every((it) => it.printed().includes("has joined")), 20_000, "three members");
    await waitFor(() => runs().length >= 9, 20_000, () => `runs of three, not ${runs()}`);
    fleet[0]?.child.signal("SIGKILL");
    await fleet[0]?.child.gone;
    const before = runs().length;
    await waitFor(() => runs().length >= before + 9, 30_000, () => `runs of two, not ${runs()}`);
    for (const { child, complaints } of fleet.slice(1)) {
      child.signal("SIGTERM");
      await child.gone;
      expect(await child.end(), complaints()).toBe(0);
    }
    await fleet[0]?.child.end();
    expect(new Set(runs()).size).toBe(runs().length);
  });

  it.concurrent("operator: asks a fleet it is no node of, and ends by itself", async () => {
    await using redis = await startRedis();
    const env = { REDIS_URL: redis.url, NODE_NAME: "a" };
    const node = await start("redis-process", { env });
    await waitFor(() => node.printed().includes("has joined"), 20_000, "a member");
    await waitFor(() => / runs \S+$/m.test(node.printed()), 20_000, "a run");
    const ask = (...args: ReadonlyArray<string>) => lines("operator", { args, env });
    expect(await ask("pause", "reports")).toEqual(["reports: paused"]);
    expect(await ask("trigger", "reports")).toEqual([
      expect.stringMatching(/^reports: asked for three-processes\/.*Z/),
    ]);
    expect(await ask("resume", "reports")).toEqual(["reports: resumed"]);
    expect(await ask("remove", "reports")).toEqual(["job reports is declared by a"]);
    expect(await ask("pause", "report")).toEqual(['no job report is known; the nearest: "reports"']);
    node.child.signal("SIGTERM");
    await node.child.gone;
    expect(await node.child.end(), node.complaints()).toBe(0);
  });

  it.concurrent("tenant-reports: schedules put at one process run at any, and in those that come after all of them", async () => {
    await using redis = await startRedis();
    const begin = async () => {
      const started = await start("tenant-reports", { env: { REDIS_URL: redis.url, PORT: "0" } });
      const at = await waitFor(() => /port: (\d+)/.exec(started.printed())?.[1], 20_000, "a port");
      const ask = async (method: string, tenant: string, body?: object): Promise<unknown> => {
        const init = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
        return (await fetch(`http://127.0.0.1:${at}/reports/${tenant}`, init)).json();
      };
      const of = (tenant: number) =>
        [...started.printed().matchAll(/^runs (\S+) of (.*)$/gm)].filter(([, , it]) => it === `{"tenant":${tenant}}`);
      return { ...started, ask, of };
    };
    type Process = Awaited<ReturnType<typeof begin>>;
    const end = async ({ child, complaints }: Process) => {
      child.signal("SIGTERM");
      await child.gone;
      expect(await child.end(), complaints()).toBe(0);
    };
    const [a, b] = await Promise.all([begin(), begin()]);
    const each = { schedule: "* * * * * *", timeZone: "Europe/Berlin" };
    expect(await a.ask("PUT", "north%2F7", { ...each, payload: { tenant: 7 } })).toBe("created");
    expect(await b.ask("PUT", "8", { schedule: "61 * * * *" })).toMatch(/schedule|minute/);
    await waitFor(() => a.of(7).length + b.of(7).length >= 2, 20_000, "two runs");
    expect(await b.ask("GET", "")).toMatchObject({ schedules: [{ id: "north/7", payload: { tenant: 7 } }] });
    await Promise.all([end(a), end(b)]);
    const c = await begin();
    await waitFor(() => c.of(7).length >= 2, 20_000, "two runs in a process that came later");
    expect(await c.ask("PUT", "north%2F7", { ...each, payload: { tenant: 9 } })).toBe("updated");
    await waitFor(() => c.of(9).length >= 2, 20_000, "runs of what it was changed to");
    expect(await c.ask("DELETE", "north%2F7")).toBe(true);
    expect(await c.ask("GET", "north%2F7")).toBe(null);
    await end(c);
    const ids = [a, b, c].flatMap((it) => [...it.of(7), ...it.of(9)].map(([, id]) => id));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.concurrent("fenced-handler: nothing is booked twice, and nothing by who is late", async () => {
    expect(await lines("fenced-handler")).toEqual([
      "booked",
      "booked",
      "june once more: done before",
      "a zombie of may: refused: somebody newer was here",
      "total 20, the second fence is higher: true",
    ]);
  });

  it.concurrent("effect-service: handlers have their service, which outlives them", async () => {
    const found = await lines("effect-service");
    expect(found.filter((it) => /^mail: due .*Z$/.test(it)).length).toBeGreaterThanOrEqual(1);
    expect(found.at(-1)).toBe("mailer closed");
  });

  it.concurrent.each(["Node", "Bun"])(
    "tick: two machines share what is due, each fire once, in %s",
    async (runtime) => {
      await using redis = await startRedis();
      const env = { REDIS_URL: redis.url };
      const command = runtime === "Bun" ? (await findRuntime("Bun")).command({}) : [process.execPath];
      expect(await lines("tick", { env, command })).toEqual([expect.stringMatching(/^0 started, next 20.*Z$/)]);
      await new Promise((go) => setTimeout(go, 1_500));
      const printed = (await Promise.all([lines("tick", { env, command }), lines("tick", { env, command })])).flat();
      const runs = printed.filter((line) => line.startsWith("runs ticking/reports/"));
      expect(runs.length).toBeGreaterThanOrEqual(1);
      expect(new Set(runs).size).toBe(runs.length);
    },
  );

  it.concurrent.each(["Bun", "Deno"])("http-tick: ticks for who has the secret, in %s", async (runtime) => {
    await using redis = await startRedis();
    await using upstash = await startUpstash({ redisPort: redis.port });
    const [port, secret] = [await freePort(), "a-secret-of-some-length"];
    const env = {
      CRON_SECRET: secret,
      PORT: `${port}`,
      UPSTASH_REDIS_REST_URL: upstash.url,
      UPSTASH_REDIS_REST_TOKEN: upstash.token,
    };
    const [file = "", , ...flags] = (await findRuntime(runtime as "Bun" | "Deno")).command({
      net: [new URL(upstash.url).host],
      env: Object.keys(env),
    });
    const command = runtime === "Bun" ? [file] : [file, "serve", `--port=${port}`, "--host=127.0.0.1", ...flags];
    const { child, complaints, printed } = await start("http-tick", { env, command });
    const ask = (given: string) =>
      fetch(`http://127.0.0.1:${port}`, { method: "POST", headers: { authorization: `Bearer ${given}` } });
    await waitFor(() => ask("nobody").then(({ status }) => status === 401, () => false), 20_000, complaints);
    const seen: Array<string> = [];
    await waitFor(
      async () => {
        const report: unknown = await (await ask(secret)).json();
        expect(report).toMatchObject({ failed: 0, outdated: [] });
        seen.splice(
          0,
          Infinity,
          ...[...printed().matchAll(/^runs (http-tick\/reports\/\S+)$/gm)].map(([, id = ""]) => id),
        );
        return seen.length >= 2;
      },
      20_000,
      "two runs",
    );
    expect(new Set(seen).size).toBe(seen.length);
    await child.end();
  });

  it.concurrent("deno-cron: ticks in Deno", async () => {
    await using redis = await startRedis();
    await using upstash = await startUpstash({ redisPort: redis.port });
    const env = { UPSTASH_REDIS_REST_URL: upstash.url, UPSTASH_REDIS_REST_TOKEN: upstash.token };
    const command = (await findRuntime("Deno")).command({ net: [new URL(upstash.url).host], env: Object.keys(env) });
    const found = await lines("../test/support/deno-cron-main", { env, command });
    expect(found.slice(0, 2)).toEqual(["tick at * * * * *", "0 started, 0 failed"]);
    expect(found.filter((line) => line.startsWith("runs deno-cron/reports/")).length).toBeGreaterThanOrEqual(1);
    expect(found.at(-1)).toMatch(/^[1-9] started, 0 failed$/);
  });

  it.concurrent.each(["Node", "Deno"])("etcd-watch: tells who is there and what happens, in %s", async (runtime) => {
    await using etcd = await startEtcd();
    const [url = ""] = etcd.urls;
    const command = runtime === "Deno"
      ? (await findRuntime("Deno")).command({ net: [new URL(url).host] })
      : [process.execPath];
    const found = await lines("etcd-watch", { args: [url], command });
    expect(found).toContain("members: watcher");
    expect(found).toContain("ended: failed");
    expect(found).toContain("ended: succeeded");
    expect(found.filter((it) => /^started (report|flaky), -?\d+ ms late$/.test(it)).length).toBe(2);
  });
});
