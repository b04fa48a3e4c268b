import { afterEach, describe, expect, it, vi } from "vitest";
import * as Memory from "ringcron/memory";
import { createCron, type Event } from "ringcron/promise";
import * as Steady from "../../src/shell/steady.ts";
import { waitFor } from "../support/wait.ts";

const noon = Date.UTC(2026, 0, 1, 12);
const hour = 3_600_000;

/** A clock of a process whose wall clock is set to so much more than it should be. */
const process = () => {
  const tell = Steady.make();
  const both = (mono: number, off = 0) => tell({ mono, wall: noon + mono + off });
  return { both, at: (mono: number, off = 0) => both(mono, off).wall - noon };
};

describe("the clocks of a store that is this process", () => {
  it("are those of the host while nobody sets its wall clock", () => {
    const { at } = process();
    expect([0, 1_000, 60_000, 86_400_000].map((mono) => at(mono))).toEqual([0, 1_000, 60_000, 86_400_000]);
  });

  it.each([40_000, hour, 24 * hour])("go on where the wall clock is set back by %i ms, and approach it", (byMs) => {
    const { at } = process();
    at(0);
    expect(at(1_000, -byMs)).toBe(750);
    expect(at(3_000, -byMs)).toBe(2_250);
  });

  it("have reached it after four times as long, and go by one measure all the time", () => {
    const { at, both } = process();
    const first = both(0);
    for (let mono = 1_000; mono <= 200_000; mono += 1_000) {
      const { mono: counted, wall } = both(mono, -40_000);
      expect(wall - first.wall).toBe(counted - first.mono);
    }
    expect(at(200_000, -40_000)).toBe(160_000);
    expect(at(201_000, -40_000)).toBe(161_000);
  });

  it("go back where they were absurd", () => {
    const { at } = process();
    at(0);
    expect(at(1_000, -36_525 * 24 * hour)).toBe(1_000 - 36_525 * 24 * hour);
  });

  it("follow a small step ahead at once, and a large one when it has stayed", () => {
    const { at } = process();
    at(0);
    expect(at(1_000, 900)).toBe(1_900);
    expect([2_000, 3_000, 4_999, 5_000].map((mono) => at(mono, hour))).toEqual([2_900, 3_900, 5_899, hour + 5_000]);
  });

  it("do not follow one that is set back within seconds", () => {
    const { at } = process();
    at(0);
    expect([1_000, 3_000].map((mono) => at(mono, hour))).toEqual([1_000, 3_000]);
    expect([3_500, 9_000].map((mono) => at(mono))).toEqual([3_500, 9_000]);
  });
});

describe("a node on the memory driver", () => {
  afterEach(() => void vi.restoreAllMocks());

  it.each([
    ["is set back by 40 s", 0, -40_000],
    ["is set right after an hour too many", hour, 0],
  ])("goes on when the wall clock %s", async (_, before, after) => {
    const now = Date.now;
    let off = before;
    vi.spyOn(Date, "now").mockImplementation(() => now() + off);
    const cron = await createCron({ service: "set", driver: Memory.layer(), logLevel: "none" });
    const events: Array<Event> = [];
    const dues: Array<number> = [];
    cron.on((event) => events.push(event));
    await cron.add("job", "* * * * * *", (run) => void dues.push(run.dueAt));
    await cron.start();
    await waitFor(() => dues.length >= 2, 10_000, "two runs");
    off = after;
    const had = dues.length;
    await waitFor(() => dues.length >= had + 3, 10_000, "three more");
    expect(new Set(dues).size).toBe(dues.length);
    const told = events.map(({ _tag }) => _tag);
    for (const tag of ["DecidedAhead", ...(before === 0 ? ["StoreClockStepped", "Suspended"] : [])]) {
      expect(told).not.toContain(tag);
    }
    await cron.stop({ drainMs: 0 });
  });
});
