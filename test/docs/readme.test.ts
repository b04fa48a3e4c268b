import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CompiledProgram, compilePrograms, runProgram } from "../support/doc-programs.ts";
import { blocksOf, docsOf, linksOf, programsOf } from "../support/markdown.ts";
import { projectRoot } from "../support/project.ts";
import { startRedis } from "../support/redis.ts";
import { strangeCommands } from "../support/shell-commands.ts";
import { sources } from "../support/source.ts";
import { startUpstash } from "../support/upstash.ts";

const boundMs = 45_000;
const read = (file: string) => readFileSync(join(projectRoot, file), "utf8");
const { scripts } = JSON.parse(read("package.json"));
const docs = readdirSync(join(projectRoot, "docs"), { recursive: true, encoding: "utf8" })
  .filter((it) => it.endsWith(".md")).map((it) => `docs/${it}`).sort();
const pages = ["README.md", "CONTRIBUTING.md", ...docs];

const documents = [
  ...pages.map((page) => blocksOf(read(page), page)),
  ...sources("src", "adapters").map(({ path, text }) => blocksOf(docsOf(text), path)),
];
const programs = documents.flatMap(programsOf);

let compiled: CompiledProgram[] = [];
beforeAll(async () => {
  compiled = await compilePrograms(programs);
});
afterAll(() => {
  const [first] = compiled;
  if (first) rmSync(dirname(dirname(first.file)), { recursive: true, force: true });
});

describe("documentation", () => {
  it("begins with a README of at most 250 lines", () => {
    expect(read("README.md").trimEnd().split("\n").length).toBeLessThanOrEqual(250);
  });

  it("has links that lead somewhere", () => {
    const targets = pages.flatMap((page) =>
      linksOf(read(page)).filter((it) => !/^(\w+:|#)/.test(it)).map((it) => join(dirname(page), it.replace(/#.*/, "")))
    );
    expect(targets.filter((it) => !existsSync(join(projectRoot, it)))).toEqual([]);
  });

  it("shows commands that exist, and those of a clone only to those who have one", () => {
    for (const block of documents.flat().filter((it) => /^(sh|bash|shell|console)$/.test(it.language))) {
      const known = block.file === "CONTRIBUTING.md" ? scripts : {};
      expect(strangeCommands(block.code, known), `${block.file}:${block.line}`).toEqual([]);
    }
  });

  it("shows programs whose types are right", () => {
    expect(compiled.flatMap((it) => it.errors)).toEqual([]);
  });
});

describe.skipIf(programs.length === 0)("a program shown does what it promises:", () => {
  programs.forEach((program, index) => {
    if (program.flags.includes("check")) return;
    it.concurrent(program.name, async () => {
      const one = compiled[index] as CompiledProgram;
      if (one.errors.length > 0) throw new Error(one.errors.join("\n"));
      if (!/redis|upstash/i.test(program.code)) return await runProgram(one, {}, boundMs);
      // A server for each, since programs may use the same names.
      await using redis = await startRedis();
      await using endpoint = await startUpstash({ redisPort: redis.port });
      const env = { UPSTASH_REDIS_REST_URL: endpoint.url, UPSTASH_REDIS_REST_TOKEN: endpoint.token };
      await runProgram(one, env, boundMs);
    }, 60_000);
  });
});
