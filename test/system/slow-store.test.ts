import { randomUUID } from "node:crypto";
import * as Memory from "ringcron/memory";
import { describe, expect, it } from "vitest";
import { waitFor } from "../support/wait.ts";
import { useNodes } from "./support/nodes.ts";
import { faraway } from "./support/slow.ts";

const { make } = useNodes();

const periodMs = 5_000;

/** Three nodes on one store, with default options and two jobs, and the fires whose handlers ran. */
const fleet = async (oneWayMs: () => number) => {
  const dues: Array<number> = [];
  const service = `slow-${randomUUID()}`;
  const driver = Memory.layer({ store: faraway(oneWayMs) });
  const nodes = await Promise.all(["a", "b", "c"].map((nodeName) => make({ service, nodeName, driver })));
  await Promise.all(nodes.map(async (node) => {
    await node.add("five", "*/5 * * * * *", ({ dueAt }) => void dues.push(dueAt));
    await node.add("seven", "*/7 * * * * *", () => {});
    await node.start();
  }));
  return { dues, nodes };
};

/** Waits for some fires of the job after an instant, and looks whether any is missing or ran twice, and who was in trouble. */
const expectAll = async ({ dues, nodes }: Awaited<ReturnType<typeof fleet>>, from: number): Promise<void> => {
  const later = () => dues.filter((due) => due > from).sort((a, b) => a - b);
  const some = await waitFor(() => later().length >= 3 ? later() : undefined, 30_000, () => `three fires, not ${dues}`);
  expect(some.map((due) => due - (some[0] ?? 0))).toEqual(some.map((_, index) => index * periodMs));
  for (const tag of ["StoreUnavailable", "LeaseLost", "RunLost"] as const) {
    expect(nodes.flatMap((node) => node.happened(tag)), tag).toEqual([]);
  }
};

describe.concurrent("a store that is far away", () => {
  it.each([1_200, 2_500])("answers after %i ms, and the fleet goes by that", async (trip) => {
    const world = await fleet(() => trip / 2);
    await waitFor(() => world.nodes.every(({ pool }) => pool.members().length === 3), 30_000, "a fleet of three");
    await expectAll(world, Date.now() + trip);
  });

  it("may be so only later", async () => {
    let oneWayMs = 10;
    const world = await fleet(() => oneWayMs);
    await waitFor(() => world.nodes.every(({ pool }) => pool.members().length === 3), 30_000, "a fleet of three");
    oneWayMs = 1_250;
    await expectAll(world, Date.now());
  });
});
