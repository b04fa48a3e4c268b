/**
 * What a store wrote, in the order in which it wrote it, as it stands in the store's own log: Redis' append-only file or
 * etcd's revisions. The log is the truth about commits, and none of the code under test has a hand in it.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { decode } from "../../../src/internal/packed.ts";
import { NeedMoreBytes, readReply } from "../../support/resp-codec.ts";

/** What one transaction of the store changed. */
export interface Write {
  /** Job and packed record. */
  readonly records: ReadonlyArray<readonly [job: string, record: string]>;
  /** Lines of the history. */
  readonly lines: ReadonlyArray<string>;
  /** Incarnations with the end of their lease, epoch milliseconds of the store; 0 for one that is removed. */
  readonly members: ReadonlyArray<readonly [incarnation: string, leaseEndsAt: number]>;
  /** Nobody is dropped before this instant. */
  readonly amnestyUntil: number | undefined;
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

/** The row of a table of members: nine parts and a score, or the table's own. */
const fromRow = (row: string, score: number, isIndex: boolean): Partial<Pick<Write, "amnestyUntil" | "members">> => {
  const part = row.split("|");
  if (part[0] === "#") return { amnestyUntil: Number(part[2]) };
  // Where each node has a key of its own the rows only say where to look.
  return part.length === 7 && !isIndex ? { members: [[decode(part[0] ?? "") ?? "", score]] } : {};
};

/** What the commands of one transaction of a Redis change for a service. */
export function toWrite(commands: ReadonlyArray<ReadonlyArray<string>>, service: string, hasNodeKeys: boolean): Write {
  const base = `ringcron:1:{${service}}:`;
  const records: Array<readonly [string, string]> = [];
  const lines: Array<string> = [];
  const members: Array<readonly [string, number]> = [];
  let amnestyUntil: number | undefined;
  for (const [name = "", key = "", ...rest] of commands) {
    if (!key.startsWith(base)) continue;
    const place = key.slice(base.length);
    switch (name.toUpperCase()) {
      case "HSET":
      case "HMSET":
        if (place !== "jobs") break;
        for (const [field, value] of pairs(rest)) {
          if (/^#h\d+$/.test(field)) lines.push(...value.split("\n"));
          else if (field !== "#") records.push([decode(field) ?? field, value]);
        }
        break;
      case "ZADD":
        for (const [score, row] of pairs(rest)) {
          const found = fromRow(row, Number(score), hasNodeKeys);
          members.push(...found.members ?? []);
          amnestyUntil = found.amnestyUntil ?? amnestyUntil;
        }
        break;
      case "ZREM":
        for (const row of rest) {
          // A row that is replaced is removed after its successor was written, which bears the same incarnation.
          const gone = fromRow(row, 0, hasNodeKeys).members?.find(([it]) => members.every(([other]) => other !== it));
          if (gone !== undefined) members.push(gone);
        }
        break;
      case "SET":
        if (place.startsWith("node:")) members.push([decode(place.slice(5)) ?? "", Number(rest[0])]);
        break;
      case "DEL":
      case "UNLINK":
        if (place.startsWith("node:")) members.push([decode(place.slice(5)) ?? "", 0]);
        break;
    }
  }
  return { records, lines, members, amnestyUntil };
}
