/**
 * Colours, and texts that have a width: no dependency, because what a terminal needs is a handful of sequences.
 *
 * @module
 */
import process from "node:process";
import { nodeNames } from "./scenario.ts";

/** How text is marked; without colour every function returns its text. */
export interface Paint {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  /** In the colour of a node, so that a job that moves is seen to move. */
  readonly node: (name: string, text?: string) => string;
}

const nodeColours = [36, 35, 33];

/** Marks for a terminal, or none. */
export const createPaint = (hasColour: boolean): Paint => {
  // Word by word, so that a text can be broken into lines at any blank.
  const mark = (code: number, end: number) => (text: string) =>
    hasColour ? text.replace(/[^ ]+/g, (word) => `\x1b[${code}m${word}\x1b[${end}m`) : text;
  return {
    strong: mark(1, 22),
    faint: mark(2, 22),
    good: mark(32, 39),
    bad: mark(31, 39),
    node: (name, text = name) => mark(nodeColours[nodeNames.indexOf(name)] ?? 39, 39)(text),
  };
};

/** Whether a stream wants colour: it is a terminal, and nobody asked for none (https://no-color.org). */
export const wantsColour = (stream: NodeJS.WriteStream): boolean =>
  stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";

// deno-lint-ignore no-control-regex
const sequence = /(\x1b\[[0-9;]*m)/g;

/** How many columns a text takes; the demo prints nothing that is wider than one. */
export const widthOf = (text: string): number => text.replace(sequence, "").length;

/** Fills up with blanks to a width. */
export const pad = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - widthOf(text)));

/** Fills up from the left. */
export const padLeft = (text: string, width: number): string => " ".repeat(Math.max(0, width - widthOf(text))) + text;

/** Cuts off what is beyond a width, and keeps every mark so that none stays switched on. */
export const clip = (text: string, width: number): string => {
  let room = width;
  return text.split(sequence).map((part) => {
    if (part.startsWith("\x1b")) return part;
    const kept = part.slice(0, Math.max(0, room));
    room -= kept.length;
    return kept;
  }).join("");
};

/** Breaks a text into lines at blanks; every line but the first is indented. */
export const wrap = (text: string, width: number, indent = ""): ReadonlyArray<string> => {
  const lines: Array<string> = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = indent + word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
};
