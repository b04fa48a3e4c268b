/**
 * What a member says of itself as text, and what it declares.
 *
 * A row is `layout|name|weight|state|deployment|leaseMs`; the layout is the highest that the member reads, and that of the row.
 * Who joins does not know yet what the others read, so these six fields stay as they are for ever: a later release may say
 * more at the end of a row, and further fields are passed over. For the same reason what a member declares is written in the
 * oldest layout. A seventh field, `zones`, stands only where jobs are in time zones.
 */
import { decode, encode, finite, readAll, readWhole, whole } from "./packed.ts";
import type { Declared } from "../words/View.ts";
import { afterLayout, layouts } from "./layout.ts";

/** What a member says of itself. */
export interface MemberRow {
  /** The highest layout of texts that it reads. */
  readonly layout: number;
  /** Its configured name. */
  readonly name: string;
  /** Its share of the jobs. */
  readonly weight: number;
  /** Whether it is about to leave. */
  readonly state: "active" | "leaving";
  /** Which of two definitions wins; 0 for that of whoever joined last. */
  readonly deployment: number;
  /** How long after the promised beat it stays a member. Milliseconds. */
  readonly leaseMs: number;
  /** Digest of its time zone data; undefined if it says nothing of them. */
  readonly zones?: string | undefined;
}

/** Writes a row. */
export const rowText = ({ deployment, leaseMs, name, state, weight, zones }: Omit<MemberRow, "layout">): string =>
  [
    String(layouts.newest),
    encode(name),
    finite(weight),
    state,
    whole(deployment),
    whole(leaseMs),
    ...(zones ? [encode(zones)] : []),
  ].join("|");

/** Reads a row; undefined if it is none. */
export const readRow = (text: string): MemberRow | undefined => {
  const [reads, called = "", share = "", state, deployed, lease, data] = text.split("|");
  const [highest, deployment, leaseMs] = [readWhole(reads), readWhole(deployed), readWhole(lease)];
  const [name, weight] = [decode(called), Number(share)];
  if (highest === undefined || deployment === undefined || leaseMs === undefined || name === undefined) {
    return undefined;
  }
  if (share === "" || !Number.isFinite(weight) || (state !== "active" && state !== "leaving")) return undefined;
  const row = { layout: highest, name, weight, state, deployment, leaseMs } as const;
  // What is none of ours here is passed over like all that follows: it costs a warning at most.
  const zones = decode(data ?? "");
  return zones ? { ...row, zones } : row;
};

const none: Declared = new Map();

/** Writes what a member declares, with the versions of policies that are not the defaults. Cost: linear in its jobs. */
export const declaredText = (jobs: Declared, policies: Declared = none): string => {
  const pairs: Array<string> = [];
  for (const [job, definition] of jobs) {
    const version = policies.get(job);
    pairs.push(`${encode(job)}=${encode(definition)}${version === undefined ? "" : `=${encode(version)}`}`);
  }
  return `${layouts.oldest}|${pairs.join(",")}`;
};

/** Reads what a member declares; `newer` if it is of a later layout, `corrupt` if it is nothing of the kind. */
export const readDeclared = (text: string): Declared | "newer" | "corrupt" => {
  const start = afterLayout(text);
  if (typeof start === "string") return start;
  const pairs = readAll(text.length === start ? [] : text.slice(start).split(","), (pair) => {
    const [name = "", hash = "", version = "%", ...rest] = pair.split("=");
    const [job, definition] = [decode(name), decode(hash)];
    if (job === undefined || definition === undefined || decode(version) === undefined || rest.length > 0) {
      return undefined;
    }
    return [job, definition] as const;
  });
  return pairs === undefined ? "corrupt" : new Map(pairs);
};

/** Reads the versions of policies in what a member declares: those that stand there. */
export const readPolicyVersions = (text: string): Declared => {
  const versions = new Map<string, string>();
  // Most members have none, and nothing is cut.
  if (!/=[^,=]*=/.test(text)) return versions;
  for (const pair of text.slice(text.indexOf("|") + 1).split(",")) {
    const [name = "", , version] = pair.split("=");
    const [job, policies] = [decode(name), version === undefined ? undefined : decode(version)];
    if (job !== undefined && policies !== undefined) versions.set(job, policies);
  }
  return versions;
};
