/**
 * Tables for people: columns as wide as what is in them, cut where the terminal ends.
 */
import { fitted, type Paint, widthOf } from "./paint.ts";

/** One cell: a text, or a text and its colour. */
export type Cell = string | readonly [text: string, paint: (text: string) => string];

/** What to print. */
export interface Table {
  readonly head: ReadonlyArray<string>;
  readonly rows: ReadonlyArray<ReadonlyArray<Cell>>;
  /** Columns of numbers, which end where the others begin. */
  readonly right?: ReadonlyArray<number>;
  /** What may be cut if the terminal is too narrow, the first one first. Default: the last column. */
  readonly gives?: ReadonlyArray<number>;
}

const gap = "  ";
/** A column that is cut keeps this much. */
const least = 12;

const textOf = (cell: Cell): string => typeof cell === "string" ? cell : cell[0];

const widthsOf = ({ gives, head, rows }: Table, columns: number): ReadonlyArray<number> => {
  const widths = head.map((title, at) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(textOf(row[at] ?? ""))))
  );
  let tooMuch = widths.reduce((sum, width) => sum + width, gap.length * (widths.length - 1)) - columns;
  for (const at of gives ?? [head.length - 1]) {
    const has = widths[at] ?? 0;
    const cut = Math.min(Math.max(0, has - least), Math.max(0, tooMuch));
    widths[at] = has - cut;
    tooMuch -= cut;
  }
  return widths;
};

/** The table as lines, each of them ended. */
export const table = (it: Table, columns: number, paint: Paint): string => {
  const widths = widthsOf(it, columns);
  const line = (cells: ReadonlyArray<Cell>): string =>
    cells.map((cell, at) => {
      const width = widths[at] ?? 0;
      const text = fitted(textOf(cell), width);
      const painted = typeof cell === "string" ? text : cell[1](text);
      const blanks = " ".repeat(width - widthOf(text));
      return it.right?.includes(at) ? blanks + painted : painted + blanks;
    }).join(gap).trimEnd();
  const head = line(it.head.map((title) => [title, paint.dim]));
  return [head, ...it.rows.map(line)].map((text) => `${text}\n`).join("");
};

/** Facts one under the other: what it is, and how it stands. */
export const facts = (
  rows: ReadonlyArray<readonly [name: string, cell: Cell]>,
  paint: Paint,
): string => {
  const width = Math.max(0, ...rows.map(([name]) => widthOf(name)));
  return rows.map(([name, cell]) => {
    const value = typeof cell === "string" ? cell : cell[1](cell[0]);
    return `${paint.dim(name.padEnd(width))}${gap}${value}\n`;
  }).join("");
};
