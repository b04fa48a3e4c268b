/**
 * `docs/decisions/one-engine-over-dumb-stores.md` says what holds each pitfall: mutants, tests and laws that must exist.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { mutants } from "../mutants/all.ts";
import { projectRoot } from "../support/project.ts";
import { sources } from "../support/source.ts";

const text = readFileSync(join(projectRoot, "docs/decisions/one-engine-over-dumb-stores.md"), "utf8");
const rows = text.split("\n").filter((line) => /^\| \d+\. /.test(line));
const named = (part: string, item: RegExp) => [...part.replace(/\s+/g, " ").matchAll(item)].map((it) => it[1] ?? "");

it("there are eighteen, each held by something", () => {
  expect(rows.map((row) => Number(/\d+/.exec(row)?.[0]))).toEqual(Array.from({ length: 18 }, (_, index) => index + 1));
  expect(rows.filter((row) => named(row, /`([a-z+-]+)`|“[^”]+”/g).length === 0)).toEqual([]);
});

it("by mutants that are there", () => {
  const names = mutants.map(({ name }) => name);
  expect(rows.flatMap((row) => named(row, /`([^`]+)`/g)).filter((it) => !names.includes(it))).toEqual([]);
});

it("by tests and laws that are there", () => {
  const all = sources("test", "src/testing").filter(({ path }) => path !== "test/docs/pitfalls.test.ts");
  const missing = named(text, /“([^”]+)”/g).filter((title) => !all.some((it) => it.text.includes(`"${title}`)));
  expect(missing).toEqual([]);
});
