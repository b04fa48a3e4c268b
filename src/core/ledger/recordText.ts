/**
 * The record of a job as text: `2|watermark|since|lastFence|paused|definition|deployment|claimId|nextDueAt|runs|queue`.
 *
 * The first field is the layout. Reading is strict: what is not exactly of the expected shape is not ours. Names are
 * escaped, so no text holds a separator or the sign of an open number.
 */
import { decode, encode, readAll, readWhole } from "../../internal/packed.ts";
import type { RunKind } from "../../Fire.ts";
import type { JobRecord, StoredRun } from "./Record.ts";
import * as Moment from "./Moment.ts";
import type { Open } from "./Moment.ts";
import type { Queued } from "./Queue.ts";

/** The layout that is written; the highest that is read. */
export const layout = 2;

const kinds: ReadonlySet<string> = new Set<RunKind>(["due", "late", "manual", "backfill", "rerun"]);

const optional = (value: number | undefined): string => value === undefined ? "" : Moment.text(value);

const runText = ({ attempt, claimId, dueAt, fence, heldUntil, kind }: StoredRun<Open>): string =>
  [
    Moment.text(dueAt),
    Moment.text(attempt),
    kind,
    Moment.text(fence),
    claimId === undefined ? "" : encode(claimId),
    ...(heldUntil === undefined ? [] : [Moment.text(heldUntil)]),
  ].join(",");

/** Writes a record; numbers that are open stand as `@least+plus@`. Cost: linear in its runs and its queue. */
export const recordText = (record: JobRecord<Open>): string =>
  [
    String(layout),
    Moment.text(record.watermark),
    Moment.text(record.since),
    Moment.text(record.lastFence),
    record.paused ? "1" : "0",
    encode(record.definition),
    Moment.text(record.deployment),
    record.claimId === undefined ? "" : encode(record.claimId),
    optional(record.nextDueAt),
    record.active.map(runText).join(";"),
    record.queue.map(({ dueAt, kind, queuedAt }) => `${Moment.text(dueAt)},${kind[0]},${Moment.text(queuedAt)}`).join(
      ";",
    ),
  ].join("|");

const list = (text: string): ReadonlyArray<string> => text === "" ? [] : text.split(";");

const maybe = <A>(text: string, read: (text: string) => A | undefined): readonly [A | undefined] | undefined => {
  if (text === "") return [undefined];
  const value = read(text);
  return value === undefined ? undefined : [value];
};

const readRun = (text: string): StoredRun | undefined => {
  const [due, attempts, kind = "", token, claim = "", held = "", ...rest] = text.split(",");
  const [dueAt, attempt, fence] = [readWhole(due), readWhole(attempts), readWhole(token)];
  const [claimId, heldUntil] = [maybe(claim, decode), maybe(held, readWhole)];
  if (dueAt === undefined || attempt === undefined || fence === undefined || !kinds.has(kind)) return undefined;
  if (claimId === undefined || heldUntil === undefined || rest.length > 0) return undefined;
  return { dueAt, attempt, kind: kind as RunKind, fence, claimId: claimId[0], heldUntil: heldUntil[0] };
};

const readQueued = (text: string): Queued | undefined => {
  const [due, kind, asked, ...rest] = text.split(",");
  const [dueAt, queuedAt] = [readWhole(due), readWhole(asked)];
  if (dueAt === undefined || queuedAt === undefined || rest.length > 0 || (kind !== "m" && kind !== "b")) {
    return undefined;
  }
  return { dueAt, kind: kind === "m" ? "manual" : "backfill", queuedAt };
};

/** Reads a record; `newer` if it is of a later layout, `corrupt` if it is none. Cost: linear in its length. */
export const readRecord = (text: string): JobRecord | "newer" | "corrupt" => {
  const part = text.split("|");
  const [
    kind = "",
    moved,
    registered,
    token,
    flag,
    hash = "",
    deployed,
    claim = "",
    next = "",
    runs = "",
    waiting = "",
  ] = part;
  if (kind !== String(layout)) return /^[1-9]\d{0,5}$/.test(kind) && Number(kind) > layout ? "newer" : "corrupt";
  const [watermark, since, lastFence, deployment] = [moved, registered, token, deployed].map(readWhole);
  const [definition, claimId, nextDueAt] = [decode(hash), maybe(claim, decode), maybe(next, readWhole)];
  const [active, queue] = [readAll(list(runs), readRun), readAll(list(waiting), readQueued)];
  if (part.length !== 11 || (flag !== "0" && flag !== "1")) return "corrupt";
  if (watermark === undefined || since === undefined || lastFence === undefined || deployment === undefined) {
    return "corrupt";
  }
  if (definition === undefined || claimId === undefined || nextDueAt === undefined) return "corrupt";
  if (active === undefined || queue === undefined) return "corrupt";
  return {
    watermark,
    since,
    lastFence,
    paused: flag === "1",
    definition,
    deployment,
    claimId: claimId[0],
    nextDueAt: nextDueAt[0],
    active,
    queue,
  };
};
