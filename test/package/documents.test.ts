/**
 * What a reader of the package finds without a clone of the sources, on npm or JSR alone.
 */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { publishList } from "../support/jsr.ts";
import { linksOf, slugsOf } from "../support/markdown.ts";
import { projectRoot } from "../support/project.ts";
import { findRuntime } from "../support/runtimes.ts";

const read = (file: string) => readFileSync(join(projectRoot, file), "utf8");

const packed = async (): Promise<ReadonlyArray<string>> => {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const { stdout } = await promisify(execFile)("npm", args, { cwd: projectRoot });
  const [{ files }] = JSON.parse(stdout) as [{ files: ReadonlyArray<{ path: string }> }];
  return files.map(({ path }) => path);
};
const published = async () => (await publishList((await findRuntime("Deno")).command({})[0] ?? "")).files;

describe.each([["npm", packed], ["JSR", published]] as const)("on %s", (_, list) => {
  let files: ReadonlyArray<string>;
  beforeAll(async () => {
    files = await list();
  }, 240_000);
  const documents = () => files.filter((it) => it.endsWith(".md"));

  it("are the README, the changelog and the documents", () => {
    expect(documents()).toEqual(
      expect.arrayContaining(["README.md", "CHANGELOG.md", "docs/ARCHITECTURE.md", "docs/PROTOCOL.md"]),
    );
  });

  it("every link leads to a file of the package and to a heading that is there", () => {
    for (const document of documents()) {
      for (const link of linksOf(read(document)).filter((it) => !/^\w+:/.test(it))) {
        const [path = "", heading] = link.split("#");
        const target = path === "" ? document : normalize(join(dirname(document), path));
        expect(files, `${document}: ${link}`).toContain(target);
        if (heading !== undefined) expect(slugsOf(read(target)), `${document}: ${link}`).toContain(heading);
      }
    }
  });

  it("the README has no link into a repository that its reader cannot see, and names documents that are there", () => {
    const readme = read("README.md");
    expect(linksOf(readme).filter((it) => !/^\w+:|^#/.test(it))).toEqual([]);
    const named = [...readme.matchAll(/`(docs(?:\/[\w.-]+)*)`/g)].map((it) => it[1] ?? "");
    expect(named).not.toEqual([]);
    for (const path of named) expect(files.some((it) => it === path || it.startsWith(`${path}/`)), path).toBe(true);
  });

  it("no document of the package links to a place on the network that may not be ours", () => {
    const links = documents().flatMap((it) => linksOf(read(it))).filter((it) => /^\w+:/.test(it));
    expect(links).toEqual([]);
  });
});
