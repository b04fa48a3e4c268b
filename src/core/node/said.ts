/**
 * What the report of a run says besides of how it ended: of the attempt that follows (R42), and what is kept of it (R48). The same of a
 * node and of a tick.
 */
import type { Run } from "../words/Fire.ts";
import type { Completion } from "../words/Request.ts";
import { previousError, shownError } from "./retry.ts";
import type { RunEnd } from "./State.ts";

/** What is said. */
export type Said = Pick<Completion, "retryAt" | "error" | "returned">;

/** How long a handler may take to heed that its time is up before the store is told that it goes on. Milliseconds. */
export const settlingMs = 100;

/** What an attempt after one that timed out is told. */
export const lasted = "the run lasted longer than timeoutMs";

/** What the store is told of the attempt that follows; nothing if none does. */
export const next = (retryAt: number | undefined, error: string | undefined): Said | undefined =>
  retryAt === undefined ? undefined : { retryAt, error: previousError(error) };

/** What it is told for the history, and where the result of the fire is kept. */
const resultOf = ({ resultSlot }: Run, { error, returned }: Pick<RunEnd, "error" | "returned">): Said | undefined => {
  if (error !== undefined) return { error: shownError(error) };
  return resultSlot === undefined || returned === undefined ? undefined : { returned };
};

/** What it is told of a run that ended by itself. */
export const ofEnd = (
  run: Run,
  retryAt: number | undefined,
  end: Pick<RunEnd, "error" | "returned">,
): Said | undefined => next(retryAt, end.error) ?? resultOf(run, end);
