/**
 * Real stores for the tests of drivers.
 *
 * @module
 */
import { commandsOf } from "../../../adapters/redis/acl.ts";
import { byKey } from "../../../adapters/redis/scripts/byKey.ts";
import { inSet } from "../../../adapters/redis/scripts/inSet.ts";
import type { Kind } from "../../../adapters/redis/scripts/kinds.ts";
import * as store from "../../../adapters/redis/store.ts";
import { Thrown, type Transport } from "../../../adapters/redis/Script.ts";
import type { Driver } from "../../../src/Driver.ts";
import * as Engine from "../../../src/shell/engine.ts";
import { connectResp, type RespConnection, RespError } from "../../support/resp.ts";

/** Listens at a channel over a connection of its own. */
export const listenOver = (port: number): NonNullable<Transport["listen"]> => (channel, { heard, opened }, signal) =>
  new Promise((_, reject) => {
    const connected = connectResp(port);
    const lost = new Thrown({ kind: "no-answer" });
    connected.then(async (connection) => {
      connection.onPush = (reply) => Array.isArray(reply) && heard(String(reply[2]));
      connection.onEnd = () => reject(lost);
      await connection.send(["SUBSCRIBE", channel]);
      opened();
    }).catch(() => reject(lost));
    signal.addEventListener("abort", () => void connected.then((it) => it.close(), () => {}));
  });

/** Scripts straight over TCP: the same driver, several times faster than over HTTP. */
export const tcpTransport = (connection: RespConnection, edit?: (script: string) => string): Transport => ({
  evaluate: async (command, script, keys, args) => {
    try {
      // Only the text can be edited, so a changed script is never known by its hash.
      if (edit && command === "evalsha") throw new RespError("NOSCRIPT");
      const text = edit && command === "eval" ? edit(script) : script;
      const reply = await connection.send([command, text, `${keys.length}`, ...keys, ...args]);
      if (reply instanceof RespError) throw reply;
      return reply instanceof Uint8Array ? new TextDecoder().decode(reply) : reply;
    } catch (error) {
      throw new Thrown(error instanceof RespError ? { kind: "refused", error: error.message } : { kind: "no-answer" });
    }
  },
});

/** The Redis drivers, by the way they keep members. */
export const redisDrivers: ReadonlyArray<readonly [name: string, kind: Kind]> = [
  ["redis", byKey],
  ["redis-zset", inSet],
];

/** A Redis driver over TCP; `edit` changes its scripts, for tests of the tests. */
export const tcpDriver = async (
  port: number,
  edit?: (script: string) => string,
  kind: Kind = inSet,
): Promise<{ readonly driver: Driver; readonly close: () => void }> => {
  const connection = await connectResp(port);
  const driver = Engine.driver(store.make({
    transport: tcpTransport(connection, edit),
    prefix: "ringcron:",
    retentionMs: 86_400_000,
    kind,
    commands: commandsOf(kind.hasKeys),
  }));
  return { driver, close: () => connection.close() };
};
