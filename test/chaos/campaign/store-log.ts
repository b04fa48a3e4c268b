/**
 * What a store wrote, in the order in which it wrote it, as it stands in the store's own log: Redis' append-only file or
 * etcd's revisions. The log is the truth about commits, and none of the code under test has a hand in it.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { decode } from "../../../src/core/ledger/packed.ts";
import { keyOf, keysOf } from "../../../adapters/redis/keys.ts";
import { NeedMoreBytes, readReply } from "../../support/resp-codec.ts";

/** What one transaction of the store changed. */
export interface Write {
  /** What was put under which keys. */
  readonly rows: ReadonlyArray<readonly [key: string, text: string]>;
  /** Lines of the history. */
  readonly lines: ReadonlyArray<string>;
  /** Incarnations with the end of their lease, epoch milliseconds of the store; 0 for one that is removed. */
  readonly members: ReadonlyArray<readonly [incarnation: string, leaseEndsAt: number]>;
  /** Nobody is dropped before this instant. */
  readonly amnestyUntil: number | undefined;
  /** From when to when it may have been written, epoch milliseconds; absent where its own times can be relied on. */
  readonly between?: readonly [from: number, upTo: number];
}

/** The life of a store from one loss, or from the beginning, to the next. */
export interface Generation {
  /** How it came to be: `start`, or the fault that ended the one before. */
  readonly origin: string;
  /** When, epoch milliseconds. */
  readonly at: number;
  /** What was there already, without what the fault before took away. */
  readonly restored: ReadonlyArray<Write>;
  readonly writes: ReadonlyArray<Write>;
}

/** The files of an append-only log in their order; the last is the one that is appended to. */
export function appendOnlyFiles(folder: string): ReadonlyArray<string> {
  const home = join(folder, "appendonlydir");
  const manifest = join(home, "appendonly.aof.manifest");
  if (!existsSync(manifest)) return [];
  const names = readFileSync(manifest, "utf8").split("\n").flatMap((line) => {
    const [, name, , , , type] = line.split(" ");
    return name !== undefined && type !== "h" ? [name] : [];
  });
  return names.map((name) => join(home, name)).filter((it) => existsSync(it));
}

/** How long an append-only log is. */
export const appendOnlyLength = (folder: string): number =>
  appendOnlyFiles(folder).reduce((sum, file) => sum + statSync(file).size, 0);

/** The bytes of an append-only log. */
export const readAppendOnly = (folder: string): Buffer =>
  Buffer.concat(appendOnlyFiles(folder).map((it) => readFileSync(it)));

/** Reads the log of a Redis: each transaction, with the place where it ends. */
export function* readCommands(
  bytes: Buffer,
): Generator<readonly [commands: ReadonlyArray<ReadonlyArray<string>>, end: number]> {
  let at = 0;
  let open: Array<ReadonlyArray<string>> | undefined;
  while (at < bytes.length) {
    let command: ReadonlyArray<string>;
    try {
      const [reply, next] = readReply(bytes, at);
      command = (reply as ReadonlyArray<Buffer>).map((it) => it.toString("utf8"));
      at = next;
    } catch (error) {
      // What was being written when the server was killed.
      if (error === NeedMoreBytes) return;
      throw error;
    }
    const name = command[0]?.toUpperCase();
    if (name === "MULTI") open = [];
    else if (name === "EXEC") {
      yield [open ?? [], at];
      open = undefined;
    } else if (open !== undefined) open.push(command);
    else yield [[command], at];
  }
}

const pairs = (list: ReadonlyArray<string>): ReadonlyArray<readonly [string, string]> =>
  Array.from({ length: list.length >> 1 }, (_, index) => [list[2 * index] as string, list[2 * index + 1] as string]);

/** What an entry of the set `instants` tells: when the promise of a member ends, or until when there is an amnesty. */
const fromInstant = (name: string, score: number, write: Pick<Building, "members">): number | undefined => {
  if (name === "#amnesty") return score;
  if (name.startsWith("@")) write.members.push([decode(name.slice(1)) ?? name, score]);
  return undefined;
};

interface Building {
  readonly rows: Array<readonly [key: string, text: string]>;
  readonly lines: Array<string>;
  readonly members: Array<readonly [incarnation: string, endsAt: number]>;
  amnestyUntil: number | undefined;
}

/** What the commands of one transaction of a Redis change for a service. */
export function toWrite(commands: ReadonlyArray<ReadonlyArray<string>>, service: string): Write {
  const keys = keysOf("ringcron:", service);
  const write: Building = { rows: [], lines: [], members: [], amnestyUntil: undefined };
  for (const [name = "", key = "", ...rest] of commands) {
    switch (`${name.toUpperCase()} ${key}`) {
      case `HSET ${keys.rows}`:
        for (const [field, text] of pairs(rest)) {
          const row = keyOf(field);
          if (row !== undefined) write.rows.push([row, text]);
          else if (/^#\d+$/.test(field)) write.lines.push(text);
        }
        break;
      case `ZADD ${keys.instants}`:
        for (const [score, entry] of pairs(rest)) {
          write.amnestyUntil = fromInstant(entry, Number(score), write) ?? write.amnestyUntil;
        }
        break;
      case `ZREM ${keys.instants}`:
        for (const entry of rest) fromInstant(entry, 0, write);
        break;
      default:
        // A key of a node that is removed, by its node or as its time is over, ends a promise at once.
        if (!key.startsWith(keys.node)) break;
        if (/^(DEL|UNLINK)$/i.test(name)) write.members.push([decode(key.slice(keys.node.length)) ?? "", 0]);
    }
  }
  return write;
}
