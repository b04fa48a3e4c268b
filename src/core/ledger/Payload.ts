/**
 * What a trigger gives its handler: JSON in a row of its own, as long as the fire waits or runs. The entries of the record say that
 * there is one.
 */
import { afterLayout } from "./layout.ts";
import type { Open } from "./Moment.ts";
import type { JobRecord } from "./Record.ts";

/** How many bytes of UTF-8 it may have. */
export const maxBytes = 16_384;

/** How many queued fires of a job may have one: what is given up at once fits into one change. */
export const maxQueued = 30;

/** JSON as a store takes it: nothing but printable ASCII, and no sign of an open number. */
export const asciiJson = (json: string): string =>
  json.replace(/[^ -?A-~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** Writes it. */
export const payloadText = (json: string, layout: number): string => `${layout}|${asciiJson(json)}`;

/** Reads it; empty if nobody can. */
export const readPayload = (text: string): string => {
  const start = afterLayout(text);
  return typeof start === "string" ? "" : text.slice(start);
};

type Fires = Pick<JobRecord<Open>, "active" | "queue">;

const none: ReadonlyArray<number> = [];

const isGiven = ({ payload }: { readonly payload?: true | undefined }): boolean => payload === true;

const firesOf = (record: Fires | undefined): ReadonlyArray<number> => {
  if (record === undefined || !(record.active.some(isGiven) || record.queue.some(isGiven))) return none;
  return [...record.active, ...record.queue].filter(isGiven).map(({ dueAt }) => dueAt);
};

/** The fires that are over after a change, and whose payloads go with it. Nobody else has the instant of a trigger. */
export const over = (before: Fires | undefined, after: Fires | undefined): ReadonlyArray<number> => {
  const fires = firesOf(before);
  if (fires.length === 0) return fires;
  const left = new Set(firesOf(after));
  return fires.filter((dueAt) => !left.has(dueAt));
};
