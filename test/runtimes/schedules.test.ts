/**
 * Schedules in the store in every runtime over a real Redis, reached by HTTP: put, listed, changed, started and removed by clients in
 * Node, Deno, Bun and workerd, and run by nodes in all of them that can be one.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { createFleet, type Line } from "../support/processes.ts";
import { useRedisOverHttp } from "../support/redis-over-http.ts";
import { findRuntime, runtimeNames } from "../support/runtimes.ts";
import { toldByTour } from "../support/schedules-tour.ts";
import { startNode } from "../support/start-node.ts";
import { startWorker, type Worker } from "../support/workerd.ts";

const served = useRedisOverHttp();
let worker: Worker;
beforeAll(async () => {
  worker = await startWorker();
});
afterAll(() => worker?.stop());

const variables = ["UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN", "FLEET_NODE"];

test(
  "clients in every runtime are told the same, and nodes in every runtime run what they put, each fire once",
  async () => {
    await using fleet = createFleet();
    const service = "schedules";
    const prefixes = new Map(runtimeNames.map((runtime) => [runtime, runtime.replace(" ", "-").toLowerCase()]));
    const processes = await Promise.all([...prefixes].map(async ([runtime, prefix]) => {
      const { command } = await findRuntime(runtime);
      const how = { runtime: command({ net: [new URL(served.endpoint.url).host], env: variables }) };
      const node = { options: { service, leaseMs: 10_000 }, jobs: [], handlers: ["report"], tour: prefix };
      return await startNode(fleet, served.endpoint, prefix, node, how);
    }));
    for (const process of processes) {
      const { toured } = await process.waitForLine((line) => "toured" in line, 30_000, "what was told");
      expect(toured, process.name).toEqual(toldByTour(process.name));
    }
    const { token, url } = served.endpoint;
    const told = await worker.ask("/schedules", { upstash: { url, token }, service, prefix: "workerd" });
    expect(told).toEqual(toldByTour("workerd"));

    const all = [...prefixes.values(), "workerd"];
    const starts = (id: string): ReadonlyArray<Line> => fleet.lines.filter((line) => line.start === id);
    await fleet.waitForLines(
      () => all.every((prefix) => starts(`${prefix}/kept`).length >= 3 && starts(`${prefix}/asked`).length >= 1),
      30_000,
      "runs of all that was put",
    );
    for (const prefix of all) {
      expect(starts(`${prefix}/asked`), prefix).toMatchObject([{
        handler: "report",
        kind: "manual",
        payload: "by hand",
      }]);
      const kept = starts(`${prefix}/kept`);
      expect(kept[0], prefix).toMatchObject({ handler: "report", payload: { tenant: "ä€", of: [prefix, null, 0.5] } });
      expect(starts(`${prefix}/gone`), prefix).toEqual([]);
      const fires = kept.map(({ attempt, dueAt }) => `${dueAt} ${attempt}`);
      expect(new Set(fires).size, prefix).toBe(fires.length);
    }
    // Shelves are balanced, so each node has some, but none needs to have one of these.
    expect(new Set(all.flatMap((prefix) => starts(`${prefix}/kept`)).map(({ from }) => from)).size).toBeGreaterThan(1);
    const codes = await Promise.all(processes.map((process) => process.terminate(15_000)));
    expect(codes).toEqual(processes.map(() => 0));
  },
  240_000,
);
