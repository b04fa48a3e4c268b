import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as ZoneDigest from "../../src/core/schedule/zoneDigest.ts";
import * as Zone from "../../src/core/schedule/Zone.ts";

const now = Date.UTC(2026, 10, 1);
/** One window, as digests understand it. */
const windowMs = 2 ** 24 * 1_000;
const all = Intl.supportedValuesOf("timeZone");
const names = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC", "+02:00", "Africa/Casablanca"];

/** A zone whose offset is another from an instant on, in seconds since 1970. */
const doctored = (name: string, from: number, by = 3_600) => (asked: string): Zone.Zone | undefined => {
  const zone = Zone.resolve(asked);
  if (zone === undefined || asked !== name) return zone;
  const ask = (seconds: number) => zone.ask(seconds) + (seconds >= from ? by : 0);
  return { ...zone, last: { start: 0, end: 0, offset: 0 }, known: new Map(), ask };
};

const differing = (zones: Iterable<string>, mine: string, theirs: string) =>
  [...ZoneDigest.difference(zones, mine, theirs) ?? ["of other windows"]].map((it) => it[0]);

describe("a digest of zone data", () => {
  it("says nothing of UTC and of fixed offsets, and has twelve letters for each other zone", () => {
    expect(ZoneDigest.of([], now)).toBe("");
    expect(ZoneDigest.of(["UTC", "+02:00", "-09:30"], now)).toBe("");
    expect(ZoneDigest.of(["Europe/Berlin", "UTC", "Europe/Berlin"], now)).toMatch(/^2y(\.[0-9a-z]{12})$/);
    expect(ZoneDigest.of(names, now)).toMatch(/^2y(\.[0-9a-z]{12}){4}$/);
  });

  it("is the same whenever it is made within a window, in whatever order zones are named", () => {
    const inWindow = fc.integer({ min: 0, max: windowMs - 1 });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 400 }),
        inWindow,
        inWindow,
        fc.uniqueArray(fc.constantFrom(...names, ...all.slice(0, 60)), { minLength: 1, maxLength: 40 }),
        (window, one, two, zones) => {
          const [a, b] = [one, two].map((ms) => window * windowMs + ms) as [number, number];
          expect(ZoneDigest.of([...zones].reverse(), a)).toBe(ZoneDigest.of([...zones, ...zones], b));
        },
      ),
      { numRuns: 50 },
    );
  });

  it("is of a window, and says nothing outside 1970 to 2200", () => {
    const [here, later] = [now, now + windowMs].map((at) => ZoneDigest.of(names, at)) as [string, string];
    expect(ZoneDigest.windowAt(now + windowMs)).toBe(ZoneDigest.windowAt(now) + 1);
    expect(ZoneDigest.difference(names, here, later)).toBeUndefined();
    expect([-1, Date.UTC(2202, 1), NaN, Infinity].map((at) => ZoneDigest.of(names, at))).toEqual(["", "", "", ""]);
  });

  it.each([
    ["from now on", 0, true],
    ["in a year", 365, true],
    ["in nineteen months", 580, true],
    ["in three years", 1_100, false],
  ])("differs where the data differ %s", (_, days, isDifferent) => {
    const mine = ZoneDigest.of(names, now);
    const theirs = ZoneDigest.of(names, now, doctored("Europe/Berlin", now / 1_000 + days * 86_400));
    expect(differing(names, mine, theirs)).toEqual(isDifferent ? ["Europe/Berlin"] : []);
    expect(differing(names, theirs, mine)).toEqual(isDifferent ? ["Europe/Berlin"] : []);
  });

  it("differs where one has a change of the clocks that the other has not, whoever it is", () => {
    // Kolkata has had none for long: what is compared is the data, not only the changes in them.
    const mine = ZoneDigest.of(names, now);
    for (const zone of ["Asia/Kolkata", "America/New_York"]) {
      const theirs = ZoneDigest.of(names, now, doctored(zone, 0, 60));
      expect(differing(names, mine, theirs)).toEqual([zone]);
    }
  });

  it("knows of no difference in zones that only one of them has", () => {
    const theirs = ZoneDigest.of(["Asia/Kolkata", "Asia/Tokyo"], now, doctored("Asia/Tokyo", 0));
    expect(differing(names, ZoneDigest.of(names, now), theirs)).toEqual([]);
  });

  it("of many zones has 32 entries, in which they are found together", () => {
    const mine = ZoneDigest.of(all, now);
    expect(mine.split(".").length).toBe(1 + ZoneDigest.most);
    const found = differing(all, mine, ZoneDigest.of(all, now, doctored("Europe/Berlin", 0)));
    expect(found).toContain("Europe/Berlin");
    expect(found.length).toBeLessThan(all.length / 10);
    expect(differing(all, mine, mine)).toEqual([]);
  }, 60_000);

  it("tells all zones of the platform apart by their names", () => {
    const entries = all.map((name) => ZoneDigest.of([name], now).slice(3, 9)).filter((it) => it !== "");
    expect(new Set(entries).size).toBe(entries.length);
    expect(entries.length).toBeGreaterThan(400);
  }, 60_000);

  it.each(["", "2y", "x.y.z", "2y.short", "2y..", `2y.${"0".repeat(99)}`])(
    "%j, which somebody else wrote, is no difference",
    (theirs) => expect([...ZoneDigest.difference(names, ZoneDigest.of(names, now), theirs) ?? []]).toEqual([]),
  );
});
