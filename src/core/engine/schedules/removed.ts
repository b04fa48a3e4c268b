/**
 * When schedules were removed last, in a row for each part of the ids (R58).
 *
 * Where nothing is, there is no text by which a put that was decided before a removal could be told from one after it. So a put of what
 * is not there proves this row, and each removal changes it: a late copy of such a put is refused, and revives nothing.
 */
import { afterLayout } from "../../ledger/layout.ts";
import type { Estimate } from "../../ledger/Moment.ts";
import * as Moment from "../../ledger/Moment.ts";
import { lasting, type Template } from "../../words/Exchange.ts";
import { hashOf } from "../../words/hash.ts";
import type { Seen } from "../rows.ts";
import type { Stored } from "./stored.ts";

/** Many, so that the removal of another one seldom costs a put a request; each is a row of some fifty bytes, for good. */
const parts = 1_024;

/** The row that tells when one of a part of the ids was removed last. */
export const removedKey = (id: string): string => `${lasting}r:${hashOf(id) % parts}`;

/** What it tells: higher than every token and version of those that were removed; 0: none was. */
export const removedAt = (row: Seen | undefined): number => {
  const start = row === undefined ? 0 : afterLayout(row.text);
  const at = typeof start === "number" ? Number(row?.text.slice(start)) : 0;
  return Number.isSafeInteger(at) && at > 0 ? at : 0;
};

/** What it tells once a schedule is removed: more than before, so that no text of it comes back. */
export const removedText = (
  row: Seen | undefined,
  { record: { lastFence }, version }: Pick<Stored, "record" | "version">,
  { layout, moment }: { readonly layout: number; readonly moment: Estimate },
): Template => `${layout}|${Moment.text(moment.next(Math.max(removedAt(row), lastFence, version)))}`;
