/**
 * What is in a store is of a layout: what was written by this one is read to the value, what a later release keeps is left
 * alone and told. The texts are put into the servers as they are, past the drivers.
 */
import * as Effect from "effect/Effect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Driver, DriverError } from "../../src/Driver.ts";
import * as Engine from "../../src/shell/engine.ts";
import * as history from "../golden/history-2.ts";
import * as golden from "../golden/layout-2.ts";
import { type EtcdCluster, startEtcd } from "../support/etcd.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { storeAt } from "./support/etcd-store.ts";
import { kinds, tcpStore } from "./support/redis-store.ts";
import { beat, claim, item } from "./support/requests.ts";

const run = Effect.runPromise;

/** A driver, and the server behind it as people with another client see it. */
interface Place {
  readonly driver: Driver;
  /** Puts the texts of a whole service, as this release writes them: two jobs, a member, two lines. */
  readonly plant: (service: string) => Promise<unknown>;
  /** Puts marks of a later release in the place of a member's, or of rows; tells what is refused then. */
  readonly later: ReadonlyArray<readonly [what: string, put: (service: string) => Promise<unknown>, refused: RegExp]>;
  /** Puts a text under the key of a row. */
  readonly put: (service: string, key: string, text: string) => Promise<unknown>;
  /** Everything that there is: what under which name. */
  readonly all: (service: string) => Promise<ReadonlyArray<readonly [name: string, text: string]>>;
}

const recordOf = (feature: string): string => golden.records.find(([it]) => it.startsWith(feature))?.[1] ?? "";
const record = recordOf("a job that waits");
const running = recordOf("a run that was given back");
const [, row] = golden.rows[0] ?? ["", ""];
const [, declared] = golden.declared[1] ?? ["", ""];
const [[, ended, endedEntry], [, skipped, skippedEntry]] = [
  history.lines[0],
  history.lines.findLast(([, , entry]) => entry._tag === "Skip"),
] as [
  (typeof history.lines)[number],
  (typeof history.lines)[number],
];
const definition = "7f3a9c01";
const forEver = 9_000_000_000_000;

let redis: RedisServer;
let etcd: EtcdCluster;
const closed: Array<() => void> = [];
const places = new Map<string, Place>();

const redisPlace = (driver: Driver, mark: number): Place => {
  const key = (service: string, what: string) => `ringcron:2:{${service}}:${what}`;
  const send = (...parts: ReadonlyArray<string | number>) => redis.command(...parts.map(String));
  return {
    driver,
    plant: async (service) => {
      const rows = key(service, "rows");
      await send("HSET", rows, "j:waits", record, "j:runs", running, "#", "2|2|0", "#0", ended, "#1", skipped);
      const instants = [60_000, `n|1800000000000|d1gest|${row}`, forEver, "@n", 2, "#layout", mark, "#kind"];
      await send("ZADD", key(service, "instants"), ...instants, 7, "#version", -1_800_000_060_000, "j:waits");
      await send("HSET", key(service, "declared"), "d1gest", declared);
      if (mark === 1) await send("SET", key(service, "node:n"), forEver);
    },
    put: (service, row, text) => send("HSET", key(service, "rows"), row, text),
    later: [
      ["members", (service) => send("ZADD", key(service, "instants"), 3, "#layout"), /beat|leave/],
      [
        "rows",
        (service) => send("HSET", key(service, "rows"), "#", "3|what|ever", "j:job", "what|ever"),
        /claim|pause/,
      ],
    ],
    all: async (service) => {
      const parts = [
        await redis.command("ZRANGE", key(service, "instants"), "0", "-1", "WITHSCORES"),
        await redis.command("HGETALL", key(service, "rows")),
        await redis.command("HGETALL", key(service, "declared")),
      ] as ReadonlyArray<ReadonlyArray<string>>;
      return parts.flatMap((part) => part.flatMap((it, at) => at % 2 === 0 ? [[it, part[at + 1] ?? ""] as const] : []))
        .sort();
    },
  };
};

const etcdPlace = (): Place => {
  const base = (service: string) => `ringcron/1/${service}/`;
  return {
    driver: Engine.driver(storeAt(etcd).store),
    plant: async (service) => {
      const texts: ReadonlyArray<readonly [string, string]> = [
        [`${base(service)}epoch`, "1799000000000"],
        [`${base(service)}version`, ""],
        [`${base(service)}node/n`, `1|d1gest|${row}`],
        [`${base(service)}member/n`, `1|1800000000000|${forEver}|60000`],
        [`${base(service)}declared/d1gest`, declared],
        [`${base(service)}row/j:waits`, `${record}@1800000060000`],
        [`${base(service)}due/0001800000060000/j:waits`, ""],
        [`${base(service)}row/j:runs`, running],
        [`${base(service)}history/0000000000000001.w.0000000000000001`, ended],
        [`${base(service)}history/0000000000000002.w.0000000000000001`, skipped],
      ];
      for (const [key, text] of texts) await etcd.put(key, text);
    },
    put: (service, row, text) => etcd.put(`${base(service)}row/${row}`, text),
    later: [
      ["members", (service) => etcd.put(`${base(service)}node/other`, "2|what|ever"), /beat/],
      ["promises", (service) => etcd.put(`${base(service)}member/n`, "2|what|ever"), /beat/],
    ],
    all: (service) => etcd.keys(base(service)),
  };
};

beforeAll(async () => {
  [redis, etcd] = await Promise.all([startRedis(), startEtcd()]);
  for (const [name, kind] of kinds) {
    const { close, store } = await tcpStore(redis.port, kind);
    closed.push(close);
    places.set(name, redisPlace(Engine.driver(store), kind.mark));
  }
  places.set("etcd", etcdPlace());
}, 120_000);
afterAll(async () => {
  for (const close of closed) close();
  await Promise.all([redis?.stop(), etcd?.stop()]);
});

describe.each(["redis", "redis-zset", "etcd"])("%s", (name) => {
  const at = (): Place => places.get(name) as Place;

  it("is read as what this layout says: jobs, runs, history, members, what they declare", async () => {
    const { all, driver, plant } = at();
    const service = "golden";
    await plant(service);
    const before = await all(service);
    const peeked = await run(driver.peek({ _tag: "Peek", service, jobs: ["waits", "runs"], history: true }));
    expect(peeked.history).toEqual([endedEntry, skippedEntry]);
    expect(peeked.jobs).toMatchObject([{ job: "waits", watermark: 1_800_000_000_000, paused: false, active: [] }, {
      job: "runs",
      active: [{ dueAt: 1_800_000_000_000, holder: "" }, { dueAt: 1_800_000_000_000, holder: "a1b2" }],
    }]);
    expect(await all(service), "who looks leaves it as it is").toEqual(before);
    const { declared, members } = await run(driver.beat(beat(service, "me", { declared: new Map() })));
    expect(members?.map((it) => it.incarnation)).toEqual(["me", "n"]);
    expect(members?.[1]).toMatchObject({ name: "web-1", deployment: 1_800_000_000_000, digest: "d1gest" });
    expect(declared).toEqual(new Map([["d1gest", golden.declared[1]?.[2]]]));
  });

  it("leaves a record of a later layout alone, and goes on with the others", async () => {
    const { all, driver, plant, put } = at();
    const service = "later-record";
    await plant(service);
    const kept = record.replace(/^2/, "3");
    await put(service, "j:waits", kept);
    const { results } = await run(
      driver.claim(claim(service, "n", [item("waits", "n.1", { definition }), item("runs", "n.2", { definition })], {
        deployment: 1_799_999_000_000,
      })),
    );
    expect(results.map(({ status }) => status)).toEqual(["newer", "at"]);
    for (const command of [{ _tag: "Pause", job: "waits" }, { _tag: "Trigger", job: "waits", key: "k" }] as const) {
      const error = await run(Effect.flip(driver.control({ _tag: "Control", service, command })));
      expect(error).toMatchObject({ reason: "Foreign", detail: expect.stringContaining("later release") });
    }
    expect((await all(service)).map(([, text]) => text)).toContain(kept);
  });

  it("is left alone and told when a later release keeps it", async () => {
    const { all, driver, later } = at();
    for (const [what, put, refused] of later) {
      const service = `later-${what}`;
      const operations: Record<string, Effect.Effect<unknown, DriverError>> = {
        beat: driver.beat(beat(service, "n", { declared: new Map([["job", "definition"]]) })),
        leave: driver.beat(beat(service, "n", { state: "gone" })),
        claim: driver.claim(claim(service, "n", [item("job", "n.1")])),
        pause: driver.control({ _tag: "Control", service, command: { _tag: "Pause", job: "job" } }),
      };
      for (const [operation, effect] of Object.entries(operations)) {
        if (!refused.test(operation)) continue;
        await put(service);
        const before = await all(service);
        const error = await run(Effect.flip(effect));
        expect(error, `${what}: ${operation}`).toMatchObject({
          reason: "Foreign",
          detail: expect.stringContaining("newer release"),
        });
        // etcd writes what a node says of itself in the same step in which it reads what others say.
        expect(await all(service), `${what}: ${operation}`).toEqual(
          name === "etcd" ? expect.arrayContaining([...before]) : before,
        );
      }
    }
  });
});
