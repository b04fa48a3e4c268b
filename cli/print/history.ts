/**
 * Lines of the history for people.
 */
import type { HistoryLine } from "ringcron";
import type { Look } from "../frame/Session.ts";
import { tame } from "./paint.ts";
import type { Cell, Table } from "./table.ts";
import { counted, duration, wall } from "./words.ts";

/** When it happened. */
export const instantOf = (line: HistoryLine): number => line._tag === "Run" ? line.endedAt : line.at;

/** What it is about. */
const subjectOf = (line: HistoryLine): string =>
  line._tag === "Action" ? line.job ?? tame(line.schedule ?? line.node ?? "all") : line.job;

/** What became of it, or what was done with it. */
const becameOf = (line: HistoryLine): string =>
  line._tag === "Run" ? line.outcome : line._tag === "Skip" ? "skipped" : line.action;

const shown = (line: HistoryLine, { paint }: Look): Cell => {
  const outcome = becameOf(line);
  if (outcome === "succeeded") return [outcome, paint.good];
  if (line._tag === "Action") return [outcome, paint.accent];
  if (outcome === "skipped" || outcome === "cancelled") return [outcome, paint.warn];
  return [outcome, paint.bad];
};

/** What one line says beyond when and what, in words. */
const detailOf = (line: HistoryLine, zone: string): string => {
  if (line._tag === "Skip") {
    const { count, firstDueAt, lastDueAt, reason } = line;
    const [first, last] = [wall(firstDueAt, zone), wall(lastDueAt, zone)];
    if (count < 0) return `${reason}: all fires from ${first} to ${last}`;
    return `${reason}: ${counted(count, "fire")} due ${first}${first === last ? "" : ` to ${last}`}`;
  }
  if (line._tag === "Action") return `by ${tame(line.by)}`;
  const { attempt, dueAt, endedAt, error, incarnation, node, startedAt } = line;
  const took = startedAt === 0 ? "never started" : `took ${duration(Math.max(0, endedAt - startedAt))}`;
  const late = startedAt - dueAt >= 1_000 && startedAt > 0 ? `, ${duration(startedAt - dueAt)} late` : "";
  const again = attempt > 1 ? `, attempt ${attempt}` : "";
  const why = error === undefined ? "" : `: ${error}`;
  return `${took}${late}${again}, on ${node ?? `${incarnation.slice(0, 8)} (gone)`}${why}`;
};

/** The lines as a table. */
export const historyTable = (lines: ReadonlyArray<HistoryLine>, look: Look): Table => ({
  head: ["when", "job", "became", "how"],
  rows: lines.map((line) => [
    [wall(instantOf(line), look.zone), look.paint.dim],
    subjectOf(line),
    shown(line, look),
    detailOf(line, look.zone),
  ]),
  gives: [3, 1],
});
