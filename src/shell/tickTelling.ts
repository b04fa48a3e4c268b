/**
 * Tells the store what the jobs of a ticker are, for people and tools: once for what it declares, however many invocations there are.
 * The look of each tick says whether it is done.
 */
import { tell } from "../core/engine/telling.ts";
import type { Settling } from "../core/engine/settle.ts";
import type { JobSpec } from "../core/node/Machine.ts";
import { inTime, type Outside, type Over } from "./outside.ts";
import { digestOf, tellingOf } from "./definitions.ts";

/** What a ticker tells of its jobs. */
export interface Telling {
  /** What stands for all of it; undefined if it has no jobs. */
  readonly digest: () => string | undefined;
  /**
   * Tells it, unless a look has found that it is told; undefined: the look could not tell. Within so many milliseconds, or not at all.
   * Nothing of the tick's own work rests on it, and what fails is tried by the next one.
   */
  readonly tell: (isTold: boolean | undefined, outside: Outside, over: Over, withinMs: number) => Promise<void>;
}

type Told = Parameters<typeof tell>[1];

/** No more of the commands than that. */
const telling = (settling: Settling, { command }: { readonly command: Told }) => tell(settling, command);

/** Of some jobs, to which others may be added. */
export const make = (service: string, specs: ReadonlyMap<string, JobSpec>): Telling => {
  let [count, digest] = [0, ""];
  let done = "";
  const current = (): string | undefined => {
    if (specs.size !== count) [count, digest] = [specs.size, digestOf([...specs.values()])];
    return count === 0 ? undefined : digest;
  };
  return {
    digest: current,
    tell: async (isTold, outside, over, withinMs) => {
      const wanted = current();
      if (wanted === undefined || withinMs <= 0 || (isTold ?? wanted === done)) return;
      const command = tellingOf([...specs.values()], wanted);
      try {
        const sent = await inTime(
          outside,
          over,
          withinMs,
          (signal) => outside.ask(telling, { _tag: "Control", service, command }, signal),
        );
        if (sent !== undefined) done = wanted;
      } catch {
        // The next tick tries it. A driver of somebody's own may know no such command.
      }
    },
  };
};
