/**
 * Who asked for something, in the history: a line in the very change that it has made, so it costs no request, and what changes nothing
 * writes none (R60).
 */
import { actionLine } from "../ledger/historyText.ts";
import { about, type ActionKind, type AskedBy } from "../words/Action.ts";
import type { Grounds } from "./settle.ts";

/** The line of an action, at the instant its change is decided; none where nobody is named. */
export const actedBy = (
  { by }: AskedBy,
  action: ActionKind,
  name: string,
  { at, layout }: Pick<Grounds, "at" | "layout">,
): ReadonlyArray<string> =>
  by === undefined
    ? []
    : [actionLine({ _tag: "Action", action, by, at: Math.floor(at), ...about(action, name) }, layout)];
