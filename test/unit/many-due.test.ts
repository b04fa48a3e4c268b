import { describe, expect, it } from "vitest";
import * as Schedules from "../../src/core/words/Schedules.ts";
import { VirtualNodes } from "../support/virtual-nodes.ts";
import { define, idsOn } from "./support/schedules.ts";

describe("more schedules than a node takes on at once", () => {
  it("all start on time, once: those that are due later make room for those that are due sooner", () => {
    const world = new VirtualNodes(5, 1);
    // 4,000 schedules among 64 shelves are 62 of each; each of these is due again before all of them have been.
    const [period, most] = [20, Math.floor(4_000 / Schedules.partitions)];
    // Of one shelf, so that they are many for the share of a node's places that a shelf has.
    const schedules = idsOn(0, 4 * period);
    expect(schedules.length).toBeGreaterThan(most);
    world.put(
      schedules.map((id, at) => ({ id, definition: define({ schedule: `${at % period}/${period} * * * * *` }) })),
    );
    const node = world.join("a", [], ["report"]);
    const [from, seconds] = [world.now + 2_000, 120];
    let loaded = 0;
    for (let at = 0; at < seconds + 3; at++) {
      world.pass(1_000);
      loaded = Math.max(loaded, node.jobs());
    }
    const due = world.begun.filter(({ dueAt }) => dueAt >= from && dueAt < from + seconds * 1_000);
    expect(due.length).toBe(seconds * schedules.length / period);
    expect(new Set(due.map(({ dueAt, job }) => `${job} ${dueAt}`)).size).toBe(due.length);
    expect(Math.max(...due.map(({ at, dueAt }) => at - dueAt))).toBeLessThanOrEqual(10);
    expect(loaded).toBeLessThanOrEqual(most + 4);
  });
});
