import { describe, expect, it } from "vitest";
import * as Zone from "../../src/core/schedule/Zone.ts";

const zone = (name: string): Zone.Zone => {
  const found = Zone.resolve(name);
  if (found === undefined) throw new Error(`no zone ${name}`);
  return found;
};
const offset = (name: string, at: string): number => Zone.offsetAt(zone(name), Date.parse(at));

describe("a zone", () => {
  it.each([
    ["UTC", "2026-01-01T00:00Z", 0],
    ["America/New_York", "2026-03-08T06:59:59Z", -18_000],
    ["America/New_York", "2026-03-08T07:00:00Z", -14_400],
    ["America/New_York", "2199-07-01T00:00Z", -14_400],
    ["Asia/Kolkata", "2026-07-01T00:00Z", 19_800],
    ["Asia/Kathmandu", "1985-12-31T00:00Z", 19_800],
    ["Asia/Kathmandu", "1986-01-02T00:00Z", 20_700],
    ["Australia/Lord_Howe", "2026-01-01T00:00Z", 39_600],
    ["Pacific/Apia", "2011-12-30T09:59:59Z", -36_000],
    ["Pacific/Apia", "2011-12-30T10:00:00Z", 50_400],
    ["Africa/Monrovia", "1970-01-01T00:00Z", -2670],
    ["Europe/Berlin", "1970-01-01T00:00Z", 3600],
    ["Etc/GMT+5", "2026-01-01T00:00Z", -18_000],
    ["+05:30", "2026-01-01T00:00Z", 19_800],
    ["-03", "2026-01-01T00:00Z", -10_800],
    ["-0330", "2026-01-01T00:00Z", -12_600],
    ["europe/berlin", "2026-07-01T00:00Z", 7200],
    ["EST5EDT", "2026-07-01T00:00Z", -14_400],
    ["MET", "2026-07-01T00:00Z", 7200],
  ])("%s at %s is %i s off", (name, at, expected) => expect(offset(name, at)).toBe(expected));

  it.each([
    "",
    " ",
    "Mars/Olympus",
    "UTC+25",
    "UTC+2",
    "GMT+2",
    "+24:00",
    "+5",
    "+5:30",
    "+05:60",
    "Z",
    "IST",
    "PST",
    "BST",
  ])(
    "%j is none",
    (name) => expect(Zone.resolve(name)).toBeUndefined(),
  );

  it("is found once and kept", () => {
    expect(zone("Europe/Paris")).toBe(zone("Europe/Paris"));
    expect(zone("utc")).toBe(zone("UTC"));
    expect(zone("+00:00")).toBe(zone("UTC"));
    expect(zone("+0530").name).toBe("+05:30");
  });

  it("is still found after more names than are kept", () => {
    const name = "america/argentina/buenos_aires";
    for (let i = 0; i < 1100; i++) {
      const spelled = [...name].map((it, n) => i >> n & 1 ? it.toUpperCase() : it).join("");
      expect(Zone.resolve(spelled)).toBeDefined();
    }
    expect(offset("Europe/Berlin", "2026-07-01T00:00Z")).toBe(7200);
  }, 30_000);

  it("has segments without gaps, and each instant in its own", () => {
    for (const name of ["America/New_York", "Africa/Casablanca", "Pacific/Apia", "Africa/Monrovia"]) {
      let at = 0;
      for (let i = 0; i < 400 && at < 7_000_000_000; i++) {
        const segment = Zone.segmentAt(zone(name), at);
        expect(segment.start <= at && at < segment.end).toBe(true);
        expect(Zone.segmentAt(zone(name), segment.end - 1)).toEqual(segment);
        at = segment.end;
      }
    }
  });

  it("has the segments that a look at every day and a half finds, too", () => {
    for (
      const name of ["Africa/Cairo", "Africa/Casablanca", "Asia/Gaza", "America/Argentina/San_Luis", "Europe/Lisbon"]
    ) {
      const clock = new Intl.DateTimeFormat("sv-SE", { timeZone: name, dateStyle: "short", timeStyle: "medium" });
      for (let at = 0; at < 2_500_000_000; at += 129_600) {
        const wall = Date.parse(`${clock.format(at * 1000).replace(" ", "T")}Z`) / 1000;
        if (Zone.segmentAt(zone(name), at).offset !== wall - at) {
          throw new Error(`${name} at ${new Date(at * 1000).toISOString()}`);
        }
      }
    }
  }, 60_000);
});
