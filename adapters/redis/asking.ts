/**
 * How a Redis is asked through scripts, and the one operation that whoever asks it needs: the part that both drivers and all their
 * layers share, whatever way they keep members and reach the server.
 */
import { decode, encode } from "../../src/core/ledger/packed.ts";
import type { ExchangeReply, ExchangeRequest, Store } from "../../src/Store.ts";
import * as errors from "./errors.ts";
import * as exchanges from "./exchange.ts";
import { fieldOf, type Keys, keysOf } from "./keys.ts";
import { type Script, Thrown, type Transport } from "./Script.ts";
import * as scripting from "./scripting.ts";
import { newer, otherKind, refused } from "./scripts/common.ts";
import { driverNames, type Kind, wanting } from "./scripts/kinds.ts";

/** What makes one Redis store differ from another. */
export interface Options {
  readonly transport: Transport;
  /** What the transport reaches: a text or an object that is the same for all that reach it. Default: nobody else does. */
  readonly address?: unknown;
  /** Before the keys; the hash tag `{service}` follows. */
  readonly prefix: string;
  /** How long everything lives after the last sign of the service. Milliseconds. */
  readonly retentionMs: number;
  readonly kind: Kind;
  /** What a user must be allowed to call. */
  readonly commands: ReadonlyArray<string>;
  /** Whether commands are told at the channel, and whether nodes listen there. Default: neither. */
  readonly hints?: { readonly tells: boolean; readonly listens: boolean } | undefined;
}

/** Whoever joins between two of them makes another one necessary, so two are usual and more are a crowd. */
const maxSendings = 8;

/** What is asked. */
export interface Asked<A> {
  readonly script: Script;
  readonly service: string;
  /** The keys it always needs. */
  readonly keys: (keys: Keys) => ReadonlyArray<string>;
  readonly args: () => ReadonlyArray<string>;
  readonly read: (reply: string) => A | undefined;
}

/** Asks. Rejects with `DriverError`; whoever aborts the signal waits no longer, whatever it comes to. */
export type Ask = <A>(asked: Asked<A>, signal: AbortSignal | undefined) => Promise<A>;

/** The key of a node, where nodes have any. */
export const nodeKey = ({ hasKeys }: Kind, all: Keys, incarnation = ""): ReadonlyArray<string> =>
  hasKeys && incarnation !== "" ? [all.node + encode(incarnation)] : [];

/** Who asks a store, each with a count of its own. */
export const asking = ({ commands, kind, prefix, transport }: Options): Ask => {
  const { name } = kind;
  const run = scripting.make(transport);
  // Not for security: it only has to differ between the clients of one proxy.
  const client = Math.floor(Math.random() * 2 ** 40).toString(36);
  let sent = 0;

  /** The nodes whose keys a script asks for; undefined if the answer is none that it can give. */
  const wanted = (reply: string, given: ReadonlyArray<string>): ReadonlyArray<string> | undefined => {
    const nodes = reply.slice(wanting.length).split("|");
    const isSound = nodes.every((it) => decode(it) !== undefined) && nodes.some((it) => !given.includes(it));
    return kind.hasKeys && isSound ? [...new Set([...given, ...nodes])] : undefined;
  };

  const ask = async <A>(
    asked: Asked<A>,
    signal: AbortSignal | undefined,
    nodes: ReadonlyArray<string> = [],
    sending = 1,
  ): Promise<A> => {
    const { script } = asked;
    const tag = `${client}-${++sent}`;
    const all = keysOf(prefix, asked.service);
    const scriptKeys = [...asked.keys(all), ...nodes.map((it) => all.node + it)];
    let answer: unknown;
    try {
      answer = await run(script, scriptKeys, [tag, ...asked.args()], signal);
    } catch (error) {
      if (!(error instanceof Thrown)) throw error;
      throw errors.fromFailure(name, script, error.failure, { prefix, commands, keys: all });
    }
    if (typeof answer !== "string" || !answer.startsWith(`${tag}\n`)) throw errors.corrupt(name, script.name);
    const reply = answer.slice(tag.length + 1);
    if (reply === refused) throw errors.refused(name, script.name, all);
    if (reply === newer) throw errors.newer(name, script.name);
    if (reply.startsWith(otherKind)) {
      const other = driverNames.get(reply.slice(otherKind.length)) ?? "of another release";
      throw errors.otherDriver(name, script.name, other);
    }
    if (reply.startsWith(wanting)) {
      const more = wanted(reply, nodes);
      if (more === undefined) throw errors.corrupt(name, script.name);
      if (sending === maxSendings) throw errors.unsettled(name, script.name);
      return await ask(asked, signal, more, sending + 1);
    }
    const value = asked.read(reply);
    if (value === undefined) throw errors.corrupt(name, script.name);
    return value;
  };
  return (asked, signal) => ask(asked, signal);
};

/** What of a store any of them is. */
export interface Exchanging extends Pick<Store, "name" | "identity" | "limits"> {
  readonly exchange: (request: ExchangeRequest, signal: AbortSignal | undefined) => Promise<ExchangeReply>;
}

/** It, by the script of an exchange. */
export const exchanging = (
  { address, hints, kind, prefix, retentionMs }: Options,
  ask: Ask,
  script: Script,
): Exchanging => {
  const { tells = false } = hints ?? {};
  return {
    name: kind.name,
    identity: address === undefined ? undefined : [kind.name, prefix, address],
    // `unpack` in a script is bounded by the stack of Lua, some 8,000 values.
    limits: { rows: 400, bytes: 500_000 },
    exchange: (request, signal) =>
      ask({
        script,
        service: request.service,
        keys: (all) => [
          ...[all.rows, all.instants, all.lasting, all.names],
          ...exchanges.shelvesOf(request).map((shelf) => all.shelf + fieldOf(shelf)),
          ...nodeKey(kind, all, request.renew?.incarnation),
        ],
        args: () => exchanges.args(tells ? request : { ...request, hint: undefined }, retentionMs),
        read: (reply) => exchanges.read(reply, request),
      }, signal),
  };
};
