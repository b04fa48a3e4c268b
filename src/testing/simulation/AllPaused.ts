/**
 * The pause of all jobs in the simulated store, and whether somebody came too late with one (R58).
 */
import { allPausedIn, allPausedKey, seen } from "../../core/engine/rows.ts";
import type { ExchangeReply, ExchangeRequest } from "../../core/words/Exchange.ts";
import type { World } from "./World.ts";

/** Whether all jobs are paused. */
export const areAllPaused = ({ service }: World): boolean => {
  const text = service.rows.get(allPausedKey);
  return text !== undefined && allPausedIn(seen(text, text)) !== undefined;
};

/** When somebody last paused them, or let them go on. */
const changedAt = new WeakMap<World, number>();

/** A change was made that was sent at `sentAt`: nobody has made another one since. */
export const noteAllPaused = (
  world: World,
  { items }: ExchangeRequest,
  { results }: ExchangeReply,
  sentAt: number,
): void => {
  items.forEach((item, index) => {
    const row = item._tag === "Change" ? item.rows[0] : undefined;
    if (row?.key !== allPausedKey || row.put === undefined || results[index]?._tag !== "Changed") return;
    if (sentAt < (changedAt.get(world) ?? 0)) {
      const at = Math.floor(world.now);
      world.history.incidents.push({ at, what: "all paused by a late copy", job: "", incarnation: "" });
    }
    changedAt.set(world, world.now);
  });
};

/** The store is as it was before: what was changed since is not. */
export const allPausedForgotten = (world: World): void => void changedAt.delete(world);
