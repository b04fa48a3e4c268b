/**
 * The words of the pictures in `docs/ARCHITECTURE.md`, and of the answers in `docs/PROTOCOL.md`, are those of the code, all of them.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { maxAttempts, maxHoldMs } from "../../src/core/ledger/JobRecord.ts";
import { projectRoot } from "../support/project.ts";
import { sources } from "../support/source.ts";

const page = (name: string) => readFileSync(join(projectRoot, "docs", name), "utf8");
const library = sources("src");

/** The texts of a union type, wherever it is declared. */
const union = (declaration: RegExp): ReadonlyArray<string> => {
  const found = library.flatMap(({ text }) => declaration.exec(text)?.[1] ?? []);
  expect(found.length, String(declaration)).toBe(1);
  return [...(found[0] ?? "").matchAll(/"([\w-]+)"/g)].map((it) => it[1] ?? "").sort();
};

const listed = (text: string): ReadonlyArray<string> => text.trim().split(/[\s,]+/).sort();

it("what becomes of a fire", () => {
  const [, skips = "", outcomes = ""] =
    /-> skipped([^:]*):[^]*-> ended +complete: ([^\n]*)/.exec(page("ARCHITECTURE.md")) ??
      [];
  expect(listed(skips.replace(/\|/g, ""))).toEqual(union(/export type SkipReason =([^;]*);/));
  expect([...listed(outcomes), "lost"].sort()).toEqual(union(/export type Outcome =([^;]*);/));
});

it("the phases of a run on its node, and how long they last", () => {
  const [, picture = ""] = /A run as the node has it[^`]*```text\n([^`]*)```/.exec(page("ARCHITECTURE.md")) ?? [];
  const phases = union(/readonly phase: ("pending"[^;]*);/);
  expect(phases.filter((it) => !new RegExp(`\\b${it}\\b`).test(picture))).toEqual([]);
  expect(page("ARCHITECTURE.md")).toContain("lost after five");
  expect([maxAttempts, maxHoldMs]).toEqual([5, 3_600_000]);
});

it("the answers to a claim", () => {
  const [, answers = ""] = /The answers to a claim:([^]*?)\n\n/.exec(page("PROTOCOL.md")) ?? [];
  expect([...answers.matchAll(/`(\w+)`/g)].map((it) => it[1]).sort()).toEqual(
    union(/export type ClaimStatus =([^;]*);/),
  );
});
