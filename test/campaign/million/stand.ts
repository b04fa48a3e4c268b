/**
 * What the campaign stands on: a Redis, its endpoint, and a fleet of three nodes.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createFleet } from "../../support/processes.ts";
import type { RedisServer } from "../../support/redis.ts";
import { startUpstash, type UpstashEndpoint } from "../../support/upstash.ts";
import { service as usual } from "./plan.ts";

/** What a node has said of itself. */
export interface Size {
  readonly rss: number;
  readonly heapUsed: number;
  readonly cpuUs: number;
  readonly runs: number;
  readonly troubles: Readonly<Record<string, number>>;
}

/** A start of a handler, as its node has recorded it. */
export interface Started {
  readonly id: string;
  readonly dueAt: number;
  /** By the clock of the fleet, epoch milliseconds. */
  readonly startedAt: number;
  /** By that of this machine. */
  readonly at: number;
}

/** Three nodes. */
export interface Nodes {
  /** When the first of them was started as a process, epoch milliseconds. */
  readonly beganAt: number;
  /** What each has to say of its memory, rubbish cleared away. */
  readonly sizes: () => Promise<ReadonlyArray<Size>>;
  /** When the first handler of them started; waits for it. Epoch milliseconds. */
  readonly firstRun: () => Promise<number>;
  readonly leave: () => Promise<void>;
  readonly kill: () => Promise<void>;
}

/** What stages need of it. */
export interface Stand {
  readonly redis: RedisServer;
  readonly endpoint: UpstashEndpoint;
  readonly env: Readonly<Record<string, string>>;
  /** Starts three nodes of a service, and waits until they are members. */
  readonly startNodes: (service?: string) => Promise<Nodes>;
  /** All that was ever started of what is watched. */
  readonly started: () => ReadonlyArray<Started>;
  readonly stop: () => Promise<void>;
}

/** Starts the endpoint; nodes write into a folder. */
export const open = async (redis: RedisServer, folder: string): Promise<Stand> => {
  const endpoint = await startUpstash({ redisPort: redis.port });
  const fleet = createFleet();
  const env = { UPSTASH_REDIS_REST_URL: endpoint.url, UPSTASH_REDIS_REST_TOKEN: endpoint.token };
  const names = ["a", "b", "c"];
  const fileOf = (name: string) => join(folder, `${name}.started`);

  const startNodes = async (service = usual): Promise<Nodes> => {
    const beganAt = Date.now();
    const processes = await Promise.all(
      names.map((name) =>
        fleet.start({
          name,
          program: "test/campaign/million/node.js",
          nodeArgs: ["--expose-gc"],
          env: { ...env, SERVICE: service, NODE_NAME: name, RECORD: fileOf(name) },
        })
      ),
    );
    await Promise.all(processes.map((it) => it.waitForLine(({ joined }) => joined !== undefined, 30_000, "a member")));
    return {
      beganAt,
      sizes: () =>
        Promise.all(processes.map(async (it) => {
          const before = it.lines.length;
          it.signal("SIGUSR2");
          const line = await it.waitForLine(
            (line) => line["rss"] !== undefined && it.lines.indexOf(line) >= before,
            30_000,
            "the size of a node",
          );
          return line as unknown as Size;
        })),
      firstRun: async () => {
        await fleet.waitForLines(
          () => processes.some(({ lines }) => lines.some(({ first }) => first !== undefined)),
          30_000,
          "a first run",
        );
        return Math.min(
          ...processes.flatMap(({ lines }) => lines.flatMap(({ first }) => first === undefined ? [] : [Number(first)])),
        );
      },
      leave: async () => {
        await Promise.all(processes.map((it) => it.terminate(30_000)));
      },
      kill: async () => {
        await Promise.all(processes.map((it) => it.kill()));
      },
    };
  };

  return {
    redis,
    endpoint,
    env,
    startNodes,
    started: () =>
      names.flatMap((name) => {
        const lines = existsSync(fileOf(name)) ? readFileSync(fileOf(name), "utf8").split("\n") : [];
        return lines.filter((line) => line !== "").map((line) => {
          const [id = "", dueAt, startedAt, at] = line.split(" ");
          return { id, dueAt: Number(dueAt), startedAt: Number(startedAt), at: Number(at) };
        });
      }),
    stop: async () => {
      await fleet.stop();
      await endpoint.stop();
    },
  };
};
