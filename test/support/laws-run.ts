/**
 * Holds drivers to the laws, in whatever runtime this is loaded: it needs Web standards only.
 *
 * @module
 */
import * as Cause from "effect/Cause";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import { Driver } from "../../src/Driver.ts";
import * as Laws from "../../src/testing/Laws.ts";
import { drivers, type Stores } from "./drivers.ts";

/** What came of one law. */
export interface LawResult {
  readonly driver: string;
  readonly law: string;
  /** Why it does not hold; absent if it holds. */
  readonly broken?: string;
}

/** Checks all laws on all drivers of a runtime, several at a time as each uses a service of its own; tells each result. */
export const runLaws = async (runtime: string, stores: Stores, tell: (result: LawResult) => void): Promise<void> => {
  const rows = drivers.filter(({ except = {} }) => except[runtime] === undefined);
  const checks = await Promise.all(rows.map(async ({ lawExceptions, make, name }) => {
    const driver = await Effect.runPromise(make(stores));
    return Laws.all.filter(({ name: law }) => lawExceptions?.has(law) !== true).map(({ check, name: law }) =>
      Effect.map(Effect.exit(Effect.provideService(check, Driver, driver)), (exit) => {
        tell({ driver: name, law, ...(Exit.isFailure(exit) ? { broken: Cause.pretty(exit.cause) } : {}) });
      })
    );
  }));
  await Effect.runPromise(Effect.all(checks.flat(), { concurrency: 4, discard: true }));
};
