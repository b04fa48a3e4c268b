/**
 * Forgetting a job that nobody declares any more: its record goes, and the keys that people asked under, in one step.
 *
 * Who declares it is looked at before, and no store compares that in the step that writes; so a record that has changed since
 * shows that somebody uses the job, and it is looked again. A node that declares the job just then, and has not told the record
 * yet, registers it anew: nothing runs twice.
 */
import * as Asked from "../ledger/Asked.ts";
import { historyLine } from "../ledger/historyText.ts";
import * as Removal from "../ledger/Removal.ts";
import type { AskedBy } from "../words/Action.ts";
import type { ControlReply } from "../words/Request.ts";
import { actedBy } from "./acted.ts";
import { lookAtMembers, type MemberSeen, membersIn } from "./members.ts";
import { answerOf, Fault, type Operation, unreadable } from "./Operation.ts";
import { dropping } from "./payloads.ts";
import { forgetting } from "./results.ts";
import { askedKey, definitionKey, jobKey, recordIn, type Seen, toldKey } from "./rows.ts";
import { commandMs, leaving, lookAt, readRows, settle, type Settling, type Subject } from "./settle.ts";

/** Names of members, for people. */
const namesOf = (members: ReadonlyArray<MemberSeen>): ReadonlyArray<string> =>
  [...new Set(members.map(({ member }) => member.name))].sort();

const told = (result: ControlReply["result"], members: ReadonlyArray<MemberSeen> = []): ControlReply => ({
  _tag: "Control",
  result,
  dueAt: undefined,
  ...(members.length === 0 ? {} : { nodes: namesOf(members) }),
});

/** With them goes what is said of the definitions of all: who declares the job again is to tell it again. */
const keysOf = (job: string): ReadonlyArray<string> => [
  jobKey(job),
  definitionKey(job),
  toldKey,
  ...Array.from({ length: Asked.shards }, (_, shard) => askedKey(job, shard)),
];

/** How often it is looked again because the job has changed meanwhile. */
const maxLooks = 5;

/** Which job, and who asks. */
interface Asked extends AskedBy {
  readonly job: string;
}

/** An answer of undefined: it is to be looked again. */
const subjectOf = (
  asked: Asked,
  keys: ReadonlyArray<string>,
  members: ReadonlyArray<MemberSeen>,
  first: ReadonlyArray<Seen | undefined>,
): Subject<ControlReply | undefined> => ({
  keys,
  isAwaited: false,
  decide: (rows, grounds) => {
    const { at, isMember, layout, moment, rest } = grounds;
    const { job } = asked;
    if (rows.some((row, index) => row?.version !== first[index]?.version)) {
      // A copy of this very removal has done it, or somebody else's has.
      const isThere = (seen: ReadonlyArray<Seen | undefined>) => seen[0] !== undefined || seen[1] !== undefined;
      const isGone = isThere(first) && !isThere(rows);
      return leaving(isGone ? told("ok") : undefined);
    }
    const stored = recordIn(rows[0]);
    if (stored === "newer" || stored === "corrupt") throw unreadable("the record of the job", stored);
    // Of one that nobody has registered it may be told what it is.
    const removal = stored !== undefined
      ? Removal.of(stored, job, at, isMember)
      : rows[1] === undefined
      ? undefined
      : Removal.nothing;
    if (removal?.result !== "ok") {
      const holders = members.filter(({ member }) => removal?.holders.includes(member.incarnation));
      return leaving(told(removal?.result ?? "unknown", holders));
    }
    moment.isAfter(at + commandMs);
    return {
      also: new Map([...dropping(job, stored, undefined, { rest }) ?? [], ...forgetting(job, stored, rest)]),
      answer: () => told("ok"),
      puts: rows.map((row) => row === undefined ? undefined : null),
      waitsSince: undefined,
      lines: [
        ...actedBy(asked, "remove", job, grounds),
        ...removal.history.map((entry) => historyLine(entry, layout)),
      ],
      touches: true,
    };
  },
});

function* tried(settling: Settling, service: string, asked: Asked): Operation<ControlReply | undefined> {
  const { job } = asked;
  const keys = keysOf(job);
  const replies = yield {
    requests: [lookAt(service, keys), lookAtMembers(service)],
    conflicts: 0,
  };
  const members = yield* membersIn(settling, answerOf(replies, 1, "StoreBeat"));
  const declaring = members.filter(({ isTold, member }) => !isTold || member.jobs.has(job));
  if (declaring.length > 0) return told("declared", declaring);
  const { results: [looked], storeTime } = answerOf(replies, 0, "Exchange");
  const rows = readRows(settling.known, keys, looked);
  const { answers: [reply] } = yield* settle(settling, [subjectOf(asked, keys, members, rows)], {
    rows,
    members: new Map(),
    others: new Map(),
    at: storeTime,
  });
  return reply;
}

/** Removes a job: a look at its rows and at who declares it, and a change. */
export function* remove(settling: Settling, service: string, asked: Asked): Operation<ControlReply> {
  for (let looks = 0; looks < maxLooks; looks++) {
    const reply = yield* tried(settling, service, asked);
    if (reply !== undefined) return reply;
  }
  throw new Fault("Unavailable", "others use the job again and again; asking later helps");
}
