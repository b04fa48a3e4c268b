/**
 * A reporter for vitest: how long the files of each folder took.
 *
 * @module
 */
import { relative } from "node:path";
import process from "node:process";
import type { Reporter, TestModule } from "vitest/node";
import { projectRoot } from "./project.ts";
import { table } from "./table.ts";

/** What one file took. */
export interface Took {
  /** Relative to the project. */
  readonly file: string;
  readonly tests: number;
  /** With its imports, hooks and servers; without the start of its worker. Milliseconds. */
  readonly ms: number;
}

const seconds = (ms: number): string => `${Math.round(ms / 1_000)}`;
const sum = (files: ReadonlyArray<Took>, of: "ms" | "tests"): number => files.reduce((all, it) => all + it[of], 0);

/** A row for each folder, the longest first. As files run side by side, the seconds add up to more than the whole. */
export function minutesOf(took: ReadonlyArray<Took>, wholeMs: number): string {
  const folders = new Map<string, Array<Took>>();
  for (const it of took) {
    const folder = it.file.split("/").slice(0, 2).join("/");
    folders.set(folder, [...folders.get(folder) ?? [], it]);
  }
  const rows = [...folders].sort(([, one], [, other]) => sum(other, "ms") - sum(one, "ms")).map(([folder, files]) => {
    const longest = files.reduce((one, other) => other.ms > one.ms ? other : one);
    const name = `${longest.file.slice(folder.length + 1)}: ${seconds(longest.ms)}`;
    return [folder, `${files.length}`, `${sum(files, "tests")}`, seconds(sum(files, "ms")), name];
  });
  return `${table([["folder", "files", "tests", "seconds", "longest"], ...rows])}\nfrom start to end: ${
    seconds(wholeMs)
  } s`;
}

const tookOf = (module: TestModule): Took => {
  const { collectDuration, duration, setupDuration } = module.diagnostic();
  const tests = [...module.children.allTests()].length;
  return { file: relative(projectRoot, module.moduleId), tests, ms: collectDuration + duration + setupDuration };
};

/** Called by vitest: prints the table when all tests have ended. */
export default class Minutes implements Reporter {
  readonly #startedAt: number = performance.now();

  onTestRunEnd(modules: ReadonlyArray<TestModule>): void {
    process.stdout.write(`\n${minutesOf(modules.map(tookOf), performance.now() - this.#startedAt)}\n`);
  }
}
