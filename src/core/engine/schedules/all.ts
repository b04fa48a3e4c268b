/**
 * Schedules are paused with all jobs of their service, and go on with them (R38): page after page, each in a change that proves the row
 * which says that all are paused.
 */
import * as Control from "../../ledger/Control.ts";
import * as Pause from "../../ledger/Pause.ts";
import type { ScheduleCommand, ScheduleReply } from "../../words/ScheduleRequest.ts";
import { nameOf } from "../../words/Schedules.ts";
import type { Operation } from "../Operation.ts";
import { allPausedIn, allPausedKey } from "../rows.ts";
import { commandMs, leaving, settle, type Settling, type Subject } from "../settle.ts";
import { at } from "./due.ts";
import { pageOf } from "./page.ts";
import { placed } from "./put.ts";
import { rowsOf, type Stored, storedIn } from "./stored.ts";

type Command = Extract<ScheduleCommand, { readonly _tag: "PauseAll" | "ResumeAll" }>;

/** How many are on a page. */
const pageSize = 1_000;

/** Whether the command is about one: not if it is paused by itself, or starts nothing. */
const isMeant = ({ definition, record: { paused, pausedWithAll } }: Stored, { _tag }: Command): boolean =>
  definition.enabled && (pausedWithAll === true || (_tag === "PauseAll" && !paused));

/** An answer is whether it was one of those. */
const subjectOf = (id: string, command: Command): Subject<boolean> => ({
  keys: rowsOf(id),
  isAwaited: false,
  decide: (rows, { at, layout, moment, rest }) => {
    const stored = storedIn(rows);
    if (stored === undefined || typeof stored === "string" || !isMeant(stored, command)) return leaving(false);
    const note = allPausedIn(rest(allPausedKey));
    // Somebody has said otherwise since.
    if ((note === undefined) !== (command._tag === "ResumeAll")) return leaving(false);
    const job = nameOf(stored.definition.handler, id);
    const record = command._tag === "ResumeAll"
      ? Control.resume(stored.record, job, command.missed, Math.floor(at)).record
      : Pause.pauseWithAll(stored.record, note ?? {});
    if (record === stored.record) return leaving(true);
    moment.isAfter(at + commandMs);
    const { text, ...place } = placed(job, record, { at, layout });
    return { ...place, puts: [text], answer: () => true, hint: allPausedKey };
  },
});

/** One page: a request for the ids, one for each part of the rows, and one for each part of those that change. */
export function* forAllSchedules(settling: Settling, command: Command): Operation<ScheduleReply> {
  const page = yield* pageOf(settling, { prefix: "", after: command.after, limit: pageSize });
  const meant: Array<string> = [];
  const unreadable: Array<string> = [];
  for (const [id, stored] of yield* at(settling, page.ids)) {
    if (typeof stored === "string") unreadable.push(id);
    else if (isMeant(stored, command)) meant.push(id);
  }
  const { answers } = yield* settle(settling, meant.map((id) => subjectOf(id, command)));
  const count = answers.filter((it) => it).length;
  return { _tag: "Schedules", done: [], schedules: [], unreadable, after: page.after, count };
}
