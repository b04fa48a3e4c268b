/**
 * Where the things of a service are in Redis, and how keys of rows become fields.
 */
import { decode, encode } from "../../src/core/ledger/packed.ts";
import { lasting } from "../../src/Store.ts";
import { layout } from "./scripts/common.ts";

/** The keys of a service: one hash tag, so that they share a slot of a Redis Cluster. */
export interface Keys {
  /** The hash of rows, with the history. */
  readonly rows: string;
  /** The sorted set of members and of keys that wait. */
  readonly instants: string;
  /** The hash of what members declare, by digest. */
  readonly declared: string;
  /** The hash of rows that last. */
  readonly lasting: string;
  /** The sorted set of the names of rows on shelves, and of the keys of shelves. */
  readonly names: string;
  /** Before the name of a shelf: a sorted set of its rows by since when they wait. */
  readonly shelf: string;
  /** Before the incarnation of a node that has a key of its own. */
  readonly node: string;
  /** The channel of hints. */
  readonly hints: string;
}

/** Builds the keys. */
export const keysOf = (prefix: string, service: string): Keys => {
  const base = `${prefix}${layout}:{${encode(service)}}:`;
  return {
    rows: `${base}rows`,
    instants: `${base}instants`,
    declared: `${base}declared`,
    lasting: `${base}lasting`,
    names: `${base}names`,
    shelf: `${base}shelf:`,
    node: `${base}node:`,
    hints: `${base}hints`,
  };
};

const plainKey = /^[A-Za-z0-9._%:-]+$/;

/**
 * A key as a field and as a member of the set: as it is if it can be. No field begins with the marks of the scripts, and that of a row
 * that lasts as its key does.
 */
export const fieldOf = (key: string): string =>
  plainKey.test(key) ? key : key.startsWith(lasting) ? `${lasting}~${encode(key.slice(1))}` : `~${encode(key)}`;

/** The inverse of `fieldOf`; undefined for what is no field. */
export const keyOf = (field: string): string | undefined => {
  if (field.startsWith("~")) return decode(field.slice(1));
  if (plainKey.test(field)) return field;
  const rest = field.startsWith(`${lasting}~`) ? decode(field.slice(2)) : undefined;
  return rest === undefined ? undefined : lasting + rest;
};

/** A text as scripts take it: printable ASCII. Anything else is a mistake of the caller, not of the store. */
export const plain = (text: string): string => {
  if (!/^[ -~]*$/.test(text)) throw new RangeError("a text of a store is printable ASCII");
  return text;
};
