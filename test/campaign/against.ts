/**
 * This checkout against another one, on one Redis server, in one run: `npm run against -- FOLDER [--seconds 20]`. The other
 * one must be built (`npm run build`). Samples take turns, so what else the machine does falls on both.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import process from "node:process";
import { startProxy } from "../compare/proxy.ts";
import { projectRoot } from "../support/project.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { table } from "../support/table.ts";
import { type Figures, operate } from "./against/operations.ts";
import type { Told } from "./against/node.ts";

const { positionals: [other], values } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: "string", default: "20" }, rounds: { type: "string", default: "60" } },
});
if (other === undefined) throw new Error("npm run against -- FOLDER: the folder of another checkout is missing");

const sides = [other, projectRoot] as const;
const drivers = ["redis", "redis-zset"] as const;
const ratio = (before: number, after: number) => (after / before).toFixed(2);

const operations = async (redis: RedisServer): Promise<void> => {
  const rows = [[
    "driver",
    "operation",
    "jobs",
    "requests",
    "commands",
    "server µs",
    "ratio",
    "client CPU µs",
    "ratio",
  ]];
  for (const driver of drivers) {
    for (const jobs of [1, 200]) {
      const [before, after] = await operate(redis, driver, sides, jobs, Number(values.rounds));
      for (const [name, now] of after as ReadonlyMap<string, Figures>) {
        const then = before?.get(name) as Figures;
        const both = (of: (it: Figures) => number, digits = 0) =>
          `${of(then).toFixed(digits)} → ${of(now).toFixed(digits)}`;
        rows.push([
          driver,
          name,
          `${jobs}`,
          both((it) => it.requests),
          both((it) => it.commands),
          both((it) => it.serverUs),
          ratio(then.serverUs, now.serverUs),
          both((it) => it.clientUs),
          ratio(then.clientUs, now.clientUs),
        ]);
      }
    }
  }
  console.log(table(rows));
};

const node = (folder: string, driver: string, port: number): Promise<Told> =>
  new Promise((resolve, reject) => {
    const program = fileURLToPath(new URL("against/node.js", import.meta.url));
    const child = spawn(process.execPath, [program, folder, driver, `${port}`, values.seconds], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.on("data", (bytes) => text += bytes);
    child.on("error", reject);
    child.on("exit", () => text === "" ? reject(new Error(`a node of ${folder} failed`)) : resolve(JSON.parse(text)));
  });

const quantile = (sorted: ReadonlyArray<number>, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;

const nodes = async (redis: RedisServer): Promise<void> => {
  const rows = [["driver", "added latency", "side", "fires", "late p50 ms", "late p99 ms", "client CPU µs a fire"]];
  for (const driver of drivers) {
    for (const latencyMs of [0, 100]) {
      await using proxy = await startProxy(redis.port);
      proxy.delay(latencyMs, 0);
      const told = await Promise.all(
        sides.map((folder) => Promise.all([node(folder, driver, proxy.port), node(folder, driver, proxy.port)])),
      );
      told.forEach((both, at) => {
        const late = both.flatMap(({ lateMs }) => lateMs).sort((a, b) => a - b);
        const cpuUs = both.reduce((sum, it) => sum + it.cpuUs, 0);
        rows.push([
          driver,
          `${latencyMs} ms`,
          at === 0 ? "before" : "now",
          `${late.length}`,
          quantile(late, 0.5).toFixed(1),
          quantile(late, 0.99).toFixed(1),
          (cpuUs / late.length).toFixed(0),
        ]);
      });
    }
  }
  console.log(table(rows));
};

await using redis = await startRedis();
await operations(redis);
await nodes(redis);
