/**
 * Whose definitions are all in the store, as text: `layout|digests`, the newest first. Whoever declares what one of them stands for
 * has nothing to tell.
 */
import { Cursor } from "./Cursor.ts";
import { afterLayout } from "./layout.ts";
import { encode } from "./packed.ts";

/** How many digests are kept. One that is not costs who has it a look at its rows. */
export const maxTold = 16;

/** Writes them. */
export const toldText = (digests: ReadonlyArray<string>, layout: number): string =>
  `${layout}|${digests.map(encode).join(";")}`;

/** Reads them; none where nobody can. */
export const readTold = (text: string): ReadonlyArray<string> => {
  const start = afterLayout(text);
  if (typeof start === "string") return [];
  const cursor = new Cursor(text, start);
  const digests = cursor.list("", (it) => it.name(""));
  return cursor.isAtEnd() ? digests.flatMap((it) => it ?? []) : [];
};

/** With another one. */
export const withDigest = (digests: ReadonlyArray<string>, digest: string): ReadonlyArray<string> =>
  [digest, ...digests.filter((it) => it !== digest)].slice(0, maxTold);
