/**
 * Two releases in one fleet, side by side over one store: an earlier commit of this repository and the present one, up and back.
 *
 * The earlier one is built from the history of the repository; a clone without it has nothing to compare with.
 */
import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { createClient } from "ringcron/promise";
import * as RedisZset from "ringcron/redis-zset";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as history from "../golden/history-2.ts";
import { buildOnce } from "../support/build.ts";
import type { FleetNode } from "../support/fleet-node.ts";
import { withLock } from "../support/lock.ts";
import { createFleet, type Fleet, type FleetProcess, type Line } from "../support/processes.ts";
import { cacheFolder, projectRoot } from "../support/project.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { startUpstash, type UpstashEndpoint } from "../support/upstash.ts";

/** The layout of its texts is that of the present one, and it knows fewer facts of a run. */
const before = "0b682b8919c3c52b0a1897f39d9643652c737074";

const folder = join(cacheFolder, `before-${before.slice(0, 7)}`);

const isInHistory = (): boolean => {
  try {
    execFileSync("git", ["cat-file", "-e", `${before}^{commit}`], { cwd: projectRoot, stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

/** Builds the earlier commit, with the dependencies of the present one. */
const buildBefore = (): Promise<void> =>
  withLock(`${folder}.lock`, 180_000, async () => {
    const built = join(folder, ".build", "test", "support", "fleet-node.js");
    if (existsSync(built)) return;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const archive = execFileSync("git", ["archive", before], { cwd: projectRoot, maxBuffer: 2 ** 28 });
    execFileSync("tar", ["-x", "-C", folder], { input: archive });
    symlinkSync(join(projectRoot, "node_modules"), join(folder, "node_modules"));
    await promisify(execFile)("npm", ["run", "--silent", "build:run"], { cwd: folder });
  });

const programs = {
  earlier: relative(join(projectRoot, ".build"), join(folder, ".build", "test", "support", "fleet-node.js")),
  present: "test/support/fleet-node.js",
};

let redis: RedisServer;
let endpoint: UpstashEndpoint;

const start = async (
  fleet: Fleet,
  release: keyof typeof programs,
  name: string,
  node: FleetNode,
): Promise<FleetProcess> => {
  const process = await fleet.start({
    name,
    program: programs[release],
    env: {
      UPSTASH_REDIS_REST_URL: endpoint.url,
      UPSTASH_REDIS_REST_TOKEN: endpoint.token,
      FLEET_NODE: JSON.stringify({ ...node, options: { ...node.options, nodeName: name } }),
    },
  });
  await process.waitForLine((line) => "joined" in line, 20_000, "joining");
  return process;
};

const started = (lines: ReadonlyArray<Line>, job: string): ReadonlyArray<Line> =>
  lines.filter((line) => line.start === job);

const happened = (lines: ReadonlyArray<Line>, ...tags: ReadonlyArray<string>): ReadonlyArray<unknown> =>
  lines.flatMap(({ event }) => tags.includes((event as { _tag?: string })?._tag ?? "") ? [event] : []);

/** Waits until some processes have started so many more fires of a job. */
const runOn = (job: string, many: number, ...processes: ReadonlyArray<FleetProcess>): Promise<unknown> => {
  const count = () => processes.reduce((sum, { lines }) => sum + started(lines, job).length, 0);
  const wanted = count() + many;
  return Promise.race(
    processes.map((process) => process.waitForLine(() => count() >= wanted, 40_000, `${many} more fires of ${job}`)),
  );
};

describe.skipIf(!isInHistory())("an earlier release and the present one", () => {
  beforeAll(async () => {
    await buildOnce();
    await buildBefore();
    redis = await startRedis();
    endpoint = await startUpstash({ redisPort: redis.port });
  }, 300_000);
  afterAll(async () => {
    await endpoint?.stop();
    await redis?.stop();
  });

  it("are one fleet while processes are replaced one after the other, and back", async () => {
    await using fleet = createFleet();
    const node: FleetNode = {
      options: { service: "mixed", leaseMs: 10_000, maxSilenceMs: 5_000 },
      jobs: [
        { name: "often", schedule: "* * * * * *" },
        { name: "long", schedule: "*/2 * * * * *", takesMs: 700, options: { overlap: "skip" } },
      ],
    };
    const [a, b] = [await start(fleet, "earlier", "a", node), await start(fleet, "earlier", "b", node)];
    await runOn("often", 3, a, b);
    const c = await start(fleet, "present", "c", node);
    await runOn("often", 3, a, b, c);
    expect(await a.terminate(40_000)).toBe(0);
    await runOn("often", 3, b, c);
    expect(await b.terminate(40_000)).toBe(0);
    const d = await start(fleet, "present", "d", node);
    await runOn("often", 3, c, d);
    const e = await start(fleet, "earlier", "e", node);
    expect(await c.terminate(40_000)).toBe(0);
    await runOn("often", 3, d, e);
    expect(await d.terminate(40_000)).toBe(0);
    await runOn("often", 3, e);
    expect(await e.terminate(40_000)).toBe(0);

    for (const job of ["often", "long"]) {
      const dueAts = started(fleet.lines, job).map(({ dueAt }) => dueAt as number).sort((x, y) => x - y);
      expect(new Set(dueAts).size, `${job} twice`).toBe(dueAts.length);
      const everyMs = job === "often" ? 1_000 : 2_000;
      const skipped = happened(fleet.lines, "FireSkipped") as ReadonlyArray<{ job: string; count: number }>;
      const given = skipped.reduce((sum, it) => sum + (it.job === job ? it.count : 0), 0);
      const owed = ((dueAts.at(-1) ?? 0) - (dueAts[0] ?? 0)) / everyMs + 1;
      expect(dueAts.length + given, `fires of ${job}`).toBeGreaterThanOrEqual(owed);
    }
    expect(happened(fleet.lines, "RecordCorrupt", "RecordNewer", "StoreRegressed", "JobOutdated")).toEqual([]);
  }, 300_000);

  it(
    "leave each other's runs alone: what only the present one can write is not touched by the earlier one",
    async () => {
      await using fleet = createFleet();
      const service = "asked";
      const node: FleetNode = {
        options: { service, leaseMs: 10_000, maxSilenceMs: 5_000 },
        jobs: [{ name: "report", schedule: "@manual" }, { name: "often", schedule: "* * * * * *" }],
      };
      const earlier = await start(fleet, "earlier", "a", { ...node, jobs: node.jobs.slice(1) });
      const present = await start(fleet, "present", "b", node);
      const client = await createClient({
        service,
        driver: RedisZset.layer({ url: endpoint.url, token: endpoint.token }),
      });
      const handle = await client.trigger("report", { payload: { n: 1 }, by: "anna" });
      expect(await handle?.result({ timeoutMs: 60_000 })).toBeUndefined();
      await runOn("often", 3, earlier, present);
      expect(started(earlier.lines, "report")).toEqual([]);
      expect(started(present.lines, "report").map(({ payload }) => payload)).toEqual([{ n: 1 }]);
      expect(happened(fleet.lines, "RecordCorrupt", "StoreRegressed")).toEqual([]);
      const { lines } = await client.history({ outcome: "action" });
      expect(lines.map((line) => line._tag === "Action" && [line.action, line.by])).toEqual([
        ["trigger", "anna"],
      ]);
      await client.close();
    },
    300_000,
  );

  it("the earlier one passes over lines of the history that tell what people did", async () => {
    const { historyEntry } = await import(join(folder, ".build", "src", "core", "ledger", "historyText.js"));
    const [ran, did] = [history.lines[0], history.lines.findLast(([, , entry]) => entry._tag === "Action")];
    expect(historyEntry(ran?.[1])).toEqual(ran?.[2]);
    expect(historyEntry(did?.[1])).toBeUndefined();
  });
});
