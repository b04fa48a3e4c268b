/**
 * Where the things of a service are in Redis, and how names and numbers become parts of keys, fields and rows.
 */
import { encode } from "../../src/internal/packed.ts";

export { decode, encode, finite, optional, readAll, readWhole, whole } from "../../src/internal/packed.ts";

/** The keys of a service: one hash tag, so that they share a slot of a Redis Cluster. */
export interface Keys {
  readonly instants: string;
  readonly jobs: string;
  readonly declared: string;
  /** Before the incarnation of a node that has a key of its own. */
  readonly node: string;
}

/** Builds the keys; `1` is the version of the layout. */
export const keys = (prefix: string, service: string): Keys => {
  const base = `${prefix}1:{${encode(service)}}:`;
  return { instants: `${base}instants`, jobs: `${base}jobs`, declared: `${base}declared`, node: `${base}node:` };
};
