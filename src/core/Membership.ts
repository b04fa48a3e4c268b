/**
 * The table of members in the store, and what a beat does to it.
 *
 * Like the job records these functions are the meaning of the protocol: drivers without scripts run them as they are.
 */
import type { BeatReply, BeatRequest, MemberEntry } from "../Request.ts";
import type { Declared } from "../View.ts";

/** Everything the store knows of the members of one service. */
export interface Membership {
  /** Grows whenever members, states or declared jobs change: equal versions mean equal views. */
  readonly version: number;
  /** The store's clock at the last beat; its time never runs backwards from there. */
  readonly lastBeatAt: number;
  /** Until then nobody is removed: everybody was late, so the store was at fault. */
  readonly amnestyUntil: number;
  /** Sorted by incarnation. */
  readonly entries: ReadonlyArray<MemberEntry>;
  /** Digest to the jobs behind it, for every digest of an entry. */
  readonly declared: ReadonlyMap<string, Declared>;
}

/** The table of a service nobody has joined yet. */
export const empty: Membership = {
  version: 0,
  lastBeatAt: 0,
  amnestyUntil: 0,
  entries: [],
  declared: new Map(),
};

/** What the store tells besides the table: its clock, and the jobs that are overdue. */
export interface BeatContext {
  /** The store's clock, epoch milliseconds. */
  readonly now: number;
  /** Jobs whose next fire was due at or before the instant and is not claimed. */
  readonly overdue: (atOrBefore: number) => ReadonlyArray<string>;
}

/**
 * Whether an incarnation is a member: its lease has not run out, or nobody may be removed at the moment.
 */
export const isMember = (table: Membership, incarnation: string, now: number): boolean =>
  table.entries.some((entry) =>
    entry.incarnation === incarnation && (entry.leaseEndsAt > now || table.amnestyUntil > now)
  );

const bytewise = (a: MemberEntry, b: MemberEntry): number =>
  a.incarnation < b.incarnation ? -1 : a.incarnation > b.incarnation ? 1 : 0;

const isSame = (a: MemberEntry | undefined, b: MemberEntry | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && a.name === b.name && a.weight === b.weight &&
    a.state === b.state && a.deployment === b.deployment && a.digest === b.digest);

/**
 * One beat: renews or adds or removes the sender, removes whose lease ran out, tells what changed.
 *
 * A sender that finds its own lease over was kept from the store like everybody else; for the length of its lease
 * nobody is removed, so that an outage of the store does not look like the death of the fleet.
 *
 * Cost: linear in the members.
 */
export const beat = (
  table: Membership,
  request: BeatRequest,
  context: BeatContext,
): readonly [Membership, BeatReply] => {
  const now = Math.max(context.now, table.lastBeatAt);
  const { incarnation } = request;
  const own = table.entries.find((entry) => entry.incarnation === incarnation);
  const amnestyUntil = own !== undefined && own.leaseEndsAt <= now
    ? Math.max(table.amnestyUntil, now + request.leaseMs)
    : table.amnestyUntil;
  // Never shorter than what was promised before: a copy of an earlier beat may arrive after a later one was acknowledged.
  const leaseEndsAt = Math.max(own?.leaseEndsAt ?? 0, now + request.gapMs + request.leaseMs);
  const renewed: MemberEntry | undefined = request.state === "gone" ? undefined : {
    incarnation,
    name: request.name,
    weight: request.weight,
    state: request.state,
    deployment: request.deployment > 0 ? request.deployment : own?.deployment ?? now,
    digest: request.digest,
    nextBeatAt: leaseEndsAt - request.leaseMs,
    leaseEndsAt,
  };
  const others = table.entries.filter((entry) =>
    entry.incarnation !== incarnation && (entry.leaseEndsAt > now || amnestyUntil > now)
  );
  const entries = (renewed === undefined ? others : [...others, renewed]).sort(bytewise);
  // Jobs that become known late must reach everybody, also those who already have this version.
  const isDeclaredLate = renewed !== undefined && request.declared !== undefined && !table.declared.has(request.digest);
  const hasChanged = !isSame(own, renewed) || isDeclaredLate ||
    others.length + (own === undefined ? 0 : 1) !== table.entries.length;
  const version = hasChanged ? Math.max(table.version + 1, now) : table.version;

  const declared = new Map<string, Declared>();
  for (const { digest } of entries) {
    const jobs = digest === request.digest
      ? request.declared ?? table.declared.get(digest)
      : table.declared.get(digest);
    if (jobs !== undefined) declared.set(digest, jobs);
  }
  const isNews = version !== request.knownVersion;
  const unknown = new Map<string, Declared>();
  if (isNews) {
    for (const [digest, jobs] of declared) {
      if (digest !== request.digest && !request.knownDigests.includes(digest)) unknown.set(digest, jobs);
    }
  }
  return [
    { version, lastBeatAt: now, amnestyUntil, entries, declared },
    {
      _tag: "Beat",
      storeTime: now,
      version,
      joined: own === undefined,
      wantsDeclared: isNews && renewed !== undefined && !declared.has(request.digest),
      members: isNews ? entries : undefined,
      declared: unknown,
      overdue: context.overdue(now - request.overdueMs).slice(0, 200),
    },
  ];
};

/**
 * Makes every node look again: the version grows and nothing else changes. After a control command.
 */
export const touch = (table: Membership, now: number): Membership => ({
  ...table,
  version: Math.max(table.version + 1, now),
});
