import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CompiledProgram, compilePrograms, runProgram } from "../support/doc-programs.ts";
import { blocksOf, docsOf, programsOf } from "../support/markdown.ts";
import { projectRoot } from "../support/project.ts";
import { startRedis } from "../support/redis.ts";
import { strangeCommands } from "../support/shell-commands.ts";
import { sources } from "../support/source.ts";
import { startUpstash } from "../support/upstash.ts";

const boundMs = 20_000;
const scripts = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")).scripts;
const readme = existsSync(join(projectRoot, "README.md")) ? readFileSync(join(projectRoot, "README.md"), "utf8") : "";

const documents = [
  blocksOf(readme, "README.md"),
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
  it("has a README, whose links into the project lead somewhere", () => {
    expect(readme).not.toBe("");
    const targets = [...readme.matchAll(/\]\((?!\w+:|#)([^)#\s]+)/g)].map((it) => it[1] as string);
    expect(targets.filter((it) => !existsSync(join(projectRoot, it)))).toEqual([]);
  });

  it("shows commands that exist", () => {
    for (const block of documents.flat().filter((it) => /^(sh|bash|shell|console)$/.test(it.language))) {
      expect(strangeCommands(block.code, scripts), `${block.file}:${block.line}`).toEqual([]);
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
