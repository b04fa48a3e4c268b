/**
 * What a server is asked to do, as its MONITOR tells it: each script with its keys, and the commands that it runs.
 *
 * @module
 */
import { once } from "node:events";
import { connect } from "node:net";

/** One call of a script. */
export interface ScriptCall {
  /** The keys it was given. */
  readonly keys: ReadonlyArray<string>;
  /** The keys its commands touched. */
  readonly touched: ReadonlyArray<string>;
}

const severalKeys = new Set(["mget", "del"]);
const noKeys = new Set(["time"]);

const wordsOf = (line: string): ReadonlyArray<string> =>
  [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word]) => word ?? "");

/** Reads the lines of MONITOR. Commands outside of scripts are left out. */
export const scriptCalls = (lines: ReadonlyArray<string>): ReadonlyArray<ScriptCall> => {
  const calls: Array<{ keys: ReadonlyArray<string>; touched: Array<string> }> = [];
  for (const line of lines) {
    const [command = "", ...words] = wordsOf(line);
    const name = command.toLowerCase();
    if (/^\+\d+\.\d+ \[\d+ lua\]/.test(line)) {
      if (!noKeys.has(name)) calls.at(-1)?.touched.push(...severalKeys.has(name) ? words : words.slice(0, 1));
    } else if (name === "eval" || name === "evalsha") {
      calls.push({ keys: words.slice(2, 2 + Number(words[1])), touched: [] });
    }
  }
  return calls;
};

/** The lines of MONITOR from the moment it resolves; `end` gives those so far and hangs up. */
export const monitor = async (port: number): Promise<{ readonly end: () => Promise<ReadonlyArray<string>> }> => {
  const socket = connect({ port, host: "127.0.0.1" });
  let text = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => text += chunk);
  await once(socket, "connect");
  socket.write("MONITOR\r\n");
  while (!text.includes("+OK")) await once(socket, "data");
  return {
    end: async () => {
      // What was done before is told before what is done after: a mark of our own says that all has come.
      const mark = `mark-${Math.random()}`;
      const marker = connect({ port, host: "127.0.0.1" });
      marker.write(`ECHO ${mark}\r\n`);
      while (!text.includes(mark)) await once(socket, "data");
      marker.destroy();
      socket.destroy();
      return text.split("\r\n");
    },
  };
};

/** The slot of a key in a Redis Cluster: CRC16 (XMODEM) of its hash tag, or of all of it if it has none. */
export const slotOf = (key: string): number => {
  const [, tag = ""] = /^[^{]*\{([^}]*)\}/.exec(key) ?? [];
  let crc = 0;
  for (const byte of new TextEncoder().encode(tag === "" ? key : tag)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
    crc &= 0xffff;
  }
  return crc % 16_384;
};
