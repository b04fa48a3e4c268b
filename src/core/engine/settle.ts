/**
 * Read, decide, put if nothing has changed: for any number of subjects, each on its own.
 *
 * A decision is made on what is remembered and sent as a change that proves it. One that is refused brings back what is there,
 * and is made again. What this very operation has read needs no further proof.
 */
import * as Moment from "../ledger/Moment.ts";
import type { Change, Exchanged, ExchangeReply, Limits, Row, Template } from "../words/Exchange.ts";
import type { Known } from "./Known.ts";
import { answerOf, Fault, type Operation } from "./Operation.ts";
import { type Seen, seen } from "./rows.ts";

/** What is to become of one subject. */
export interface Decision<A> {
  /** What is answered if it is proved at an instant of the store's clock. */
  readonly answer: (storeTime: number) => A;
  /** For each key of the subject what is to be put: null removes, undefined leaves. */
  readonly puts: ReadonlyArray<Template | null | undefined>;
  /** See `Change`; what changes nothing leaves it as it is. */
  readonly waitsSince: Change["waitsSince"];
  /** See `Change`. */
  readonly lines: ReadonlyArray<Template>;
  /** Every node is to look again. */
  readonly touches?: boolean;
}

/** What a decision may rest on. Its questions are proved with it. */
export interface Grounds {
  /** The store's clock. */
  readonly moment: Moment.Estimate;
  /** The same as a number: of the reading that the decision rests on, or an estimate if there was none. */
  readonly at: number;
  /** Whether an incarnation is a member. */
  readonly isMember: (incarnation: string) => boolean;
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
interface Reading {
  readonly rows: ReadonlyArray<Seen | undefined>;
  /** Who was asked about and is, or is not, a member. */
  readonly members: ReadonlyMap<string, boolean>;
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

/** How often something is decided again because others changed it meanwhile: one of them is through in every round. */
const maxRounds = 100;

const changes = ({ puts }: Decision<unknown>): boolean => puts.some((put) => put !== undefined);

const planOf = <A>(
  of: Case<A>,
  rows: ReadonlyArray<Seen | undefined>,
  at: number,
  clock: number,
  layout: number,
  isMember: (incarnation: string) => boolean,
): Planned<A> => {
  const { keys, decide } = of.subject;
  const moment = Moment.around(clock);
  const members: Array<readonly [string, boolean]> = [];
  const decision = decide(rows, {
    moment,
    at,
    layout,
    isMember: (incarnation) => {
      for (const [asked, answer] of members) if (asked === incarnation) return answer;
      const answer = isMember(incarnation);
      members.push([incarnation, answer]);
      return answer;
    },
  });
  const { notAfter, notBefore } = moment.window();
  const { lines, puts, waitsSince } = decision;
  const proved = keys.map((key, index): Row => ({ key, expect: rows[index]?.version, put: puts[index] }));
  return { of, decision, change: { _tag: "Change", rows: proved, notBefore, notAfter, members, waitsSince, lines } };
};

const sizeOf = ({ lines, rows }: Change): number => {
  let size = 200;
  for (const { expect, key, put } of rows) size += key.length + (expect?.length ?? 0) + (put?.length ?? 0);
  for (const line of lines) size += line.length;
  return size;
};

/** As many plans in one request as the store takes. */
const inChunks = <A>(plans: ReadonlyArray<Planned<A>>, limits: Limits): ReadonlyArray<ReadonlyArray<Planned<A>>> => {
  const chunks: Array<Array<Planned<A>>> = [];
  let [rows, bytes] = [0, 0];
  for (const plan of plans) {
    const size = sizeOf(plan.change);
    const last = chunks.at(-1);
    if (last !== undefined && rows + plan.change.rows.length <= limits.rows && bytes + size <= limits.bytes) {
      last.push(plan);
      [rows, bytes] = [rows + plan.change.rows.length, bytes + size];
    } else {
      chunks.push([plan]);
      [rows, bytes] = [plan.change.rows.length, size];
    }
  }
  return chunks;
};

/** Remembers what a change has made of its rows. The remembered text is the one that was put, as the store resolved it. */
const seeChanged = (known: Known, { rows }: Change, versions: ReadonlyArray<string | undefined>, at: number): void => {
  rows.forEach(({ key, put }, index) => {
    const version = versions[index];
    if (put === null) known.see(key, undefined);
    else if (put !== undefined && version !== undefined) known.see(key, seen(Moment.resolve(put, at), version));
  });
};

const readingOf = (
  known: Known,
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
  return { rows: read, members: told, at };
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
    return planOf(it, subject.keys.map(known.row), now, now, layout, known.isMember);
  }
  const { at, members, rows } = reading;
  const plan = planOf(
    it,
    rows,
    at,
    at,
    layout,
    (incarnation) => members.get(incarnation) ?? known.isMember(incarnation),
  );
  const { change, decision } = plan;
  if (!changes(decision) && change.members.every(([incarnation]) => members.has(incarnation))) {
    prove(plan, at);
    return undefined;
  }
  // What was decided for the time of the reading holds as long as its window.
  const now = Math.max(clock(), at);
  if (now >= change.notBefore && now <= change.notAfter) return plan;
  return planOf(it, rows, at, now, layout, known.isMember);
};

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
          plan.of.reading = readingOf(known, plan.change, result, at);
        } else {
          seeChanged(known, plan.change, result.versions, at);
          prove(plan, at);
        }
      });
    });
  }
  throw new Fault("Unavailable", "others changed the same records again and again; asking later helps");
}
