/**
 * What was measured, beside what was to be reached.
 *
 * @module
 */
import { table } from "../../support/table.ts";

interface Figure {
  readonly what: string;
  readonly value: string;
  readonly target: string;
  readonly isMet: boolean | undefined;
}

/** A list that grows while the campaign goes on. */
export interface Figures {
  /** A figure that has a bound; `more` is told with it. */
  readonly atMost: (what: string, value: number, most: number, unit: string, more?: string) => void;
  /** A figure that says what is, and has none. */
  readonly note: (what: string, value: string) => void;
  /** How many have a bound and are beyond it. */
  readonly missed: () => number;
  readonly text: () => string;
}

const shown = (value: number): string => value.toFixed(Math.abs(value) < 100 && !Number.isInteger(value) ? 1 : 0);

/** An empty list; each figure is told when it is there. */
export const make = (tell: (line: string) => void): Figures => {
  const figures: Array<Figure> = [];
  const add = (figure: Figure): void => {
    figures.push(figure);
    const { isMet, target, value, what } = figure;
    tell(`  ${what}: ${value}${isMet === undefined ? "" : `, target ${target}: ${isMet ? "met" : "MISSED"}`}`);
  };
  return {
    atMost: (what, value, most, unit, more = "") =>
      add({
        what,
        value: `${shown(value)}${unit}${more}`,
        target: most === 0 ? "0" : `≤ ${most}${unit}`,
        isMet: value <= most,
      }),
    note: (what, value) => add({ what, value, target: "", isMet: undefined }),
    missed: () => figures.filter(({ isMet }) => isMet === false).length,
    text: () =>
      table([
        ["what", "measured", "target", "met"],
        ...figures.map(({ isMet, target, value, what }) => [
          what,
          value,
          target,
          isMet === undefined ? "" : isMet ? "yes" : "no",
        ]),
      ]),
  };
};
