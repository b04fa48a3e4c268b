/**
 * What a member declares in pieces, where the whole is more than a store takes in one request.
 *
 * Behind the digest stands `3|pieces` then: what the texts are called that make up the whole, in their order. The number is a later
 * one than that of any layout, so that a release which knows of no pieces takes it for what a later one declares. A piece is a row of
 * its own, `2|part`, called by the hash of its part: nodes that declare the same in another way never mix theirs.
 *
 * Another row says of which declarations pieces are kept: `layout|digest,at,writer,pieces;…`.
 */
import { Cursor } from "./Cursor.ts";
import { afterLayout } from "./layout.ts";
import { encode, whole } from "./packed.ts";

const called = /^3\|([0-9a-f]{16}(?:;[0-9a-f]{16})*)$/;

/** What stands behind a digest instead of the whole. */
export const pointerText = (pieces: ReadonlyArray<string>): string => `3|${pieces.join(";")}`;

/** Which pieces a text stands for; undefined if it is a whole, or anything else. */
export const readPointer = (text: string): ReadonlyArray<string> | undefined => called.exec(text)?.[1]?.split(";");

/** The pieces of a declaration. */
export interface Kept {
  /** Hash of what is declared. */
  readonly digest: string;
  /** When somebody last began to work on it, or needed it, by the store's clock, epoch milliseconds. */
  readonly at: number;
  /** Who is at work on it, telling or removing its pieces; empty: all of them are there. */
  readonly writer: string;
  /** What its pieces are called. */
  readonly pieces: ReadonlyArray<string>;
}

const readKeptOne = (cursor: Cursor): Kept => {
  const digest = cursor.name(",") ?? "";
  const at = cursor.whole(",");
  const writer = cursor.name(",") ?? "";
  return { digest, at, writer, pieces: cursor.part("").split(".") };
};

/** Reads of which declarations pieces are kept; none where nobody can. */
export const readKept = (text: string | undefined): ReadonlyArray<Kept> => {
  const start = text === undefined ? "corrupt" : afterLayout(text);
  if (text === undefined || typeof start === "string") return [];
  const cursor = new Cursor(text, start);
  const kept = cursor.list("", readKeptOne);
  return cursor.isAtEnd() ? kept : [];
};

const keptOne = ({ at, digest, pieces, writer }: Kept): string =>
  [encode(digest), whole(at), writer === "" ? "" : encode(writer), pieces.join(".")].join(",");

/** Writes it. */
export const keptText = (kept: ReadonlyArray<Kept>, layout: number): string =>
  `${layout}|${kept.map(keptOne).join(";")}`;
