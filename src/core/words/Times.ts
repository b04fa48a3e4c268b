/**
 * The times that a node goes by, milliseconds: the least, the most, and what each is if it is left out.
 */

/** Least, most, default. */
export type TimeRange = readonly [from: number, to: number, fallback: number];

/** Those that decide how often a node contacts the store. */
export const leaseMs: TimeRange = [1_000, 600_000, 10_000];

/** How long a successor waits for the owner. */
export const graceMs: TimeRange = [50, 60_000, 1_000];

/**
 * The longest silence. Six beats an hour keep three idle nodes below 60,000 commands of Redis in 30 days; what has to wait for a
 * beat, where no hint tells of it, waits twice as long as with twelve.
 */
export const maxSilenceMs: TimeRange = [1_000, 86_400_000, 600_000];
