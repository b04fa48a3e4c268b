/**
 * The files and folders that documents name are there: whoever moves one is told where it is named.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { projectRoot } from "../support/project.ts";

const read = (file: string) => readFileSync(join(projectRoot, file), "utf8");
const docs = readdirSync(join(projectRoot, "docs"), { recursive: true, encoding: "utf8" })
  .filter((it) => it.endsWith(".md")).map((it) => `docs/${it}`);
const folders = /^(?:src|adapters|test|docs|examples)(?:\/[\w.-]+)+\/?$/;

/** Paths in code spans; of several in a row the later ones may be named by their last part alone, and are not looked at. */
const pathsIn = (markdown: string): ReadonlyArray<string> =>
  [...markdown.replace(/^```[^]*?^```/gm, "").matchAll(/`([^`\s]+)`/g)].map((it) => it[1] ?? "")
    .filter((it) => folders.test(it));

it.each(["CONTRIBUTING.md", "README.md", ...docs])("%s", (page) => {
  expect(pathsIn(read(page)).filter((it) => !existsSync(join(projectRoot, it)))).toEqual([]);
});

it("sees those that are named", () => {
  expect(pathsIn(read("CONTRIBUTING.md"))).toContain("src/testing/laws");
  expect(pathsIn("`src/a.ts` and `test/*.ts`, `npm test`\n```ts\n`src/b.ts`\n```\n")).toEqual(["src/a.ts"]);
});
