/**
 * Where the things of a service are in etcd, and what their values are.
 *
 * Every service ends in `/` and no encoded name holds one, so that a prefix of one service is never that of another.
 */
import { lasting } from "../../src/Store.ts";
import { decode, encode, readWhole, whole } from "../../src/core/ledger/packed.ts";

/** The keys of one service; `1` in them is the version of the layout. */
export interface Keys {
  /** Before all of them. */
  readonly base: string;
  /** Drawn when the service was begun in this store; with the revision of `version` it makes the version of the members. */
  readonly epoch: string;
  /** Written whenever the view changes; its revision tells when. */
  readonly version: string;
  /** One key per member, for good: what it says of itself. Written and removed together with `version`. */
  readonly nodes: string;
  readonly node: (incarnation: string) => string;
  /** One key per member, attached to its lease: it is a member while the key is there. */
  readonly members: string;
  readonly member: (incarnation: string) => string;
  /** What is behind a digest. */
  readonly declareds: string;
  readonly declared: (digest: string) => string;
  readonly rows: string;
  /** Rows that last, apart from the others. */
  readonly lasting: string;
  readonly row: (key: string) => string;
  /** Where a row stands on a shelf: in the order of the instants. */
  readonly shelved: (shelf: string, since: number, key: string) => string;
  /** Before all that stands on a shelf and waits since an instant or later. */
  readonly shelfFrom: (shelf: string, instant: number) => string;
  /** Rows by the instant since when they wait for somebody. */
  readonly dues: string;
  readonly due: (since: number, key: string) => string;
  /** Where instants after this one start. */
  readonly dueAfter: (instant: number) => string;
  readonly history: string;
  /** Written by each command: its value names the job. */
  readonly hint: string;
  /** A key for the lines of one change. Revisions order them, so no clock does. */
  readonly entry: (revision: number, writer: string, sequence: number) => string;
}

const padded = (value: number): string => String(Math.max(0, value)).padStart(16, "0");

/** What is printable stands as it is, so that people can read it. */
const named = (key: string): string => /^[!-}]+$/.test(key) ? key : `~${encode(key)}`;

/** Builds the keys. */
export const keysOf = (prefix: string, service: string): Keys => {
  const base = `${prefix}1/${encode(service)}/`;
  return {
    base,
    epoch: `${base}epoch`,
    version: `${base}version`,
    nodes: `${base}node/`,
    node: (incarnation) => `${base}node/${named(incarnation)}`,
    members: `${base}member/`,
    member: (incarnation) => `${base}member/${named(incarnation)}`,
    declareds: `${base}declared/`,
    declared: (digest) => `${base}declared/${named(digest)}`,
    rows: `${base}row/`,
    lasting: `${base}lasting/`,
    row: (key) => `${base}${key.startsWith(lasting) ? "lasting" : "row"}/${named(key)}`,
    shelved: (shelf, since, key) => `${base}shelf/${named(shelf)}/${padded(since)}/${named(key)}`,
    shelfFrom: (shelf, instant) => `${base}shelf/${named(shelf)}/${padded(instant)}/`,
    dues: `${base}due/`,
    due: (since, key) => `${base}due/${padded(since)}/${named(key)}`,
    dueAfter: (instant) => `${base}due/${padded(instant + 1)}/`,
    hint: `${base}hint`,
    history: `${base}history/`,
    entry: (revision, writer, sequence) => `${base}history/${padded(revision)}.${writer}.${padded(sequence)}`,
  };
};

/** The name that a key has after its prefix; undefined if it is none. */
export const nameIn = (prefix: string, key: string): string | undefined => {
  const name = key.slice(prefix.length);
  return name.startsWith("~") ? decode(name.slice(1)) : name === "" ? undefined : name;
};

/** The name and the instant in a key of a shelf, of which the part before the instant is so long, as an entry of a map. */
export const shelvedIn = (key: string, length: number): ReadonlyArray<readonly [key: string, since: number]> => {
  const since = readWhole(key.slice(length, length + 16));
  const name = nameIn("", key.slice(length + 17));
  return since === undefined || name === undefined ? [] : [[name, since]];
};

/** The name and the instant in a key of `dues`, as an entry of a map. */
export const dueIn = (keys: Keys, key: string): ReadonlyArray<readonly [key: string, since: number]> =>
  shelvedIn(key, keys.dues.length);

/** A row: its text, and since when it waits. No text holds an `@`. */
export const rowValue = (text: string, since: number | undefined): string =>
  since === undefined ? text : `${text}@${whole(since)}`;

/** Reads a row. */
export const readRow = (value: string): { readonly text: string; readonly since: number | undefined } => {
  const at = value.lastIndexOf("@");
  const since = at < 0 ? undefined : readWhole(value.slice(at + 1));
  return since === undefined ? { text: value, since } : { text: value.slice(0, at), since };
};

/** Whether a value is of a layout that a later release writes: its first field is the number. */
export const isNewer = (value: string): boolean => (readWhole(/^\d{1,6}(?=\|)/.exec(value)?.[0]) ?? 0) > 1;

/** What a member says of itself. */
export const nodeValue = (row: string, digest: string): string => `1|${encode(digest)}|${row}`;

/** Reads what a member says of itself; undefined if it is nothing of the kind. */
export const readNode = (value: string): { readonly row: string; readonly digest: string } | undefined => {
  const [layout, hash = "", ...rest] = value.split("|");
  const digest = decode(hash);
  return layout !== "1" || digest === undefined ? undefined : { row: rest.join("|"), digest };
};

/** The promise of a member. */
export interface Promised {
  readonly since: number;
  readonly endsAt: number;
  readonly longestMs: number;
}

/** Packs the promise of a member. */
export const memberValue = ({ endsAt, longestMs, since }: Promised): string =>
  `1|${whole(since)}|${whole(endsAt)}|${whole(longestMs)}`;

/** Reads the promise of a member; undefined if it is none. */
export const readMember = (value: string): Promised | undefined => {
  const part = value.split("|");
  const [since, endsAt, longestMs] = part.slice(1).map(readWhole);
  return part.length !== 4 || part[0] !== "1" || since === undefined || endsAt === undefined || longestMs === undefined
    ? undefined
    : { since, endsAt, longestMs };
};
