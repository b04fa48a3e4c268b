/**
 * Lines of the history as they are packed in stores: `layout|R,job,dueAt,attempt,fence,outcome,startedAt,endedAt,incarnation`,
 * with `,eerror` where it failed and has said with what, `layout|S,job,at,reason,count,firstDueAt,lastDueAt`,
 * and `layout|A,name,at,action,by`, where the name is that of what the action was about.
 */
import { about, isAction } from "../words/Action.ts";
import { type Outcome, outcomes, type SkipReason } from "../words/Fire.ts";
import type { ActionEntry, HistoryEntry } from "../words/Request.ts";
import { decode, encode, mostText, readWhole } from "./packed.ts";
import { afterLayout } from "./layout.ts";
import type { OpenHistory } from "./Record.ts";
import * as Moment from "./Moment.ts";

const known: ReadonlySet<string> = new Set<string>(outcomes);
const reasons: ReadonlySet<string> = new Set<SkipReason>(
  ["window", "coalesced", "catch-up", "overlap", "queue-full", "paused", "definition-changed", "regressed"],
);

/** A ring of a thousand lines is not to grow by megabytes for the sake of what handlers say. Bytes. */
const mostErrorBytes = 400;

/** Packs an entry in a layout. */
export const historyLine = (entry: OpenHistory, layout: number): string => {
  const job = encode(entry.job);
  if (entry._tag === "Skip") {
    const { at, count, firstDueAt, lastDueAt, reason } = entry;
    const [first, last] = [Moment.text(firstDueAt), Moment.text(lastDueAt)];
    return `${layout}|S,${job},${Moment.text(at)},${reason},${Moment.text(count)},${first},${last}`;
  }
  const { attempt, dueAt, endedAt, error, fence, incarnation, outcome, startedAt } = entry;
  return `${layout}|R,${job},${Moment.text(dueAt)},${Moment.text(attempt)},${Moment.text(fence)},${outcome},` +
    `${Moment.text(startedAt)},${Moment.text(endedAt)},${encode(incarnation)}` +
    (error === undefined ? "" : `,e${mostText(error, mostErrorBytes)}`);
};

/** Packs what somebody did. */
export const actionLine = ({ action, at, by, job, node, schedule }: ActionEntry, layout: number): string =>
  `${layout}|A,${encode(job ?? schedule ?? node ?? "")},${at},${action},${encode(by)}`;

/** Reads a line; undefined if it is none, or of a later layout: what cannot be read is not listed. */
export const historyEntry = (line: string): HistoryEntry | undefined => {
  const start = afterLayout(line);
  if (typeof start === "string") return undefined;
  const part = line.slice(start).split(",");
  const job = decode(part[1] ?? "");
  if (job === undefined) return undefined;
  if (part[0] === "R" && (part.length === 9 || part.length === 10)) {
    const error = part[9]?.startsWith("e") ? decode(part[9].slice(1)) : undefined;
    if (part.length === 10 && error === undefined) return undefined;
    const [dueAt, attempt, fence] = [readWhole(part[2]), readWhole(part[3]), readWhole(part[4])];
    const [startedAt, endedAt, incarnation] = [readWhole(part[6]), readWhole(part[7]), decode(part[8] ?? "")];
    const outcome = part[5] ?? "";
    if (dueAt === undefined || attempt === undefined || fence === undefined || !known.has(outcome)) return undefined;
    if (startedAt === undefined || endedAt === undefined || incarnation === undefined) return undefined;
    const told = { job, dueAt, attempt, fence, outcome: outcome as Outcome, startedAt, endedAt, incarnation };
    return { _tag: "Run", ...told, ...(error === undefined ? {} : { error }) };
  }
  if (part[0] === "S" && part.length === 7) {
    const [at, count, firstDueAt, lastDueAt] = [part[2], part[4], part[5], part[6]].map(readWhole);
    const reason = part[3] ?? "";
    if (at === undefined || count === undefined || firstDueAt === undefined || lastDueAt === undefined) {
      return undefined;
    }
    return reasons.has(reason)
      ? { _tag: "Skip", job, at, reason: reason as SkipReason, count, firstDueAt, lastDueAt }
      : undefined;
  }
  if (part[0] === "A" && part.length === 5) {
    const [at, action, by] = [readWhole(part[2]), part[3] ?? "", decode(part[4] ?? "")];
    if (at === undefined || by === undefined || !isAction(action)) return undefined;
    return { _tag: "Action", action, by, at, ...about(action, job) };
  }
  return undefined;
};
