/**
 * Fleets of processes over a real Redis: two processes of each runtime, and one fleet of three runtimes.
 */
import { describe, expect, test } from "vitest";
import type { FleetNode } from "../support/fleet-node.ts";
import { createFleet, type Fleet, type FleetProcess, type Line } from "../support/processes.ts";
import { useRedisOverHttp } from "../support/redis-over-http.ts";
import { findRuntime, type RuntimeName, runtimeNames } from "../support/runtimes.ts";
import { startNode } from "../support/start-node.ts";

const served = useRedisOverHttp();

/** The variables that the program itself reads; the library reads none. */
const variables = ["UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN", "FLEET_NODE"];

async function join(fleet: Fleet, name: string, runtime: RuntimeName, node: FleetNode): Promise<FleetProcess> {
  const { command } = await findRuntime(runtime);
  const permissions = { net: [new URL(served.endpoint.url).host], env: variables };
  const process = await startNode(fleet, served.endpoint, name, node, { runtime: command(permissions) });
  await process.waitForLine((line) => "joined" in line, 15_000, "joining");
  return process;
}

/** The due instants of a job that were started, in order, each as often as it was. */
const starts = (lines: ReadonlyArray<Line>, job: string): ReadonlyArray<number> =>
  lines.filter((line) => line.start === job).map((line) => line.dueAt as number).sort((x, y) => x - y);

/** Until the fleet began to leave every second was started, from the first start on; and none twice, ever. */
function expectEverySecondOnce(fleet: Fleet, jobs: ReadonlyArray<string>, complete: number): void {
  for (const job of jobs) {
    const due = starts(fleet.lines.slice(0, complete), job);
    expect(due.slice(1).map((it, index) => it - (due[index] as number)), job).toEqual(due.slice(1).map(() => 1_000));
    const all = starts(fleet.lines, job);
    expect(all.length, job).toBe(new Set(all).size);
  }
}

/** Ends all at once, which nobody is left to make up for. */
async function leave(processes: ReadonlyArray<FleetProcess>): Promise<void> {
  const codes = await Promise.all(processes.map((process) => process.terminate(15_000)));
  expect(codes, processes.map(({ text }) => text).join("\n")).toEqual(processes.map(() => 0));
}

const everySecond = (jobs: ReadonlyArray<string>): FleetNode["jobs"] =>
  jobs.map((name) => ({ name, schedule: "* * * * * *" }));

async function waitForFires(fleet: Fleet, jobs: ReadonlyArray<string>, count: number): Promise<void> {
  await fleet.waitForLines(
    (lines) => jobs.every((job) => new Set(starts(lines, job)).size >= count),
    30_000,
    `${count} fires of each of ${jobs.join(", ")}`,
  );
}

describe.concurrent("two processes start each fire once in", () => {
  test.each(runtimeNames)("%s", async (runtime) => {
    await using fleet = createFleet();
    const jobs = ["j1", "j2", "j3", "j4"];
    const node = { options: { service: `smoke-${runtime.replace(" ", "-")}` }, jobs: everySecond(jobs) };
    const processes = await Promise.all(["a", "b"].map((name) => join(fleet, name, runtime, node)));
    // The one that joined last takes its share from the next fires on.
    for (const { name } of processes) {
      await fleet.waitForLine(({ from, start }) => from === name && start !== undefined, 15_000, `a fire in ${name}`);
    }
    await waitForFires(fleet, jobs, 4);
    const complete = fleet.lines.length;
    await leave(processes);
    expectEverySecondOnce(fleet, jobs, complete);
  }, 240_000);
});

/** Due once in years, at hours that are not the same in every zone. */
const rare: FleetNode["jobs"] = [
  "UTC",
  "America/New_York",
  "Europe/Berlin",
  "Australia/Lord_Howe",
  "Africa/Casablanca",
  "Asia/Kolkata",
].flatMap((timeZone) =>
  ["30 2 29 2 *", "15 3 LW 3 *", "0 0 1 1 FRI#1", "H H H H *"].map((schedule, n) => ({
    name: `${timeZone.replace("/", "-")}-${n}`,
    schedule,
    options: { timeZone },
  }))
);

test.concurrent(
  "a Node, a Deno and a Bun process are one fleet: the same owners, the same next fires, each fire once",
  async () => {
    await using fleet = createFleet();
    const jobs = ["j1", "j2", "j3", "j4", "j5", "j6"];
    const node = { options: { service: "mixed" }, jobs: [...everySecond(jobs), ...rare], tellEveryMs: 200 };
    const names = ["bun", "deno", "node"];
    const runtimes: Record<string, RuntimeName> = { bun: "Bun", deno: "Deno", node: "Node 20" };
    const processes = await Promise.all(names.map((name) => join(fleet, name, runtimes[name] as RuntimeName, node)));

    // The jobs of every second are at another instant whenever somebody looks.
    type Sees = ReadonlyArray<readonly [job: string, owner: string | undefined, nextDueAt: number | undefined]>;
    const seen = (
      { lines }: FleetProcess,
    ): { readonly owners: Readonly<Record<string, string | undefined>>; readonly due: object } | undefined => {
      const last = lines.findLast((line) => "sees" in line);
      if (last === undefined || JSON.stringify(last.members) !== JSON.stringify(names)) return undefined;
      const sees = last.sees as Sees;
      if (sees.some(([, owner]) => owner === undefined)) return undefined;
      const due = sees.filter(([job]) => !jobs.includes(job)).map(([job, , nextDueAt]) => [job, nextDueAt]);
      return { owners: Object.fromEntries(sees.map(([job, owner]) => [job, owner])), due: Object.fromEntries(due) };
    };
    const all = () => processes.map(seen);
    await fleet.waitForLines(() => all().every((it) => it !== undefined), 30_000, "all three to know all three");
    const [first, ...others] = all();
    for (const other of others) expect(other).toEqual(first);
    expect(Object.keys(first?.due ?? {}).length).toBe(rare.length);
    const owners = Object.values(first?.owners ?? {});
    expect(names.map((name) => owners.filter((it) => it === name).length), "jobs of each").toEqual([10, 10, 10]);

    // Ten jobs each, but of those of every second somebody may own none.
    for (const name of names) {
      if (!jobs.some((job) => first?.owners[job] === name)) continue;
      await fleet.waitForLine(({ from, start }) => from === name && start !== undefined, 15_000, `a fire in ${name}`);
    }
    await waitForFires(fleet, jobs, 6);
    const complete = fleet.lines.length;
    await leave(processes);
    expectEverySecondOnce(fleet, jobs, complete);
  },
  240_000,
);
