/**
 * `docs/POLICIES.md` has a row for each policy and command, and what it names is there.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Laws } from "../../src/testing/mod.ts";
import { mutants } from "../mutants/all.ts";
import { projectRoot } from "../support/project.ts";

const read = (file: string) => readFileSync(join(projectRoot, file), "utf8");
const page = read("docs/POLICIES.md");
const rows = page.split("\n").filter((line) => /^\| `/.test(line)).map((line) =>
  line.split("|").slice(1, -1).map((cell) => cell.trim())
);
/** The rows of one table by the number of its columns, and a column by its place from the right. */
const options = rows.filter((cells) => cells.length === 8);
const commands = rows.filter((cells) => cells.length === 7);
const cellsAt = (fromRight: number) => rows.map((cells) => cells.at(-fromRight) ?? "");
const all = (cells: ReadonlyArray<string>, item: RegExp) =>
  cells.flatMap((cell) => [...cell.matchAll(item)].map((it) => it[1] ?? ""));
const first = (table: ReadonlyArray<ReadonlyArray<string>>) => all(table.map(([cell]) => cell ?? ""), /`([^`]+)`/g);
const onStores = all(cellsAt(4), /`([^`]+)`/g);

describe("docs/POLICIES.md", () => {
  it("has a row for each option of a job that is a policy, and for each command", () => {
    const policies = /const ownFields[^]*?\];/.exec(read("src/core/words/Policy.ts"))?.[0] ?? "";
    const fields = all([policies], /^ {2}"(\w+)"/gm);
    expect(fields.length).toBeGreaterThan(8);
    expect([...fields, "timeZone", "dst", "startAt", "endAt"].filter((it) => !first(options).includes(it))).toEqual([]);
    const control = /export interface Control \{[^]*?\n\}/.exec(read("src/shell/Control.ts"))?.[0] ?? "";
    const names = all([control], /^ {2}readonly (\w+): \(/gm);
    expect(names.length).toBeGreaterThan(8);
    // These only look.
    const looks = ["history", "runs", "members"];
    expect(names.filter((it) => !first(commands).includes(it) && !looks.includes(it))).toEqual([]);
  });

  it("names files, laws, promises, mutants and rules that are there", () => {
    expect(rows.length).toBeGreaterThan(20);
    const files = [...onStores, ...all(cellsAt(1), /`([^`]+)`/g)];
    expect(files.filter((it) => !existsSync(join(projectRoot, it)))).toEqual([]);
    const laws = Laws.all.map(({ name }) => name);
    expect(all(cellsAt(4), /“([^”]+)”/g).filter((it) => !laws.includes(it))).toEqual([]);
    const promises = all([read("src/testing/simulation/check/Violation.ts")], /\| "([^"]+)"/g);
    expect(all(cellsAt(3), /_([^_]+)_/g).filter((it) => !promises.includes(it))).toEqual([]);
    const names = mutants.map(({ name }) => name);
    expect(all(cellsAt(2), /`([^`]+)`/g).filter((it) => !names.includes(it))).toEqual([]);
    const rules = all([read("docs/PROTOCOL.md")], /^- \*\*(R\d+)\*\*/gm);
    expect(all(cellsAt(5), /(R\d+)/g).filter((it) => !rules.includes(it))).toEqual([]);
    for (const cells of rows) expect(cells.at(-5), cells[0]).toMatch(/R\d/);
  });

  it("names under every store only tests that run on all four", () => {
    const isOnAll = (file: string) =>
      /describe\.concurrent\.each\((?:Object\.keys\(stores\)|drivers\.map)/.test(read(file));
    expect(onStores.length).toBeGreaterThan(4);
    expect(onStores.filter((it) => !isOnAll(it))).toEqual([]);
  });
});
