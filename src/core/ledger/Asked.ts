/**
 * The keys under which people asked for fires of a job, so that asking twice is harmless (R31). They lie in rows of their own,
 * spread over some by their hash, and are remembered for a day: the bytes of a claim do not depend on them.
 */
import { fingerprint, hashOf } from "../words/hash.ts";
import { readAll, readWhole, whole } from "./packed.ts";
import { afterLayout } from "./layout.ts";

/** How long a key is remembered. Milliseconds. */
export const rememberedMs = 86_400_000;

/** Over how many rows the keys of a job are spread. */
export const shards = 16;

/** A key that somebody asked under. */
export interface Asked {
  /** Its fingerprint. */
  readonly hash: string;
  /** When it was asked, epoch milliseconds. */
  readonly at: number;
  /** When the first of the fires is due, epoch milliseconds. */
  readonly dueAt: number;
  /** The row that its result is kept in; undefined if that is not kept. */
  readonly resultSlot?: number | undefined;
}

/** What one row holds, oldest first. */
export type Shelf = ReadonlyArray<Asked>;

/** Which of the rows a key is in. Cost: linear in its length. */
export const shardOf = (key: string): number => hashOf(key) % shards;

/** What was asked under a key within the last day; undefined if nothing was. Cost: linear in the row. */
export const find = (shelf: Shelf, key: string, now: number): Asked | undefined => {
  const hash = fingerprint(key);
  return shelf.find((it) => it.hash === hash && it.at > now - rememberedMs);
};

/** The row with one key more, without those that are older than a day. Cost: linear in the row. */
export const remember = (shelf: Shelf, key: string, dueAt: number, now: number, resultSlot?: number): Shelf => [
  ...shelf.filter(({ at }) => at > now - rememberedMs),
  { hash: fingerprint(key), at: now, dueAt, ...(resultSlot === undefined ? {} : { resultSlot }) },
];

const askedText = ({ at, dueAt, hash, resultSlot }: Asked): string => {
  const text = `${hash},${whole(at)},${whole(dueAt - at)}`;
  return resultSlot === undefined ? text : `${text},${whole(resultSlot)}`;
};

/** The row as text: `layout|` and its keys, each `hash,at,dueAt - at`, and the row of the result where one is kept. */
export const shelfText = (shelf: Shelf, layout: number): string => `${layout}|${shelf.map(askedText).join(";")}`;

const readAsked = (text: string): Asked | undefined => {
  const [hash = "", asked, offset, slot, ...rest] = text.split(",");
  const [at, after, resultSlot] = [readWhole(asked), readWhole(offset), readWhole(slot)];
  const isSound = /^[0-9a-f]{16}$/.test(hash) && rest.length === 0 &&
    (slot === undefined) === (resultSlot === undefined);
  if (!isSound || at === undefined || after === undefined) return undefined;
  return { hash, at, dueAt: at + after, ...(resultSlot === undefined ? {} : { resultSlot }) };
};

/** Reads the row; `newer` if it is of a later layout, `corrupt` if it is none. */
export const readShelf = (text: string): Shelf | "newer" | "corrupt" => {
  const start = afterLayout(text);
  if (typeof start === "string") return start;
  return text.length === start ? [] : readAll(text.slice(start).split(";"), readAsked) ?? "corrupt";
};
