/**
 * Operations without input or output: each tells what is to be sent and goes on with the answers. Whoever runs them (the shell,
 * the simulator) does the sending, and may stop at any point.
 */
import type { DriverErrorReason } from "../words/Request.ts";
import { demand, demandNumber } from "../words/InvalidInput.ts";
import type { StoreReply, StoreRequest } from "../words/Exchange.ts";

/** Requests to be sent side by side. */
export interface Round {
  /** At least one; the answers are wanted in their order. */
  readonly requests: ReadonlyArray<StoreRequest>;
  /** How many rounds others have spoiled. Whoever waits before the next one acts on what is no longer there. */
  readonly conflicts: number;
}

/** An operation under way. */
export type Operation<A> = Generator<Round, A, ReadonlyArray<StoreReply>>;

/** Why an operation cannot be done, although the store has answered. */
export class Fault {
  /** Which kind of trouble it is. */
  readonly reason: DriverErrorReason;
  /** What is wrong. */
  readonly detail: string;

  constructor(reason: DriverErrorReason, detail: string) {
    this.reason = reason;
    this.detail = detail;
  }
}

/** What is said of a text that nobody can read, or nobody of this release. */
export const unreadable = (what: string, why: "newer" | "corrupt"): Fault =>
  new Fault(
    "Foreign",
    why === "newer"
      ? `${what} was written by a later release of ringcron; it was left alone`
      : `${what} is nothing that ringcron has written; it was left alone`,
  );

/** The answer to a request, which is of its kind. A store that answers anything else is broken. */
export const answerOf = <T extends StoreReply["_tag"]>(
  replies: ReadonlyArray<StoreReply>,
  index: number,
  tag: T,
): Extract<StoreReply, { readonly _tag: T }> => {
  demand(Array.isArray(replies), "replies", replies, "a list of answers");
  demandNumber("index", index);
  const reply = replies[index];
  if (reply?._tag !== tag) throw new Fault("Corrupt", "the store gave an answer of another kind");
  return reply as Extract<StoreReply, { readonly _tag: T }>;
};
