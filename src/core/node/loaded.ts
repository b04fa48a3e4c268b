/**
 * Schedules in the store that are due soon: each is a job of this node from when it is found until nothing of it is under way and
 * nothing of it is due for some time.
 */
import { expressionOf } from "../schedule/ofSchedule.ts";
import type { ShelfAsk, StoredSchedule } from "../words/Request.ts";
import * as Schedules from "../words/Schedules.ts";
import type { Draft } from "./Draft.ts";
import { nothing } from "./handed.ts";
import { setJob } from "./jobs.ts";
import { unplanned } from "./jobTimes.ts";
import * as Requests from "./requests.ts";
import { isDeclared, type Role } from "./role.ts";
import { startOfNext, unknown } from "./standing.ts";
import type { JobSpec } from "./State.ts";
import { toSync, type Wish } from "./wish.ts";

/** What a schedule says, as a job; undefined if this release does not understand it. */
export const specOf = (stored: StoredSchedule): JobSpec | undefined => {
  const { definition, handler, id, payload, policies, version } = stored;
  const expression = expressionOf(id, stored);
  if (expression === undefined) return undefined;
  const name = Schedules.nameOf(handler, id);
  const shelf = Schedules.shelfOf({ handler, id });
  return { name, expression, policies, definition, shelf, payload, version };
};

/**
 * Up to which instant an answer has told all that was asked about a shelf, of which the next one waits since another: what is due at the
 * instant at which it was cut off may not all be in it.
 */
export const toldUpTo = ({ after, until }: ShelfAsk, next: number): number =>
  next <= until ? Math.max(after, next - 1) : until;

/** Whoever is not its owner was told by the store that nobody else has claimed it. */
const wishOf = (role: Role, isWaiting: boolean): Wish => ({
  sync: isWaiting,
  isOverdue: role._tag !== "Owner",
  isQueued: isWaiting,
  notBefore: 0,
});

/** Takes a schedule on. One that is there already stays, unless it says something else by now. */
export const load = (draft: Draft<"jobs">, role: Role, stored: StoredSchedule): void => {
  const name = Schedules.nameOf(stored.handler, stored.id);
  const known = draft.jobs.get(name);
  const { active, counted, paused, watermark } = stored.state;
  const isWaiting = active.length > 0;
  if (known !== undefined && isDeclared(known.role) && known.spec.definition === stored.definition) {
    // What is under way here tells more than what was read besides.
    const isIdle = known.requests.flight === undefined && known.handed.active === 0;
    const isResumed = known.standing.condition === "paused" && !paused;
    const isBehind = watermark > (known.standing.watermark ?? -1) || isWaiting || isResumed;
    // It may have been changed twice, and be what it was before.
    const isNewer = stored.version > (known.spec.version ?? 0);
    const spec = isNewer ? { ...known.spec, version: stored.version } : known.spec;
    if (isIdle && isBehind) {
      setJob(draft, known, { spec, wish: toSync(isWaiting ? { ...known.wish, isQueued: true } : known.wish) });
    } else if (isNewer) setJob(draft, known, { spec });
    return;
  }
  const spec = specOf(stored);
  if (spec === undefined) return;
  setJob(draft, {
    spec,
    ordinal: known?.ordinal ?? draft.ordinal,
    role,
    definition: "current",
    standing: {
      ...unknown,
      watermark,
      counted,
      startsAt: startOfNext(draft.config.service, spec, { counted }, watermark),
      condition: paused ? "paused" : "open",
    },
    wish: wishOf(role, isWaiting),
    requests: known?.requests ?? Requests.none,
    // Fences grow, so whatever was handed out before this was read is over here, or another's.
    handed: known?.handed ?? { ...nothing, lastFence: stored.lastFence },
    times: known?.times ?? unplanned,
  });
  if (known === undefined) draft.ordinal += 1;
  draft.shelving = { ...draft.shelving, loaded: draft.shelving.loaded.set(name, draft.edit) };
};
