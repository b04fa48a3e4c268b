/**
 * Tables as Markdown, which reads well in a terminal too.
 *
 * @module
 */

/** Pads the cells to columns; the first row is the head. */
export function table(rows: ReadonlyArray<ReadonlyArray<string>>): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: ReadonlyArray<string>) => `| ${cells.map((it, at) => it.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}
