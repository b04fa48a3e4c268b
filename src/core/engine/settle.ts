/**
 * Read, decide, put if nothing has changed: for any number of subjects, each on its own.
 *
 * A decision is made on what is remembered and sent as a change that proves it. One that is refused brings back what is there,
 * and is made again. What this very operation has read needs no further proof.
 */
import type { JobRecord } from "../ledger/JobRecord.ts";
import { lasts, leaseOf } from "../ledger/lease.ts";
import * as Moment from "../ledger/Moment.ts";
import type { Open } from "../ledger/Moment.ts";
import type { Change, Exchanged, ExchangeReply, ExchangeRequest, Limits, Row, Template } from "../words/Exchange.ts";
import type { Known } from "./Known.ts";
import { answerOf, Fault, type Operation } from "./Operation.ts";
import { anyResultHint, handlerHint, resultsOf, type Seen, seen, seenPut } from "./rows.ts";

/** What is to become of one subject. */
export interface Decision<A> {
  /** What is answered if it is proved at an instant of the store's clock. */
  readonly answer: (storeTime: number) => A;
  /** For each key of the subject what is to be put: null removes, undefined leaves. */
  readonly puts: ReadonlyArray<Template | null | undefined>;
  /** See `Change`; what changes nothing leaves it as it is. */
  readonly waitsSince: Change["waitsSince"];
  /** See `Change`. */
  readonly shelf?: string | undefined;
  /** See `Change`. */
  readonly unshelve?: string | undefined;
  /** See `Change`. */
  readonly lines: ReadonlyArray<Template>;
  /** The record that the text for the first key was written of, in the newest layout. */
  readonly record?: JobRecord<Open> | undefined;
  /** What is to be put under other keys that it rests on; null removes. */
  readonly also?: ReadonlyMap<string, Template | null> | undefined;
  /** Every node is to look again. */
  readonly touches?: boolean | undefined;
  /** See `ExchangeRequest`. */
  readonly hint?: string | undefined;
}

/** What a decision may rest on. Its questions are proved with it. */
export interface Grounds {
  /** The store's clock. */
  readonly moment: Moment.Estimate;
  /** The same as a number: of the reading that the decision rests on, or an estimate if there was none. */
  readonly at: number;
  /** Whether an incarnation is a member, or has a lease that lasts. */
  readonly isMember: (incarnation: string) => boolean;
  /** What is under a key that is none of the subject's: it is proved to be so, and stays but for what `also` says. */
  readonly rest: (key: string) => Seen | undefined;
  /** The layout to write. */
  readonly layout: number;
}

/** Rows that are decided about together. */
export interface Subject<A> {
  /** Their keys; the first is what the subject is about. */
  readonly keys: ReadonlyArray<string>;
  /** Decides on what is there; called again when others were faster. */
  readonly decide: (rows: ReadonlyArray<Seen | undefined>, grounds: Grounds) => Decision<A>;
  /** Whether a late copy of a change must be heard of, because it would hand something over. */
  readonly isAwaited: boolean;
}

/** What this operation has read of a subject. */
export interface Reading {
  readonly rows: ReadonlyArray<Seen | undefined>;
  /** Who was asked about and is, or is not, a member. */
  readonly members: ReadonlyMap<string, boolean>;
  /** What is under other keys that were asked for. */
  readonly others: ReadonlyMap<string, Seen | undefined>;
  readonly at: number;
}

/** A subject on its way to its answer. */
interface Case<A> {
  readonly subject: Subject<A>;
  reading: Reading | undefined;
  /** The store's clock when a decision was proved; undefined while none is. */
  provedAt: number | undefined;
  /** Once it is proved. */
  answer: A | undefined;
}

interface Planned<A> {
  readonly of: Case<A>;
  readonly decision: Decision<A>;
  readonly change: Change;
}

/**
 * A command that arrives later than this after the record was read is refused: a copy of a pause must not pause again what
 * was resumed since. Milliseconds.
 */
export const commandMs = 10_000;

/** How often something is decided again because others changed it meanwhile: one of them is through in every round. */
const maxRounds = 100;

const changes = ({ also, puts }: Decision<unknown>): boolean =>
  puts.some((put) => put !== undefined) || (also !== undefined && also.size > 0);

const planOf = <A>(
  of: Case<A>,
  rows: ReadonlyArray<Seen | undefined>,
  at: number,
  clock: number,
  layout: number,
  isMember: (incarnation: string) => boolean,
  rowOf: (key: string) => Seen | undefined,
): Planned<A> => {
  const { keys, decide } = of.subject;
  const moment = Moment.around(clock);
  const members: Array<readonly [string, boolean]> = [];
  let others: Map<string, Seen | undefined> | undefined;
  const decision = decide(rows, {
    moment,
    at,
    layout,
    isMember: (incarnation) => {
      const lease = leaseOf(incarnation);
      if (lease !== undefined) return lasts(lease, moment);
      for (const [asked, answer] of members) if (asked === incarnation) return answer;
      const answer = isMember(incarnation);
      members.push([incarnation, answer]);
      return answer;
    },
    rest: (key) => {
      others ??= new Map();
      if (!others.has(key)) others.set(key, rowOf(key));
      return others.get(key);
    },
  });
  const { notAfter, notBefore } = moment.window();
  const { lines, puts, shelf, unshelve, waitsSince } = decision;
  const proved = keys.map((key, index): Row => ({ key, expect: rows[index]?.version, put: puts[index] }));
  for (const [key, row] of others ?? []) proved.push({ key, expect: row?.version, put: decision.also?.get(key) });
  const change: Change = { _tag: "Change", rows: proved, notBefore, notAfter, members, waitsSince, lines };
  const stands = shelf === undefined ? change : { ...change, shelf, ...(unshelve === undefined ? {} : { unshelve }) };
  return { of, decision, change: stands };
};

/** What stands for two hints: one for all jobs, or for all shelves of a handler, where both are of the kind; otherwise the first. */
const commonHint = (first: string, other: string): string => {
  if (resultsOf(first) !== undefined) return anyResultHint;
  const handler = handlerHint(first);
  return handler !== undefined && handler === handlerHint(other) ? handler : first;
};

/** One request has one hint: that of its first change that has any, or one for several of them. */
const hintOf = (plans: ReadonlyArray<Planned<unknown>>): string | undefined => {
  let first: string | undefined;
  for (const { decision: { hint } } of plans) {
    if (hint === undefined || hint === first) continue;
    if (first !== undefined) return commonHint(first, hint);
    first = hint;
  }
  return first;
};

const sizeOf = ({ lines, rows }: Change): number => {
  let size = 200;
  for (const { expect, key, put } of rows) size += key.length + (expect?.length ?? 0) + (put?.length ?? 0);
  for (const line of lines) size += line.length;
  return size;
};

/**
 * How many changes under a shelf one request carries at most: the place is written as well, among a million, which takes a Redis some
 * 50 µs each, and nothing may hold it for more than 10 ms. `npm run campaign:million`.
 */
const mostShelved = 100;

/** As many plans in one request as the store takes. */
const inChunks = <A>(plans: ReadonlyArray<Planned<A>>, limits: Limits): ReadonlyArray<ReadonlyArray<Planned<A>>> => {
  const chunks: Array<Array<Planned<A>>> = [];
  let [rows, bytes, shelved] = [0, 0, 0];
  for (const plan of plans) {
    const onShelf = plan.change.shelf === undefined ? 0 : 1;
    const size = sizeOf(plan.change);
    // What several of them rest on is the same few rows.
    const own = plan.of.subject.keys.length;
    const last = chunks.at(-1);
    const fits = rows + own <= limits.rows && bytes + size <= limits.bytes && shelved + onShelf <= mostShelved;
    if (last !== undefined && fits) {
      last.push(plan);
      [rows, bytes, shelved] = [rows + own, bytes + size, shelved + onShelf];
    } else {
      chunks.push([plan]);
      [rows, bytes, shelved] = [own, size, onShelf];
    }
  }
  return chunks;
};

/** Remembers what a change has made of its rows. The remembered text is the one that was put, as the store resolved it. */
const seeChanged = (
  known: Known,
  { change, decision }: Planned<unknown>,
  versions: ReadonlyArray<string | undefined>,
  at: number,
): void => {
  change.rows.forEach(({ key, put }, index) => {
    const version = versions[index];
    if (put === null) known.see(key, undefined);
    else if (put !== undefined && version !== undefined) {
      known.see(key, seenPut(put, version, at, index === 0 ? decision.record : undefined));
    }
  });
};

/** A decision that leaves everything as it is. */
export const leaving = <A>(answer: A): Decision<A> => ({
  answer: () => answer,
  puts: [],
  waitsSince: "same",
  lines: [],
});

/** A request that looks at rows. */
export const lookAt = (service: string, keys: ReadonlyArray<string>): ExchangeRequest => ({
  _tag: "Exchange",
  service,
  items: [{ _tag: "Look", keys }],
  touch: false,
});

/** Remembers and tells what a look has found. */
export const readRows = (
  known: Known,
  keys: ReadonlyArray<string>,
  looked: Exchanged | undefined,
): ReadonlyArray<Seen | undefined> =>
  keys.map((key, index) => {
    const found = looked?._tag === "Found" ? looked.found[index] : undefined;
    const row = found && seen(found.text, found.version);
    known.see(key, row);
    return row;
  });

const readingOf = (
  known: Known,
  { keys }: Subject<unknown>,
  { members, rows }: Change,
  { found, members: answers }: Exchanged & { _tag: "Found" },
  at: number,
): Reading => {
  const read = rows.map(({ key }, index) => {
    const it = found[index];
    const row = it && seen(it.text, it.version);
    known.see(key, row);
    return row;
  });
  const told = new Map(members.map(([incarnation], index) => [incarnation, answers[index] === true]));
  for (const [incarnation, isMember] of told) known.seeMember(incarnation, isMember);
  const others = new Map(rows.slice(keys.length).map(({ key }, index) => [key, read[keys.length + index]]));
  return { rows: read.slice(0, keys.length), members: told, others, at };
};

/** The answers in the order of the subjects, and the earliest instant at which one of them was proved. */
export interface Settled<A> {
  readonly answers: ReadonlyArray<A>;
  readonly storeTime: number;
}

/** What the rounds are run with. */
export interface Settling {
  readonly known: Known;
  readonly service: string;
  readonly limits: Limits;
  /** An estimate of the store's clock when what is sent now arrives. */
  readonly clock: () => number;
  /** See `ExchangeRequest`. */
  readonly renew?: ExchangeRequest["renew"];
}

const prove = <A>({ decision, of }: Planned<A>, at: number): void => {
  of.provedAt = at;
  of.answer = decision.answer(at);
};

/** Decides a case: on what was read of it, or on what is remembered. Undefined if nothing is left to be proved. */
const decided = <A>(it: Case<A>, { clock, known }: Settling): Planned<A> | undefined => {
  const { reading, subject } = it;
  const layout = known.layout();
  if (reading === undefined) {
    const now = clock();
    return planOf(it, subject.keys.map(known.row), now, now, layout, known.isMember, known.row);
  }
  const { at, members, others, rows } = reading;
  const rowOf = (key: string) => others.has(key) ? others.get(key) : known.row(key);
  const plan = planOf(
    it,
    rows,
    at,
    at,
    layout,
    (incarnation) => members.get(incarnation) ?? known.isMember(incarnation),
    rowOf,
  );
  const { change, decision } = plan;
  const isRead = change.members.every(([incarnation]) => members.has(incarnation)) &&
    change.rows.every(({ key }, index) => index < rows.length || others.has(key));
  if (!changes(decision) && isRead) {
    prove(plan, at);
    return undefined;
  }
  // What was decided for the time of the reading holds as long as its window.
  const now = Math.max(clock(), at);
  if (now >= change.notBefore && now <= change.notAfter) return plan;
  return planOf(it, rows, at, now, layout, known.isMember, rowOf);
};

/** Looks at rows: what is there, and when. */
export function* look(
  { known, service }: Settling,
  keys: ReadonlyArray<string>,
): Operation<{ readonly rows: ReadonlyArray<Seen | undefined>; readonly storeTime: number }> {
  const replies = yield { requests: [lookAt(service, keys)], conflicts: 0 };
  const { results: [looked], storeTime } = answerOf(replies, 0, "Exchange");
  return { rows: readRows(known, keys, looked), storeTime };
}

/** Settles every subject. No two of them share a key. `first` is what was read of a subject before. */
export function* settle<A>(
  settling: Settling,
  subjects: ReadonlyArray<Subject<A>>,
  first?: Reading,
): Operation<Settled<A>> {
  const { known, limits, service } = settling;
  const cases = subjects.map((subject): Case<A> => ({
    subject,
    reading: first,
    provedAt: undefined,
    answer: undefined,
  }));
  for (let round = 0; round < maxRounds; round++) {
    const plans: Array<Planned<A>> = [];
    for (const it of cases) {
      const plan = it.provedAt === undefined ? decided(it, settling) : undefined;
      if (plan !== undefined) plans.push(plan);
    }
    if (plans.length === 0) {
      const storeTime = cases.reduce((earliest, { provedAt = Infinity }) => Math.min(earliest, provedAt), Infinity);
      return { answers: cases.map(({ answer }) => answer as A), storeTime };
    }

    const chunks = inChunks(plans, limits);
    for (const { change, decision, of } of plans) {
      const [row] = change.rows;
      if (!of.subject.isAwaited || row === undefined || !changes(decision)) continue;
      known.send(row.key, { expect: row.expect, notAfter: change.notAfter });
    }
    const replies = yield {
      requests: chunks.map((chunk) => ({
        _tag: "Exchange",
        service,
        items: chunk.map(({ change }) => change),
        touch: chunk.some(({ decision }) => decision.touches === true),
        renew: settling.renew,
        hint: hintOf(chunk),
      })),
      conflicts: round,
    };
    chunks.forEach((chunk, index) => {
      const reply: ExchangeReply = answerOf(replies, index, "Exchange");
      const at = reply.storeTime;
      chunk.forEach((plan, item) => {
        const result = reply.results[item];
        if (result === undefined) throw new Fault("Corrupt", "the store left an item without an answer");
        if (result._tag === "Found") {
          plan.of.reading = readingOf(known, plan.of.subject, plan.change, result, at);
        } else if (result._tag === "Changed") {
          seeChanged(known, plan, result.versions, at);
          prove(plan, at);
        }
      });
    });
  }
  throw new Fault("Unavailable", "others changed the same records again and again; asking later helps");
}
