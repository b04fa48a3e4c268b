/**
 * A schedule as its rows tell it.
 */
import * as Payload from "../../ledger/Payload.ts";
import type { JobRecord } from "../../ledger/JobRecord.ts";
import { isPayloadOf, readSchedule, type ScheduleRead } from "../../ledger/scheduleText.ts";
import { isNamedBy } from "./named.ts";
import { recordIn, scheduleDefinitionKey, scheduleKey, schedulePayloadKey, type Seen } from "../rows.ts";

/** The rows of a schedule: its record, what it is, and what its handler is given. */
export const rowsOf = (id: string): ReadonlyArray<string> => [
  scheduleKey(id),
  scheduleDefinitionKey(id),
  schedulePayloadKey(id),
];

/** A schedule as the store has it. */
export interface Stored extends Omit<ScheduleRead, "payloadPrint"> {
  readonly record: JobRecord;
}

/** Reads its rows; undefined if there is none. Half of one, or what does not belong together, is none of ours. */
export const storedIn = (
  [row, told, given]: ReadonlyArray<Seen | undefined>,
): Stored | "newer" | "corrupt" | undefined => {
  const record = recordIn(row);
  const read = told === undefined ? undefined : readSchedule(told.text);
  if (record === undefined && read === undefined) return undefined;
  if (record === "newer" || read === "newer") return "newer";
  if (record === undefined || read === undefined || record === "corrupt" || read === "corrupt") return "corrupt";
  const { definition, hash, version } = read;
  const payload = given === undefined ? undefined : Payload.readPayload(given.text);
  if (!isNamedBy(record.definition, hash) || !isPayloadOf(read, payload)) return "corrupt";
  return { record, hash, version, definition: payload === undefined ? definition : { ...definition, payload } };
};
