/**
 * What a Redis tells of itself: version, memory, persistence, replication.
 */
import { bad, type Finding, good, note, unknown } from "./finding.ts";

type Command = (...words: ReadonlyArray<string>) => Promise<unknown>;

/** The fields of `INFO`; undefined if the server does not tell them. */
const infoOf = async (command: Command): Promise<ReadonlyMap<string, string> | undefined> => {
  const text = await command("INFO").catch(() => undefined);
  if (typeof text !== "string") return undefined;
  return new Map(
    text.split(/\r?\n/).filter((line) => line.includes(":") && !line.startsWith("#")).map((line) => {
      const at = line.indexOf(":");
      return [line.slice(0, at), line.slice(at + 1)] as const;
    }),
  );
};

/** One setting; undefined if it may not be read, as of hosted servers. */
const settingOf = async (command: Command, name: string): Promise<string | undefined> => {
  const answer = await command("CONFIG", "GET", name).catch(() => undefined);
  return Array.isArray(answer) && answer.length > 1 ? String(answer[1]) : undefined;
};

const versionOf = (info: ReadonlyMap<string, string>): Finding => {
  const version = info.get("redis_version") ?? "";
  const [, major = "0", minor = "0"] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  if (Number(major) === 0) return unknown("version", "the server does not tell its version");
  return Number(major) * 100 + Number(minor) >= 602
    ? good("version", `Redis ${version}`)
    : bad("version", `Redis ${version}`, "Redis 6.2 or newer is needed");
};

const evictionOf = (info: ReadonlyMap<string, string>): Finding => {
  const policy = info.get("maxmemory_policy");
  if (policy === undefined) return unknown("eviction", "the server does not tell its maxmemory-policy");
  if (policy === "noeviction") return good("eviction", "noeviction: nothing is thrown away to save memory");
  const change =
    "set maxmemory-policy to noeviction, or keep the fleet in a server of its own: what is thrown away are records " +
    "of what was decided, and fires may be lost or run twice";
  return info.get("maxmemory") === "0"
    ? note("eviction", `${policy}, but memory is not limited (maxmemory 0)`, change)
    : bad("eviction", `${policy}: keys are thrown away when memory is short`, change);
};

const persistenceOf = async (info: ReadonlyMap<string, string>, command: Command): Promise<Finding> => {
  const what = "persistence";
  if (!info.has("aof_enabled")) return unknown(what, "the server does not tell how it persists");
  if (info.get("aof_last_write_status") === "err" || info.get("rdb_last_bgsave_status") === "err") {
    return bad(what, "the last write to disk failed", "look at the server's log and its disk");
  }
  if (info.get("aof_enabled") === "1") {
    const fsync = await settingOf(command, "appendfsync");
    if (fsync === "always") return good(what, "append-only file, synced with every write");
    return note(
      what,
      `append-only file, synced ${fsync === "everysec" ? "every second" : fsync ?? "as the server has it"}`,
      "after a crash of its machine the last moments may be forgotten, and their fires run again: appendfsync always keeps them",
    );
  }
  const save = await settingOf(command, "save");
  const change =
    "switch appendonly on: what is not on disk is forgotten when the server restarts, fires that ran since may run " +
    "again, and pauses are gone";
  return save === "" ? note(what, "nothing is written to disk", change) : note(what, "snapshots now and then", change);
};

const replicationOf = async (info: ReadonlyMap<string, string>, command: Command): Promise<Finding> => {
  const what = "replication";
  if (info.get("role") === "slave") {
    return bad(what, "this is a replica", "give the address of the primary: replicas lag, and refuse writes");
  }
  const replicas = Number(info.get("connected_slaves") ?? "0");
  if (replicas === 0) return good(what, "a primary without replicas");
  const least = await settingOf(command, "min-replicas-to-write");
  const says = `a primary with ${replicas === 1 ? "one replica" : `${replicas} replicas`}`;
  return least === "0"
    ? note(
      what,
      says,
      "min-replicas-to-write 1 makes a promoted replica less likely to lack what was acknowledged",
    )
    : good(what, says);
};

/** Asks it. */
export const askRedis = async (command: Command): Promise<ReadonlyArray<Finding>> => {
  const info = await infoOf(command);
  if (info === undefined) {
    return [
      unknown("server", "the user may not run INFO, so version, eviction, persistence and replication cannot be told"),
    ];
  }
  return [versionOf(info), evictionOf(info), await persistenceOf(info, command), await replicationOf(info, command)];
};
