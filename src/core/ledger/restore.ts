/**
 * Runs that a store has forgotten and that go on: they are registered again (R6).
 */
import type { Asked } from "../words/Request.ts";
import { recount } from "./limit.ts";
import type { Open } from "./Moment.ts";
import { seldomParts } from "./Record.ts";
import type { JobRecord, StoredRun } from "./Record.ts";

/**
 * The claim id under which a run is handed over, be it from a node that is gone or from the queue. It differs from the id of
 * the claim that did so: that claim may still be refused, and must not look committed because it took over a run (R28).
 */
export const takeoverId = (claimId: string): string => `${claimId}!`;

/** A backfill is another fire than the one of the schedule that it fills in for. */
const isSameFire = (a: Pick<StoredRun<Open>, "dueAt" | "kind">, b: Pick<StoredRun, "dueAt" | "kind">): boolean =>
  a.dueAt === b.dueAt && (a.kind === "backfill") === (b.kind === "backfill");

/**
 * Runs that a claimant holds and the store has forgotten. They are registered again, unless a later token was handed out
 * since or the fire has another run: then somebody else may have run it, and the claimant's is left to end unrecorded.
 */
export const restore = (record: JobRecord<Open>, item: Asked): JobRecord<Open> => {
  let restored = record;
  for (const run of item.held ?? []) {
    const { active, lastFence } = restored;
    if (active.some((other) => other.fence === run.fence || isSameFire(other, run))) continue;
    if (typeof lastFence !== "number" || lastFence >= run.fence) continue;
    const { attempt, dueAt, fence, kind, notBefore, overUntil, payload, previousError, resultSlot, retries } = run;
    const { retryAt, startsAt } = run;
    const again: StoredRun<Open> = {
      dueAt,
      attempt,
      kind,
      fence,
      claimId: takeoverId(item.claimId),
      heldUntil: overUntil,
      ...seldomParts({
        notBefore: overUntil === undefined ? notBefore : retryAt,
        previousError,
        resultSlot,
        retries,
        startsAt,
      }),
      ...(payload === undefined ? {} : { payload: true }),
    };
    restored = { ...restored, lastFence: fence, active: [...active, again] };
  }
  const counted = recount(restored, item);
  const { lastFence } = counted;
  const known = item.lastFence ?? 0;
  // The next token must be above every one that a claimant was ever handed.
  return typeof lastFence === "number" && lastFence < known ? { ...counted, lastFence: known } : counted;
};
