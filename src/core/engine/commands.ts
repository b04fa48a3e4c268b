/**
 * What people ask, and looks, over a store of texts.
 */
import * as Asked from "../ledger/Asked.ts";
import * as Control from "../ledger/Control.ts";
import { historyEntry, historyLine } from "../ledger/historyText.ts";
import * as JobRecord from "../ledger/JobRecord.ts";
import type { ResultFound } from "../words/Fire.ts";
import type { ActionKind } from "../words/Action.ts";
import type { ControlReply, ControlRequest, JobState, PeekReply, PeekRequest } from "../words/Request.ts";
import { isJob } from "../words/Schedules.ts";
import type { Declared, Member } from "../words/View.ts";
import { actedBy } from "./acted.ts";
import { lookAtMembers, membersIn } from "./members.ts";
import { type AllStanding, allStanding } from "./allStanding.ts";
import { changeTo } from "./claims.ts";
import { answerOf, type Operation, unreadable } from "./Operation.ts";
import { askedIn, askedKey, jobKey, recordIn, toldKey } from "./rows.ts";
import { drain } from "./draining.ts";
import { adding, filled } from "./payloads.ts";
import { answered, asking, following } from "./results.ts";
import { forAll } from "./pausing.ts";
import { remove } from "./removal.ts";
import { definitionsOf, tell, type Wanted } from "./telling.ts";
import { isForHandler, recordRowsOf } from "./schedules/handler.ts";
import { isToldIn } from "./standing.ts";
import { stateOf } from "./state.ts";
import { together } from "./together.ts";
import { commandMs, leaving, look, lookAt, readRows, settle, type Settling, type Subject } from "./settle.ts";

const told = (result: ControlReply["result"], dueAt?: number, resultSlot?: number): ControlReply => ({
  _tag: "Control",
  result,
  dueAt,
  ...(resultSlot === undefined ? {} : { resultSlot }),
});

const actions: Readonly<Record<Control.JobCommand["_tag"], ActionKind>> = {
  Pause: "pause",
  Resume: "resume",
  Trigger: "trigger",
  Backfill: "backfill",
  Cancel: "cancel-queued",
  CancelRuns: "cancel",
  Rewind: "rewind",
};

const subjectOf = (command: Control.JobCommand): Subject<ControlReply> => {
  const { job } = command;
  const key = command._tag === "Trigger" || command._tag === "Backfill" ? command.key : undefined;
  return {
    keys: key === undefined ? [jobKey(job)] : [jobKey(job), askedKey(job, Asked.shardOf(key))],
    isAwaited: false,
    decide: ([row, asked], grounds) => {
      const { at, layout, moment, rest } = grounds;
      const stored = recordIn(row);
      if (stored === undefined) return leaving(told("unknown"));
      if (stored === "newer" || stored === "corrupt") throw unreadable("the record of the job", stored);
      const shelf = askedIn(asked, "the row of the keys that people asked under");
      const before = key === undefined ? undefined : Asked.find(shelf, key, at);
      if (before !== undefined) return leaving(told("ok", before.dueAt, before.resultSlot));
      const ruled = Control.apply(stored, command, at);
      const counted = ruled.count === undefined ? {} : { count: ruled.count };
      if (ruled.record === stored) return leaving({ ...told(ruled.result, ruled.dueAt), ...counted });
      moment.isAfter(at + commandMs);
      const { puts } = changeTo(row, stored, ruled.record, layout);
      const isGiven = command._tag === "Trigger" && command.payload !== undefined && ruled.dueAt !== undefined;
      const isRemembered = key !== undefined && ruled.dueAt !== undefined;
      return {
        also: isGiven
          ? adding(job, ruled.dueAt, command.payload, { layout, rest })
          : following(job, stored, ruled.record, ruled.history, [], grounds)?.also,
        answer: () => ({ ...told(ruled.result, ruled.dueAt, ruled.resultSlot), ...counted }),
        puts: isRemembered
          ? [...puts, Asked.shelfText(Asked.remember(shelf, key, ruled.dueAt, at, ruled.resultSlot), layout)]
          : puts,
        // Said anew in any case: a store may have lost the list of what waits, and nobody else would come to look.
        waitsSince: JobRecord.waitsSince(ruled.record),
        lines: [
          ...actedBy(command, actions[command._tag], job, grounds),
          ...ruled.history.map((entry) => historyLine(entry, layout)),
        ],
        touches: ruled.touches,
        hint: jobKey(job),
      };
    },
  };
};

/** Gives a command: a look, and a change of what was seen. */
export function* control(settling: Settling, { command, service }: ControlRequest): Operation<ControlReply> {
  if (command._tag === "Destroy") {
    answerOf(yield { requests: [{ _tag: "Destroy", service }], conflicts: 0 }, 0, "Destroy");
    settling.known.forget();
    return told("ok");
  }
  if (command._tag === "PauseAll" || command._tag === "ResumeAll") return yield* forAll(settling, service, command);
  if (command._tag === "Drain") return yield* drain(settling, service, command);
  if (command._tag === "Tell") return yield* tell(settling, command);
  if (command._tag === "Remove") return yield* remove(settling, service, command);
  const subject = subjectOf(command);
  const { rows, storeTime } = yield* look(settling, subject.keys);
  const { answers: [reply] } = yield* settle(settling, [subject], {
    rows,
    members: new Map(),
    others: new Map(),
    at: storeTime,
  });
  return reply as ControlReply;
}

/** Which definitions are wanted of which jobs: those in force, and those that members declare; of all that they declare, if of all. */
const wantedOf = (
  jobs: ReadonlyArray<string>,
  isOfAll: boolean,
  states: ReadonlyArray<JobState>,
  members: ReadonlyArray<Member>,
): ReadonlyMap<string, ReadonlyArray<Wanted>> => {
  const wanted = new Map<string, Array<Wanted>>(jobs.map((job) => [job, []]));
  for (const { definition, job } of states) wanted.get(job)?.push({ hash: definition, policies: undefined });
  for (const { jobs: declared, policies } of members) {
    for (const [job, hash] of declared) {
      if (!isJob(job)) continue;
      const wants = wanted.get(job) ?? [];
      if (isOfAll) wanted.set(job, wants);
      const version = policies?.get(job) ?? "";
      if (!wants.some((it) => it.hash === hash && it.policies === version)) wants.push({ hash, policies: version });
    }
  }
  return wanted;
};

/** What a look has found so far. */
interface Looked {
  readonly storeTime: number;
  readonly states: ReadonlyArray<JobState>;
  readonly unreadable: ReadonlyArray<string>;
  readonly members: ReadonlyArray<Member> | undefined;
  readonly history: PeekReply["history"];
  readonly results: ReadonlyArray<ResultFound>;
  readonly isTold: boolean;
}

/** Looks at what is named, at as many jobs in one request as the store takes. */
function* lookAtNamed(settling: Settling, request: PeekRequest): Operation<Looked> {
  const { all = false, history, jobs, members = false, payloadsOf, results = [], service, told: digest } = request;
  const { known, limits } = settling;
  const parts: Array<ReadonlyArray<string>> = [];
  // A look at nothing tells the time at least.
  const least = digest === undefined && (members || all || results.length > 0) ? 0 : 1;
  const more = digest === undefined ? [] : [toldKey];
  const rowsOfAll = limits.rows - more.length;
  const most = jobs.every(isJob) ? rowsOfAll : Math.max(1, Math.floor(rowsOfAll / 2));
  for (let start = 0; start < Math.max(least, jobs.length); start += most) parts.push(jobs.slice(start, start + most));
  const wanted = asking(service, results);
  const keysOf = parts.map((part) => part.flatMap(recordRowsOf));
  const requests = [
    ...keysOf.map((keys, index) => lookAt(service, index === 0 ? [...keys, ...more] : keys)),
    ...(history ? [{ _tag: "History", service } as const] : []),
    ...(members ? [lookAtMembers(service)] : []),
    ...wanted.map(({ request: it }) => it),
  ];
  const replies = requests.length === 0 ? [] : yield { requests, conflicts: 0 };
  let storeTime = Infinity;
  const unreadable: Array<string> = [];
  let isTold = false;
  const states = parts.flatMap((part, index) => {
    const reply = answerOf(replies, index, "Exchange");
    storeTime = Math.min(storeTime, reply.storeTime);
    const [looked] = reply.results;
    const keys = keysOf[index] ?? [];
    const rows = readRows(known, keys, looked);
    if (index === 0 && digest !== undefined) isTold = isToldIn(looked, keys.length, digest);
    let at = 0;
    return part.flatMap((job): ReadonlyArray<JobState> => {
      const record = recordIn(rows[at++]);
      // Under another handler it is another schedule (R49).
      if (!isJob(job) && !isForHandler(job, rows[at++]) && typeof record !== "string") return [];
      if (typeof record === "string") unreadable.push(job);
      return record === undefined || typeof record === "string" ? [] : [stateOf(job, record, payloadsOf)];
    });
  });
  const ahead = parts.length + (history ? 1 : 0) + (members ? 1 : 0);
  const found = wanted.flatMap((it, index) => {
    const reply = answerOf(replies, ahead + index, "Exchange");
    storeTime = Math.min(storeTime, reply.storeTime);
    return answered(known, it, reply.results[0], reply.storeTime);
  });
  const lines = history ? answerOf(replies, parts.length, "History").lines : [];
  const beaten = members ? answerOf(replies, parts.length + (history ? 1 : 0), "StoreBeat") : undefined;
  if (beaten !== undefined) storeTime = Math.min(storeTime, beaten.storeTime);
  return {
    storeTime,
    states,
    unreadable,
    members: beaten === undefined ? undefined : (yield* membersIn(settling, beaten)).map(({ member }) => member),
    history: lines.flatMap((line) => historyEntry(line) ?? []),
    results: found,
    isTold,
  };
}

/** Looks at what is named, and at all jobs besides: at those that members declare as soon as these are known. */
function* lookAtAll(settling: Settling, request: PeekRequest): Operation<readonly [Looked, AllStanding]> {
  const declared: Array<Declared> = [];
  const named = function* (): Operation<Looked> {
    const looked = yield* lookAtNamed(settling, request);
    declared.push(...new Set(looked.members?.map(({ jobs }) => jobs)));
    return looked;
  };
  const rest = allStanding(settling, new Set(request.jobs), request.payloadsOf, declared);
  return yield* together(settling.limits, named(), rest);
}

const nothing: AllStanding = { jobs: [], unreadable: [], defined: [], storeTime: Infinity };

/** Looks: at what is named, and at all jobs besides if it is asked about them. */
export function* peek(settling: Settling, request: PeekRequest): Operation<PeekReply> {
  const { all = false, jobs, results = [], told: digest } = request;
  const [seen, rest] = all ? yield* lookAtAll(settling, request) : [yield* lookAtNamed(settling, request), nothing];
  const { history, members, results: found, isTold } = seen;
  const states = seen.states.length === 0 ? rest.jobs : [...seen.states, ...rest.jobs];
  const unreadable = [...seen.unreadable, ...rest.unreadable];
  const runs = yield* filled(settling, states.map(({ active }) => active));
  const known = () => all ? [...jobs, ...rest.jobs.map(({ job }) => job), ...rest.unreadable, ...rest.defined] : jobs;
  const wantsOf = () => wantedOf(known(), all, states, members ?? []);
  const definitions = request.definitions === true ? yield* definitionsOf(settling, wantsOf()) : undefined;
  const storeTime = Math.min(seen.storeTime, rest.storeTime);
  return {
    _tag: "Peek",
    ...(members === undefined ? {} : { members }),
    ...(definitions === undefined ? {} : { definitions }),
    ...(all && definitions === undefined ? { defined: rest.defined } : {}),
    storeTime: Number.isFinite(storeTime) ? storeTime : Math.floor(settling.clock()),
    jobs: states.map((state, index) => {
      const active = runs[index] ?? state.active;
      return active === state.active ? state : { ...state, active };
    }),
    ...(unreadable.length === 0 ? {} : { unreadable }),
    ...(results.length === 0 ? {} : { results: found }),
    ...(digest === undefined ? {} : { isTold }),
    history,
  };
}
