/**
 * The projects that pages show, file by file, beside the frameworks that they need and the library as it is published.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { withLock } from "../support/lock.ts";
import { blocksOf, fileOf } from "../support/markdown.ts";
import { installProject } from "../support/private-project.ts";
import { cacheFolder, projectRoot } from "../support/project.ts";

/** The files that a page shows, by their names; several blocks of one name are an error. */
export const filesOf = (page: string): ReadonlyMap<string, string> => {
  const shown = blocksOf(readFileSync(join(projectRoot, page), "utf8"), page).flatMap((block) => {
    const file = fileOf(block);
    return file === undefined ? [] : [[file, `${block.code}\n`] as const];
  });
  const files = new Map(shown);
  if (files.size !== shown.length) throw new Error(`${page}: two blocks are the same file`);
  return files;
};

/** Where projects are made: what is here is found by all of them. */
export interface Workshop {
  /** A project of the files of a page. */
  readonly project: (page: string) => string;
  readonly remove: () => void;
}

/** Installs the frameworks once, and puts the built library beside them. */
export async function openWorkshop(): Promise<Workshop> {
  const home = await installProject("test/recipes/npm");
  // Within the home, so that frameworks that look for their own files there find them.
  const folder = mkdtempSync(join(home, "work-"));
  const library = join(folder, "node_modules", "ringcron");
  mkdirSync(library, { recursive: true });
  await withLock(join(cacheFolder, "build.lock"), 120_000, () => {
    cpSync(join(projectRoot, "dist"), join(library, "dist"), { recursive: true });
    cpSync(join(projectRoot, "package.json"), join(library, "package.json"));
    return Promise.resolve();
  });
  return {
    project: (page) => {
      const target = mkdtempSync(join(folder, "project-"));
      for (const [file, text] of filesOf(page)) {
        mkdirSync(join(target, dirname(file)), { recursive: true });
        writeFileSync(join(target, file), text);
      }
      writeFileSync(join(target, "package.json"), JSON.stringify({ name: "app", private: true, type: "module" }));
      return target;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Deno looks into one folder: that of the project. */
export const linkForDeno = (project: string, packages: ReadonlyArray<string>): void => {
  const [library, installed] = [join(project, "..", "node_modules"), join(project, "..", "..", "node_modules")];
  mkdirSync(join(project, "node_modules"), { recursive: true });
  for (const name of packages) {
    const at = join(project, "node_modules", name);
    mkdirSync(dirname(at), { recursive: true });
    symlinkSync(join(readdirSync(library).includes(name) ? library : installed, name), at);
  }
};

const settings = {
  target: "ES2023",
  lib: ["ES2023", "DOM", "DOM.Iterable", "ESNext.Disposable"],
  module: "NodeNext",
  moduleResolution: "NodeNext",
  strict: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  // Of the declarations of frameworks nothing is ours.
  skipLibCheck: true,
  rootDir: ".",
  outDir: "out",
};

/** What the compiler says of a project, which it compiles into `out`: nothing, if its types are right. */
export async function compile(project: string, options: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const config = { compilerOptions: { ...settings, ...options }, exclude: ["out", "node_modules"] };
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify(config));
  const compiler = join(projectRoot, "node_modules", "typescript", "bin", "tsc");
  return await promisify(execFile)(process.execPath, [compiler, "-p", project, "--pretty", "false"], { cwd: project })
    .then(({ stdout }) => stdout, ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr);
}
