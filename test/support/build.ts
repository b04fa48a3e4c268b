/**
 * The compiled form of library, examples and helpers, for tests that start processes: Node 20 runs no TypeScript.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { withLock } from "./lock.ts";
import { cacheFolder, projectRoot } from "./project.ts";

const stamp = join(projectRoot, ".build", "sources.sha256");
const folders = ["src", "adapters", "cli", "examples", "test/support", "test/chaos"];
const files = ["package.json", "cli/build.js", "tsconfig.json", "tsconfig.build.json", "tsconfig.run.json"];

/** Runs `npm run build:run` if a source changed since it last succeeded; throws with the compiler's words. */
export async function buildOnce(): Promise<void> {
  await withLock(join(cacheFolder, "build.lock"), 120_000, async () => {
    const sources = fingerprint();
    if (existsSync(stamp) && readFileSync(stamp, "utf8") === sources) return;
    rmSync(stamp, { force: true });
    try {
      await promisify(execFile)("npm", ["run", "--silent", "build:run"], { cwd: projectRoot });
    } catch (error) {
      const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
      throw new Error(`npm run build:run failed:\n${stdout}${stderr}`);
    }
    mkdirSync(join(projectRoot, ".build"), { recursive: true });
    writeFileSync(stamp, sources);
  });
}

/** A digest over the contents of everything that is compiled. */
function fingerprint(): string {
  const digest = createHash("sha256");
  for (const file of [...files, ...folders.flatMap(sourcesUnder)]) {
    digest.update(file).update("\0").update(readFileSync(join(projectRoot, file))).update("\0");
  }
  return digest.digest("hex");
}

function sourcesUnder(folder: string): string[] {
  return readdirSync(join(projectRoot, folder), { withFileTypes: true, recursive: true })
    .filter((it) => it.isFile() && it.name.endsWith(".ts"))
    .map((it) => join(it.parentPath, it.name).slice(projectRoot.length + 1))
    .sort();
}
