/**
 * The driver of `examples/sqlite-driver.ts`, which `docs/DRIVERS.md` shows: it keeps every law, and the page shows it as it is.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import * as Laws from "../../src/testing/Laws.ts";
import { spawnGuarded } from "../support/guarded.ts";
import { blocksOf } from "../support/markdown.ts";
import { projectRoot } from "../support/project.ts";
import { findRuntime } from "../support/runtimes.ts";

const read = (file: string) => readFileSync(join(projectRoot, file), "utf8");
const page = read("docs/DRIVERS.md");

it.concurrent.each(["Node 22", "Deno"] as const)("keeps every law, in %s", async (runtime) => {
  const folder = mkdtempSync(join(tmpdir(), "ringcron-sqlite-"));
  const { command } = await findRuntime(runtime);
  const program = join(projectRoot, ".build", "test", "support", "example-laws-main.js");
  const child = await spawnGuarded({
    command: [...command({ write: [folder] }), program, join(folder, "store.db")],
    cwd: projectRoot,
    remove: folder,
  });
  let [printed, complaints] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => printed += chunk);
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => complaints += chunk);
  await child.gone;
  expect(await child.end(), complaints).toBe(0);
  rmSync(folder, { recursive: true, force: true });
  const results = printed.trim().split("\n").map((line) => JSON.parse(line) as { law: string; broken?: string });
  expect(results.filter(({ broken }) => broken !== undefined)).toEqual([]);
  expect(results.map(({ law }) => law)).toEqual([...Laws.store, ...Laws.all].map(({ name }) => name));
}, 180_000);

it("is what the page shows", () => {
  const shown = blocksOf(page, "docs/DRIVERS.md").find(({ code }) => code.includes("node:sqlite"));
  expect(`${shown?.code}\n`).toBe(read("examples/sqlite-driver.ts"));
});

it("has laws for the pitfalls that the page names", () => {
  const names = Laws.store.map(({ name }) => name);
  const found = [...page.replace(/\s+/g, " ").matchAll(/“([^”]+)”/g)].map((it) => it[1] ?? "");
  expect(found.length).toBeGreaterThan(8);
  expect(found.filter((it) => !names.includes(it))).toEqual([]);
});

it("is told of all that a store has to do", () => {
  const operations = new Set([...page.matchAll(/^\| `(\w+)`/gm)].map((it) => it[1]));
  expect([...operations]).toEqual(["exchange", "beat", "history", "keys", "shelved", "destroy"]);
});
