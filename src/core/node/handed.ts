/**
 * What the store has handed to this node of a job, as a count: the runs themselves are in `held.ts`.
 */

/** What was handed to this node. */
export interface Handed {
  /** Runs here that the store does not yet know to be over. */
  readonly active: number;
  /** The highest fencing token; tokens grow, so a run at or below it is not news. */
  readonly lastFence: number;
  /**
   * When to look whether the store still knows that the runs here are over, fleet time; Infinity: no need. A store that
   * loses what it acknowledged may have lost the report, and nobody else can tell that such a run is over.
   */
  readonly checkAt: number;
}

/** Nothing was handed to it. */
export const nothing: Handed = { active: 0, lastFence: 0, checkAt: Infinity };

/** One report has arrived. */
export const reported = ({ active, checkAt, lastFence }: Handed): Handed => ({
  active: Math.max(0, active - 1),
  lastFence,
  checkAt,
});

/** It is checked at an instant, Infinity for never. Most jobs were handed nothing, and have one object for it. */
export const checked = (handed: Handed, checkAt: number): Handed => {
  const { active, lastFence } = handed;
  if (checkAt === handed.checkAt) return handed;
  return active === 0 && lastFence === 0 && checkAt === Infinity ? nothing : { active, lastFence, checkAt };
};
