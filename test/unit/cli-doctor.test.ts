/**
 * What `doctor` makes of what a Redis tells of itself.
 */
import { describe, expect, it } from "vitest";
import { askRedis } from "../../cli/doctor/redis.ts";
import { wrapped } from "../../cli/print/words.ts";

/** A server with some facts and settings; what it may not be asked fails. */
const server =
  (info: Readonly<Record<string, string>> | undefined, settings: Readonly<Record<string, string>> = {}) =>
  (...[name, , setting = ""]: ReadonlyArray<string>): Promise<unknown> => {
    if (name === "INFO" && info !== undefined) {
      const lines = Object.entries(info).map(([field, value]) => `${field}:${value}`);
      return Promise.resolve(["# Server", ...lines].join("\r\n"));
    }
    const value = settings[setting];
    return value === undefined ? Promise.reject(new Error("NOPERM")) : Promise.resolve([setting, value]);
  };

const sound = {
  redis_version: "7.0.15",
  maxmemory: "0",
  maxmemory_policy: "noeviction",
  aof_enabled: "1",
  role: "master",
  connected_slaves: "0",
};

const findings = async (...it: Parameters<typeof server>) =>
  new Map((await askRedis(server(...it))).map((found) => [found.what, found]));

describe("a Redis", () => {
  it("is as it should be", async () => {
    const found = await findings(sound, { appendfsync: "always" });
    expect([...found.values()].map(({ is, what }) => `${what} ${is}`)).toEqual([
      "version good",
      "eviction good",
      "persistence good",
      "replication good",
    ]);
    expect([...found.values()].every(({ change }) => change === undefined)).toBe(true);
  });

  it("that throws keys away, is too old, is a replica or fails to write must be changed", async () => {
    const found = await findings({
      ...sound,
      redis_version: "6.0.9",
      maxmemory: "1000",
      maxmemory_policy: "volatile-lru",
      rdb_last_bgsave_status: "err",
      role: "slave",
    });
    for (const what of ["version", "eviction", "persistence", "replication"]) {
      expect(found.get(what), what).toMatchObject({ is: "bad", change: expect.stringMatching(/\w{4}/) });
    }
    expect(found.get("eviction")?.change).toContain("noeviction");
  });

  it("that could forget is noted, and what it does not tell is unknown", async () => {
    const note = { is: "note" };
    expect((await findings(sound, { appendfsync: "everysec" })).get("persistence")).toMatchObject(note);
    expect((await findings(sound)).get("persistence")).toMatchObject(note);
    const snapshots = await findings({ ...sound, aof_enabled: "0" }, { save: "" });
    expect(snapshots.get("persistence")).toMatchObject({ ...note, says: "nothing is written to disk" });
    const unlimited = await findings({ ...sound, maxmemory_policy: "allkeys-lru", connected_slaves: "2" }, {
      "min-replicas-to-write": "0",
    });
    expect([unlimited.get("eviction"), unlimited.get("replication")]).toMatchObject([note, note]);
    expect(await askRedis(server(undefined))).toMatchObject([{ what: "server", is: "unknown" }]);
    expect([...(await findings({ role: "master" })).values()].map(({ is }) => is).slice(0, 3))
      .toEqual(["unknown", "unknown", "unknown"]);
  });
});

it("what is to be changed is broken between words", () => {
  expect(wrapped("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrapped("", 7)).toEqual([]);
  expect(wrapped("much-too-long a", 5)).toEqual(["much-too-long", "a"]);
});
