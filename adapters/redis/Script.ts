/**
 * Scripts, and what a Redis driver needs from whatever reaches the server: HTTP, or a client of its own.
 */
import type { Hearing } from "../../src/Store.ts";

/** A Lua script; its text is constant per release, data only ever arrive as arguments. */
export interface Script {
  /** The operation it implements, for errors. */
  readonly name: string;
  readonly text: string;
}

/**
 * Why there is no result. It holds what the server said, so it never leaves the driver: `errors.ts` turns it into a
 * `DriverError`, which says only what class of failure it is.
 */
export interface Failure {
  /**
   * - `no-answer`: whether the request was applied is unknown;
   * - `refused`: the server answered with an error;
   * - `nonsense`: whatever answered does not speak the protocol;
   * - `unusable`: nothing was sent, nor ever will be until the program is changed.
   */
  readonly kind: "no-answer" | "refused" | "nonsense" | "unusable";
  /** Of HTTP. */
  readonly status?: number | undefined;
  /** The server's error, as it came. */
  readonly error?: string | undefined;
  /** What happened, in words that hold nothing of the request or the reply. */
  readonly detail?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** What a promise rejects with that comes to a failure. */
export class Thrown extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super("no result");
    this.failure = failure;
  }
}

/** Reaches a server. */
export interface Transport {
  /**
   * Evaluates a script. Rejects with `Thrown`. When the signal aborts nobody waits any longer: nothing more is to be sent for it, and
   * what was is to be given up.
   */
  readonly evaluate: (
    command: "eval" | "evalsha",
    script: string,
    keys: ReadonlyArray<string>,
    args: ReadonlyArray<string>,
    signal: AbortSignal | undefined,
  ) => Promise<unknown>;
  /**
   * Optional. Listens at a channel until the signal aborts, over a connection of its own. Rejects with `Thrown` when that is refused or
   * lost.
   */
  readonly listen?: (channel: string, hearing: Hearing, signal: AbortSignal) => Promise<never>;
}
