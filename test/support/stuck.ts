/**
 * A reporter for vitest: when nothing has happened for minutes, it says what a run stands at, and ends the files that do not go on.
 *
 * A file whose process spins, or waits for another process without a bound, keeps vitest waiting for ever: timeouts of tests
 * are timers of the very process that does not come to run them. `STUCK_MINUTES`: how long a run may be silent; 20.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { relative } from "node:path";
import process from "node:process";
import type { Reporter, TestCase, TestModule } from "vitest/node";
import { projectRoot } from "./project.ts";

/** Longer than any test may take on a loaded machine. Milliseconds. */
const patienceMs = Number(process.env.STUCK_MINUTES ?? 20) * 60_000;

/** What is under way, in words: files that have begun, each with the tests in it that have. */
export const standing = (files: ReadonlyMap<string, ReadonlySet<string>>): string =>
  [...files].map(([file, tests]) => `${file}: ${[...tests].join(", ") || "no test"}`).join("\n") || "no file";

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly line: string;
}

/** What runs below this process, with the processor time it has had: who spins has much, who waits has little. */
const below = (): ReadonlyArray<Process> => {
  try {
    const columns = "pid=,ppid=,stat=,etime=,time=,args=";
    const all = execFileSync("ps", ["-ewwo", columns], { encoding: "utf8", timeout: 10_000 }).split("\n").map(
      (line) => {
        const [pid = 0, parent = 0] = line.trim().split(/\s+/).map(Number);
        return { pid, parent, line };
      },
    );
    const found = new Set([process.pid]);
    for (let before = 0; before < found.size;) {
      before = found.size;
      for (const { parent, pid } of all) if (found.has(parent)) found.add(pid);
    }
    return all.filter(({ pid }) => found.has(pid));
  } catch {
    return [];
  }
};

/** Called by vitest. */
export default class Stuck implements Reporter {
  readonly #files: Map<string, Set<string>> = new Map();
  #timer: NodeJS.Timeout | undefined;

  onTestRunStart(): void {
    this.#lives();
  }

  onTestModuleStart(module: TestModule): void {
    this.#files.set(fileOf(module), new Set());
    this.#lives();
  }

  onTestCaseReady(test: TestCase): void {
    this.#files.get(fileOf(test.module))?.add(test.fullName);
    this.#lives();
  }

  onTestCaseResult(test: TestCase): void {
    this.#files.get(fileOf(test.module))?.delete(test.fullName);
    this.#lives();
  }

  onTestModuleEnd(module: TestModule): void {
    this.#files.delete(fileOf(module));
    this.#lives();
  }

  onUserConsoleLog(): void {
    this.#lives();
  }

  onTestRunEnd(): void {
    clearTimeout(this.#timer);
  }

  #lives(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end(), patienceMs).unref();
  }

  #end(): void {
    const minutes = patienceMs / 60_000;
    const all = below();
    const lines = all.map(({ line }) => line).join("\n");
    process.stdout.write(
      `\nnothing has happened for ${minutes} minutes. Under way:\n${standing(this.#files)}\n\n${lines}\n`,
    );
    // A worker that spins does not hear that nobody waits for it any more.
    for (const { parent, pid } of all) if (parent === process.pid) end(pid);
  }
}

const end = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
};

const fileOf = (module: TestModule): string => `${module.project.name}: ${relative(projectRoot, module.moduleId)}`;
