/**
 * What a Redis says of itself: how long commands held it, how many there were, how much memory it has.
 *
 * A command that waits for a processor holds the server as long as one that works. How often that is so here is told by scripts that do
 * nothing but count, some milliseconds each, sent meanwhile.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { commandsIn } from "../../compare/counting.ts";
import type { RedisReply, RedisServer } from "../../support/redis.ts";

/** Which commands count as long. Milliseconds. */
const longMs = 10;

/** How long commands held the server while something was done. */
export interface Held {
  /** The longest, whole milliseconds; 0: none took as much as one. */
  readonly mostMs: number;
  /** How many took longer than 10 ms, and of which kind: what asks which schedules are due, what looks at rows, what changes any. */
  readonly long: number;
  readonly longOf: Readonly<Record<Kind, number>>;
  /** How many scripts ran, and how long one took on average. */
  readonly scripts: number;
  readonly meanMs: number;
  /** Commands, those inside scripts among them. */
  readonly commands: number;
  /** What scripts that only count have met with meanwhile; they are none of the others. */
  readonly counted: Counted;
}

type Kind = "asks" | "looks" | "changes" | "others";

/** What a command of the log did, by the sign that its first item has among its arguments. */
const kindOf = (args: ReadonlyArray<RedisReply>): Kind => {
  const [name, , ...rest] = args.map(String);
  if (!/^evalsha?$/i.test(name ?? "")) return "others";
  const sign = rest.find((it) => it === "?" || it === "!");
  return sign === undefined ? "changes" : sign === "?" ? "asks" : "looks";
};

/** How long scripts took that only count. Milliseconds. */
interface Counted {
  readonly times: number;
  readonly meanMs: number;
  readonly mostMs: number;
  readonly long: number;
}

/** How far one counts, which takes a millisecond or two, and how long it is until the next one. */
const upTo = 100_000;
const gapMs = 40;

const counting = `-- only counts
local from = redis.call('TIME')
local sum = 0
for n = 1, ARGV[1] + 0 do sum = sum + n % 7 end
local to = redis.call('TIME')
return (to[1] - from[1]) * 1000000 + (to[2] - from[2])`;

/** How many commands one of them is, itself included. */
const commandsEach = 3;

/** Counts until it is told to end, and tells then how long each took, microseconds. */
const count = (redis: RedisServer): () => Promise<ReadonlyArray<number>> => {
  const took: Array<number> = [];
  let isOver = false;
  const going = (async () => {
    while (!isOver) {
      took.push(Number(await redis.command("EVAL", counting, "0", `${upTo}`)));
      await delay(gapMs);
    }
  })();
  return async () => {
    isOver = true;
    await going;
    return took;
  };
};

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
  const counted = count(redis);
  return async () => {
    const took = await counted();
    const latest = listOf(await redis.command("LATENCY", "LATEST")).map(listOf);
    const info = String(await redis.command("INFO", "commandstats"));
    const [scripts, us] = evalsha(info);
    const slow = listOf(await redis.command("SLOWLOG", "GET", "-1")).map(listOf);
    const ours = slow.filter(([, , , args]) => !String(listOf(args)[1]).startsWith("-- only counts"));
    const long = ours.map(([, , us]) => Number(us) / 1_000);
    const longOf = { asks: 0, looks: 0, changes: 0, others: 0 };
    for (const [, , , args] of ours) longOf[kindOf(listOf(args))] += 1;
    const latency = latest.reduce((most, [what, , , ms]) => what === "command" ? Math.max(most, Number(ms)) : most, 0);
    const countedUs = took.reduce((sum, it) => sum + it, 0);
    const others = Math.max(0, scripts - took.length);
    return {
      mostMs: long.length === 0 ? Math.min(longMs, latency) : Math.ceil(Math.max(...long)),
      long: long.length,
      longOf,
      scripts: others,
      meanMs: Math.max(0, us - countedUs) / 1_000 / Math.max(1, others),
      commands: commandsIn(info) - commandsEach * took.length,
      counted: {
        times: took.length,
        meanMs: countedUs / 1_000 / Math.max(1, took.length),
        mostMs: Math.ceil(Math.max(0, ...took) / 1_000),
        long: took.filter((it) => it > longMs * 1_000).length,
      },
    };
  };
};

/** How much memory the data take. Bytes. */
export const usedMemory = async (redis: RedisServer): Promise<number> =>
  Number(/^used_memory:(\d+)/m.exec(String(await redis.command("INFO", "memory")))?.[1]);
