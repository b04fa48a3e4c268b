/**
 * The table of members, as etcd has it and as the meaning of the protocol takes it.
 *
 * The meaning judges by times; here etcd has judged already: a member whose key is there is one, whatever any clock says.
 */
import * as Membership from "../../src/core/Membership.ts";
import type { BeatReply, BeatRequest, MemberEntry } from "../../src/Request.ts";
import type { Known } from "./cache.ts";
import type { Keys } from "./keys.ts";
import { declaredText, readTimes, type Table, tableText, type Times, timesText } from "./records.ts";
import * as wire from "./client/wire.ts";

/** What a beat makes of the table. */
export interface Turn {
  readonly table: Table;
  readonly reply: BeatReply;
  readonly isChanged: boolean;
  /** The jobs behind the sender's digest are new. */
  readonly stores: boolean;
  /** When the sender promises to be heard of again; undefined if it leaves. */
  readonly times: Times | undefined;
}

/** Until when the sender's membership is to last: never shorter than it promised before. */
export const endOf = (known: Known, request: BeatRequest, now: number): number =>
  Math.max(known.own.get(request.incarnation)?.leaseEndsAt ?? 0, now + request.gapMs + request.leaseMs);

/** One beat. An own membership that is over is none: whoever is late joins anew. */
export const beat = (known: Known, request: BeatRequest, now: number): Turn => {
  const { table } = known.table;
  // One that joins again writes the table as well, so a table that stayed as it was tells that the dead stayed dead.
  const isDead = (it: string) => it !== request.incarnation && known.members.get(it)?.isMember === false;
  const ends = Math.max(now + 1, endOf(known, request, now));
  // A leave removes its entry in any case.
  const isOver = request.state !== "gone" && (known.own.get(request.incarnation)?.mod ?? 0) === 0;
  const entries = table.entries.filter((it) => !isOver || it.incarnation !== request.incarnation)
    .map((it): MemberEntry => ({
      ...it,
      nextBeatAt: 0,
      leaseEndsAt: isDead(it.incarnation) ? 0 : ends,
    }));
  const before: Membership.Membership = {
    version: table.version,
    lastBeatAt: 0,
    amnestyUntil: 0,
    entries,
    // Which digests are declared matters here; the jobs behind them are read when somebody is to be told.
    declared: new Map([...table.declared].map((digest) => [digest, new Map()])),
  };
  const [after, reply] = Membership.beat(before, request, { now, overdue: () => [] });
  return {
    table: {
      version: after.version,
      entries: after.entries.map(({ leaseEndsAt: _, nextBeatAt: __, ...entry }) => entry),
      declared: new Set(after.declared.keys()),
    },
    reply,
    isChanged: after.version !== table.version,
    stores: request.declared !== undefined && after.declared.has(request.digest) && !table.declared.has(request.digest),
    times: after.entries.find((it) => it.incarnation === request.incarnation),
  };
};

/** What a beat writes. */
export const writes = (
  keys: Keys,
  { declared }: Table,
  request: BeatRequest,
  turn: Turn,
  lease: string | undefined,
): ReadonlyArray<wire.Op> => {
  const own = keys.member(request.incarnation);
  const ops: Array<wire.Op> = [
    turn.times === undefined ? wire.remove(own) : wire.put(own, timesText(turn.times), lease),
  ];
  if (!turn.isChanged) return ops;
  ops.push(wire.put(keys.table, tableText(turn.table)));
  for (const digest of declared) {
    if (!turn.table.declared.has(digest)) ops.push(wire.remove(keys.declared(digest)));
  }
  if (turn.stores && request.declared !== undefined) {
    ops.push(wire.put(keys.declared(request.digest), declaredText(request.declared)));
  }
  return ops;
};

/** The members with their times, which each has written under its own lease; undefined if one of them is missing. */
export const members = (
  keys: Keys,
  table: Table,
  kvs: ReadonlyArray<wire.Kv>,
): ReadonlyArray<MemberEntry> | undefined => {
  const times = new Map(kvs.map((kv) => [kv.key, readTimes(kv.value)]));
  const entries: Array<MemberEntry> = [];
  for (const entry of table.entries) {
    const found = times.get(keys.member(entry.incarnation));
    if (found === undefined) return undefined;
    entries.push({ ...entry, ...found });
  }
  return entries;
};
