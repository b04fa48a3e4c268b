/**
 * A `Store` over scripts: all operations of both Redis drivers.
 */
import * as Effect from "effect/Effect";
import type { DriverError } from "../../src/Driver.ts";
import { promised } from "../../src/promised.ts";
import type { Store } from "../../src/Store.ts";
import { type Asked, asking, exchanging, nodeKey, type Options } from "./asking.ts";
import * as beats from "./beat.ts";
import * as errors from "./errors.ts";
import * as exchanges from "./exchange.ts";
import { keyOf, keysOf } from "./keys.ts";
import { Thrown } from "./Script.ts";
import { beat } from "./scripts/beat.ts";
import { exchange } from "./scripts/exchange.ts";
import { destroy, keys as pages, shelved as shelvedScript } from "./scripts/rest.ts";

export type { Options } from "./asking.ts";

/** Of how many shelves a destroyed service has its rows removed. */
const maxShelves = 7_000;

/** Builds the store. */
export const make = (options: Options): Store => {
  const { commands, hints, kind, prefix, retentionMs, transport: { listen } } = options;
  const { name } = kind;
  const asks = asking(options);
  const ask = <A>(asked: Asked<A>): Effect.Effect<A, DriverError> => promised((signal) => asks(asked, signal));
  const [beatScript, exchangeScript, destroyScript] = [beat(kind), exchange(kind), destroy(kind)];

  const named = (service: string, from: string, to: string, limit: number) =>
    ask({
      script: shelvedScript,
      service,
      keys: ({ names }) => [names],
      args: () => [from, to, String(limit)],
      read: (reply) => reply === "" ? [] : reply.split("\n"),
    });

  const { exchange: exchanged, ...rest } = exchanging(options, asks, exchangeScript);

  return {
    ...rest,
    exchange: (request) => promised((signal) => exchanged(request, signal)),
    beat: (request) =>
      ask({
        script: beatScript,
        service: request.service,
        keys: (all) => [all.instants, all.declared, all.rows, ...nodeKey(kind, all, request.incarnation)],
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
    hints: hints?.listens === true && listen !== undefined
      ? (service, hearing) => {
        const all = keysOf(prefix, service);
        return Effect.tryPromise({
          try: (signal) => listen(all.hints, hearing, signal),
          catch: (error) => {
            if (!(error instanceof Thrown)) throw error;
            return errors.fromFailure(name, errors.listening, error.failure, { prefix, commands, keys: all });
          },
        });
      }
      : undefined,
  };
};
