/**
 * `npm run release`: what it refuses, and that without `--publish` it tells what would be published and publishes nothing.
 */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { projectRoot } from "../support/project.ts";

const script = join(projectRoot, ".ci/release.mjs");
const read = (file: string) => readFileSync(join(projectRoot, file), "utf8");

interface Facts {
  readonly changelog: string;
  readonly env: Readonly<Record<string, string>>;
  readonly jsr: { readonly version: string };
  readonly manifest: { readonly version: string };
  readonly publishes: boolean;
  readonly status: string;
}
const { problems }: { readonly problems: (facts: Facts) => ReadonlyArray<string> } = await import(
  /* @vite-ignore */ pathToFileURL(script).href
);

const fine: Facts = {
  changelog: "# Changelog\n\n## 1.2.3\n\n## 1.2.2\n",
  env: { ACTIONS_ID_TOKEN_REQUEST_URL: "there" },
  jsr: { version: "1.2.3" },
  manifest: { version: "1.2.3" },
  publishes: true,
  status: "",
};

it.each<[what: string, facts: Partial<Facts>, problem: RegExp]>([
  ["two versions", { jsr: { version: "1.2.2" } }, /package.json says 1.2.3, deno.json 1.2.2/],
  ["a changelog of before", { changelog: "# Changelog\n\n## 1.2.2\n" }, /the changelog begins with 1.2.2/],
  ["a change that is not committed", { status: " M README.md\n" }, /not committed: 1 files/],
  ["a machine that vouches for nothing", { env: {} }, /provenance needs a CI/],
])("refuses %s", (_, facts, problem) => {
  expect(problems({ ...fine, ...facts })).toEqual([expect.stringMatching(problem)]);
});

it("finds nothing wrong with a release, nor with the project as it is", () => {
  expect(problems(fine)).toEqual([]);
  const [manifest, jsr] = [JSON.parse(read("package.json")), JSON.parse(read("deno.json"))];
  const facts = { changelog: read("CHANGELOG.md"), env: {}, jsr, manifest, publishes: false, status: "" };
  expect(problems(facts)).toEqual([]);
});

it("never publishes without the gate, nor what it does not understand", async () => {
  for (const args of [["--publish", "--no-gate"], ["--publsh"]]) {
    await expect(promisify(execFile)(process.execPath, [script, ...args])).rejects.toThrow(/passes the gate|neither/);
  }
});

it("tells what would be published, and publishes nothing", async () => {
  const { version } = JSON.parse(read("package.json"));
  const { stderr, stdout } = await promisify(execFile)(process.execPath, [script, "--no-gate"], { timeout: 400_000 })
    // A tree with changes is told, and packed all the same.
    .catch((error: { code: number; stderr: string; stdout: string }) => {
      expect(error.code, error.stderr).toBe(1);
      return error;
    });
  expect(stdout).toMatch(/^ringcron-\d\S*\.tgz: \d+ files, \d+ bytes, sha256 [0-9a-f]{64}$/m);
  expect(stdout).toContain(`${version}: nothing was published`);
  expect(stderr.match(/problem: .*/g) ?? []).toEqual(/not committed/.test(stderr) ? [expect.any(String)] : []);
}, 420_000);

it("what is said of versions and licences is what the manifests say", () => {
  const manifest = JSON.parse(read("package.json"));
  expect(manifest.license).toBe("AGPL-3.0-or-later");
  expect(JSON.parse(read("deno.json")).license).toBe(manifest.license);
  expect(read("LICENSE")).toContain(`SPDX-License-Identifier: ${manifest.license}`);
  expect(manifest.engines.node).toBe(">=20");
  expect(read("docs/releases.md")).toContain("`import` in Node 20 and newer");
});
