/**
 * What every operation works with: the way to etcd, the time, and the little that is remembered between requests.
 *
 * Of rows and members nothing is remembered. What is: the lease of each member this adapter beats for, the revisions of its
 * keys, which a transaction compares before it relies on them, and how far this store is from one that was restored.
 */
import * as Effect from "effect/Effect";
import { type Failure, judged } from "./client/errors.ts";
import type { Lease } from "./client/leases.ts";
import type { Transport } from "./client/transport.ts";
import { count, type Done, type Txn } from "./client/wire.ts";
import type { Keys, Promised } from "./keys.ts";
import type { Time } from "./time.ts";

/** A member that this adapter beats for. */
export interface Own {
  lease: Lease | undefined;
  /** What it has promised, and at which revision; 0: it is no member, as far as is known. */
  promised: Promised | undefined;
  mod: number;
  /** What it says of itself, and at which revision. Every change it sends compares that, so writing it anew stops copies. */
  node: { readonly value: string; readonly mod: number } | undefined;
  /** A copy of a change that it sent may still be made. */
  isOpen: boolean;
  /** The store is another one since it joined: its next beat joins, whatever is there. */
  isAnew: boolean;
}

/** What is remembered of one service. */
export interface Known {
  readonly own: Map<string, Own>;
  /** The value of `epoch`; undefined until it was read. */
  epoch: string | undefined;
  /** What it was before the store turned out to be another one. */
  lostEpoch: string | undefined;
  /** Since when rows waited that were last told as overdue. */
  overdue: ReadonlyMap<string, number>;
  /** How many keys of the history were written since old ones were removed. */
  unpruned: number;
}

/** Of all services. */
export interface Memory {
  readonly of: (service: string) => Known;
  readonly forget: (service: string) => void;
  /** The store turned out to be another one. */
  readonly lose: () => void;
}

/** Everything. */
export interface Context {
  readonly transport: Transport;
  readonly time: Time;
  readonly prefix: string;
  readonly memory: Memory;
  readonly progress: Progress;
  /** Whether hints are told. */
  readonly tells: boolean;
}

/** What names the keys of the history. */
export interface Progress {
  /** Tells this adapter's keys from those of others. */
  readonly writer: string;
  /** The latest revision heard of. */
  revision: number;
  /** Grows with every key. */
  sequence: number;
}

/** How many services are remembered; one more, and that which was not used for longest goes. */
const serviceLimit = 100;
/** How many members of a service. */
const ownLimit = 1_000;

/** A member of which nothing is known. */
const unknown = (isAnew: boolean): Own => ({
  lease: undefined,
  promised: undefined,
  mod: 0,
  node: undefined,
  isOpen: false,
  isAnew,
});

/** Starts with nothing. */
export const remembering = (): Memory => {
  const services = new Map<string, Known>();
  return {
    of: (service) => {
      const known = services.get(service) ??
        { own: new Map(), epoch: undefined, lostEpoch: undefined, overdue: new Map(), unpruned: 0 };
      services.delete(service);
      services.set(service, known);
      const [oldest] = services.keys();
      if (services.size > serviceLimit && oldest !== undefined) services.delete(oldest);
      return known;
    },
    forget: (service) => services.delete(service),
    lose: () => {
      for (const known of services.values()) {
        for (const incarnation of known.own.keys()) known.own.set(incarnation, unknown(true));
        known.lostEpoch = known.epoch ?? known.lostEpoch;
        known.epoch = undefined;
        known.overdue = new Map();
      }
    },
  };
};

/** What is remembered of a member. */
export const ownOf = ({ own }: Known, incarnation: string): Own => {
  const found = own.get(incarnation) ?? unknown(false);
  own.delete(incarnation);
  own.set(incarnation, found);
  const [oldest] = own.keys();
  if (own.size > ownLimit && oldest !== undefined) own.delete(oldest);
  return found;
};

/** One transaction. */
export const send = ({ progress, transport }: Context, txn: Txn): Effect.Effect<Done, Failure> =>
  Effect.tap(transport.txn(txn), ({ revision }) =>
    Effect.sync(() => {
      progress.revision = Math.max(progress.revision, revision);
    }));

/** A request that only brings an answer, and with it the time and the revision. */
export const probe = (context: Context, keys: Keys): Effect.Effect<unknown, Failure> =>
  send(context, { compare: [], success: [count(keys.version)], failure: [] });

/** What is said when others were faster again and again. */
export const contended: Failure = judged(
  "Unavailable",
  "others changed the same members again and again; asking later helps",
);
