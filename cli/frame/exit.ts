/**
 * How the program ends: a sentence and a code for everything that can go wrong.
 */
import { CommanderError } from "commander";

/** The exit codes, which docs/CLI.md lists. */
export const exitCodes = {
  done: 0,
  /** Something unforeseen, or somebody said no. */
  failed: 1,
  /** The command was not understood: an unknown option, a value that is not allowed. */
  usage: 2,
  /** The store gave no answer, or one that is none. */
  unreachable: 3,
  /** The store refused the credentials, or what they may do. */
  denied: 4,
  /** There is no such job, node, schedule or run. */
  unknown: 5,
  /** It is there, and it cannot be done as things stand. */
  refused: 6,
  /** It was looked, and something needs attention. */
  attention: 7,
} as const;

/** How a command ended. */
export type Ending = keyof typeof exitCodes;

/** What went wrong, in words. */
export interface Failure {
  readonly ending: Ending;
  /** What kind of failure it is, for programs: the tag of the error. */
  readonly kind: string;
  readonly message: string;
}

/** A command that ends otherwise than by being done. */
export class Stop extends Error {
  readonly failure: Failure;
  constructor(ending: Ending, kind: string, message: string) {
    super(message);
    this.failure = { ending, kind, message };
  }
}

/** What was typed cannot be meant. */
export const wrongUse = (message: string): Stop => new Stop("usage", "Usage", message);

const ofReason: Readonly<Record<string, readonly [Ending, string]>> = {
  Unavailable: ["unreachable", "the store cannot be reached"],
  RateLimited: ["unreachable", "the store refuses for too many requests"],
  Corrupt: ["unreachable", "what answers is not the store that is meant"],
  Unauthorized: ["denied", ""],
  Foreign: ["refused", "the store is not as it must be"],
  Misconfigured: ["usage", ""],
};

const ofTag: Readonly<Record<string, Ending>> = {
  CronExpressionError: "usage",
  InvalidInput: "usage",
  JobInUse: "refused",
  QueueFull: "refused",
  ResultUnavailable: "refused",
  RunFailed: "failed",
  UnknownJob: "unknown",
  UnknownNode: "unknown",
  UnknownSchedule: "unknown",
};

/** What an error means. Its stack is for nobody here. */
export const failureOf = (error: unknown): Failure => {
  if (error instanceof Stop) return error.failure;
  if (error instanceof CommanderError) {
    return { ending: "usage", kind: "Usage", message: error.message.replace(/^error: /, "") };
  }
  const { _tag = "", detail = "", message, reason = "" } = (error ?? {}) as {
    readonly _tag?: string;
    readonly detail?: string;
    readonly message?: unknown;
    readonly reason?: string;
  };
  if (_tag === "DriverError") {
    const [ending, words] = ofReason[reason] ?? ["failed", "the store cannot be used"] as const;
    return { ending, kind: reason, message: words === "" ? detail : `${words}: ${detail}` };
  }
  const said = typeof message === "string" && message !== "" ? message : "it does not say why";
  const ending = ofTag[_tag];
  return ending === undefined
    ? { ending: "failed", kind: "Unforeseen", message: `something unforeseen went wrong: ${said.split("\n")[0]}` }
    : { ending, kind: _tag, message: said };
};
