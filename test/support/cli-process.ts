/**
 * The command line as people run it: the built program in a process of its own, piped or at a terminal.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { projectRoot } from "./project.ts";

/** How a command is called. */
export interface CliOptions {
  /** Variables it has besides `PATH`. */
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads; at a terminal what is typed when it asks. */
  readonly input?: string;
  /** Whether it is at a terminal, where there is one to be had. */
  readonly isTerminal?: boolean;
  /** It is interrupted, as by Ctrl-C, once its output holds this. */
  readonly untilSaid?: string;
}

/** What it has done. */
export interface CliResult {
  readonly code: number;
  /** At a terminal what is said to people is among it. */
  readonly out: string;
  readonly err: string;
  /** Its output as JSON. */
  readonly json: <A>() => A;
}

/** Whether a terminal is to be had: `script` of util-linux opens one. */
export const hasTerminal: boolean = ["/usr/bin/script", "/bin/script"].some((it) => existsSync(it));

/** What a question ends with. */
const asks = /\[y\/N\]/;

const program = join(projectRoot, "dist/cli/main.js");
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Runs it. */
export const cli = (args: ReadonlyArray<string>, options: CliOptions = {}): Promise<CliResult> => {
  const { env = {}, input = "", isTerminal = false, untilSaid } = options;
  const command = [process.execPath, program, ...args];
  const [file = "", ...rest] = isTerminal
    ? ["script", "-qec", `exec ${command.map(quoted).join(" ")}`, "/dev/null"]
    : command;
  return new Promise((resolve, reject) => {
    const child = spawn(file, rest, {
      env: { PATH: process.env.PATH, TERM: "xterm", COLUMNS: "100", ...env },
      stdio: "pipe",
      timeout: 45_000,
    });
    let [out, err] = ["", ""];
    let [isInterrupted, isAnswered] = [false, input === ""];
    const heard = (): void => {
      // A terminal that is closed hangs up: what is typed must come after the question.
      if (isTerminal && !isAnswered && asks.test(out + err)) {
        isAnswered = true;
        child.stdin.write(input);
      }
      if (untilSaid === undefined || isInterrupted || !(out + err).includes(untilSaid)) return;
      isInterrupted = true;
      if (isTerminal) child.stdin.write("\u0003");
      else child.kill("SIGINT");
    };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
      heard();
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
      heard();
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? -1, out, err, json: () => JSON.parse(out) }));
    if (!isTerminal) child.stdin.end(input);
  });
};
