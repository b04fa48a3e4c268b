/**
 * For which handler a schedule is: all that whoever claims needs of the row that says what it is.
 */
import { afterLayout } from "../../ledger/layout.ts";
import { decode } from "../../ledger/packed.ts";
import { partsOf } from "../../words/Schedules.ts";
import { jobKey, scheduleDefinitionKey, type Seen } from "../rows.ts";

/** Whether what stands under the id of a schedule is for the handler that its name says (R49). What nobody can read is for nobody. */
export const isForHandler = (job: string, told: Seen | undefined): boolean => {
  if (told === undefined || typeof afterLayout(told.text) === "string") return false;
  const [, , handler = ""] = told.text.split("|", 3);
  return decode(handler) === partsOf(job)?.handler;
};

/** The row that says what it is; undefined of a job. */
export const definedIn = (job: string): string | undefined => {
  const parts = partsOf(job);
  return parts === undefined ? undefined : scheduleDefinitionKey(parts.id);
};

/** The row of the record of a job; of a schedule also the one that says for which handler it is. */
export const recordRowsOf = (job: string): ReadonlyArray<string> => {
  const told = definedIn(job);
  return told === undefined ? [jobKey(job)] : [jobKey(job), told];
};
