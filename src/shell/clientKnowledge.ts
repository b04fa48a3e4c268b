/**
 * What those know of the fleet who are no node of it: nothing, until they look.
 */
import * as Effect from "effect/Effect";
import { peek } from "../core/engine/commands.ts";
import type { CronExpression } from "../core/schedule/CronExpression.ts";
import type { Carrier } from "../Driver.ts";
import type { Knowledge } from "./Knowledge.ts";

/** What the members declare as of now, and `own`, which whoever asks runs itself. */
export const clientKnowledge = (
  service: string,
  driver: Carrier,
  own: ReadonlyMap<string, { readonly expression: CronExpression }> = new Map(),
): Knowledge => ({
  ownSchedule: (job) => own.get(job)?.expression,
  known: () => ({ names: new Set(own.keys()), now: 0, isDeclared: () => undefined }),
  look: Effect.map(
    Effect.suspend(() => driver.carry(peek, { _tag: "Peek", service, jobs: [], history: false, members: true })),
    ({ members, storeTime }) => {
      const names = new Set(own.keys());
      for (const { jobs } of members ?? []) for (const name of jobs.keys()) names.add(name);
      const isKnown = members !== undefined;
      return { names, now: storeTime, isDeclared: (job) => names.has(job) || (isKnown ? false : undefined) };
    },
  ),
  mayBeOnItsWay: () => true,
  registered: () => Effect.void,
  nudge: () => {},
});
