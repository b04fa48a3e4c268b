/**
 * The Redis stores, over real servers.
 *
 * @module
 */
import { commandsOf } from "../../../adapters/redis/acl.ts";
import type { Transport } from "../../../adapters/redis/Script.ts";
import { byKey } from "../../../adapters/redis/scripts/byKey.ts";
import { inSet } from "../../../adapters/redis/scripts/inSet.ts";
import type { Kind } from "../../../adapters/redis/scripts/kinds.ts";
import * as store from "../../../adapters/redis/store.ts";
import type { Store } from "../../../src/Store.ts";
import { connectResp } from "../../support/resp.ts";
import { listenOver, tcpTransport } from "./stores.ts";

/** Both, by the name of their driver. */
export const kinds: ReadonlyArray<readonly [name: string, kind: Kind]> = [
  [byKey.name, byKey],
  [inSet.name, inSet],
];

/** A store over some transport. */
export const storeOver = (transport: Transport, kind: Kind, retentionMs = 86_400_000): Store =>
  store.make({
    transport,
    kind,
    prefix: "ringcron:",
    retentionMs,
    commands: commandsOf(kind.hasKeys),
    hints: { tells: true, listens: true },
  });

/** A store straight over TCP, several times faster than over HTTP; `edit` changes its scripts, for tests of the tests. */
export const tcpStore = async (
  port: number,
  kind: Kind,
  edit?: (script: string) => string,
): Promise<{ readonly store: Store; readonly close: () => void }> => {
  const connection = await connectResp(port);
  const transport = { ...tcpTransport(connection, edit), listen: listenOver(port) };
  return { store: storeOver(transport, kind), close: () => connection.close() };
};
