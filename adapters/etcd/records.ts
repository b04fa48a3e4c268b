/**
 * Values of etcd as text: records of jobs, the table of members, what members declare. The first field is the version of
 * the layout. Reading is strict: what is not exactly of the expected shape is not ours.
 */
import type { Asked, JobRecord, StoredRun } from "../../src/core/JobRecord.ts";
import { decode, encode, finite, optional, readAll, readWhole, whole } from "../../src/internal/packed.ts";
import { list, readStoredRun } from "../../src/internal/packed-run.ts";
import type { MemberEntry } from "../../src/Request.ts";
import type { Declared } from "../../src/View.ts";

const runText = (run: StoredRun): string =>
  [whole(run.dueAt), whole(run.attempt), run.kind, whole(run.fence), encode(run.claimId)].join(",");

const readAsked = (text: string): Asked | undefined => {
  const [name = "", due, ...rest] = text.split(",");
  const [key, dueAt] = [decode(name), readWhole(due)];
  return key === undefined || dueAt === undefined || rest.length > 0 ? undefined : { key, dueAt };
};

/** Packs the record of a job. */
export const recordText = (record: JobRecord): string =>
  [
    "1",
    whole(record.watermark),
    whole(record.token),
    record.paused ? "1" : "0",
    encode(record.definition),
    whole(record.deployment),
    encode(record.claimId),
    optional(record.nextDueAt),
    record.active.map(runText).join(";"),
    record.asked.map(({ dueAt, key }) => `${encode(key)},${whole(dueAt)}`).join(";"),
  ].join("|");

/** Reads the record of a job; undefined if it is none. */
export const readRecord = (job: string, text: string): JobRecord | undefined => {
  const part = text.split("|");
  const [, moved, counted, flag, hash = "", deployed, claim = "", next, runs = "", requests = ""] = part;
  const [watermark, token, deployment] = [readWhole(moved), readWhole(counted), readWhole(deployed)];
  const [definition, claimId] = [decode(hash), decode(claim)];
  const nextDueAt = next === "" ? undefined : readWhole(next);
  const active = readAll(list(runs), readStoredRun(job));
  const asked = readAll(list(requests), readAsked);
  if (part.length !== 10 || part[0] !== "1" || (flag !== "0" && flag !== "1")) return undefined;
  if (watermark === undefined || token === undefined || deployment === undefined) return undefined;
  if (definition === undefined || claimId === undefined || active === undefined || asked === undefined) {
    return undefined;
  }
  if (next !== "" && nextDueAt === undefined) return undefined;
  return { watermark, token, paused: flag === "1", definition, deployment, claimId, nextDueAt, active, asked };
};

/** A member in the table; when its lease ends is written beside it, under the lease itself. */
export type TableEntry = Omit<MemberEntry, "nextBeatAt" | "leaseEndsAt">;

/** The members of a service as of a version. */
export interface Table {
  readonly version: number;
  /** Sorted by incarnation. */
  readonly entries: ReadonlyArray<TableEntry>;
  /** Digests whose jobs are stored. */
  readonly declared: ReadonlySet<string>;
}

/** Packs the table. */
export const tableText = ({ declared, entries, version }: Table): string =>
  [
    `1|${whole(version)}`,
    ...entries.map((it) =>
      [
        "m",
        encode(it.incarnation),
        encode(it.name),
        finite(it.weight),
        it.state,
        whole(it.deployment),
        encode(it.digest),
      ].join("|")
    ),
    ...[...declared].map((digest) => `d|${encode(digest)}`),
  ].join("\n");

const readEntry = (text: string): TableEntry | undefined => {
  const part = text.split("|");
  const [, who = "", called = "", share = "", state, deployed, hash = ""] = part;
  const [incarnation, name, digest, deployment] = [decode(who), decode(called), decode(hash), readWhole(deployed)];
  const weight = Number(share);
  if (part.length !== 7 || share === "" || !Number.isFinite(weight)) return undefined;
  if (incarnation === undefined || name === undefined || digest === undefined || deployment === undefined) {
    return undefined;
  }
  return state === "active" || state === "leaving"
    ? { incarnation, name, weight, state, deployment, digest }
    : undefined;
};

/** Reads the table; undefined if it is none. */
export const readTable = (text: string): Table | undefined => {
  const [head = "", ...lines] = text.split("\n");
  const version = /^1\|\d+$/.test(head) ? readWhole(head.slice(2)) : undefined;
  const entries = readAll(lines.filter((line) => line.startsWith("m|")), readEntry);
  const declared = readAll(lines.filter((line) => line.startsWith("d|")), (line) => decode(line.slice(2)));
  if (version === undefined || entries === undefined || declared === undefined) return undefined;
  return entries.length + declared.length === lines.length
    ? { version, entries, declared: new Set(declared) }
    : undefined;
};

/** When a member promised to be heard of, and when it gives itself up if it is not. */
export type Times = Pick<MemberEntry, "nextBeatAt" | "leaseEndsAt">;

/** Packs the value of a member's key. */
export const timesText = ({ leaseEndsAt, nextBeatAt }: Times): string => `1|${whole(nextBeatAt)}|${whole(leaseEndsAt)}`;

/** Reads the value of a member's key; undefined if it is none. */
export const readTimes = (text: string): Times | undefined => {
  const part = text.split("|");
  const [nextBeatAt, leaseEndsAt] = [readWhole(part[1]), readWhole(part[2])];
  return part.length !== 3 || part[0] !== "1" || nextBeatAt === undefined || leaseEndsAt === undefined
    ? undefined
    : { nextBeatAt, leaseEndsAt };
};

/** Packs what a member declares. */
export const declaredText = (jobs: Declared): string =>
  `1|${[...jobs].map(([job, definition]) => `${encode(job)}=${encode(definition)}`).join(",")}`;

/** Reads what a member declares; undefined if it is nothing of the kind. */
export const readDeclared = (text: string): Declared | undefined => {
  if (!text.startsWith("1|")) return undefined;
  const pairs = readAll(text === "1|" ? [] : text.slice(2).split(","), (pair) => {
    const [name = "", hash = "", ...rest] = pair.split("=");
    const [job, definition] = [decode(name), decode(hash)];
    return job === undefined || definition === undefined || rest.length > 0 ? undefined : [job, definition] as const;
  });
  return pairs === undefined ? undefined : new Map(pairs);
};
