/**
 * Private npm projects of the tests: what only they need, each with a lock file of its own, installed once into the
 * project's cache.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { withLock } from "./lock.ts";
import { cacheFolder, projectRoot } from "./project.ts";

const files = ["package.json", "package-lock.json", ".npmrc"];

/**
 * Installs the project of `folder` (relative to the root, with package.json and lock file) unless that was done before.
 * Returns the folder whose `node_modules` then hold it.
 */
export async function installProject(folder: string): Promise<string> {
  const source = join(projectRoot, folder);
  const target = join(cacheFolder, folder.replaceAll("/", "-"));
  const stamp = join(target, "installed.sha256");
  const digest = createHash("sha256");
  for (const file of files) digest.update(readFileSync(join(source, file))).update("\0");
  const wanted = digest.digest("hex");
  const isInstalled = () => existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;

  if (isInstalled()) return target;
  return await withLock(`${target}.lock`, 180_000, async () => {
    if (isInstalled()) return target;
    rmSync(stamp, { force: true });
    mkdirSync(target, { recursive: true });
    for (const file of files) copyFileSync(join(source, file), join(target, file));
    const args = ["ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
    await promisify(execFile)("npm", args, { cwd: target, timeout: 170_000 }).catch((error) => {
      const words = String(error.stderr || error.message).split("\n").filter((it) => /error/i.test(it)).slice(0, 3);
      throw new Error(
        `${folder} could not be installed into ${target}: ${words.join(" | ")}. ` +
          "It needs the package registry once, or npm's cache of an earlier time.",
      );
    });
    writeFileSync(stamp, wanted);
    return target;
  });
}
