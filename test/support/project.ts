/**
 * Where the project is. The helpers run from the sources (under vitest) and compiled (under `.build`), so a path
 * relative to the file would be right in one place only.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

function findRoot(from: string): string {
  if (existsSync(join(from, "deno.json")) && existsSync(join(from, "package.json"))) return from;
  const parent = dirname(from);
  if (parent === from) {
    throw new Error("the project's folder was not found: no package.json with a deno.json beside it");
  }
  return findRoot(parent);
}

/** The folder that holds package.json. */
export const projectRoot: string = findRoot(dirname(fileURLToPath(import.meta.url)));

/** A folder of the project for what is expensive to get and safe to delete. */
export const cacheFolder: string = join(projectRoot, ".cache");
