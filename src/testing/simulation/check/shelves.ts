/**
 * While all is well a schedule in the store is decided about as a job is, by whoever owns its shelf; when that node dies, by the next
 * who asks for what nobody has claimed; and one that was just put by whoever put it, or by its owner once that has asked again.
 *
 * What it takes besides what a job takes:
 *
 * - the rows of what is due are read in two more rounds, and once more where something has changed meanwhile;
 * - the successor asks a grace after the instant that it was told of and not more often, the others up to four, and not more often
 *   than once in a lease;
 * - what was put by a client is heard of after the longest silence at the latest, and the owner that died before that has a successor
 *   once its lease is over.
 */
import type { JobSpec } from "../../../core/node/Machine.ts";
import type { Finale } from "../Finale.ts";
import type { Commit, Issue } from "../History.ts";
import type { Answer, Change } from "../schedules/ScheduleHistory.ts";
import { punctual, settledMs } from "./punctual.ts";
import type { Violation } from "./Violation.ts";

/** What was seen of one that lasts. */
export interface Seen {
  readonly spec: JobSpec;
  readonly changes: ReadonlyArray<Change>;
  readonly answers: ReadonlyArray<Answer>;
  readonly commits: ReadonlyArray<Commit>;
  readonly issues: ReadonlyArray<Issue>;
}

/** Judges the decisions about one schedule in the healed world. */
export const inTime = ({ answers, changes, commits, issues, spec }: Seen, finale: Finale): ReadonlyArray<Violation> => {
  const { graceMs, leaseMs, maxSilenceMs, roundTripMs } = finale.bounds;
  const killed = finale.probe?.killed ?? 0;
  const reads = 4 * roundTripMs;
  const others = killed === 0 ? 0 : killed === 1 ? 2 * graceMs + reads : 5 * graceMs + leaseMs + reads;
  const last = changes.at(-1);
  if (last === undefined) return [];
  if (last.at < finale.healedAt + settledMs - 2 * maxSilenceMs) {
    return punctual(spec, { commits, issues }, [], finale, 0, reads + others);
  }
  // Who has put it itself knows of it, whoever owns it and however that is.
  const { isHelped } = answers.find(({ done }) => done.version === last.version) ?? { isHelped: false };
  const heard = isHelped ? 0 : maxSilenceMs + others + (killed > 0 ? leaseMs + maxSilenceMs : 0);
  return punctual(spec, { commits, issues }, [], finale, last.at + reads, reads + heard);
};
