/**
 * What people ask of one schedule that is there: to remove it, to pause it, to let it go on, to start it.
 */
import * as Asked from "../../ledger/Asked.ts";
import * as Control from "../../ledger/Control.ts";
import type { ActionKind } from "../../words/Action.ts";
import type { ScheduleCommand, ScheduleDone } from "../../words/ScheduleRequest.ts";
import { nameOf } from "../../words/Schedules.ts";
import { actedBy } from "../acted.ts";
import type { Operation } from "../Operation.ts";
import { forgetting } from "../results.ts";
import { scheduleAskedKey, type Seen, shelfOfJob } from "../rows.ts";
import {
  commandMs,
  type Decision,
  type Grounds,
  leaving,
  look,
  settle,
  type Settling,
  type Subject,
} from "../settle.ts";
import { recent } from "./once.ts";
import { placed } from "./put.ts";
import { areOfOne } from "./named.ts";
import { removedKey, removedText } from "./removed.ts";
import { rowsOf, type Stored, storedIn } from "./stored.ts";

type Command = Extract<ScheduleCommand, { readonly id: string }>;

const done = (
  { definition: { handler }, version }: Stored,
  result: ScheduleDone["result"],
  { dueAt, resultSlot }: Pick<ScheduleDone, "dueAt" | "resultSlot"> = {},
): ScheduleDone => ({
  result,
  handler,
  version,
  ...(dueAt === undefined ? {} : { dueAt }),
  ...(resultSlot === undefined ? {} : { resultSlot }),
});

const commandOf = (
  command: Exclude<Command, { readonly _tag: "Remove" }>,
  job: string,
): Control.JobCommand => {
  switch (command._tag) {
    case "Pause":
      return { ...command, job };
    case "Resume":
      return { _tag: "Resume", job, missed: command.missed };
    case "Trigger":
      return { _tag: "Trigger", job, key: "", keepsResult: command.keepsResult };
  }
};

const actionOf = ({ _tag }: Command): ActionKind => `schedule-${_tag.toLowerCase() as Lowercase<Command["_tag"]>}`;

const linesOf = (command: Command, grounds: Grounds) => actedBy(command, actionOf(command), command.id, grounds);

/** Its rows go; a run that is under way is nobody's any more, and told so when it ends. */
const removed = (
  stored: Stored,
  command: Command,
  job: string,
  rows: ReadonlyArray<Seen | undefined>,
  grounds: Grounds,
): Decision<ScheduleDone> => {
  const shelf = shelfOfJob(job);
  const own = rows.slice(0, -1).map((row) => row && null);
  return {
    answer: () => done(stored, "ok"),
    puts: [...own, removedText(rows.at(-1), stored, grounds)],
    shelf,
    waitsSince: undefined,
    lines: linesOf(command, grounds),
    also: forgetting(job, stored.record, grounds.rest),
    hint: shelf,
  };
};

const ruled = (
  stored: Stored,
  command: Exclude<Command, { readonly _tag: "Remove" }>,
  job: string,
  grounds: Grounds,
): Decision<ScheduleDone> => {
  const { at, layout, moment } = grounds;
  if (command._tag === "Resume" && !stored.definition.enabled) return leaving(done(stored, "disabled"));
  const { record, result, ...asked } = Control.apply(stored.record, commandOf(command, job), Math.floor(at));
  if (record === stored.record) return leaving(done(stored, result, asked));
  moment.isAfter(at + commandMs);
  const { text, ...rest } = placed(job, record, { at, layout });
  return { ...rest, puts: [text], lines: linesOf(command, grounds), answer: () => done(stored, result, asked) };
};

/** The same, under a key that is remembered: a second copy of the request is told what the first one was. */
const once = (
  stored: Stored,
  command: Extract<Command, { readonly _tag: "Trigger" }>,
  job: string,
  row: Seen | undefined,
  grounds: Grounds,
): Decision<ScheduleDone> => {
  const { key = "" } = command;
  const shelf = recent(row, grounds.at);
  const before = key === "" ? undefined : Asked.find(shelf, key, grounds.at);
  if (before !== undefined) return leaving(done(stored, "ok", before));
  const decision = ruled(stored, command, job, grounds);
  const { dueAt, resultSlot } = decision.answer(grounds.at);
  if (key === "" || dueAt === undefined || decision.puts.length === 0) return decision;
  const [text] = decision.puts;
  const keys = Asked.remember(shelf, key, dueAt, Math.floor(grounds.at), resultSlot);
  const remembered = Asked.shelfText(keys, grounds.layout);
  return { ...decision, puts: [text, undefined, undefined, remembered] };
};

/** Its rows, the one of the keys that it was started under, and the one that tells of removals, where they have to do with it. */
const keysOf = ({ _tag, id }: Command): ReadonlyArray<string> => {
  if (_tag === "Remove") return [...rowsOf(id), scheduleAskedKey(id), removedKey(id)];
  return _tag === "Trigger" ? [...rowsOf(id), scheduleAskedKey(id)] : rowsOf(id);
};

/**
 * R58: whether what was to be removed is gone, and somebody has put another one since. A copy of this very removal may have done it,
 * whose answer was lost; what was put after that is not what it was about.
 */
const isPutSince = (first: ReadonlyArray<Seen | undefined>, rows: ReadonlyArray<Seen | undefined>): boolean => {
  if (first.at(-1)?.version === rows.at(-1)?.version) return false;
  const [before, now] = [storedIn(first), storedIn(rows)];
  return typeof before === "object" && typeof now === "object" &&
    !areOfOne(before.record.definition, now.record.definition);
};

const subjectOf = (command: Command, first: ReadonlyArray<Seen | undefined>): Subject<ScheduleDone> => ({
  keys: keysOf(command),
  isAwaited: false,
  decide: (rows, grounds) => {
    const stored = storedIn(rows);
    if (stored === undefined) return leaving<ScheduleDone>({ result: "unknown" });
    if (stored === "newer" || stored === "corrupt") return leaving<ScheduleDone>({ result: stored });
    const job = nameOf(stored.definition.handler, command.id);
    if (command._tag === "Trigger") return once(stored, command, job, rows[3], grounds);
    if (command._tag !== "Remove") return ruled(stored, command, job, grounds);
    if (isPutSince(first, rows)) return leaving<ScheduleDone>({ result: "unknown" });
    if (command.ifVersion !== undefined && command.ifVersion !== stored.version) {
      return leaving(done(stored, "conflict"));
    }
    grounds.moment.isAfter(grounds.at + commandMs);
    return removed(stored, command, job, rows, grounds);
  },
});

/** Carries out a command: a look at the rows, and a change. */
export function* control(settling: Settling, command: Command): Operation<ScheduleDone> {
  const { rows, storeTime } = yield* look(settling, keysOf(command));
  const { answers: [answer] } = yield* settle(settling, [subjectOf(command, rows)], {
    rows,
    members: new Map(),
    others: new Map(),
    at: storeTime,
  });
  return answer as ScheduleDone;
}
