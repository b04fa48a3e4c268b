/**
 * The JSR package: what would be published, its documentation, and a consumer that knows it by its JSR name.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { undocumented } from "../support/documentation.ts";
import { projectRoot } from "../support/project.ts";
import { findRuntime } from "../support/runtimes.ts";
import { sources } from "../support/source.ts";

const read = (file: string): string => readFileSync(join(projectRoot, file), "utf8");
const jsr: { name: string; version: string } = JSON.parse(read("deno.json"));

let deno = "";
beforeAll(async () => {
  deno = (await findRuntime("Deno")).command({})[0] ?? "";
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const run = (args: ReadonlyArray<string>, cwd: string): Promise<Ended> =>
  promisify(execFile)(deno, [...args], {
    cwd,
    timeout: 120_000,
    maxBuffer: 1 << 26,
    env: { ...process.env, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
  }).then(
    ({ stderr, stdout }) => ({ code: 0, stderr, stdout }),
    ({ code, stderr, stdout }) => ({ code, stderr, stdout }),
  );

describe("the package", () => {
  it("would be published, without slow types", async () => {
    const { code, stderr, stdout } = await run(["publish", "--dry-run", "--allow-dirty"], projectRoot);
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

const program = `import * as core from "${jsr.name}/core";
import { CronExpression, NextFire } from "${jsr.name}";
import * as Memory from "${jsr.name}/memory";
import { createCron } from "${jsr.name}/promise";
import * as RedisZset from "${jsr.name}/redis-zset";
import { Laws } from "${jsr.name}/testing";

const next: number | undefined = NextFire.next(CronExpression.parseUnsafe("0 0 1 1 *"), 0);
const driver = RedisZset.layer({ url: "https://example.com", token: "secret" });
if (driver === undefined || Laws.all.length === 0 || core.Ring === undefined) throw new Error("an export is missing");
const cron = await createCron({ service: "app", driver: Memory.layer(), logLevel: "none" });
const job = await new Promise<string>((resolve, reject) => {
  cron.add("tick", "* * * * * *", (run) => resolve(run.job)).then(() => cron.start()).catch(reject);
});
await cron.stop();
console.log(JSON.stringify({ next, job }));
`;

it("a Deno app uses it by its JSR name, without any permission", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ringcron-deno-"));
  try {
    // The npm packages are those of the project: no registry is asked.
    symlinkSync(join(projectRoot, "node_modules"), join(folder, "node_modules"));
    const imports = { [jsr.name]: `jsr:${jsr.name}@^${jsr.version}` };
    const config = { links: [projectRoot], imports, nodeModulesDir: "manual" };
    writeFileSync(join(folder, "deno.json"), JSON.stringify(config));
    writeFileSync(join(folder, "main.ts"), program);
    const { code, stderr, stdout } = await run(["run", "--check", "--no-prompt", "--no-lock", "main.ts"], folder);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ next: Date.UTC(1971, 0, 1), job: "tick" });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);
