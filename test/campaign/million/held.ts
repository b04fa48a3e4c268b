/**
 * What a Redis says of itself: how long commands held it, how many there were, how much memory it has.
 *
 * @module
 */
import { commandsIn } from "../../compare/counting.ts";
import type { RedisReply, RedisServer } from "../../support/redis.ts";

/** Which commands count as long. Milliseconds. */
const longMs = 10;

/** How long commands held the server while something was done. */
export interface Held {
  /** The longest, whole milliseconds; 0: none took as much as one. */
  readonly mostMs: number;
  /** How many took longer than 10 ms. */
  readonly long: number;
  /** How many scripts ran, and how long one took on average. */
  readonly scripts: number;
  readonly meanMs: number;
  /** Commands, those inside scripts among them. */
  readonly commands: number;
}

const listOf = (reply: RedisReply | undefined): ReadonlyArray<RedisReply> => Array.isArray(reply) ? reply : [];

const evalsha = (info: string): readonly [calls: number, us: number] => {
  let [calls, us] = [0, 0];
  for (const [, n, usec] of info.matchAll(/^cmdstat_eval(?:sha)?:calls=(\d+),usec=(\d+)/gm)) {
    [calls, us] = [calls + Number(n), us + Number(usec)];
  }
  return [calls, us];
};

/** From now on the server counts anew, until the function that is returned tells what it has counted. */
export const watch = async (redis: RedisServer): Promise<() => Promise<Held>> => {
  await redis.command("CONFIG", "SET", "latency-monitor-threshold", "1");
  await redis.command("CONFIG", "SET", "slowlog-log-slower-than", `${longMs * 1_000}`);
  await redis.command("CONFIG", "SET", "slowlog-max-len", "100000");
  await redis.command("SLOWLOG", "RESET");
  await redis.command("CONFIG", "RESETSTAT");
  await redis.command("LATENCY", "RESET");
  return async () => {
    const latest = listOf(await redis.command("LATENCY", "LATEST")).map(listOf);
    const info = String(await redis.command("INFO", "commandstats"));
    const [scripts, us] = evalsha(info);
    return {
      mostMs: latest.reduce((most, [what, , , ms]) => what === "command" ? Math.max(most, Number(ms)) : most, 0),
      long: Number(await redis.command("SLOWLOG", "LEN")),
      scripts,
      meanMs: us / 1_000 / Math.max(1, scripts),
      commands: commandsIn(info),
    };
  };
};

/** How much memory the data take. Bytes. */
export const usedMemory = async (redis: RedisServer): Promise<number> =>
  Number(/^used_memory:(\d+)/m.exec(String(await redis.command("INFO", "memory")))?.[1]);
