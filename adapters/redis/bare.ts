/**
 * `#upstash` for Workers, whose bundles are billed by size: the two commands that are used, as the words of Redis, which is
 * the body that Upstash and its likes take.
 */
import type { Load, Subscribe } from "./http.ts";

/** Loads nothing. */
export const load: Load = () =>
  Promise.resolve((post) => async (command, script, keys, args) =>
    (await post([command, script, keys.length, ...keys, ...args])).result
  );

/** A Worker has no use for a channel: an invocation that ends holds no connection. */
export const subscribe: Subscribe | undefined = undefined;
