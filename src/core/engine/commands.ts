/**
 * What people ask, and looks, over a store of texts.
 */
import * as Asked from "../ledger/Asked.ts";
import * as Control from "../ledger/Control.ts";
import { historyEntry, historyLine } from "../ledger/historyText.ts";
import * as JobRecord from "../ledger/JobRecord.ts";
import type { ControlReply, ControlRequest, JobState, PeekReply, PeekRequest } from "../words/Request.ts";
import { changeTo } from "./claims.ts";
import { answerOf, type Operation, unreadable } from "./Operation.ts";
import { askedKey, jobKey, recordIn, type Seen, seen } from "./rows.ts";
import { type Decision, settle, type Settling, type Subject } from "./settle.ts";

/**
 * A command that arrives later than this after the record was read is refused: a copy of a pause must not pause again what
 * was resumed since. Milliseconds.
 */
const commandMs = 10_000;

const told = (result: ControlReply["result"], dueAt?: number): ControlReply => ({ _tag: "Control", result, dueAt });

const unchanged = (reply: ControlReply): Decision<ControlReply> => ({
  answer: () => reply,
  puts: [],
  waitsSince: "same",
  lines: [],
});

const shelfIn = (row: Seen | undefined): Asked.Shelf => {
  const shelf = row === undefined ? [] : Asked.readShelf(row.text);
  if (typeof shelf === "string") throw unreadable("the row of the keys that people asked under", shelf);
  return shelf;
};

const subjectOf = (command: Control.JobCommand): Subject<ControlReply> => {
  const { job } = command;
  const key = command._tag === "Trigger" || command._tag === "Backfill" ? command.key : undefined;
  return {
    keys: key === undefined ? [jobKey(job)] : [jobKey(job), askedKey(job, Asked.shardOf(key))],
    isAwaited: false,
    decide: ([row, asked], { at, layout, moment }) => {
      const stored = recordIn(row);
      if (stored === undefined) return unchanged(told("unknown"));
      if (stored === "newer" || stored === "corrupt") throw unreadable("the record of the job", stored);
      const shelf = shelfIn(asked);
      const before = key === undefined ? undefined : Asked.find(shelf, key, at);
      if (before !== undefined) return unchanged(told("ok", before.dueAt));
      const ruled = Control.apply(stored, command, at);
      if (ruled.record === stored) return unchanged(told(ruled.result, ruled.dueAt));
      moment.isAfter(at + commandMs);
      const { puts } = changeTo(row, stored, ruled.record, layout);
      const isRemembered = key !== undefined && ruled.dueAt !== undefined;
      return {
        answer: () => told(ruled.result, ruled.dueAt),
        puts: isRemembered ? [...puts, Asked.shelfText(Asked.remember(shelf, key, ruled.dueAt, at), layout)] : puts,
        // Said anew in any case: a store may have lost the list of what waits, and nobody else would come to look.
        waitsSince: JobRecord.waitsSince(ruled.record),
        lines: ruled.history.map((entry) => historyLine(entry, layout)),
        touches: ruled.touches,
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
  const subject = subjectOf(command);
  const replies = yield {
    requests: [{ _tag: "Exchange", service, items: [{ _tag: "Look", keys: subject.keys }], touch: false }],
    conflicts: 0,
  };
  const { results: [looked], storeTime } = answerOf(replies, 0, "Exchange");
  const rows = subject.keys.map((key, index) => {
    const found = looked?._tag === "Found" ? looked.found[index] : undefined;
    const row = found && seen(found.text, found.version);
    settling.known.see(key, row);
    return row;
  });
  const { answers: [reply] } = yield* settle(settling, [subject], { rows, members: new Map(), at: storeTime });
  return reply as ControlReply;
}

const stateOf = (job: string, record: JobRecord.JobRecord): JobState => {
  const { active, definition, paused, queue, watermark } = record;
  return {
    job,
    watermark,
    paused,
    definition,
    active: [
      ...active.map(({ attempt, claimId, dueAt, fence, heldUntil, kind }) => ({
        job,
        dueAt,
        attempt,
        kind,
        fence,
        holder: JobRecord.holder(claimId),
        ...(heldUntil === undefined ? {} : { isOver: true }),
      })),
      ...queue.map(({ dueAt, kind, queuedAt }) => ({ job, dueAt, attempt: 0, kind, fence: queuedAt, holder: "" })),
    ],
  };
};

/** Looks, at as many jobs in one request as the store takes. */
export function* peek(settling: Settling, { history, jobs, service }: PeekRequest): Operation<PeekReply> {
  const { clock, known, limits } = settling;
  const parts: Array<ReadonlyArray<string>> = [];
  for (let start = 0; start < Math.max(1, jobs.length); start += limits.rows) {
    parts.push(jobs.slice(start, start + limits.rows));
  }
  const replies = yield {
    requests: [
      ...parts.map((part) =>
        ({ _tag: "Exchange", service, items: [{ _tag: "Look", keys: part.map(jobKey) }], touch: false }) as const
      ),
      ...(history ? [{ _tag: "History", service } as const] : []),
    ],
    conflicts: 0,
  };
  let storeTime = Infinity;
  const states = parts.flatMap((part, index) => {
    const reply = answerOf(replies, index, "Exchange");
    const [looked] = reply.results;
    storeTime = Math.min(storeTime, reply.storeTime);
    return part.flatMap((job, at): ReadonlyArray<JobState> => {
      const found = looked?._tag === "Found" ? looked.found[at] : undefined;
      const row = found && seen(found.text, found.version);
      known.see(jobKey(job), row);
      const record = recordIn(row);
      return record === undefined || typeof record === "string" ? [] : [stateOf(job, record)];
    });
  });
  const lines = history ? answerOf(replies, parts.length, "History").lines : [];
  return {
    _tag: "Peek",
    storeTime: Number.isFinite(storeTime) ? storeTime : Math.floor(clock()),
    jobs: states,
    history: lines.flatMap((line) => historyEntry(line) ?? []),
  };
}
