/**
 * The reference of a store: what the port means, held in maps. The memory driver and the simulator are this store.
 */
import * as Moment from "./Moment.ts";
import * as Quiet from "./Quiet.ts";
import {
  type Change,
  type Due,
  type Exchanged,
  type ExchangeItem,
  type ExchangeReply,
  type ExchangeRequest,
  type Found,
  groupOf,
  lasting,
  type MemberFound,
  type Row,
  type ShelvedKeys,
  type ShelvedPage,
  type StoreBeat,
  type StoreBeatReply,
  type StoredMember,
  type StoreReply,
  type StoreRequest,
} from "../words/Exchange.ts";
import { type Shared, sharing } from "../words/shared.ts";

/** How many lines of history a service keeps. */
const historyLimit = 1_000;

/** How many overdue keys a beat tells. */
const maxOverdue = 200;

/** A clock that is behind the last beat by less than this is taken for jitter, and held there. Milliseconds. */
const maxJitterMs = 1_000;

/** How long a clock stands far behind what was promised before it is believed. Milliseconds. */
const disbeliefMs = 2_500;

/** A member as the store keeps it. */
interface Member extends StoredMember {
  readonly since: number;
  readonly endsAt: number;
}

/** What one service has in the store. */
export interface Service {
  readonly rows: Map<string, string>;
  /** Since when keys wait, epoch milliseconds. */
  readonly waits: Map<string, number>;
  /** The same of rows on shelves, for each shelf where any waits. */
  readonly shelves: Map<string, Map<string, number>>;
  /** What is kept of groups of shelves. */
  readonly groups: Map<string, Quiet.Quiet>;
  readonly members: Map<string, Member>;
  /** Digest to what is behind it. */
  readonly declared: Map<string, string>;
  history: Array<string>;
  version: number;
  lastBeatAt: number;
  /** Until then nobody is dropped: everybody was late, so the store was at fault. */
  amnestyUntil: number;
  /** Since when the clock stands far behind what was promised, by that clock; 0: it does not. */
  backSince: number;
}

/** A service that nobody has used yet. */
export const empty = (): Service => ({
  rows: new Map(),
  waits: new Map(),
  shelves: new Map(),
  groups: new Map(),
  members: new Map(),
  declared: new Map(),
  history: [],
  version: 0,
  lastBeatAt: 0,
  amnestyUntil: 0,
  backSince: 0,
});

/** Whether nothing of the service is left. */
export const isEmpty = ({ rows, version }: Service): boolean => rows.size === 0 && version === 0;

/** Whether an incarnation is a member: its promise has not ended, or nobody may be dropped at the moment. */
export const isMember = (service: Service, incarnation: string, now: number): boolean => {
  const member = service.members.get(incarnation);
  return member !== undefined && (member.endsAt > now || service.amnestyUntil > now);
};

/** R16: equal versions mean equal members. */
const grow = (service: Service, now: number): void => {
  service.version = Math.max(service.version + 1, now);
};

const foundIn = (service: Service, key: string): Found | undefined => {
  const text = service.rows.get(key);
  return text === undefined ? undefined : { text, version: text };
};

const put = (service: Service, { key, put }: Row, resolved: Shared): void => {
  if (put === null) {
    service.rows.delete(key);
    service.waits.delete(key);
  } else if (put !== undefined) service.rows.set(key, resolved(put));
};

const take = ({ shelves }: Service, shelf: string, key: string): void => {
  const waits = shelves.get(shelf);
  if (waits?.delete(key) === true && waits.size === 0) shelves.delete(shelf);
};

/** Since when the first row of a change waits from now on. */
const waitFrom = (service: Service, { rows, shelf, unshelve, waitsSince }: Change): void => {
  const [{ key, put: text } = { key: "", put: null }] = rows;
  if (unshelve !== undefined) take(service, unshelve, key);
  const since = text === null ? undefined : waitsSince;
  if (since === "same") return;
  if (shelf === undefined) {
    if (since === undefined) service.waits.delete(key);
    else service.waits.set(key, since);
  } else if (since === undefined) take(service, shelf, key);
  else {
    service.shelves.set(shelf, (service.shelves.get(shelf) ?? new Map()).set(key, since));
    const quiet = service.groups.get(groupOf(shelf));
    if (quiet !== undefined) service.groups.set(groupOf(shelf), Quiet.lowered(quiet, since));
  }
};

const remember = (service: Service, lines: ReadonlyArray<string>, now: number): void => {
  for (const line of lines) service.history.push(Moment.resolve(line, now));
  if (service.history.length > 2 * historyLimit) service.history = service.history.slice(-historyLimit);
};

const change = (service: Service, item: Change, now: number, resolved: Shared): Exchanged => {
  const { lines, members, notAfter, notBefore, rows } = item;
  let holds = now >= notBefore && now <= notAfter;
  for (const { expect, key } of rows) holds &&= service.rows.get(key) === expect;
  for (const [incarnation, wanted] of members) holds &&= wanted === isMember(service, incarnation, now);
  if (!holds) {
    const areMembers = members.map(([incarnation]) => isMember(service, incarnation, now));
    return { _tag: "Found", found: rows.map(({ key }) => foundIn(service, key)), members: areMembers };
  }
  for (const row of rows) put(service, row, resolved);
  waitFrom(service, item);
  remember(service, lines, now);
  return { _tag: "Changed", versions: rows.map((row) => service.rows.get(row.key)) };
};

const earliestFirst = ([a, first]: readonly [string, number], [b, second]: readonly [string, number]): number =>
  first - second || (a < b ? -1 : 1);

const due = ({ shelves }: Service, { after, limit, shelf, until }: Due): Exchanged => {
  const waits = [...shelves.get(shelf) ?? []].filter(([, since]) => since > after).sort(earliestFirst);
  const found = waits.slice(0, limit).filter(([, since]) => since <= until);
  return { _tag: "Due", due: found, next: waits[found.length]?.[1] };
};

/** Looks at a shelf, or tells what is kept of its group; notes since when the first row waits of a group that is looked at. */
const dueOf = (service: Service, item: Due, first: Map<string, number>, now: number): Exchanged => {
  const group = groupOf(item.shelf);
  const noted = first.get(group);
  if (noted === undefined) return due(service, item);
  const quiet = Quiet.told(service.groups.get(group), item.until, now);
  const found = quiet ?? due(service, item);
  first.set(group, quiet === undefined ? Math.min(noted, Quiet.firstIn(found)) : Quiet.unknown);
  return found;
};

/** Whether an item puts or removes anything, and does not only compare. */
export const isChanging = (item: ExchangeItem): boolean =>
  item._tag === "Change" && item.rows.some((row) => row.put !== undefined);

/** Looks and changes, at one instant. Cost: linear in the rows of the items. */
export const exchange = (
  service: Service,
  { groups = [], items, renew, touch }: ExchangeRequest,
  now: number,
): ExchangeReply => {
  let isTouched = false;
  const isLook = items.every(({ _tag }) => _tag !== "Change");
  const first = new Map(isLook ? groups.map((group) => [group, Infinity]) : []);
  const resolved = sharing((template) => Moment.resolve(template, now));
  const results = items.map((item): Exchanged => {
    if (item._tag === "Look") {
      return { _tag: "Found", found: item.keys.map((key) => foundIn(service, key)), members: [] };
    }
    if (item._tag === "Due") return dueOf(service, item, first, now);
    const result = change(service, item, now, resolved);
    if (result._tag === "Changed" && isChanging(item)) isTouched = true;
    return result;
  });
  for (const [group, at] of first) if (at !== Quiet.unknown) service.groups.set(group, Quiet.from(at, now));
  if (touch && isTouched && service.version > 0) grow(service, now);
  const member = renew === undefined ? undefined : service.members.get(renew.incarnation);
  if (renew !== undefined && member !== undefined && member.endsAt > now) {
    const endsAt = Math.max(member.endsAt, now + Math.min(renew.forMs, member.longestMs));
    service.members.set(renew.incarnation, { ...member, endsAt });
  }
  return { _tag: "Exchange", storeTime: now, results };
};

/**
 * Nothing that was promised lies further ahead of the clock than the longest promise: the clock was ahead when it was made. Or it
 * stands back for a moment now, and whoever was promised something would be gone when it is right again.
 */
const cutBack = (service: Service, raw: number, amnestyMs: number): void => {
  const isFar = ({ endsAt, longestMs }: Member) => endsAt > raw + longestMs + maxJitterMs;
  const members = [...service.members];
  const mostMs = members.reduce((longest, [, { longestMs }]) => Math.max(longest, longestMs), amnestyMs) + maxJitterMs;
  if (!members.some(([, member]) => isFar(member)) && service.amnestyUntil <= raw + mostMs) {
    service.backSince = 0;
    return;
  }
  if (service.backSince === 0 || service.backSince > raw) service.backSince = raw;
  if (raw - service.backSince < disbeliefMs) return;
  for (const [incarnation, member] of members) {
    const endsAt = Math.min(member.endsAt, raw + member.longestMs + maxJitterMs);
    service.members.set(incarnation, { ...member, endsAt });
  }
  service.amnestyUntil = Math.min(service.amnestyUntil, raw + mostMs);
  service.backSince = 0;
};

const bytewise = (a: MemberFound, b: MemberFound): number => a.incarnation < b.incarnation ? -1 : 1;

const membersOf = (service: Service): ReadonlyArray<MemberFound> =>
  [...service.members].map(([incarnation, member]) => ({ incarnation, ...member })).sort(bytewise);

/** The latest first: keys that nobody cares for any more wait for ever and must not crowd out the others. */
const overdue = ({ waits }: Service, atOrBefore: number): ReadonlyArray<string> =>
  [...waits].filter(([, since]) => since <= atOrBefore)
    .sort(([a, first], [b, second]) => second - first || (a < b ? -1 : 1))
    .slice(0, maxOverdue).map(([key]) => key);

/** Renews or joins or removes the sender; whether anybody who looks must look again. */
const renewOwn = (service: Service, { incarnation, member, renewMs }: StoreBeat, now: number): boolean => {
  const own = service.members.get(incarnation);
  if (member === undefined) return service.members.delete(incarnation);
  const { digest, longestMs, row } = member;
  const since = own?.since ?? member.since ?? now;
  // R14: never shorter than what was promised before, as a copy of an earlier beat may arrive after a later one was acknowledged.
  const endsAt = Math.max(own?.endsAt ?? 0, now + renewMs);
  service.members.set(incarnation, { row, digest, longestMs, since, endsAt });
  return own === undefined || own.row !== row || own.digest !== digest;
};

const dropOthers = (service: Service, { incarnation, notAfter = Infinity }: StoreBeat, now: number): boolean => {
  let hasDropped = false;
  if (now > notAfter) return hasDropped;
  for (const [other, { endsAt }] of service.members) {
    if (other === incarnation || endsAt > now || service.amnestyUntil > now) continue;
    service.members.delete(other);
    hasDropped = true;
  }
  return hasDropped;
};

/** Keeps what is declared behind the digests of members; whether something became known that others may have missed. */
const keepDeclared = (service: Service, { declared, member }: StoreBeat): boolean => {
  const isNew = member !== undefined && declared !== undefined && !service.declared.has(member.digest);
  if (member !== undefined && declared !== undefined) service.declared.set(member.digest, declared);
  const used = new Set([...service.members.values()].map(({ digest }) => digest));
  for (const digest of [...service.declared.keys()]) if (!used.has(digest)) service.declared.delete(digest);
  return isNew;
};

const unknownTo = (
  service: Service,
  { knownDigests, member }: StoreBeat,
  members: ReadonlyArray<MemberFound>,
): ReadonlyMap<string, string> => {
  const known = new Set([...knownDigests, member?.digest]);
  const texts = new Map<string, string>();
  for (const { digest } of members) {
    const text = known.has(digest) ? undefined : service.declared.get(digest);
    if (text !== undefined) texts.set(digest, text);
  }
  return texts;
};

/** What somebody is told who is no node: who is a member at the moment. */
const told = (service: Service, request: StoreBeat, now: number, raw: number): StoreBeatReply => {
  const isNews = service.version !== request.knownVersion;
  const members = membersOf(service).filter(({ incarnation }) => isMember(service, incarnation, now));
  return {
    _tag: "StoreBeat",
    storeTime: now,
    rawTime: raw,
    version: service.version,
    joined: true,
    wantsDeclared: false,
    members: isNews ? members : undefined,
    declared: isNews ? unknownTo(service, request, members) : new Map(),
    overdue: overdue(service, now - request.overdueMs),
  };
};

/** A beat. Cost: linear in the members and in what waits. */
export const beat = (service: Service, request: StoreBeat, raw: number): StoreBeatReply => {
  const { amnestyMs, incarnation, knownVersion, member, overdueMs } = request;
  const { lastBeatAt } = service;
  const now = lastBeatAt > raw && lastBeatAt - raw < maxJitterMs ? lastBeatAt : raw;
  if (incarnation === "") return told(service, { ...request, member: undefined }, now, raw);
  cutBack(service, raw, amnestyMs);
  const own = service.members.get(incarnation);
  // R15: who finds its own promise over was kept from the store, as perhaps everybody was: that is not the death of the fleet.
  if (own !== undefined && own.endsAt <= now) service.amnestyUntil = Math.max(service.amnestyUntil, now + amnestyMs);
  const isOwnNew = renewOwn(service, request, now);
  const hasDropped = dropOthers(service, request, now);
  const isDeclaredLate = keepDeclared(service, request);
  if (isOwnNew || hasDropped || isDeclaredLate) grow(service, now);
  service.lastBeatAt = now;

  const isNews = service.version !== knownVersion;
  const members = isNews ? membersOf(service) : undefined;
  return {
    _tag: "StoreBeat",
    storeTime: now,
    rawTime: raw,
    version: service.version,
    joined: own === undefined,
    wantsDeclared: isNews && member !== undefined && !service.declared.has(member.digest),
    members,
    declared: members === undefined ? new Map() : unknownTo(service, request, members),
    overdue: overdue(service, now - overdueMs),
  };
};

/** The last lines of the history, oldest first. */
export const history = (service: Service): ReadonlyArray<string> => service.history.slice(-historyLimit);

/** The keys of rows that do not last. */
export const keys = ({ rows }: Service): ReadonlyArray<string> =>
  [...rows.keys()].filter((it) => !it.startsWith(lasting));

/** A page of rows by their keys. Cost: linear in all rows. */
export const shelvedKeys = ({ rows }: Service, { after = "", limit, prefix }: ShelvedPage): ShelvedKeys => {
  const found = [...rows.keys()].filter((it) => it.startsWith(prefix) && it > after).sort();
  const page = found.slice(0, limit);
  return { keys: page, after: found.length > limit ? page.at(-1) : undefined };
};

/** Removes everything. */
export const destroy = (service: Service): void => {
  for (const map of [service.rows, service.waits, service.shelves, service.groups, service.members, service.declared]) {
    map.clear();
  }
  Object.assign(service, { history: [], version: 0, lastBeatAt: 0, amnestyUntil: 0, backSince: 0 });
};

/** Answers whatever an engine asks, at an instant. */
export const answer = (service: Service, request: StoreRequest, now: number): StoreReply => {
  switch (request._tag) {
    case "Exchange":
      return exchange(service, request, now);
    case "StoreBeat":
      return beat(service, request, now);
    case "History":
      return { _tag: "History", lines: history(service) };
    case "Keys":
      return { _tag: "Keys", keys: keys(service), cursor: undefined };
    case "Shelved":
      return { _tag: "Shelved", ...shelvedKeys(service, request) };
    case "Destroy":
      destroy(service);
      return { _tag: "Destroy" };
  }
};
