/**
 * Pausing all jobs of a service, and resuming them.
 *
 * The row that says so changes first, then each record follows and proves that row in its own change: what is registered meanwhile has
 * rested on it, and of two commands at once the later one wins for every job. A command that was cut off is completed by giving it
 * again. The row stays once there was one, and no text of it comes back: a late copy of a command does nothing (R58).
 */
import * as Control from "../ledger/Control.ts";
import { historyLine } from "../ledger/historyText.ts";
import type { JobRecord } from "../ledger/JobRecord.ts";
import * as Moment from "../ledger/Moment.ts";
import * as Pause from "../ledger/Pause.ts";
import type { ControlReply, ControlRequest, FireEntry } from "../words/Request.ts";
import { actedBy } from "./acted.ts";
import { changeTo } from "./claims.ts";
import { jobsWithRecord } from "./listing.ts";
import { Fault, type Operation } from "./Operation.ts";
import { allPausedKey, jobKey, recordIn } from "./rows.ts";
import { commandMs, leaving, look, settle, type Settling, type Subject } from "./settle.ts";

type Command = Extract<ControlRequest["command"], { readonly _tag: "PauseAll" | "ResumeAll" }>;

const never: Pause.AllPaused = { token: 0, note: undefined };

/** The row itself. An answer is its text from then on; null: there is none, as all have always gone on. */
const rowOf = (command: Command): Subject<string | null> => ({
  keys: [allPausedKey],
  isAwaited: false,
  decide: ([row], grounds) => {
    const { at, layout, moment } = grounds;
    const stands = row === undefined ? never : Pause.readAllPaused(row.text);
    const note = command._tag === "PauseAll" ? command : undefined;
    if (Pause.saysSame(stands, note)) return leaving(row?.text ?? null);
    moment.isAfter(at + commandMs);
    const text = Pause.allPausedText({ token: moment.next(stands.token), note }, layout);
    const lines = actedBy(command, command._tag === "PauseAll" ? "pause-all" : "resume-all", "", grounds);
    return { answer: (storeTime) => Moment.resolve(text, storeTime), puts: [text], waitsSince: "same", lines };
  },
});

/** What became of one job: whether it was one of those, or that its record cannot be read. */
type Done = boolean | "unreadable";

const ruled = (
  record: JobRecord,
  job: string,
  command: Command,
  now: number,
): { readonly record: JobRecord; readonly history: ReadonlyArray<FireEntry> } =>
  command._tag === "PauseAll"
    ? { record: Pause.pauseWithAll(record, command), history: [] }
    : record.pausedWithAll === true
    ? Control.resume(record, job, command.missed, now)
    : { record, history: [] };

const jobSubject = (job: string, command: Command, text: string | null): Subject<Done> => ({
  keys: [jobKey(job)],
  isAwaited: false,
  decide: ([row], { at, layout, moment, rest }) => {
    const stored = recordIn(row);
    if (stored === undefined) return leaving<Done>(false);
    if (stored === "newer" || stored === "corrupt") return leaving<Done>("unreadable");
    const { history, record } = ruled(stored, job, command, Math.floor(at));
    if (record === stored) return leaving<Done>(record.pausedWithAll === true);
    // Somebody has said otherwise since.
    if ((rest(allPausedKey)?.text ?? null) !== text) return leaving<Done>(false);
    moment.isAfter(at + commandMs);
    return {
      answer: () => true,
      ...changeTo(row, stored, record, layout),
      lines: history.map((entry) => historyLine(entry, layout)),
      touches: true,
      hint: allPausedKey,
    };
  },
});

/** Pauses all jobs, or resumes those that were paused so. */
export function* forAll(settling: Settling, service: string, command: Command): Operation<ControlReply> {
  const { limits } = settling;
  const { answers: [text = null] } = yield* settle(settling, [rowOf(command)]);
  const jobs = yield* jobsWithRecord(service);
  const unreadable: Array<string> = [];
  let count = 0;
  for (let start = 0; start < jobs.length; start += limits.rows) {
    const part = jobs.slice(start, start + limits.rows);
    yield* look(settling, part.map(jobKey));
    const { answers } = yield* settle(settling, part.map((job) => jobSubject(job, command, text)));
    answers.forEach((done, index) => {
      if (done === "unreadable") unreadable.push(part[index] ?? "");
      else if (done) count += 1;
    });
  }
  if (unreadable.length > 0) {
    const names = unreadable.slice(0, 10).join(", ");
    throw new Fault("Foreign", `done, but for jobs whose records cannot be read, which were left alone: ${names}`);
  }
  return { _tag: "Control", result: "ok", dueAt: undefined, count };
}
