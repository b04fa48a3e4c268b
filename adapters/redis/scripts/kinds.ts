/**
 * The two ways to keep members, as Lua. The set is the same for both, and tells who is a member until when.
 */

/** How the answer of a script begins that needs the keys of members it was not given; their incarnations follow. */
export const wanting = "keys|";

/** The drivers, by their marks in the set. */
export const driverNames: ReadonlyMap<string, string> = /* @__PURE__ */ new Map([["1", "redis"], ["2", "redis-zset"]]);

/** How one driver keeps members. */
export interface Kind {
  /** The name of the driver. */
  readonly name: string;
  /** Its mark in the set. */
  readonly mark: 1 | 2;
  /** Whether each node has a key of its own, and scripts may ask for those of others. */
  readonly hasKeys: boolean;
  /** `look` ends the promises of members whose key is gone, or tells what is to be answered instead. */
  readonly look: string;
  /** `keep` renews the node's own key, unless what its promise was `before` tells that it is to stay as it is; or removes it. */
  readonly keep: string;
}
