/**
 * That somebody asked a node to leave, as text: `layout|drainMs|facts`, the facts as in a record. It waits for the node in a row of
 * its own, in the list of what waits, which each beat tells.
 */
import type { DrainAsked } from "../words/Request.ts";
import { Cursor } from "./Cursor.ts";
import { afterLayout } from "./layout.ts";
import { noteText, readNote } from "./noteText.ts";
import { whole } from "./packed.ts";

/** Since when it is said to wait, before now: no node calls overdue what waits for so short a time. Milliseconds. */
export const backMs = 600_000;

/** Writes it. */
export const drainText = ({ drainMs, ...note }: DrainAsked, layout: number): string =>
  `${layout}|${drainMs === undefined ? "" : whole(drainMs)}|${noteText(note)}`;

/** Reads it; nothing but that it was asked where nobody can. */
export const readDrain = (text: string): DrainAsked => {
  const start = afterLayout(text);
  if (typeof start === "string") return {};
  const cursor = new Cursor(text, start);
  const drainMs = cursor.optional("|");
  const asked = { ...(drainMs === undefined ? {} : { drainMs }), ...readNote(cursor) };
  return cursor.isAtEnd() ? asked : {};
};
