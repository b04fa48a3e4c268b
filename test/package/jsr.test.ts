/**
 * The JSR package: what would be published, its documentation, and a consumer that knows it by its JSR name.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { undocumented } from "../support/documentation.ts";
import { type JsrRegistry, publishList, runDeno, startJsr } from "../support/jsr.ts";
import { blocksOf, programsOf } from "../support/markdown.ts";
import { projectRoot } from "../support/project.ts";
import { findRuntime } from "../support/runtimes.ts";
import { sources } from "../support/source.ts";

const read = (file: string): string => readFileSync(join(projectRoot, file), "utf8");
const jsr: { name: string; version: string } = JSON.parse(read("deno.json"));

let deno = "";
beforeAll(async () => {
  deno = (await findRuntime("Deno")).command({})[0] ?? "";
});

describe("the package", () => {
  it("would be published, without slow types", async () => {
    const { code, stderr, stdout } = await publishList(deno);
    expect(code, stderr).toBe(0);
    // Slow types would have failed it.
    expect(stdout + stderr).toContain("Checking for slow types");
    expect(stdout + stderr).not.toContain("warning[");
    expect(stdout + stderr).toContain(`${jsr.name}@${jsr.version}`);
  }, 120_000);

  it("has no undocumented symbol, and no public type that only private ones explain", async () => {
    expect(await undocumented(deno)).toEqual([]);
  }, 120_000);

  it("says its version in the manifests only", () => {
    const literal = new RegExp(`["'\`]v?${jsr.version.replaceAll(".", "\\.")}["'\`]`);
    expect(sources("src", "adapters").filter(({ text }) => literal.test(text)).map(({ path }) => path)).toEqual([]);
    const { version } = JSON.parse(read("package.json"));
    const { packages, version: locked } = JSON.parse(read("package-lock.json"));
    expect([version, locked, packages[""].version]).toEqual([jsr.version, jsr.version, jsr.version]);
    // The newest entry is of this version, or of what comes next.
    const [, newest] = /^## \[?v?([\w.-]+)/m.exec(read("CHANGELOG.md")) ?? [];
    expect([jsr.version, "Unreleased"]).toContain(newest);
  });
});

/** What an app sees of the package, under the name that its import map has. */
const program = (name: string) =>
  `import * as core from "${name}/core";
import { CronExpression, NextFire } from "${name}";
import * as Etcd from "${name}/etcd";
import * as Memory from "${name}/memory";
import { createCron } from "${name}/promise";
import * as Redis from "${name}/redis";
import * as RedisZset from "${name}/redis-zset";
import { Laws } from "${name}/testing";

const next: number | undefined = NextFire.next(CronExpression.parseUnsafe("0 0 1 1 *"), 0);
const http = { url: "https://example.com", token: "secret" };
for (const it of [RedisZset.layer(http), Redis.layer(http), Etcd.layer, core.Ring, Laws.all[0]]) {
  if (it === undefined) throw new Error("an export is missing");
}
const cron = await createCron({ service: "app", driver: Memory.layer(), logLevel: "none" });
const job = await new Promise<string>((resolve, reject) => {
  cron.add("tick", "* * * * * *", (run) => resolve(run.job)).then(() => cron.start()).catch(reject);
});
await cron.stop();
console.log(JSON.stringify({ next, job }));
`;

describe("a Deno app", () => {
  const readme = blocksOf(read("README.md"), "README.md");
  const added = readme.filter(({ language }) => language === "sh").flatMap(({ code }) => code.split("\n"))
    .filter((it) => it.startsWith("deno add "));
  let registry: JsrRegistry;
  let home = "";
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), "ringcron-deno-"));
    registry = await startJsr((await publishList(deno)).files);
  }, 120_000);
  afterAll(async () => {
    await registry?.[Symbol.asyncDispose]();
    rmSync(home, { recursive: true, force: true });
  });

  /** Adds the package to a fresh app; returns how to run Deno there and what its import map says then. */
  const app = async (name: string, command: string) => {
    const folder = join(home, name);
    mkdirSync(folder);
    writeFileSync(join(folder, "deno.json"), "{}");
    const env = { JSR_URL: `${registry.url}/`, DENO_DIR: join(home, "cache") };
    // Out of reach on purpose: adding would fetch the npm packages after it has written down the name, which is what matters.
    await runDeno(deno, command.split(" ").slice(1), folder, { ...env, NPM_CONFIG_REGISTRY: "http://127.0.0.1:1" });
    const { imports } = JSON.parse(readFileSync(join(folder, "deno.json"), "utf8"));
    writeFileSync(join(folder, "deno.json"), JSON.stringify({ imports, nodeModulesDir: "manual" }));
    // Only now, or adding would write into it: the npm packages are those of the project.
    symlinkSync(join(projectRoot, "node_modules"), join(folder, "node_modules"));
    return { folder, imports, run: (...args: ReadonlyArray<string>) => runDeno(deno, args, folder, env) };
  };

  it("is shown one command, which gives it the name that the programs import", async () => {
    const [command = "", ...others] = added;
    expect(others).toEqual([]);
    const { folder, imports, run } = await app("alias", command);
    expect(imports).toEqual({ ringcron: `jsr:${jsr.name}@^${jsr.version}` });
    writeFileSync(join(folder, "main.ts"), program("ringcron"));
    const { code, stderr, stdout } = await run("run", "--check", "--no-prompt", "--no-lock", "main.ts");
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ next: Date.UTC(1971, 0, 1), job: "tick" });

    const programs = programsOf(readme).filter((it) => it.language === "ts");
    expect(programs.length).toBeGreaterThan(3);
    const files = programs.map((it) => {
      const file = `${it.name.replace(/\W+/g, "-")}.ts`;
      writeFileSync(join(folder, file), it.code);
      return file;
    });
    const checked = await run("check", "--no-lock", ...files);
    expect(checked.code, checked.stderr).toBe(0);
  }, 180_000);

  it("that was given no name has it under that of JSR", async () => {
    const { folder, imports, run } = await app("scoped", `deno add jsr:${jsr.name}`);
    expect(imports).toEqual({ [jsr.name]: `jsr:${jsr.name}@^${jsr.version}` });
    writeFileSync(join(folder, "main.ts"), program(jsr.name));
    const { code, stderr, stdout } = await run("run", "--check", "--no-prompt", "--no-lock", "main.ts");
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ next: Date.UTC(1971, 0, 1), job: "tick" });
  }, 180_000);

  it("may import it without a configuration", async () => {
    const folder = join(home, "bare");
    mkdirSync(folder);
    symlinkSync(join(projectRoot, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "main.ts"), program(`jsr:${jsr.name}@${jsr.version}`));
    const args = ["run", "--check", "--no-prompt", "--no-lock", "--node-modules-dir=manual", "main.ts"];
    const env = { JSR_URL: `${registry.url}/`, DENO_DIR: join(home, "cache") };
    const { code, stderr, stdout } = await runDeno(deno, args, folder, env);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout).job).toBe("tick");
  }, 180_000);
});
