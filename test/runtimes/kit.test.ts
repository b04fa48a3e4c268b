/**
 * The fleet on virtual time in the test runners of the runtimes: `node --test`, `deno test` and `bun test`.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectRoot } from "../support/project.ts";
import { findRuntime, type RuntimeName } from "../support/runtimes.ts";

/** The same body for each runner, which has a name for its test. */
const body = (test: string) => `
import { createFleet, expectFires } from "../../dist/src/testing/mod.js";

${test}("a week of a weekly report", async () => {
  const sent = [];
  const fleet = await createFleet({
    nodes: 3,
    startAt: "2026-03-01T00:00:00Z",
    declare: (cron) => cron.add("report", "0 9 * * MON", (run) => void sent.push(run.id), { timeZone: "Europe/Berlin" }),
  });
  await fleet.advance("3 days");
  fleet.node("a").kill();
  await fleet.advance("7 days");
  await fleet.stop();
  if (sent.length !== 2) throw new Error(\`\${sent.length} reports\`);
  expectFires("0 9 * * MON", ["2026-01-05T08:00:00.000Z"], { timeZone: "Europe/Berlin" });
});
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(projectRoot, ".build", "kit-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const runIn = async (name: RuntimeName, file: string, text: string, ...args: ReadonlyArray<string>) => {
  writeFileSync(join(folder, file), text);
  const { command } = await findRuntime(name);
  const { stderr, stdout } = await promisify(execFile)(command({})[0] ?? "", [...args, join(folder, file)], {
    cwd: projectRoot,
    env: { ...process.env, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
  });
  return stdout + stderr;
};

describe("a fleet on virtual time in", () => {
  it("node:test", async () => {
    const text = `import { test } from "node:test";\n${body("test")}`;
    expect(await runIn("Node 22", "kit.test.mjs", text, "--test")).toMatch(/pass 1\n/);
  }, 120_000);

  it("Deno.test", async () => {
    const text = body("Deno.test");
    const printed = await runIn("Deno", "kit_test.js", text, "test", "-A", "--no-check", "--node-modules-dir=manual");
    expect(printed).toContain("1 passed");
  }, 120_000);

  it("bun:test", async () => {
    const text = `import { test } from "bun:test";\n${body("test")}`;
    expect(await runIn("Bun", "kit.test.js", text, "test")).toContain("1 pass");
  }, 120_000);
});
