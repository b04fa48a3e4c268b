/**
 * What people say of what they ask, as facts of a text: `b` who they are, `r` why.
 */
import type { PauseNote } from "../words/Request.ts";
import type { Cursor } from "./Cursor.ts";
import { encode } from "./packed.ts";

/** Writes it; empty if nothing was said. */
export const noteText = ({ by, reason }: PauseNote): string => {
  const facts = [by === undefined ? [] : `b${encode(by)}`, reason === undefined ? [] : `r${encode(reason)}`];
  return facts.flat().join(",");
};

/** Reads it to the end of the text. Whoever asks looks whether the text was sound. */
export const readNote = (cursor: Cursor): PauseNote => {
  const note: { by?: string | undefined; reason?: string | undefined } = {};
  if (cursor.isAtEnd()) return note;
  cursor.facts({ b: () => void (note.by = cursor.name("")), r: () => void (note.reason = cursor.name("")) });
  return note;
};
