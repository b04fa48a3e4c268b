/**
 * What the program has of the process it runs in. Tests hand in one of their own.
 */
import process from "node:process";
import { createInterface } from "node:readline/promises";

/** The surroundings of a command. */
export interface Host {
  /** Writes to standard output, what was asked for. */
  readonly out: (text: string) => void;
  /** Writes to standard error, what is said about it. */
  readonly err: (text: string) => void;
  /** Whether standard output is a terminal, so that people read it. */
  readonly isTerminal: boolean;
  /** Whether somebody can be asked: standard input and standard error are a terminal. */
  readonly canAsk: boolean;
  /** How many characters a line has. */
  readonly columns: number;
  /** The environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The clock of this machine, epoch milliseconds. */
  readonly now: () => number;
  /** All of standard input. */
  readonly input: () => Promise<string>;
  /** Asks somebody for a line. */
  readonly ask: (question: string) => Promise<string>;
  /** Waits, or until somebody interrupts the program; whether it may go on. */
  readonly pause: (ms: number) => Promise<boolean>;
}

const input = async (): Promise<string> => {
  let text = "";
  for await (const part of process.stdin.setEncoding("utf8")) text += part;
  return text;
};

const ask = async (question: string): Promise<string> => {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await new Promise((resolve, reject) => {
      // Ctrl-D, and Ctrl-C while it is asked, are a no.
      lines.once("close", () => resolve(""));
      lines.question(question).then(resolve, reject);
    });
  } finally {
    lines.close();
  }
};

/** From the first pause on an interruption ends the pauses; a second one ends the program, as ever. */
const makePause = (): Host["pause"] => {
  let [isHeeded, isInterrupted] = [false, false];
  let end = (): void => {};
  const interrupted = (): void => {
    if (isInterrupted) process.exit(130);
    isInterrupted = true;
    end();
  };
  return async (ms) => {
    if (!isHeeded) process.on("SIGINT", interrupted);
    isHeeded = true;
    if (isInterrupted) return false;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    return !isInterrupted;
  };
};

/** The process of the program. */
export const processHost = (): Host => {
  // Whoever reads the output may have had enough, as `head` has.
  process.stdout.on("error", () => process.exit());
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    isTerminal: process.stdout.isTTY === true,
    canAsk: process.stdin.isTTY === true && process.stderr.isTTY === true,
    // A terminal that does not know its size says 0.
    columns: process.stdout.columns || 100,
    env: process.env,
    now: Date.now,
    input,
    ask,
    pause: makePause(),
  };
};
