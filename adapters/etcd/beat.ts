/**
 * The beat: one transaction, beside which the lease is kept alive.
 *
 * The transaction compares the sender's promise, so that a copy that arrives late changes nothing. It renews the promise, and
 * only if what the sender says of itself is not what is stored, or the version is another than it knows, does it write and
 * read more. While nothing changes it is enough to know that nobody is missing.
 */
import * as Effect from "effect/Effect";
import { readWhole } from "../../src/core/ledger/packed.ts";
import type { StoreBeat, StoreBeatReply, StoredMember } from "../../src/Store.ts";
import { type Failure, foreign, isLeaseGone } from "./client/errors.ts";
import * as wire from "./client/wire.ts";
import { contended, type Context, type Known, type Own, ownOf, probe, send } from "./context.ts";
import { dueIn, type Keys, keysOf, memberValue, nodeValue, type Promised } from "./keys.ts";
import * as promise from "./promise.ts";
import * as times from "./time.ts";
import * as views from "./view.ts";

/** How often a beat is made again with what was learnt meanwhile. */
const maxRounds = 24;
/** How many overdue rows are told. */
const maxOverdue = 200;
/** A revision that is none. */
const never = Number.MAX_SAFE_INTEGER;

/** What a beat is made with. */
interface Desk {
  readonly context: Context;
  readonly known: Known;
  readonly keys: Keys;
  readonly request: StoreBeat;
  readonly own: Own;
  readonly now: number;
}

/**
 * Begins the service in this store, or anew if the store is another one than it was: `epoch` and the revision of the version
 * make the version of the members, which so is none that any node knows from before.
 */
const beginning = ({ context, keys, known, now }: Desk): wire.Op => {
  const written = [wire.put(keys.epoch, String(now - context.progress.revision))];
  const anew = known.lostEpoch === undefined ? [] : [
    { request_txn: { compare: [wire.valueIs(keys.epoch, known.lostEpoch)], success: written, failure: [] } },
  ];
  return { request_txn: { compare: [wire.exists(keys.epoch, false)], success: written, failure: anew } };
};

const promised = (
  { now, own, request: { renewMs } }: Desk,
  { longestMs, since }: StoredMember,
): Promised => ({
  since: own.isAnew ? since ?? now : own.promised?.since ?? since ?? now,
  // Never less than was promised, unless that was by a clock that has been set back since.
  endsAt: Math.max(now + renewMs, Math.min(own.promised?.endsAt ?? 0, now + longestMs)),
  longestMs,
});

/** Writes what a member says of itself. */
const speaking = ({ keys, request }: Desk, node: string, { digest }: StoredMember): ReadonlyArray<wire.Op> => [
  wire.put(keys.node(request.incarnation), node),
  wire.put(keys.version, ""),
  ...(request.declared === undefined ? [] : [wire.put(keys.declared(digest), request.declared)]),
];

/** Writes what the member says of itself if it is not what is there, and brings the view if it is not what the node knows. */
const telling = (desk: Desk, node: string, member: StoredMember): wire.Op => {
  const { keys, known, own, request } = desk;
  const key = keys.node(request.incarnation);
  const same = [
    wire.valueIs(key, node),
    ...(request.declared === undefined ? [] : [wire.exists(keys.declared(member.digest), true)]),
  ];
  // As it is, but at another revision: what compares that comes too late.
  const again = own.isOpen ? [wire.put(key, node)] : [];
  const mod = request.knownVersion - Number(known.epoch ?? Infinity);
  const told: wire.Txn = { compare: same, success: again, failure: speaking(desk, node, member) };
  return {
    request_txn: {
      compare: [
        ...same,
        wire.exists(keys.declared(member.digest), true),
        wire.modIs(keys.version, mod > 0 ? mod : never),
      ],
      success: again,
      failure: [{ request_txn: told }, ...views.reads(keys)],
    },
  };
};

const leaving = ({ keys, request }: Desk): ReadonlyArray<wire.Op> => {
  const key = keys.node(request.incarnation);
  return [
    wire.remove(keys.member(request.incarnation)),
    {
      request_txn: {
        compare: [wire.exists(key, true)],
        success: [wire.remove(key), wire.put(keys.version, "")],
        failure: [],
      },
    },
    ...views.reads(keys),
  ];
};

/** The rows that have waited since an instant or longer. */
const waiting = (keys: Keys, since: number): wire.Op =>
  wire.between(keys.dues, keys.dueAfter(since), {
    keys_only: true,
    sort_order: "DESCEND",
    sort_target: "KEY",
    limit: String(maxOverdue),
  });

/** What is read in any case, after everything was written. */
const tail = ({ keys, now, request }: Desk): ReadonlyArray<wire.Op> => [
  wire.get(keys.epoch),
  wire.get(keys.node(request.incarnation)),
  wire.count(keys.declared(request.member?.digest ?? "")),
  wire.under(keys.nodes, { count_only: true }),
  wire.under(keys.members, { count_only: true }),
  waiting(keys, now - request.overdueMs),
];

/** What one transaction has brought. */
interface Turn {
  readonly joined: boolean;
  /** Undefined if the version is the one that the node knows. */
  readonly view: views.View | undefined;
  /** It joined, left, or said something else than before. */
  readonly hasChanged: boolean;
  /** Somebody's promise is over. */
  readonly isMissing: boolean;
  readonly wantsDeclared: boolean;
  /** Since when, by row. */
  readonly overdue: ReadonlyMap<string, number>;
}

/** One attempt; undefined if it has to be made again with what was learnt. */
const attempt = (desk: Desk): Effect.Effect<Turn | undefined, Failure> =>
  Effect.gen(function* () {
    const { context, keys, known, own, request: { incarnation, member } } = desk;
    const joined = own.mod === 0 || own.isAnew || known.epoch === undefined;
    const key = keys.member(incarnation);
    const node = member && nodeValue(member.row, member.digest);
    const next = member && promised(desk, member);
    const held = next && (yield* promise.leaseFor(context, own, next.endsAt - desk.now));
    const writes = member === undefined || node === undefined || next === undefined ? leaving(desk) : [
      wire.put(key, memberValue(next), held?.lease.id),
      ...(joined
        ? [beginning(desk), ...speaking(desk, node, member), ...views.reads(keys)]
        : [telling(desk, node, member)]),
    ];
    const txn: wire.Txn = {
      compare: [
        wire.modIs(key, own.mod),
        ...(member === undefined || joined ? [] : [wire.valueIs(keys.epoch, known.epoch ?? "")]),
      ],
      success: [...writes, ...tail(desk)],
      failure: [...promise.reads(keys, incarnation), wire.get(keys.epoch)],
    };
    const renewal = held === undefined || held.isNew
      ? Effect.succeed(true)
      : promise.keepAlive(context, own, held.lease);
    const [isAlive, done] = yield* Effect.catchIf(
      Effect.all([renewal, send(context, txn)], { concurrency: 2 }),
      isLeaseGone,
      () => Effect.succeed([false, undefined] as const),
    );
    // The key goes with its lease, whatever the transaction said.
    if (!isAlive) own.lease = undefined;
    // The store has turned out to be another one: nothing that this rests on counts.
    if (done === undefined || known.own.get(incarnation) !== own) return undefined;

    const epoch = done.answers[done.succeeded ? writes.length : 2]?.kvs[0]?.value;
    if (epoch !== undefined && readWhole(epoch) === undefined) return yield* Effect.fail(foreign);
    if (!done.succeeded) {
      if (!promise.learn(own, done.answers)) return yield* Effect.fail(views.notOurs(done.answers));
      // Somebody else has noticed first that the store is another one.
      own.isAnew ||= known.epoch !== undefined && known.epoch !== epoch;
      known.epoch = epoch;
      return undefined;
    }
    const at = writes.length;
    const [, spoken, declared, nodes, promises, overdue] = done.answers.slice(at);
    [known.epoch, known.lostEpoch] = [epoch, undefined];
    [own.mod, own.promised, own.isOpen, own.isAnew] = [next ? done.revision : 0, next, false, false];
    own.node = spoken?.kvs[0] && { value: spoken.kvs[0].value, mod: spoken.kvs[0].mod };
    if (!isAlive) return undefined;
    const told = member !== undefined && !joined ? done.answers[at - 1] : undefined;
    const seen = told === undefined ? done.answers.slice(at - views.width, at) : told.answers.slice(1);
    const view = told?.succeeded ? undefined : views.read(keys, seen);
    if (view === undefined && !told?.succeeded) return yield* Effect.fail(views.notOurs(seen));
    return {
      joined,
      view,
      hasChanged: told === undefined || told.answers[0]?.succeeded === false,
      isMissing: nodes?.count !== promises?.count,
      wantsDeclared: member !== undefined && declared?.count === 0,
      overdue: new Map(overdue?.kvs.flatMap((kv) => dueIn(keys, kv.key))),
    };
  });

/** Tells who is there to somebody who is no node. */
const look = (context: Context, request: StoreBeat): Effect.Effect<StoreBeatReply, Failure> =>
  Effect.gen(function* () {
    const keys = keysOf(context.prefix, request.service);
    const now = yield* times.now(context.time);
    const looked = yield* views.look(context, keys, waiting(keys, now - request.overdueMs));
    const version = views.versionOf(looked, looked.view.mod);
    const members = version === request.knownVersion ? undefined : looked.view.members;
    const told = new Set(request.knownDigests);
    const unknown = [...new Set(members?.map(({ digest }) => digest))].filter((it) => !told.has(it));
    return {
      _tag: "StoreBeat",
      storeTime: now,
      rawTime: now,
      version,
      joined: true,
      wantsDeclared: false,
      members,
      declared: yield* views.declaredBehind(context, keys, unknown),
      overdue: looked.overdue?.kvs.flatMap((kv) => dueIn(keys, kv.key)).map(([key]) => key) ?? [],
    };
  });

/** Beats. */
export const beat = (context: Context, request: StoreBeat): Effect.Effect<StoreBeatReply, Failure> =>
  request.incarnation === "" ? look(context, request) : Effect.gen(function* () {
    const { incarnation, knownDigests, knownVersion, member, service } = request;
    const known = context.memory.of(service);
    const keys = keysOf(context.prefix, service);
    // Whoever leaves may do so at any time.
    if (member !== undefined) yield* times.check(context.time, probe(context, keys));
    let joined: boolean | undefined;
    for (let round = 0; round < maxRounds; round++) {
      const now = yield* times.now(context.time);
      const turn = yield* attempt({ context, known, keys, request, own: ownOf(known, incarnation), now });
      if (turn === undefined) continue;
      joined ??= turn.joined;
      known.overdue = turn.overdue;
      if (member === undefined) known.own.delete(incarnation);
      const view = turn.view === undefined && !turn.isMissing
        ? undefined
        : yield* views.settled(context, keys, turn.view);
      const version = view === undefined ? knownVersion : views.versionOf(known, view.mod);
      const news = version === knownVersion ? undefined : view;
      const told = new Set([...knownDigests, member?.digest]);
      const unknown = [...new Set(news?.members.map(({ digest }) => digest))].filter((it) => !told.has(it));
      const isConcerned = turn.hasChanged || turn.isMissing || view?.members[0]?.incarnation === incarnation;
      if (view !== undefined && isConcerned) yield* views.tidy(context, keys, view);
      return {
        _tag: "StoreBeat",
        storeTime: now,
        rawTime: now,
        version,
        joined,
        wantsDeclared: turn.wantsDeclared,
        members: news?.members,
        declared: yield* views.declaredBehind(context, keys, unknown),
        overdue: [...turn.overdue.keys()],
      };
    }
    return yield* Effect.fail(contended);
  });
