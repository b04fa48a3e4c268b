/**
 * Answers of scripts, read strictly: whatever is not exactly of the expected shape is undefined, never half of a reply.
 */
import type {
  BeatReply,
  BeatRequest,
  ClaimReply,
  ClaimRequest,
  ClaimResult,
  ClaimStatus,
  CompleteReply,
  CompleteRequest,
  ControlReply,
  MemberEntry,
  PeekReply,
  PeekRequest,
} from "../../src/Request.ts";
import { list, readRun } from "../../src/internal/packed-run.ts";
import type { Declared } from "../../src/View.ts";
import { historyEntry, jobState } from "./records.ts";
import { decode, readAll, readWhole } from "./names.ts";

const statuses: ReadonlySet<string> = new Set<ClaimStatus>(
  ["ok", "new", "at", "moved", "paused", "stale", "early", "busy", "outdated", "corrupt"],
);
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
  const jobs = text.slice(at + 1);
  const pairs = readAll(jobs ? jobs.split(",") : [], (pair) => {
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
  const members = readAll(starting(lines, "m|"), member);
  const jobs = readAll(starting(lines, "d|"), declared);
  const overdue = readAll(starting(lines, "o|"), decode);
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
    members: isNews === "0" ? undefined : [...members].sort((a, b) => a.incarnation < b.incarnation ? -1 : 1),
    declared: new Map(jobs),
    overdue,
  };
};

const claimResult = (job: string, line: string): ClaimResult | undefined => {
  const [status, at, handed, gone, regressed, waiting, ...rest] = line.split("|");
  const queued = readWhole(waiting);
  if (status === undefined || !statuses.has(status) || queued === undefined || rest.length > 0) return undefined;
  const watermark = readWhole(at);
  const regressedFrom = readWhole(regressed);
  const runs = readAll(list(handed), readRun(job));
  const lost = readAll(list(gone), readRun(job));
  if ((at !== "" && watermark === undefined) || (regressed !== "" && regressedFrom === undefined)) return undefined;
  if (runs === undefined || lost === undefined) return undefined;
  return { job, status: status as ClaimStatus, watermark, runs, lost, regressedFrom, queued };
};

/** Reads the answer of the claim script. */
export const claim = (reply: string, request: ClaimRequest): ClaimReply | undefined => {
  const [head, ...lines] = reply.split("\n");
  const [word, time, ...rest] = (head ?? "").split("|");
  const storeTime = readWhole(time);
  if (word !== "claim" || storeTime === undefined || rest.length > 0) return undefined;
  if (lines.length !== request.items.length) return undefined;
  const results = readAll(
    request.items.map((item, index) => [item.job, lines[index] ?? ""] as const),
    ([job, line]) => claimResult(job, line),
  );
  return results === undefined ? undefined : { _tag: "Claim", storeTime, results };
};

/** Reads the answer of the completion script. */
export const complete = (reply: string, request: CompleteRequest): CompleteReply | undefined => {
  const [head, ...lines] = reply.split("\n");
  if (head !== "complete" || lines.length !== request.items.length) return undefined;
  const results = readAll(lines, (line) => line === "ok" || line === "gone" ? line : undefined);
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

/** Reads the answer of the script for people's commands. */
export const control = (reply: string): ControlReply | undefined => {
  const [word, result, due, ...rest] = reply.split("|");
  const dueAt = readWhole(due);
  if (word !== "control" || (due !== "" && dueAt === undefined) || rest.length > 0) return undefined;
  return result === "ok" || result === "unknown" || result === "full" ? { _tag: "Control", result, dueAt } : undefined;
};
