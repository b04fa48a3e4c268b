/**
 * The record of a job as text: `layout|watermark|since|lastFence|paused|definition|deployment|claimId|nextDueAt|runs|queue`.
 *
 * Reading is strict: what is not exactly of the expected shape is not ours. Names are escaped, so no text holds a separator
 * or the sign of an open number.
 */
import { Cursor } from "./Cursor.ts";
import { encode } from "./packed.ts";
import type { RunKind } from "../words/Fire.ts";
import { afterLayout } from "./layout.ts";
import type { JobRecord, Queued, StoredRun } from "./Record.ts";
import * as Moment from "./Moment.ts";
import type { Open } from "./Moment.ts";

const kinds: ReadonlySet<string> = new Set<RunKind>(["due", "late", "manual", "backfill", "rerun"]);

const optional = (value: number | undefined): string => value === undefined ? "" : Moment.text(value);

const name = (claimId: string | undefined): string => claimId === undefined ? "" : encode(claimId);

const runText = ({ attempt, claimId, dueAt, fence, heldUntil, kind }: StoredRun<Open>): string => {
  const text = `${Moment.text(dueAt)},${Moment.text(attempt)},${kind},${Moment.text(fence)},${name(claimId)}`;
  return heldUntil === undefined ? text : `${text},${Moment.text(heldUntil)}`;
};

const queuedText = ({ dueAt, kind, queuedAt }: Queued): string =>
  `${Moment.text(dueAt)},${kind[0]},${Moment.text(queuedAt)}`;

/** Writes a record in a layout; numbers that are open stand as `@least+plus@`. Cost: linear in its runs and its queue. */
export const recordText = (record: JobRecord<Open>, layout: number): string => {
  const { active, claimId, definition, deployment, lastFence, nextDueAt, paused, queue, since, toldBy, watermark } =
    record;
  const told = toldBy === undefined ? "" : `,${encode(toldBy)}`;
  const flag = paused ? 1 : 0;
  return `${layout}|${Moment.text(watermark)}|${Moment.text(since)}${told}|${Moment.text(lastFence)}|${flag}|` +
    `${encode(definition)}|${Moment.text(deployment)}|${name(claimId)}|${optional(nextDueAt)}|` +
    `${active.map(runText).join(";")}|${queue.map(queuedText).join(";")}`;
};

const readRun = (cursor: Cursor): StoredRun => {
  const dueAt = cursor.whole(",");
  const attempt = cursor.whole(",");
  const kind = cursor.part(",");
  const fence = cursor.whole(",");
  const claimId = cursor.name("");
  const heldUntil = cursor.passes(",") ? cursor.whole("") : undefined;
  if (!kinds.has(kind)) cursor.refuse();
  return { dueAt, attempt, kind: kind as RunKind, fence, claimId, heldUntil };
};

const readQueued = (cursor: Cursor): Queued => {
  const dueAt = cursor.whole(",");
  const kind = cursor.part(",");
  const queuedAt = cursor.whole("");
  if (kind !== "m" && kind !== "b") cursor.refuse();
  return { dueAt, kind: kind === "m" ? "manual" : "backfill", queuedAt };
};

/** Reads a record; `newer` if it is of a later layout, `corrupt` if it is none. Cost: linear in its length. */
export const readRecord = (text: string): JobRecord | "newer" | "corrupt" => {
  const start = afterLayout(text);
  if (typeof start === "string") return start;
  const cursor = new Cursor(text, start);
  const watermark = cursor.whole("|");
  const since = cursor.whole("");
  const isTold = cursor.passes(",");
  const toldBy = isTold ? cursor.name("|") : undefined;
  if (isTold ? toldBy === undefined : !cursor.passes("|")) cursor.refuse();
  const lastFence = cursor.whole("|");
  const flag = cursor.part("|");
  const definition = cursor.name("|");
  const deployment = cursor.whole("|");
  const claimId = cursor.name("|");
  const nextDueAt = cursor.optional("|");
  const active = cursor.list("|", readRun);
  const queue = cursor.list("", readQueued);
  if (!cursor.isAtEnd() || definition === undefined || (flag !== "0" && flag !== "1")) return "corrupt";
  const paused = flag === "1";
  return { watermark, since, toldBy, lastFence, paused, definition, deployment, claimId, nextDueAt, active, queue };
};
