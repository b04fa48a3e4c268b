/**
 * Read, decide, put if nothing has changed: for any number of subjects, each on its own.
 *
 * A decision is made on what is remembered and sent as a change that proves it. One that is refused brings back what is there,
 * and is made again. What this very operation has read needs no further proof.
 */
import * as Moment from "../ledger/Moment.ts";
import type { Change, Exchanged, ExchangeReply, Found, Limits, Row, Template } from "../../Exchange.ts";
import type { Known } from "./Known.ts";
import { answerOf, Fault, type Operation } from "./Operation.ts";

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
}

/** Rows that are decided about together. */
export interface Subject<A> {
  /** Their keys; the first is what the subject is about. */
  readonly keys: ReadonlyArray<string>;
  /** Decides on what is there; called again when others were faster. */
  readonly decide: (found: ReadonlyArray<Found | undefined>, grounds: Grounds) => Decision<A>;
  /** Whether a late copy of a change must be heard of, because it would hand something over. */
  readonly isAwaited: boolean;
}

/** What this operation has read of a subject. */
interface Reading {
  readonly found: ReadonlyArray<Found | undefined>;
  readonly members: ReadonlyMap<string, boolean>;
  readonly at: number;
}

interface Plan<A> {
  readonly subject: Subject<A>;
  readonly decision: Decision<A>;
  readonly change: Change;
}

/** How often something is decided again because others changed it meanwhile: one of them is through in every round. */
const maxRounds = 100;

const changes = ({ puts }: Decision<unknown>): boolean => puts.some((put) => put !== undefined);

const planOf = <A>(
  subject: Subject<A>,
  found: ReadonlyArray<Found | undefined>,
  at: number,
  clock: number,
  isMember: (incarnation: string) => boolean,
): Plan<A> => {
  const moment = Moment.around(clock);
  const members = new Map<string, boolean>();
  const decision = subject.decide(found, {
    moment,
    at,
    isMember: (incarnation) => {
      const answer = members.get(incarnation) ?? isMember(incarnation);
      members.set(incarnation, answer);
      return answer;
    },
  });
  const rows = subject.keys.map((key, index): Row => ({
    key,
    expect: found[index]?.version,
    put: decision.puts[index],
  }));
  const { lines, waitsSince } = decision;
  return {
    subject,
    decision,
    change: { _tag: "Change", rows, ...moment.window(), members: [...members], waitsSince, lines },
  };
};

const sizeOf = ({ lines, rows }: Change): number => {
  let size = 200;
  for (const { expect, key, put } of rows) size += key.length + (expect?.length ?? 0) + (put?.length ?? 0);
  for (const line of lines) size += line.length;
  return size;
};

/** As many plans in one request as the store takes. */
const inChunks = <A>(plans: ReadonlyArray<Plan<A>>, limits: Limits): ReadonlyArray<ReadonlyArray<Plan<A>>> => {
  const chunks: Array<Array<Plan<A>>> = [];
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
    else if (put !== undefined && version !== undefined) known.see(key, { text: Moment.resolve(put, at), version });
  });
};

const readingOf = (
  known: Known,
  { members, rows }: Change,
  result: Exchanged & { _tag: "Found" },
  at: number,
): Reading => {
  rows.forEach(({ key }, index) => known.see(key, result.found[index]));
  const told = new Map(members.map(([incarnation], index) => [incarnation, result.members[index] === true]));
  for (const [incarnation, isMember] of told) known.seeMember(incarnation, isMember);
  return { found: result.found, members: told, at };
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

/** Settles every subject. No two of them share a key. `first` is what was read of a subject before. */
export function* settle<A>(
  { clock, known, limits, service }: Settling,
  subjects: ReadonlyArray<Subject<A>>,
  first?: Reading,
): Operation<Settled<A>> {
  const answers = new Map<Subject<A>, A>();
  const readings = new Map<Subject<A>, Reading>();
  if (first !== undefined) { for (const subject of subjects) readings.set(subject, first); }
  let storeTime = Infinity;
  const prove = (subject: Subject<A>, decision: Decision<A>, at: number): void => {
    answers.set(subject, decision.answer(at));
    storeTime = Math.min(storeTime, at);
  };

  for (let round = 0; round < maxRounds; round++) {
    const plans: Array<Plan<A>> = [];
    for (const subject of subjects) {
      if (answers.has(subject)) continue;
      const reading = readings.get(subject);
      if (reading !== undefined) {
        const { at, found, members } = reading;
        const plan = planOf(
          subject,
          found,
          at,
          at,
          (incarnation) => members.get(incarnation) ?? known.isMember(incarnation),
        );
        if (!changes(plan.decision) && plan.change.members.every(([incarnation]) => members.has(incarnation))) {
          prove(subject, plan.decision, at);
          continue;
        }
      }
      const found = reading?.found ?? subject.keys.map(known.row);
      const estimate = Math.max(clock(), reading?.at ?? 0);
      plans.push(planOf(subject, found, reading?.at ?? estimate, estimate, known.isMember));
    }
    if (plans.length === 0) return { answers: subjects.map((subject) => answers.get(subject) as A), storeTime };

    const chunks = inChunks(plans, limits);
    for (const { change, decision, subject } of plans) {
      const [row] = change.rows;
      if (!subject.isAwaited || row === undefined || !changes(decision)) continue;
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
      chunk.forEach(({ change, decision, subject }, item) => {
        const result = reply.results[item];
        if (result === undefined) throw new Fault("Corrupt", "the store left an item without an answer");
        if (result._tag === "Found") {
          readings.set(subject, readingOf(known, change, result, at));
        } else {
          seeChanged(known, change, result.versions, at);
          prove(subject, decision, at);
        }
      });
    });
  }
  throw new Fault("Unavailable", "others changed the same records again and again; asking later helps");
}
