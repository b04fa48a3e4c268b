/**
 * R57: a service that nodes run while they live, and ticks while none does: handed over both ways, each fire once and none missing.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { createTicker, type JobRun } from "ringcron/edge";
import { createCron } from "ringcron/promise";
import { describe, expect, it } from "vitest";
import { waitFor } from "../support/wait.ts";
import { useStores } from "./support/stores.ts";

const { stores } = useStores();

/** Nothing is skipped, however late a slow machine makes it. */
const patient = { overlap: "allow", catchUp: { mode: "all", withinMs: 600_000, max: 1_000 } } as const;

describe.concurrent.each(Object.entries(stores))("over %s", (_, open) => {
  it("the fleet goes down and ticks carry on, it comes back and they leave all to it, twice", async () => {
    const [service, driver] = [`handed-${randomUUID()}`, open()];
    const runs: Array<readonly [by: string, dueAt: number]> = [];
    const note = ({ dueAt, node }: JobRun) => void runs.push([node, dueAt]);
    await using ticker = await createTicker({ service, driver, graceMs: 1_000 });
    await ticker.add("job", "* * * * * *", note, patient);
    let isOver = false;
    // All the time, as a platform calls that knows nothing of nodes.
    const ticking = (async () => {
      while (!isOver) {
        await ticker.tick({ maxMs: 5_000 });
        await delay(100);
      }
    })();
    const ran = (by: string): number => runs.filter(([it]) => it === by).length;
    const runsMore = async (by: string): Promise<void> => {
      const before = ran(by);
      await waitFor(() => ran(by) >= before + 3, 20_000, `three more runs of ${by}`);
    };
    try {
      for (const nodeName of ["first", "second"]) {
        const node = await createCron({ service, driver, nodeName, logLevel: "none" });
        await node.add("job", "* * * * * *", note, patient);
        await node.start();
        await runsMore(nodeName);
        await node.stop();
        await runsMore("tick");
      }
    } finally {
      isOver = true;
      await ticking;
    }
    const dues = runs.map(([, dueAt]) => dueAt).sort((one, other) => one - other);
    const [from = 0, to = 0] = [dues[0], dues.at(-1)];
    expect(dues).toEqual(Array.from({ length: (to - from) / 1_000 + 1 }, (__, n) => from + n * 1_000));
  }, 240_000);
});
