/**
 * `docs/PROTOCOL.md` names laws, promises of the simulator, mutants and its own rules: each must exist.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Laws } from "../../src/testing/mod.ts";
import { mutants } from "../mutants/all.ts";
import { projectRoot } from "../support/project.ts";
import { sources } from "../support/source.ts";

const read = (file: string) => readFileSync(join(projectRoot, file), "utf8");
/** One line for each item of a list, however it is wrapped. */
const unwrapped = read("docs/PROTOCOL.md").replace(/\n {2,}(?!-)/g, " ");
const listed = (label: string, item: RegExp): ReadonlyArray<string> =>
  [...unwrapped.matchAll(new RegExp(`^  - ${label}: (.*)$`, "gm"))].flatMap((line) =>
    [...(line[1] ?? "").matchAll(item)].map((it) => it[1] ?? "")
  );

const numbersIn = (text: string, letter: "R" | "I"): ReadonlyArray<string> =>
  [...text.matchAll(new RegExp(`\\b${letter}\\d{1,2}\\b`, "g"))].map((it) => it[0]);
const defined = [...unwrapped.matchAll(/^- \*\*(R\d+)\*\*/gm)].map((it) => it[1] ?? "");

describe("the protocol names", () => {
  it("laws", () => {
    const names = Laws.all.map((it) => it.name);
    const found = listed("Laws", /“([^”]+)”/g);
    expect(found.length).toBeGreaterThan(15);
    expect(found.filter((it) => !names.includes(it))).toEqual([]);
  });

  it("promises that the simulator judges", () => {
    const names = [...read("src/testing/simulation/check/Violation.ts").matchAll(/\| "([^"]+)"/g)].map((it) => it[1]);
    expect(names.length).toBeGreaterThan(15);
    const found = listed("Simulator", /_([^_]+)_/g);
    expect(found.filter((it) => !names.includes(it))).toEqual([]);
    expect(names.filter((it) => !found.includes(it ?? ""))).toEqual([]);
  });

  it("mutants, and leaves none out", () => {
    const names = mutants.map((it) => it.name);
    const found = [...unwrapped.matchAll(/`([a-z-]+(?:\+[a-z-]+)*)`/g)].map((it) => it[1] ?? "");
    const missing = names.filter((name) => !found.includes(name) && !name.split("+").some((it) => found.includes(it)));
    expect(listed("Mutants", /`([^`]+)`/g).filter((it) => !names.includes(it))).toEqual([]);
    expect(missing).toEqual([]);
  });

  it("rules that are there, each once", () => {
    expect(new Set(defined).size).toBe(defined.length);
    expect(defined.length).toBeGreaterThan(30);
    expect(numbersIn(unwrapped, "R").filter((it) => !defined.includes(it))).toEqual([]);
  });

  it("invariants that are there, each once, and every one is held by rules, laws, promises and mutants", () => {
    const held = [...unwrapped.matchAll(/^- \*\*(I\d+)\*\*.*\n(?: {2}- .*\n)+/gm)];
    const numbers = held.map((it) => Number(it[1]?.slice(1)));
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(numbersIn(unwrapped, "I").filter((it) => !held.some((one) => one[1] === it))).toEqual([]);
    for (const [text] of held) {
      expect(numbersIn(text, "R"), text).not.toEqual([]);
      for (const label of ["Laws", "Simulator", "Mutants"]) expect(text).toContain(`  - ${label}: `);
    }
    const named = numbersIn(held.map(([text]) => text).join(""), "R");
    expect(defined.filter((it) => !named.includes(it))).toEqual([]);
  });
});

describe("the rules are named where they are kept", () => {
  const cited = (...folders: ReadonlyArray<string>) =>
    sources(...folders).filter(({ path }) => path !== "test/docs/protocol.test.ts")
      .flatMap(({ path, text }) => numbersIn(text, "R").map((rule) => ({ path, rule })));

  it("by numbers that are there", () => {
    const all = cited("src", "adapters", "examples", "test");
    expect(all.length).toBeGreaterThan(100);
    expect(all.filter(({ rule }) => !defined.includes(rule))).toEqual([]);
  });

  it("each by a law, a mutant or a test that would notice", () => {
    const noticed = new Set(cited("src/testing/laws", "test").map(({ rule }) => rule));
    expect(defined.filter((it) => !noticed.has(it))).toEqual([]);
    expect(mutants.filter(({ rules = [] }) => rules.length === 0).map(({ name }) => name)).toEqual([]);
  });

  it("those of the record of a job in the code that keeps them", () => {
    const code = new Set(cited("src/core", "src/shell").map(({ rule }) => rule));
    expect([1, 2, 4, 6, 10, 12, 13, 19, 27, 28, 29, 30, 31, 33].filter((it) => !code.has(`R${it}`))).toEqual([]);
  });
});
