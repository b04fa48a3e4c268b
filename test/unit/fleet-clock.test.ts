import { describe, expect, it } from "vitest";
import * as FleetClock from "../../src/core/node/FleetClock.ts";

const at = (mono: number, wall = mono): FleetClock.Instant => ({ mono, wall });
/** A reply over a round trip from `from` to `to`. */
const reply = (clock: FleetClock.FleetClock, storeTime: number, from: number, to: number) =>
  FleetClock.observe(clock, storeTime, at(from), at(to));

describe("before any reply", () => {
  it("the wall clock is all there is, and how far it is off is unknown", () => {
    expect(FleetClock.now(FleetClock.unknown, at(5, 1_000))).toBe(1_000);
    expect(FleetClock.uncertainty(FleetClock.unknown, 5)).toBe(Infinity);
  });
});

describe("the wall clock", () => {
  it("is used to the fraction while it lies within what is known", () => {
    // Offset between 4,990 and 5,001: a wall clock 4,997.25 ahead of the monotonic one cannot be said to be wrong.
    const clock = reply(FleetClock.unknown, 5_000, 0, 10);
    expect(FleetClock.now(clock, at(10, 5_007.25))).toBe(5_007.25);
    expect(FleetClock.now(clock, at(10, 5_001))).toBe(5_001);
  });

  it("does not count once it lies outside: then a millisecond before the middle does", () => {
    const clock = reply(FleetClock.unknown, 5_000, 0, 10);
    const middle = 10 + (4_990 + 5_001) / 2 - 1;
    for (const wall of [0, 4_999, 5_012, 1e15]) expect(FleetClock.now(clock, at(10, wall))).toBeCloseTo(middle, 0);
  });
});

describe("bounds", () => {
  it("are those of the fastest round trip, as they age", () => {
    let clock = reply(FleetClock.unknown, 5_000, 0, 1_000);
    expect(FleetClock.uncertainty(clock, 1_000)).toBeCloseTo(1_001, 0);
    clock = reply(clock, 5_505, 1_000, 1_004);
    expect(FleetClock.uncertainty(clock, 1_004)).toBeCloseTo(5, 0);
    // 200 ppm on either side.
    expect(FleetClock.uncertainty(clock, 1_004 + 1e6)).toBeCloseTo(5 + 400, 0);
  });

  it("of lopsided replies intersect", () => {
    // The store read its clock at the very end of one round trip and at the very start of the next.
    let clock = reply(FleetClock.unknown, 1_000, 0, 100);
    clock = reply(clock, 1_099, 100, 200);
    expect(FleetClock.uncertainty(clock, 200)).toBeLessThan(101);
  });

  it("keep no more than some replies", () => {
    let clock = FleetClock.unknown;
    for (let n = 0; n < 100; n++) clock = reply(clock, n * 100, n * 100, n * 100 + 5);
    expect(clock.samples.length).toBe(8);
  });
});

describe("a reply that contradicts", () => {
  it("counts alone, and the clock may go back", () => {
    let clock = reply(FleetClock.unknown, 50_000, 0, 10);
    clock = reply(clock, 50_010, 10, 20);
    clock = FleetClock.told(clock, FleetClock.now(clock, at(10)));
    clock = reply(clock, 20_000, 20, 30);
    expect(clock.samples.length).toBe(1);
    expect(FleetClock.now(clock, at(30))).toBeCloseTo(20_004.5, 1);
  });
});

describe("a time that was told", () => {
  it("is not taken back within the bounds", () => {
    const clock = FleetClock.told(reply(FleetClock.unknown, 5_000, 0, 100), 5_090);
    expect(FleetClock.now(clock, at(100, 5_010))).toBe(5_090);
    expect(FleetClock.now(clock, at(100, 5_095))).toBe(5_095);
    expect(FleetClock.told(clock, 5_000)).toBe(clock);
  });

  it("is taken back if it cannot have been right", () => {
    const clock = FleetClock.told(reply(FleetClock.unknown, 5_000, 0, 100), 9_000);
    expect(FleetClock.now(clock, at(100, 5_050))).toBeLessThanOrEqual(5_101.1);
  });

  it("before the first reply binds nothing: it was the wall clock's", () => {
    const clock = reply(FleetClock.told(FleetClock.unknown, 1e15), 5_000, 0, 10);
    expect(FleetClock.now(clock, at(10, 5_005))).toBe(5_005);
  });
});

it("the round trip is the longest of late: it grows at once and falls slowly", () => {
  let clock = reply(FleetClock.unknown, 1_000, 0, 10);
  clock = reply(clock, 2_000, 1_000, 1_200);
  expect(clock.roundTripMs).toBe(200);
  clock = reply(clock, 3_000, 2_000, 2_010);
  expect(clock.roundTripMs).toBeCloseTo(181, 0);
  for (let n = 3; n < 100; n++) clock = reply(clock, n * 1_000, n * 1_000, n * 1_000 + 10);
  expect(clock.roundTripMs).toBeLessThan(11);
});

describe("a reply far beyond the bounds", () => {
  const hear = (clock: FleetClock.FleetClock, storeTime: number, mono: number, wall = mono) =>
    FleetClock.hear(clock, storeTime, at(mono, wall), at(mono + 10, wall + 10));
  const known = FleetClock.observe(FleetClock.unknown, 1_000_000, at(0), at(10));
  const hour = 3_600_000;

  it.each([hour, -hour, 30_000, -30_000, 1_100, -1_100])("by %i ms is held apart, and the clock goes on", (byMs) => {
    const heard = hear(known, 1_000_100 + byMs, 100);
    expect([heard.isApart, heard.steppedMs]).toEqual([true, undefined]);
    expect(heard.clock.samples).toEqual(known.samples);
    expect(FleetClock.now(heard.clock, at(200, 0))).toBeCloseTo(FleetClock.now(known, at(200, 0)), 6);
    // What comes within three seconds confirms nothing, and what was asked for later does.
    const sooner = hear(heard.clock, 1_002_900 + byMs, 2_900);
    expect(sooner.isApart).toBe(true);
    const later = hear(sooner.clock, 1_003_110 + byMs, 3_110);
    expect([later.isApart, later.steppedMs]).toEqual([false, byMs]);
    expect(Math.abs(FleetClock.now(later.clock, at(3_120, 0)) - (1_003_115 + byMs))).toBeLessThan(10);
  });

  it("is forgotten when the next one agrees with those before", () => {
    const heard = hear(known, 1_000_100 + hour, 100);
    const back = hear(heard.clock, 1_000_400, 400);
    expect([back.isApart, back.clock.leap]).toEqual([false, undefined]);
    // The same leap seconds later is another one.
    expect(hear(back.clock, 1_004_000 + hour, 4_000).isApart).toBe(true);
  });

  it("begins anew where nothing was heard for long: it may have leapt twice by the same", () => {
    const heard = hear(known, 1_000_100 + hour, 100);
    const later = hear(heard.clock, 1_011_000 + hour, 11_000);
    expect(later.isApart).toBe(true);
    expect(hear(later.clock, 1_014_100 + hour, 14_100).steppedMs).toBe(hour);
  });

  it("begins anew when it leaps elsewhere", () => {
    const heard = hear(known, 1_000_100 + hour, 100);
    const elsewhere = hear(heard.clock, 1_004_000 - hour, 4_000);
    expect(elsewhere.isApart).toBe(true);
    expect(hear(elsewhere.clock, 1_005_000 - hour, 5_000).isApart).toBe(true);
    expect(hear(elsewhere.clock, 1_007_100 - hour, 7_100).steppedMs).toBe(-hour);
  });

  it("is believed at once when the node's own wall clock stepped alike", () => {
    const heard = hear(known, 1_000_100 - hour, 100, 100 - hour);
    expect([heard.isApart, heard.steppedMs]).toEqual([false, -hour]);
    expect(hear(known, 1_000_100 - hour, 100, 100 + hour).isApart).toBe(true);
  });

  it.each([900, -900, 40])("by %i ms is none: another node of the store took over", (byMs) => {
    const heard = hear(known, 1_000_100 + byMs, 100);
    expect([heard.isApart, heard.steppedMs]).toEqual([false, undefined]);
    expect(heard.clock.samples.length).toBe(1);
  });

  it.each([hour, -hour, 1_100])("of the wall clock by %i ms is held apart although it is the first", (byMs) => {
    const first = hear(FleetClock.unknown, 5_000 + byMs, 0, 5_000);
    expect([first.isApart, first.clock.samples]).toEqual([true, []]);
    const again = hear(first.clock, 8_100 + byMs, 3_100, 8_100);
    expect([again.isApart, again.steppedMs]).toEqual([false, undefined]);
    expect(hear(first.clock, 8_100, 3_100, 8_100).clock.samples.length).toBe(1);
    expect(hear(FleetClock.unknown, 5_900, 0, 5_000).isApart).toBe(false);
  });

  it("is measured by ten round trips where the store is slow", () => {
    const slow = FleetClock.observe(FleetClock.unknown, 1_000_000, at(0), at(2_500));
    expect(FleetClock.hear(slow, 1_025_000, at(3_000), at(5_500)).isApart).toBe(false);
    expect(FleetClock.hear(slow, 1_035_000, at(3_000), at(5_500)).isApart).toBe(true);
  });
});
