/**
 * The bytes of RESP2: commands out, replies in.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/** An argument of a command; text goes out as UTF-8, bytes as they are. */
export type RespArgument = string | number | bigint | Uint8Array;

/** A status reply such as `OK` or `PONG`, which REST encodes differently from data. */
export class RespStatus {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** An error reply; its message starts with the server's code, such as `NOSCRIPT`. */
export class RespError extends Error {
  override readonly name = "RespError";
}

/** A reply: data are bytes, integers beyond 2^53 are bigints. */
export type RespReply = RespStatus | RespError | Buffer | number | bigint | null | RespReply[];

/** Thrown by `readReply` when the bytes end inside a reply; a constant, for it is thrown on every large reply. */
export const NeedMoreBytes: unique symbol = Symbol("need more bytes");

/** One command in the server's inline-free form. */
export function writeCommand(command: ReadonlyArray<RespArgument>): Buffer {
  const parts: Uint8Array[] = [];
  // Text is gathered, as a buffer for each argument takes several times as long.
  let text = `*${command.length}\r\n`;
  for (const argument of command) {
    if (argument instanceof Uint8Array) {
      parts.push(Buffer.from(`${text}$${argument.length}\r\n`, "utf8"), argument);
      text = "\r\n";
    } else {
      const it = String(argument);
      text += `$${Buffer.byteLength(it, "utf8")}\r\n${it}\r\n`;
    }
  }
  const last = Buffer.from(text, "utf8");
  return parts.length === 0 ? last : Buffer.concat([...parts, last]);
}

/** Reads the reply that starts at `at`; returns it with the place after it, or throws `NeedMoreBytes`. */
export function readReply(bytes: Buffer, at: number): [reply: RespReply, next: number] {
  const end = bytes.indexOf("\r\n", at);
  if (end < 0) throw NeedMoreBytes;
  const line = bytes.toString("utf8", at + 1, end);
  const next = end + 2;
  switch (bytes[at]) {
    case 0x2b: // +
      return [new RespStatus(line), next];
    case 0x2d: // -
      return [new RespError(line), next];
    case 0x3a: // :
      return [integer(line), next];
    case 0x24: // $
      return readBulk(bytes, next, Number(line));
    case 0x2a: // *
      return readArray(bytes, next, Number(line));
    default:
      throw new Error(`not a RESP2 reply: byte ${bytes[at]} at ${at}`);
  }
}

function integer(line: string): number | bigint {
  const value = Number(line);
  return Number.isSafeInteger(value) ? value : BigInt(line);
}

function readBulk(bytes: Buffer, at: number, length: number): [RespReply, number] {
  if (length < 0) return [null, at];
  if (bytes.length < at + length + 2) throw NeedMoreBytes;
  // A copy: the view would keep the whole network buffer alive and change with it.
  return [Buffer.from(bytes.subarray(at, at + length)), at + length + 2];
}

function readArray(bytes: Buffer, at: number, length: number): [RespReply, number] {
  if (length < 0) return [null, at];
  const items: RespReply[] = [];
  let next = at;
  for (let index = 0; index < length; index++) {
    const [item, after] = readReply(bytes, next);
    items.push(item);
    next = after;
  }
  return [items, next];
}
