import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { it } from "vitest";
import { buildOnce } from "../support/build.ts";
import { projectRoot } from "../support/project.ts";

it("builds", buildOnce, 120_000);

it("has no type errors, tests included", async () => {
  await promisify(execFile)("npm", ["run", "--silent", "types"], { cwd: projectRoot }).catch((error) => {
    throw new Error(error.stdout + error.stderr);
  });
}, 120_000);
