/**
 * R56: who is no member has a lease that its identity tells. An invocation that lives for seconds joins nothing, so no row says that
 * it is there: until its lease is over its runs are its own, and after that anybody's who asks, without a word from it.
 *
 * @module
 */

/** How such identities begin; those of nodes have no `-` in them. */
const mark = "tick-";

/** No lease is longer: the end of one that lies farther ahead comes of a clock that was wrong. Milliseconds. */
export const mostLeaseMs: number = 2 * 86_400_000;

/** The identity of one whose lease ends at an instant of the store's clock, epoch milliseconds. `bits` are nobody else's. */
export const leased = (until: number, bits: string): string => `${mark}${until.toString(36)}-${bits}`;

/** Until when the lease of an identity lasts, epoch milliseconds; undefined if it has none, as a node. Also of a claim id. */
export const leaseOf = (identity: string): number | undefined => {
  if (!identity.startsWith(mark)) return undefined;
  const end = identity.indexOf("-", mark.length);
  const until = end < 0 ? NaN : parseInt(identity.slice(mark.length, end), 36);
  return Number.isSafeInteger(until) ? until : 0;
};

/** The same identity with a lease that ends later; also of a claim id. */
export const extended = (identity: string, until: number): string =>
  `${mark}${until.toString(36)}${identity.slice(identity.indexOf("-", mark.length))}`;

/** How long after its end what was held under a lease is asked for: a little ahead of time would be in vain. Milliseconds. */
export const afterLeaseMs = 2_000;

/** What tells the time. */
interface Clock {
  readonly isAfter: (instant: number) => boolean;
}

/** Whether a lease holds. */
export const lasts = (until: number, clock: Clock): boolean =>
  !clock.isAfter(until) && clock.isAfter(until - mostLeaseMs);
