/**
 * A `Store` over scripts: the part that both Redis drivers share, whatever way they keep members and reach the server.
 */
import * as Effect from "effect/Effect";
import type { DriverError } from "../../src/Driver.ts";
import { decode, encode } from "../../src/core/ledger/packed.ts";
import type { Store } from "../../src/Store.ts";
import * as beats from "./beat.ts";
import * as errors from "./errors.ts";
import * as exchanges from "./exchange.ts";
import { fieldOf, keyOf, type Keys, keysOf } from "./keys.ts";
import type { Script, Transport } from "./Script.ts";
import * as scripting from "./scripting.ts";
import { beat, otherKind } from "./scripts/beat.ts";
import { newer, refused } from "./scripts/common.ts";
import { exchange } from "./scripts/exchange.ts";
import { driverNames, type Kind, wanting } from "./scripts/kinds.ts";
import { destroy, keys as pages, shelved as shelvedScript } from "./scripts/rest.ts";

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

/** Of how many shelves a destroyed service has its rows removed. */
const maxShelves = 7_000;

/** Whoever joins between two of them makes another one necessary, so two are usual and more are a crowd. */
const maxSendings = 8;

interface Asked<A> {
  readonly script: Script;
  readonly service: string;
  /** The keys it always needs. */
  readonly keys: (keys: Keys) => ReadonlyArray<string>;
  readonly args: () => ReadonlyArray<string>;
  readonly read: (reply: string) => A | undefined;
}

/** Builds the store. */
export const make = ({ address, commands, hints, kind, prefix, retentionMs, transport }: Options): Store => {
  const { name } = kind;
  const { listens = false, tells = false } = hints ?? {};
  const { listen } = transport;
  const run = scripting.make(transport);
  const [beatScript, exchangeScript, destroyScript] = [beat(kind), exchange(kind), destroy(kind)];
  // Not for security: it only has to differ between the clients of one proxy.
  const client = Math.floor(Math.random() * 2 ** 40).toString(36);
  let sent = 0;

  /** The nodes whose keys a script asks for; undefined if the answer is none that it can give. */
  const wanted = (reply: string, given: ReadonlyArray<string>): ReadonlyArray<string> | undefined => {
    const nodes = reply.slice(wanting.length).split("|");
    const isSound = nodes.every((it) => decode(it) !== undefined) && nodes.some((it) => !given.includes(it));
    return kind.hasKeys && isSound ? [...new Set([...given, ...nodes])] : undefined;
  };

  const ask = <A>(
    asked: Asked<A>,
    nodes: ReadonlyArray<string> = [],
    sending = 1,
  ): Effect.Effect<A, DriverError> =>
    Effect.suspend(() => {
      const { script } = asked;
      const tag = `${client}-${++sent}`;
      const all = keysOf(prefix, asked.service);
      const scriptKeys = [...asked.keys(all), ...nodes.map((it) => all.node + it)];
      const fail = (error: DriverError) => Effect.fail(error);
      return Effect.matchEffect(run(script, scriptKeys, [tag, ...asked.args()]), {
        onFailure: (failure) => fail(errors.fromFailure(name, script, failure, { prefix, commands, keys: all })),
        onSuccess: (answer) => {
          if (typeof answer !== "string" || !answer.startsWith(`${tag}\n`)) {
            return fail(errors.corrupt(name, script.name));
          }
          const reply = answer.slice(tag.length + 1);
          if (reply === refused) return fail(errors.refused(name, script.name, all));
          if (reply === newer) return fail(errors.newer(name, script.name));
          if (reply.startsWith(otherKind)) {
            const other = driverNames.get(reply.slice(otherKind.length)) ?? "of another release";
            return fail(errors.otherDriver(name, script.name, other));
          }
          if (reply.startsWith(wanting)) {
            const more = wanted(reply, nodes);
            if (more === undefined) return fail(errors.corrupt(name, script.name));
            return sending < maxSendings ? ask(asked, more, sending + 1) : fail(errors.unsettled(name, script.name));
          }
          const value = asked.read(reply);
          return value === undefined ? fail(errors.corrupt(name, script.name)) : Effect.succeed(value);
        },
      });
    });

  const nodeKey = (all: Keys, incarnation = ""): ReadonlyArray<string> =>
    kind.hasKeys && incarnation !== "" ? [all.node + encode(incarnation)] : [];

  const named = (service: string, from: string, to: string, limit: number) =>
    ask({
      script: shelvedScript,
      service,
      keys: ({ names }) => [names],
      args: () => [from, to, String(limit)],
      read: (reply) => reply === "" ? [] : reply.split("\n"),
    });

  return {
    name,
    identity: address === undefined ? undefined : [name, prefix, address],
    // `unpack` in a script is bounded by the stack of Lua, some 8,000 values.
    limits: { rows: 400, bytes: 500_000 },
    exchange: (request) =>
      ask({
        script: exchangeScript,
        service: request.service,
        keys: (all) => [
          ...[all.rows, all.instants, all.lasting, all.names],
          ...exchanges.shelvesOf(request).map((shelf) => all.shelf + fieldOf(shelf)),
          ...nodeKey(all, request.renew?.incarnation),
        ],
        args: () => exchanges.args(tells ? request : { ...request, hint: undefined }, retentionMs),
        read: (reply) => exchanges.read(reply, request),
      }),
    beat: (request) =>
      ask({
        script: beatScript,
        service: request.service,
        keys: (all) => [all.instants, all.declared, all.rows, ...nodeKey(all, request.incarnation)],
        args: () => beats.args(request, retentionMs),
        read: (reply) => beats.read(reply, request),
      }),
    history: (service) =>
      ask({
        script: exchangeScript,
        service,
        keys: ({ instants, lasting, names, rows }) => [rows, instants, lasting, names],
        args: exchanges.historyArgs,
        read: exchanges.readHistory,
      }),
    keys: (service, cursor) =>
      ask({
        script: pages,
        service,
        keys: ({ rows }) => [rows],
        args: () => [cursor ?? "0"],
        read: (reply) => {
          const [next = "", ...fields] = reply.split("\n");
          if (!/^\d+$/.test(next)) return undefined;
          // What is no key is a line of the history, or nothing that we have named.
          return { keys: fields.flatMap((it) => keyOf(it) ?? []), cursor: next === "0" ? undefined : next };
        },
      }),
    shelved: (service, { after, limit, prefix }) =>
      Effect.map(
        named(service, after === undefined ? `[${prefix}` : `(${after}`, `(${prefix}~`, limit + 1),
        (found) => {
          const keys = found.slice(0, limit);
          return { keys, after: found.length > limit ? keys.at(-1) : undefined };
        },
      ),
    destroy: (service) =>
      Effect.flatMap(named(service, "[#", "($", maxShelves), (shelves) =>
        ask({
          script: destroyScript,
          service,
          keys: ({ declared, instants, lasting, names, rows }) => [
            ...[instants, declared, rows, lasting, names],
            ...shelves.map((it) => it.slice(1)),
          ],
          args: () => [],
          read: (reply) => reply === "" ? true : undefined,
        })),
    hints: listens && listen !== undefined
      ? (service, hearing) => {
        const all = keysOf(prefix, service);
        return Effect.mapError(
          listen(all.hints, hearing),
          (failure) => errors.fromFailure(name, errors.listening, failure, { prefix, commands, keys: all }),
        );
      }
      : undefined,
  };
};
