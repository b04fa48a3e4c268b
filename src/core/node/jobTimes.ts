/**
 * When a job is to be looked at and when it is due, as its node has planned it.
 */

/** What the agendas say of a job, fleet time; Infinity: nothing. One object for those that are changed alike. */
export interface JobTimes {
  /** When to look at it. */
  readonly lookAt: number;
  /** When it is due. */
  readonly dueAt: number;
}

/** Nothing is planned of it yet. */
export const unplanned: JobTimes = { lookAt: Infinity, dueAt: Infinity };
