/**
 * Answers of scripts, read strictly: whatever is not exactly of the expected shape is undefined, never half of a reply.
 */
import type { Run, RunKind } from "../../src/Fire.ts";
import type {
  BeatReply,
  BeatRequest,
  ClaimReply,
  ClaimRequest,
  ClaimResult,
  ClaimStatus,
  CompleteReply,
  CompleteRequest,
  MemberEntry,
  PeekReply,
  PeekRequest,
} from "../../src/Request.ts";
import type { Declared } from "../../src/View.ts";
import { historyEntry, jobState } from "./records.ts";
import { decode, readWhole } from "./names.ts";

const statuses: ReadonlySet<string> = new Set<ClaimStatus>(
  ["ok", "new", "at", "moved", "paused", "stale", "early", "busy", "outdated", "corrupt"],
);
const kinds: ReadonlySet<string> = new Set<RunKind>(["due", "late", "manual", "backfill", "rerun"]);

/** Undefined as soon as one of the values is. */
const all = <A, B>(values: ReadonlyArray<A>, read: (value: A) => B | undefined): ReadonlyArray<B> | undefined => {
  const result: Array<B> = [];
  for (const value of values) {
    const one = read(value);
    if (one === undefined) return undefined;
    result.push(one);
  }
  return result;
};

const run = (job: string) => (text: string): Run | undefined => {
  const [due, attempts, kind, token, ...rest] = text.split(",");
  const [dueAt, attempt, fence] = [readWhole(due), readWhole(attempts), readWhole(token)];
  if (dueAt === undefined || attempt === undefined || fence === undefined || rest.length > 0) return undefined;
  return kind !== undefined && kinds.has(kind) ? { job, dueAt, attempt, kind: kind as RunKind, fence } : undefined;
};

const list = (text: string): ReadonlyArray<string> => text === "" ? [] : text.split(";");

const member = (text: string): MemberEntry | undefined => {
  const part = text.split("|");
  const [who, called, share, state, deployed, hash] = part;
  const [deployment, leaseMs, leaseEndsAt] = [readWhole(deployed), readWhole(part[6]), readWhole(part[7])];
  const [incarnation, name, digest] = [decode(who ?? ""), decode(called ?? ""), decode(hash ?? "")];
  const weight = Number(share);
  if (part.length !== 8 || incarnation === undefined || name === undefined || digest === undefined) return undefined;
  if (deployment === undefined || leaseMs === undefined || leaseEndsAt === undefined) return undefined;
  if (share === "" || Number.isNaN(weight) || (state !== "active" && state !== "leaving")) return undefined;
  return { incarnation, name, weight, state, deployment, digest, nextBeatAt: leaseEndsAt - leaseMs, leaseEndsAt };
};

const declared = (text: string): readonly [string, Declared] | undefined => {
  const at = text.indexOf("|");
  const digest = decode(text.slice(0, at));
  const pairs = all(text.slice(at + 1) === "" ? [] : text.slice(at + 1).split(","), (pair) => {
    const [name, hash, ...rest] = pair.split("=");
    const [job, definition] = [decode(name ?? ""), decode(hash ?? "")];
    return job === undefined || definition === undefined || rest.length > 0 ? undefined : [job, definition] as const;
  });
  return at < 0 || digest === undefined || pairs === undefined ? undefined : [digest, new Map(pairs)];
};

const starting = (lines: ReadonlyArray<string>, start: string): ReadonlyArray<string> =>
  lines.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length));

/** Reads the answer of the beat script. */
export const beat = (reply: string, request: BeatRequest): BeatReply | undefined => {
  const [head, ...lines] = reply.split("\n");
  const [word, time, grown, isNew, wants, isNews, ...rest] = (head ?? "").split("|");
  const [storeTime, version] = [readWhole(time), readWhole(grown)];
  const members = all(starting(lines, "m|"), member);
  const jobs = all(starting(lines, "d|"), declared);
  const overdue = all(starting(lines, "o|"), decode);
  if (word !== "beat" || storeTime === undefined || version === undefined || rest.length > 0) return undefined;
  if (members === undefined || jobs === undefined || overdue === undefined) return undefined;
  if (members.length + jobs.length + overdue.length !== lines.length) return undefined;
  if (![isNew, wants, isNews].every((flag) => flag === "0" || flag === "1")) return undefined;
  if ((isNews === "1") !== (version !== request.knownVersion)) return undefined;
  return {
    _tag: "Beat",
    storeTime,
    version,
    joined: isNew === "1",
    wantsDeclared: wants === "1",
    members: isNews === "0"
      ? undefined
      : [...members].sort((a, b) => a.incarnation < b.incarnation ? -1 : a.incarnation > b.incarnation ? 1 : 0),
    declared: new Map(jobs),
    overdue,
  };
};

const claimResult = (job: string, line: string): ClaimResult | undefined => {
  const [status, at, handed, gone, regressed, ...rest] = line.split("|");
  if (status === undefined || !statuses.has(status) || regressed === undefined || rest.length > 0) return undefined;
  const watermark = readWhole(at);
  const regressedFrom = readWhole(regressed);
  const runs = all(list(handed ?? ""), run(job));
  const lost = all(list(gone ?? ""), run(job));
  if ((at !== "" && watermark === undefined) || (regressed !== "" && regressedFrom === undefined)) return undefined;
  if (runs === undefined || lost === undefined) return undefined;
  return { job, status: status as ClaimStatus, watermark, runs, lost, regressedFrom };
};

/** Reads the answer of the claim script. */
export const claim = (reply: string, request: ClaimRequest): ClaimReply | undefined => {
  const [head, ...lines] = reply.split("\n");
  const [word, time, ...rest] = (head ?? "").split("|");
  const storeTime = readWhole(time);
  if (word !== "claim" || storeTime === undefined || rest.length > 0) return undefined;
  if (lines.length !== request.items.length) return undefined;
  const results = all(
    request.items.map((item, index) => [item.job, lines[index] ?? ""] as const),
    ([job, line]) => claimResult(job, line),
  );
  return results === undefined ? undefined : { _tag: "Claim", storeTime, results };
};

/** Reads the answer of the completion script. */
export const complete = (reply: string, request: CompleteRequest): CompleteReply | undefined => {
  const [head, ...lines] = reply.split("\n");
  if (head !== "complete" || lines.length !== request.items.length) return undefined;
  const results = all(lines, (line) => line === "ok" || line === "gone" ? line : undefined);
  return results === undefined ? undefined : { _tag: "Complete", results };
};

/** Reads the answer of the script that looks. Records and lines that cannot be read are left out. */
export const peek = (reply: string, request: PeekRequest): PeekReply | undefined => {
  const [head, ...lines] = reply.split("\n");
  const [word, time, ...rest] = (head ?? "").split("|");
  const storeTime = readWhole(time);
  if (word !== "peek" || storeTime === undefined || rest.length > 0) return undefined;
  const records = starting(lines.slice(0, request.jobs.length), "j|");
  const entries = starting(lines.slice(request.jobs.length), "h|");
  if (records.length !== request.jobs.length || records.length + entries.length !== lines.length) return undefined;
  return {
    _tag: "Peek",
    storeTime,
    jobs: request.jobs.flatMap((job, index) => jobState(job, records[index] ?? "") ?? []),
    history: entries.flatMap((line) => historyEntry(line) ?? []),
  };
};
