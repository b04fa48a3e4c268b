/**
 * Where the things of a service are in etcd.
 *
 * Every service ends in `/` and no encoded name holds one, so that a prefix of one service is never that of another.
 */
import { decode, encode } from "../../src/internal/packed.ts";

/** The keys of one service; `1` in them is the version of the layout. */
export interface Keys {
  /** Before all of them. */
  readonly base: string;
  /** The members without their times, and which digests are declared. */
  readonly table: string;
  /** One key per member, attached to its lease: it is a member while the key is there. */
  readonly members: string;
  readonly member: (incarnation: string) => string;
  /** The jobs behind a digest. */
  readonly declared: (digest: string) => string;
  readonly job: (job: string) => string;
  /** Jobs by the instant since when they wait for somebody, for whoever asks what is overdue. */
  readonly due: (job: string, since: number) => string;
  readonly dues: string;
  /** Where instants after this one start. */
  readonly dueAfter: (instant: number) => string;
  readonly history: string;
  /** A key for the lines of one transaction. Revisions order them, so no clock does. */
  readonly entry: (revision: number, writer: string, sequence: number) => string;
}

const padded = (value: number): string => String(Math.max(0, value)).padStart(16, "0");

/** Builds the keys. */
export const keys = (prefix: string, service: string): Keys => {
  const base = `${prefix}1/${encode(service)}/`;
  return {
    base,
    table: `${base}table`,
    members: `${base}member/`,
    member: (incarnation) => `${base}member/${encode(incarnation)}`,
    declared: (digest) => `${base}declared/${encode(digest)}`,
    job: (job) => `${base}job/${encode(job)}`,
    due: (job, since) => `${base}due/${padded(since)}/${encode(job)}`,
    dues: `${base}due/`,
    dueAfter: (instant) => `${base}due/${padded(instant + 1)}/`,
    history: `${base}history/`,
    entry: (revision, writer, sequence) => `${base}history/${padded(revision)}.${writer}.${padded(sequence)}`,
  };
};

/** The name at the end of a key; undefined if there is none. */
export const nameIn = (key: string): string | undefined => decode(key.slice(key.lastIndexOf("/") + 1));
