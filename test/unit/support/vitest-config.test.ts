import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../support/project.ts";

test("the files that the configuration of the tests names are there", () => {
  const text = readFileSync(join(projectRoot, "vitest.config.ts"), "utf8");
  const named = [...text.matchAll(/"(test\/[\w/*-]+\.test\.ts)"/g)].map((it) => it[1] ?? "")
    .filter((it) => !it.includes("**"));
  expect(named.length).toBeGreaterThan(10);
  const isThere = (file: string): boolean => {
    const [before = "", after] = basename(file).split("*");
    if (after === undefined) return existsSync(join(projectRoot, file));
    return readdirSync(join(projectRoot, dirname(file))).some((it) => it.startsWith(before) && it.endsWith(after));
  };
  expect(named.filter((it) => !isThere(it))).toEqual([]);
});
