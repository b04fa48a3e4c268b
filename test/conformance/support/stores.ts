/**
 * Real stores for the tests of drivers.
 *
 * @module
 */
import * as Effect from "effect/Effect";
import * as redis from "../../../adapters/redis/driver.ts";
import { inSet, type Members } from "../../../adapters/redis/lua/members.ts";
import { byKey } from "../../../adapters/redis/lua/nodes.ts";
import type { Failure, Transport } from "../../../adapters/redis/Script.ts";
import type { Driver } from "../../../src/Driver.ts";
import { connectResp, type RespConnection, RespError } from "../../support/resp.ts";

/** Scripts straight over TCP: the same driver, several times faster than over HTTP. */
const tcpTransport = (connection: RespConnection, edit?: (script: string) => string): Transport => ({
  evaluate: (command, script, keys, args) =>
    Effect.tryPromise({
      try: async () => {
        // Only the text can be edited, so a changed script is never known by its hash.
        if (edit && command === "evalsha") throw new RespError("NOSCRIPT");
        const text = edit && command === "eval" ? edit(script) : script;
        const reply = await connection.send([command, text, `${keys.length}`, ...keys, ...args]);
        if (reply instanceof RespError) throw reply;
        return reply instanceof Uint8Array ? new TextDecoder().decode(reply) : reply;
      },
      catch: (error): Failure =>
        error instanceof RespError ? { kind: "refused", error: error.message } : { kind: "no-answer" },
    }),
});

/** The Redis drivers, by the way they keep members. */
export const redisDrivers: ReadonlyArray<readonly [name: string, members: Members]> = [
  ["redis", byKey],
  ["redis-zset", inSet],
];

/** A Redis driver over TCP; `edit` changes its scripts, for tests of the tests. */
export const tcpDriver = async (
  port: number,
  edit?: (script: string) => string,
  members: Members = inSet,
): Promise<{ readonly driver: Driver; readonly close: () => void }> => {
  const connection = await connectResp(port);
  const driver = redis.make({
    name: "redis over TCP",
    transport: tcpTransport(connection, edit),
    prefix: "ringcron:",
    retentionMs: 86_400_000,
    members,
  });
  return { driver, close: () => connection.close() };
};
