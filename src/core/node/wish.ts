/**
 * Why a node wants to look at a job whether or not something is due, and from when on.
 */

/** What is wished for. */
export interface Wish {
  /** The job must be asked about. */
  readonly sync: boolean;
  /** A beat told that nobody has claimed it: look, whatever the role. */
  readonly isOverdue: boolean;
  /** Fires that people asked for may wait for their turn: the next sync takes them, or the one when a run here is over. */
  readonly isQueued: boolean;
  /** Not before this instant, fleet time; 0: at once. */
  readonly notBefore: number;
}

/** Nothing is wished for. */
const nothing: Wish = { sync: false, isOverdue: false, isQueued: false, notBefore: 0 };

/** What is still wished for after an answer: nothing for most jobs, which then have one object for it. */
export const wished = (wish: Wish): Wish =>
  wish.sync || wish.isOverdue || wish.isQueued || wish.notBefore > 0 ? wish : nothing;

/** It is to be asked where it stands. */
export const fresh: Wish = { sync: true, isOverdue: false, isQueued: false, notBefore: 0 };

/** It may be asked about at once, and is to be if so: most jobs have one object for either. */
export const renewed = (wish: Wish, sync: boolean): Wish => {
  const { isOverdue, isQueued, notBefore } = wish;
  if (wish.sync === sync && notBefore === 0) return wish;
  return isOverdue || isQueued ? { sync, isOverdue, isQueued, notBefore: 0 } : sync ? fresh : nothing;
};

/** It is asked about. */
export const asked = (wish: Wish): Wish => wish.sync ? wished({ ...wish, sync: false }) : wish;

/** It is to be asked about, besides what was wished for. */
export const toSync = (wish: Wish): Wish => wish.sync ? wish : { ...wish, sync: true };
