/**
 * That a schedule is started once for each time that it is asked for, however many copies of the request arrive: the keys of the last
 * minute are remembered in a row of its own, which is there only if it was started by hand (R31).
 */
import type * as Asked from "../../ledger/Asked.ts";
import { askedIn, type Seen } from "../rows.ts";

/** A copy that is older than a command may be is refused, so no older key is asked for again. Milliseconds. */
const rememberedMs = 60_000;

/** What the row says of the last minute. */
export const recent = (row: Seen | undefined, now: number): Asked.Shelf =>
  askedIn(row, "the row of the keys that a schedule was started under").filter(({ at }) => at > now - rememberedMs);
