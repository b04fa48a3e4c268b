/**
 * What etcd does differently, and why.
 */

const granularity =
  "etcd ends leases itself, in whole seconds and none shorter than one and a half election timeouts (2 s by default): a " +
  "member is dropped up to about 3 s after its lease ended. That no clock of a node can end another's membership is worth it";

const extension =
  "etcd itself extends all leases after it was down or changed its leader, which is what the amnesty is for";

/**
 * Laws of `ringcron/testing` that do not hold on etcd as they are, with the reason. What holds in their place is tested.
 *
 * @example
 * ```ts
 * import * as Etcd from "ringcron/etcd";
 *
 * for (const [law, reason] of Etcd.lawExceptions) console.log(`${law}: ${reason}`);
 * ```
 */
export const lawExceptions: ReadonlyMap<string, string> = new Map([
  ["a member is dropped when its lease ends by the store's clock, not before", granularity],
  ["a run is not taken from a member, nor from its claimant", granularity],
  ["nobody is dropped for the length of a lease after a member finds its own lease over", extension],
]);

/**
 * Laws of a `Store` that do not hold on etcd as they are, with the reason.
 *
 * @example
 * ```ts
 * import * as Etcd from "ringcron/etcd";
 *
 * for (const [law, reason] of Etcd.storeLawExceptions) console.log(`${law}: ${reason}`);
 * ```
 */
export const storeLawExceptions: ReadonlyMap<string, string> = new Map([
  ["a member is dropped when its promise ends by the store's clock, not before", granularity],
  ["a promise counts until it ends by the store's clock, though nobody has dropped its member", granularity],
  [
    "a beat that comes later than it may drops nobody",
    "no beat drops anybody: etcd ends leases itself, by a clock of its own that nobody sets",
  ],
  ["a look tells of a member until its promise ends, and does not drop it", granularity],
  ["an exchange grants no amnesty, and renews nobody who is kept by one", granularity],
  ["nobody is dropped for the length of the amnesty after a member finds its own promise over", extension],
  ["an amnesty counts for those who were members, and for nobody else", extension],
]);
