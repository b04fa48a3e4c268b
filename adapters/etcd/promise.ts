/**
 * The promise of a member: its key under a lease of etcd, which is kept alive, or exchanged when its length does not fit.
 */
import * as Effect from "effect/Effect";
import type { ExchangeRequest } from "../../src/Store.ts";
import type { Failure } from "./client/errors.ts";
import * as leases from "./client/leases.ts";
import * as wire from "./client/wire.ts";
import { type Context, type Known, type Own, ownOf, send } from "./context.ts";
import { type Keys, memberValue, readMember } from "./keys.ts";
import type { Part } from "./parts.ts";
import { notOurs } from "./view.ts";

/** What reads the keys of a member, in the order in which `learn` takes them. */
export const reads = (keys: Keys, incarnation: string): ReadonlyArray<wire.Op> => [
  wire.get(keys.member(incarnation)),
  wire.get(keys.node(incarnation)),
];

/** Takes the keys of a member as they were read. False: something else is in their place. */
export const learn = (own: Own, [member, node]: ReadonlyArray<wire.Answer>): boolean => {
  const [promised, told] = [member?.kvs[0], node?.kvs[0]];
  const value = promised === undefined ? undefined : readMember(promised.value);
  if (promised !== undefined && value === undefined) return false;
  own.mod = promised?.mod ?? 0;
  own.promised = value;
  own.node = told && { value: told.value, mod: told.mod };
  return true;
};

/** A lease that fits, and whether it still has to be kept alive. */
export const leaseFor = (
  { transport }: Context,
  own: Own,
  ms: number,
): Effect.Effect<{ readonly lease: leases.Lease; readonly isNew: boolean }, Failure> =>
  Effect.gen(function* () {
    const wanted = leases.secondsFor(ms);
    if (own.lease !== undefined && leases.fits(own.lease, wanted)) return { lease: own.lease, isNew: false };
    const lease = yield* leases.grant(transport, wanted);
    own.lease = lease;
    return { lease, isNew: true };
  });

/** Keeps the lease alive, unless that is done. False: it is over, and the key with it. */
export const keepAlive = (
  { transport }: Context,
  own: Own,
  lease: leases.Lease,
): Effect.Effect<boolean, Failure> =>
  Effect.tap(leases.keepAlive(transport, lease), (isAlive) =>
    Effect.sync(() => {
      if (!isAlive) own.lease = undefined;
    }));

/** What renews a promise with an exchange: a part of its transaction, and a request beside it. */
export interface Renewal {
  readonly part: Part;
  readonly beside: Effect.Effect<boolean, Failure>;
}

/** Renews the promise of a member that is there; undefined if there is none, or if it promises as much already. */
export const renewal = (
  context: Context,
  known: Known,
  keys: Keys,
  { forMs, incarnation }: NonNullable<ExchangeRequest["renew"]>,
  now: number,
): Effect.Effect<Renewal | undefined, Failure> =>
  Effect.gen(function* () {
    const own = ownOf(known, incarnation);
    if (own.mod === 0) {
      const { answers } = yield* send(context, { compare: [], success: reads(keys, incarnation), failure: [] });
      if (!learn(own, answers)) return yield* Effect.fail(notOurs(answers));
    }
    const { mod, promised } = own;
    const ms = Math.min(forMs, promised?.longestMs ?? 0);
    if (promised === undefined || promised.endsAt >= now + ms) return undefined;
    const renewed = { ...promised, endsAt: now + ms };
    const { isNew, lease } = yield* leaseFor(context, own, ms);
    const key = keys.member(incarnation);
    const part: Part = {
      txn: {
        compare: [wire.modIs(key, mod)],
        success: [wire.put(key, memberValue(renewed), lease.id)],
        failure: reads(keys, incarnation),
      },
      senders: [],
      touches: false,
      learn: ({ answers, succeeded }, revision) => {
        if (!succeeded) learn(own, answers);
        else [own.mod, own.promised] = [revision, renewed];
      },
    };
    return { part, beside: isNew ? Effect.succeed(true) : keepAlive(context, own, lease) };
  });

/** Writes what a member says of itself anew, as it is: whatever compares the revision of that comes too late. */
export const closing = (keys: Keys, incarnation: string, own: Own): Part | undefined => {
  const { isOpen, node } = own;
  if (!isOpen || node === undefined) return undefined;
  const key = keys.node(incarnation);
  return {
    txn: { compare: [wire.modIs(key, node.mod)], success: [wire.put(key, node.value)], failure: [wire.get(key)] },
    senders: [],
    touches: false,
    learn: ({ answers, succeeded }, revision) => {
      const kv = answers[0]?.kvs[0];
      own.isOpen = false;
      own.node = succeeded ? { ...node, mod: revision } : kv && { value: kv.value, mod: kv.mod };
    },
  };
};
