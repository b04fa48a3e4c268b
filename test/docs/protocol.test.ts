/**
 * `docs/PROTOCOL.md` names laws, promises of the simulator, mutants and its own rules: each must exist.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Laws } from "../../src/testing/mod.ts";
import { mutants } from "../mutants/all.ts";
import { projectRoot } from "../support/project.ts";

const read = (file: string) => readFileSync(join(projectRoot, file), "utf8");
/** One line for each item of a list, however it is wrapped. */
const unwrapped = read("docs/PROTOCOL.md").replace(/\n {2,}(?!-)/g, " ");
const listed = (label: string, item: RegExp): ReadonlyArray<string> =>
  [...unwrapped.matchAll(new RegExp(`^  - ${label}: (.*)$`, "gm"))].flatMap((line) =>
    [...(line[1] ?? "").matchAll(item)].map((it) => it[1] ?? "")
  );

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
    const defined = [...unwrapped.matchAll(/^- \*\*(R\d+)\*\*/gm)].map((it) => it[1] ?? "");
    expect(new Set(defined).size).toBe(defined.length);
    const named = [...unwrapped.matchAll(/\bR\d+\b/g)].map((it) => it[0]);
    expect(named.filter((it) => !defined.includes(it))).toEqual([]);
  });
});
