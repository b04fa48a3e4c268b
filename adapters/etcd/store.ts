/**
 * The `Store`: each operation bounded in time, its failures turned into errors that tell no secrets.
 */
import * as Effect from "effect/Effect";
import type { DriverError } from "../../src/Driver.ts";
import type { ShelvedPage, Store } from "../../src/Store.ts";
import { isWorker } from "../http/post.ts";
import { type Failure, judged, toDriverError } from "./client/errors.ts";
import * as transport from "./client/transport.ts";
import * as wire from "./client/wire.ts";
import { beat } from "./beat.ts";
import { type Context, remembering, send } from "./context.ts";
import { exchange } from "./exchange.ts";
import * as history from "./history.ts";
import { type Keys, keysOf, nameIn } from "./keys.ts";
import * as times from "./time.ts";

/** What makes one store differ from another. */
export interface Options extends Omit<transport.Options, "onAnswer" | "onOtherStore"> {
  readonly name: string;
  readonly prefix: string;
  readonly maxClockSkewMs: number;
  /** Whether commands are told, and nodes listen. Default: both, but nobody listens in a Worker. */
  readonly hints?: boolean | undefined;
}

/** How many keys are on a page. */
const perPage = 1_000;

const page = (context: Context, keys: Keys, cursor: string | undefined) => {
  const range = wire.under(keys.rows, { keys_only: true, limit: String(perPage) }, cursor && `${keys.rows}${cursor}\0`);
  return Effect.map(send(context, { compare: [], success: [range], failure: [] }), ({ answers: [found] }) => {
    const kvs = found?.kvs ?? [];
    const last = kvs.at(-1);
    return {
      keys: kvs.flatMap(({ key }) => nameIn(keys.rows, key) ?? []),
      cursor: kvs.length < perPage ? undefined : last?.key.slice(keys.rows.length),
    };
  });
};

/** Rows on shelves in the order of their keys, which is etcd's own. */
const shelved = (context: Context, { lasting }: Keys, { after, limit, prefix }: ShelvedPage) => {
  const from = after === undefined ? undefined : `${lasting}${after}\0`;
  const range = wire.under(`${lasting}${prefix}`, { keys_only: true, limit: String(limit + 1) }, from);
  return Effect.map(send(context, { compare: [], success: [range], failure: [] }), ({ answers: [found] }) => {
    const names = found?.kvs.map(({ key }) => key.slice(lasting.length)) ?? [];
    const keys = names.slice(0, limit);
    return { keys, after: names.length > limit ? keys.at(-1) : undefined };
  });
};

/** Removes everything the service has; leases without keys run out by themselves. */
const destroy = (context: Context, service: string, keys: Keys): Effect.Effect<void, Failure> =>
  Effect.map(send(context, { compare: [], success: [wire.removeUnder(keys.base)], failure: [] }), () => {
    context.memory.forget(service);
  });

/** Builds the store. */
export const make = ({ hints, maxClockSkewMs, name, prefix, ...rest }: Options): Store => {
  const time = times.make(maxClockSkewMs);
  const memory = remembering();
  // Not for security: it only has to differ between adapters.
  const progress = { writer: Math.floor(Math.random() * 2 ** 40).toString(36), revision: 0, sequence: 0 };
  const onOtherStore = () => {
    memory.lose();
    progress.revision = 0;
  };
  const context: Context = {
    transport: transport.make({ ...rest, onAnswer: time.observe, onOtherStore }),
    time,
    prefix,
    memory,
    progress,
    tells: hints !== false,
  };
  const late = judged("Unavailable", `no complete answer within ${rest.timeoutMs} ms`);
  const bounded = <A>(operation: string, effect: Effect.Effect<A, Failure>): Effect.Effect<A, DriverError> =>
    effect.pipe(
      Effect.timeoutOrElse({ duration: rest.timeoutMs, orElse: () => Effect.fail(late) }),
      Effect.mapError((failure) => toDriverError(name, operation, failure)),
    );
  return {
    name,
    identity: [name, prefix, ...rest.endpoints.map((it) => new URL(it).host).sort()],
    limits: { rows: 100, bytes: 500_000 },
    exchange: (request) => bounded("exchange", exchange(context, request)),
    beat: (request) => bounded("beat", beat(context, request)),
    history: (service) => bounded("history", history.read(context, keysOf(prefix, service))),
    keys: (service, cursor) => bounded("keys", page(context, keysOf(prefix, service), cursor)),
    shelved: (service, it) => bounded("shelved", shelved(context, keysOf(prefix, service), it)),
    destroy: (service) => bounded("destroy", destroy(context, service, keysOf(prefix, service))),
    hints: hints ?? !isWorker()
      ? (service, hearing) =>
        Effect.mapError(
          context.transport.watch(keysOf(prefix, service).hint, hearing),
          (failure) => toDriverError(name, "hints", failure),
        )
      : undefined,
  };
};
