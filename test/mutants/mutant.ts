/**
 * A mutant: the sources without one of their rules, made by substitution of text, and what must be noticed of it.
 *
 * Rules that cover for one another are taken out together.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Faults, Violation } from "../../src/testing/Simulation.ts";
import { projectRoot } from "../support/project.ts";

/** One substitution in one file. */
export interface Edit {
  /** Relative to the project, with slashes. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly from: string;
  readonly to: string;
}

/** A mutant of the library, and what a simulated fleet of it must be caught at. */
export interface Mutant {
  /** What is gone. */
  readonly name: string;
  /** The rules of `docs/PROTOCOL.md` that are broken by that. A test of the page wants one at least. */
  readonly rules?: ReadonlyArray<`R${number}`>;
  readonly edits: ReadonlyArray<Edit>;
  /** Any of these promises is broken ... */
  readonly broken: ReadonlyArray<Violation["rule"]>;
  /** ... or, where nothing goes wrong that a second rule does not mend, this rate exceeds a bound that it keeps otherwise. */
  readonly rate?: { readonly name: string; readonly limit: number };
  /** The world it is looked for in. Default: every fault, a random subset for each seed. */
  readonly faults?: Partial<Faults>;
  readonly isLossy?: boolean;
  /** The seed at which the tests begin to look, where those before it are known to show nothing. Campaigns begin where they are told. */
  readonly from?: number;
}

/** How often `part` occurs in `text`. */
export const occurrences = (text: string, part: string): number => text.split(part).length - 1;

/** The text with every edit of its file made, in turn. */
export const substitute = (text: string, edits: ReadonlyArray<Edit>): string =>
  edits.reduce((edited, { file, from, to }) => {
    const count = occurrences(edited, from);
    if (count !== 1) throw new Error(`${file} has ${count} times what a mutant edits, not once: ${from}`);
    return edited.replace(from, () => to);
  }, text);

/** The sources a mutant changes, by their path, as they are in it. */
export const mutated = ({ edits }: Pick<Mutant, "edits">): ReadonlyMap<string, string> => {
  const files = new Set(edits.map(({ file }) => file));
  return new Map([...files].map((file) => [
    file,
    substitute(readFileSync(join(projectRoot, file), "utf8"), edits.filter((edit) => edit.file === file)),
  ]));
};
