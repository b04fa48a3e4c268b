/**
 * The beat: one transaction, beside which the lease is kept alive.
 *
 * The transaction compares the table and the sender's own key, so that a copy that arrives late changes nothing. It writes
 * the sender's key under its lease, the table only if something in it changed, and reads who is there and what is overdue.
 */
import * as Effect from "effect/Effect";
import type { BeatReply, BeatRequest } from "../../src/Request.ts";
import type { Declared } from "../../src/View.ts";
import { type Known, learn, ownOf } from "./cache.ts";
import { type Failure, foreign, isLeaseGone } from "./client/errors.ts";
import { type Keys, keys as keysOf, nameIn } from "./keys.ts";
import * as leases from "./client/leases.ts";
import { readDeclared, readTable } from "./records.ts";
import * as Store from "./store.ts";
import * as tables from "./table.ts";
import * as wire from "./client/wire.ts";

/** How many overdue jobs are told. */
const maxOverdue = 200;
/** How many digests one transaction reads; a node that meets more asks for all of them at its next beat. */
const maxDigests = 100;

const learnTable = (known: Known, kv: wire.Kv | undefined, at: number): boolean => {
  const table = kv === undefined ? { version: 0, entries: [], declared: new Set<string>() } : readTable(kv.value);
  if (table === undefined) return false;
  if (known.table.at <= at) known.table = { table, mod: kv?.mod ?? 0, at };
  return true;
};

/** Takes all keys of members: who has none is no member. */
const learnMembers = (known: Known, kvs: ReadonlyArray<wire.Kv>, at: number): void => {
  const present = new Set(kvs.flatMap((kv) => nameIn(kv.key) ?? []));
  // Of strangers to the table nothing need be remembered: nobody asks whether they are there.
  for (const [incarnation, it] of known.members) if (it.at <= at) known.members.delete(incarnation);
  for (const { incarnation } of known.table.table.entries) {
    learn(known.members, incarnation, { isMember: present.has(incarnation), at });
  }
  for (const incarnation of present) learn(known.members, incarnation, { isMember: true, at });
};

/** Takes the sender's own key as it was read. */
const learnOwn = (known: Known, incarnation: string, kv: wire.Kv | undefined, at: number): void =>
  learn(known.own, incarnation, ownOf(kv, at));

/** A lease that fits, and whether it still has to be kept alive. A leave needs none. */
const lease = (
  store: Store.Store,
  known: Known,
  request: BeatRequest,
  now: number,
): Effect.Effect<{ readonly held: leases.Lease | undefined; readonly isNew: boolean }, Failure> =>
  Effect.gen(function* () {
    if (request.state === "gone") return { held: undefined, isNew: true };
    const wanted = leases.secondsFor(tables.endOf(known, request, now) - now);
    const held = known.leases.get(request.incarnation);
    if (held !== undefined && leases.fits(held, wanted)) return { held, isNew: false };
    const granted = yield* leases.grant(store.transport, wanted);
    known.leases.set(request.incarnation, granted);
    return { held: granted, isNew: true };
  });

/** The jobs behind these digests; undefined if the table has changed meanwhile. */
const declaredBehind = (
  store: Store.Store,
  known: Known,
  keys: Keys,
  { mod }: Known["table"],
  digests: ReadonlyArray<string>,
): Effect.Effect<ReadonlyMap<string, Declared> | undefined, Failure> =>
  Effect.gen(function* () {
    const missing = digests.filter((it) => !known.declared.has(it));
    if (missing.length > 0) {
      const done = yield* Store.txn(store, {
        compare: [wire.modIs(keys.table, mod)],
        success: missing.slice(0, maxDigests).map((it) => wire.get(keys.declared(it))),
        failure: [],
      });
      if (!done.succeeded) return undefined;
      for (const [index, { kvs: [kv] }] of done.answers.entries()) {
        const [digest = "", jobs] = [missing[index], kv === undefined ? undefined : readDeclared(kv.value)];
        if (jobs === undefined) return yield* Effect.fail(foreign);
        known.declared.set(digest, jobs);
      }
    }
    return new Map(digests.flatMap((it) => {
      const jobs = known.declared.get(it);
      return jobs === undefined ? [] : [[it, jobs] as const];
    }));
  });

/** Beats. */
export const beat = (store: Store.Store, request: BeatRequest): Effect.Effect<BeatReply, Failure> =>
  Effect.gen(function* () {
    const known = store.cache.of(request.service);
    const keys = keysOf(store.prefix, request.service);
    const { incarnation } = request;
    const own = keys.member(incarnation);
    const isLeaving = request.state === "gone";
    let joined: boolean | undefined;
    let isKeptAlive = false;
    let wantsKeys = false;

    /** One attempt; undefined if it has to be made again with what was learnt. */
    const attempt = Effect.fnUntraced(function* () {
      const now = yield* Store.now(store);
      const { held, isNew } = yield* lease(store, known, request, now);
      const before = known.table;
      const turn = tables.beat(known, request, now);
      const isNews = turn.reply.version !== request.knownVersion;
      const writes = tables.writes(keys, before.table, request, turn, held?.id);
      const txn: wire.Txn = {
        compare: [
          wire.modIs(keys.table, before.mod),
          wire.modIs(own, known.own.get(incarnation)?.mod ?? 0),
        ],
        success: [
          ...writes,
          // While nothing changes it is enough to know that nobody is missing.
          wire.under(keys.members, isNews || wantsKeys ? {} : { count_only: true }),
          wire.between(keys.dues, keys.dueAfter(now - request.overdueMs), {
            keys_only: true,
            sort_order: "DESCEND",
            sort_target: "KEY",
            limit: String(maxOverdue),
          }),
          wire.get(own),
        ],
        failure: [wire.get(keys.table), wire.under(keys.members)],
      };
      const renewal = held === undefined || isNew || isKeptAlive
        ? Effect.succeed(true)
        : leases.keepAlive(store.transport, held);
      const [isAlive, done] = yield* Effect.catchIf(
        Effect.all([renewal, Store.txn(store, txn)], { concurrency: 2 }),
        isLeaseGone,
        () => Effect.succeed([false, undefined] as const),
      );
      isKeptAlive = isAlive;
      // The key goes with its lease, whatever the transaction said.
      if (!isAlive) known.leases.delete(incarnation);
      if (done === undefined) return undefined;

      const at = done.revision;
      if (!done.succeeded) {
        const [table, members] = done.answers;
        if (!learnTable(known, table?.kvs[0], at)) return yield* Effect.fail(foreign);
        learnMembers(known, members?.kvs ?? [], at);
        learnOwn(known, incarnation, members?.kvs.find((kv) => kv.key === own), at);
        return undefined;
      }
      const [members, overdue, kv] = done.answers.slice(writes.length);
      const current = turn.isChanged ? { table: turn.table, mod: at, at } : { ...before, at };
      if (known.table.at <= at) known.table = current;
      learnOwn(known, incarnation, kv?.kvs[0], at);
      if (isLeaving) { for (const map of [known.own, known.leases, known.members]) map.delete(incarnation); }
      else learn(known.members, incarnation, { isMember: true, at });
      if (request.declared !== undefined) known.declared.set(request.digest, request.declared);
      if (!isAlive) return undefined;
      joined ??= turn.reply.joined;
      if ((members?.count ?? 0) !== turn.table.entries.length) {
        // Somebody's lease is over. Who it is must be known before the table can say so.
        if (!isNews && !wantsKeys) wantsKeys = true;
        else learnMembers(known, members?.kvs ?? [], at);
        return undefined;
      }
      if (!isNews) return { ...turn.reply, joined, overdue: overdue?.kvs ?? [] };
      const entries = tables.members(keys, turn.table, members?.kvs ?? []);
      if (entries === undefined) return yield* Effect.fail(foreign);
      const declared = yield* declaredBehind(store, known, keys, current, [...turn.reply.declared.keys()]);
      return declared && { ...turn.reply, joined, members: entries, declared, overdue: overdue?.kvs ?? [] };
    });

    for (let round = 0; round < Store.maxRounds; round++) {
      yield* Store.breathe(round);
      const reply = yield* attempt();
      if (reply !== undefined) return { ...reply, overdue: reply.overdue.flatMap((kv) => nameIn(kv.key) ?? []) };
    }
    return yield* Effect.fail(Store.contended);
  });
