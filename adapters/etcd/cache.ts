/**
 * What a driver remembers of etcd between requests, so that most operations are one transaction.
 *
 * Nothing in it is trusted: every transaction compares the revisions it was computed from, and a comparison that fails
 * brings back what is there now. What is old costs a request, never a wrong decision.
 */
import type { JobRecord } from "../../src/core/JobRecord.ts";
import type { Declared } from "../../src/View.ts";
import type { Lease } from "./client/leases.ts";
import type { Kv } from "./client/wire.ts";
import { readTimes, type Table } from "./records.ts";

/** A value as of a revision of the store. */
interface Read {
  /** When it was read. */
  readonly at: number;
  /** The revision that wrote it; 0: it does not exist. */
  readonly mod: number;
}

/** The record of a job; text that is none is left alone. */
export interface KnownJob extends Read {
  readonly record: JobRecord | undefined;
  readonly isCorrupt: boolean;
}

/** The table of members. */
export interface KnownTable extends Read {
  readonly table: Table;
}

/** The key of a member this driver acts for. */
export interface KnownOwn extends Read {
  /** The revision since which it has been a member without a break; 0: it is none. */
  readonly create: number;
  /** Until when it promised to be heard of. Epoch milliseconds; 0 if it is none. */
  readonly leaseEndsAt: number;
}

/** What is known of one service. */
export interface Known {
  readonly jobs: Map<string, KnownJob>;
  table: KnownTable;
  /** Whether an incarnation has a key, for those of which that is known. */
  readonly members: Map<string, { readonly isMember: boolean; readonly at: number }>;
  readonly own: Map<string, KnownOwn>;
  readonly leases: Map<string, Lease>;
  /** Jobs behind digests; the digest is their hash, so they never change. */
  readonly declared: Map<string, Declared>;
}

const emptyTable: Table = { version: 0, entries: [], declared: new Set() };

/** A record nobody has read: taken for absent, which a new job's is. */
export const unread: KnownJob = { record: undefined, isCorrupt: false, mod: 0, at: 0 };

/** The key of a member as it was read. */
export const ownOf = (kv: Kv | undefined, at: number): KnownOwn => ({
  create: kv?.create ?? 0,
  mod: kv?.mod ?? 0,
  leaseEndsAt: (kv && readTimes(kv.value)?.leaseEndsAt) ?? 0,
  at,
});

/** Takes what was read, unless something newer is known: answers may overtake each other. */
export const learn = <A extends { readonly at: number }>(map: Map<string, A>, key: string, value: A): void => {
  const known = map.get(key);
  if (known === undefined || known.at <= value.at) map.set(key, value);
};

/** How many services a driver remembers; one more and the oldest is read again when it is needed. */
const serviceLimit = 100;
/** How many jobs and members of a service. */
const entryLimit = 20_000;
/** How many digests, each with the jobs behind it. */
const digestLimit = 100;

/** All services of a driver. */
export interface Cache {
  readonly of: (service: string) => Known;
  readonly forget: (service: string) => void;
  readonly clear: () => void;
}

/** Starts with nothing known. */
export const make = (): Cache => {
  const services = new Map<string, Known>();
  return {
    of: (service) => {
      const known = services.get(service) ?? {
        jobs: new Map(),
        table: { table: emptyTable, mod: 0, at: 0 },
        members: new Map(),
        own: new Map(),
        leases: new Map(),
        declared: new Map(),
      };
      for (const map of [known.jobs, known.members]) if (map.size > entryLimit) map.clear();
      if (known.declared.size > digestLimit) known.declared.clear();
      // The most recently used is last.
      services.delete(service);
      services.set(service, known);
      const [oldest] = services.keys();
      if (services.size > serviceLimit && oldest !== undefined) services.delete(oldest);
      return known;
    },
    forget: (service) => services.delete(service),
    clear: () => services.clear(),
  };
};
