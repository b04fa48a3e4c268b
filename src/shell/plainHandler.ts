/**
 * Handlers that are plain functions: they are called without a fiber, which costs as much as all the rest of a start.
 */
import * as Cause from "effect/Cause";
import type { Handler, Waiting } from "./Handlers.ts";
import * as HostContext from "./hostContext.ts";
import type { JobRun } from "./Job.ts";
import { settle } from "./settle.ts";

/** A class, as there is one for each job, and a closure takes twice as much. */
export class PlainHandler extends HostContext.Captured implements Handler {
  readonly #handler: (run: JobRun) => unknown;

  constructor(handler: (run: JobRun) => unknown) {
    super();
    this.#handler = handler;
  }

  /** A promise cannot be interrupted: it is over when it has settled, whatever its signal says. */
  work(run: JobRun, { done, failed }: Waiting): undefined {
    const handler = this.#handler;
    settle(() => handler(run), done, (error) => failed(Cause.fail(error)));
  }
}
