/**
 * Processes of a fleet: compiled programs that say what they do in JSON lines, and that tests kill, stop and resume.
 *
 * @module
 */
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { type Guarded, spawnGuarded } from "./guarded.ts";
import { projectRoot } from "./project.ts";
import { waitFor } from "./wait.ts";

/** One JSON line that a process printed. */
export interface Line {
  /** The name of the process. */
  readonly from: string;
  /** When the line was read, by this process's clock. */
  readonly readAt: number;
  readonly [field: string]: unknown;
}

/** How a process is to be started. */
export interface ProcessOptions {
  /** How messages and lines call it. */
  readonly name: string;
  /** A compiled program, relative to `.build`: `examples/fleet/node.js`. */
  readonly program: string;
  readonly args?: ReadonlyArray<string>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What runs the program. Default: the Node of this process. */
  readonly runtime?: ReadonlyArray<string>;
  /** Options of node itself, such as `--enable-source-maps`. */
  readonly nodeArgs?: ReadonlyArray<string>;
}

/** A running process of a fleet. */
export interface FleetProcess {
  readonly name: string;
  readonly pid: number;
  /** What it printed so far: each line of JSON. */
  readonly lines: ReadonlyArray<Line>;
  /** What else it printed, and its standard error. */
  readonly text: string;
  /** Resolves with the exit code, 128 + n after signal n. */
  readonly exited: Promise<number>;
  /** Waits for a line, printed before or later. */
  waitForLine(matches: (line: Line) => boolean, boundMs: number, what: string): Promise<Line>;
  /** Ends it without warning. */
  kill(): Promise<void>;
  /** Stops it as if its machine slept. */
  pause(): void;
  resume(): void;
  /** Sends any other signal. */
  signal(signal: NodeJS.Signals): void;
  /** Sends SIGTERM and waits for its end; throws if it takes longer than the bound. Returns the exit code. */
  terminate(boundMs: number): Promise<number>;
}

/** Several processes, whose lines are also kept in one list. */
export interface Fleet {
  readonly processes: ReadonlyArray<FleetProcess>;
  /** The lines of all processes in the order in which they were read. */
  readonly lines: ReadonlyArray<Line>;
  start(options: ProcessOptions): Promise<FleetProcess>;
  /** Waits for a line of any process, printed before or later. */
  waitForLine(matches: (line: Line) => boolean, boundMs: number, what: string): Promise<Line>;
  /** Waits until the predicate holds for the lines so far. */
  waitForLines(holds: (lines: ReadonlyArray<Line>) => boolean, boundMs: number, what: string): Promise<void>;
  /** Kills all that still run. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** An empty fleet. Its processes end with it, and with this process, also when they are paused. */
export function createFleet(): Fleet {
  const processes: FleetProcess[] = [];
  const lines: Line[] = [];
  const stop = async () => {
    await Promise.all(processes.map((it) => it.kill()));
  };
  return {
    processes,
    lines,
    async start(options) {
      const started = await startProcess(options, (line) => lines.push(line));
      processes.push(started);
      return started;
    },
    waitForLine: (matches, boundMs, what) =>
      waitFor(() => lines.find(matches), boundMs, () => `${what}; ${describe(processes)}`),
    async waitForLines(holds, boundMs, what) {
      await waitFor(() => holds(lines), boundMs, () => `${what}; ${describe(processes)}`);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function startProcess(options: ProcessOptions, onLine: (line: Line) => void): Promise<FleetProcess> {
  const { name, program, args = [], runtime = [process.execPath], nodeArgs = [], env = {} } = options;
  const child = await spawnGuarded({
    command: [...runtime, ...nodeArgs, join(projectRoot, ".build", program), ...args],
    env,
  });
  return new Running(name, child, onLine);
}

class Running implements FleetProcess {
  readonly name: string;
  readonly pid: number;
  readonly lines: Line[] = [];
  readonly exited: Promise<number>;
  text = "";
  readonly #child: Guarded;

  constructor(name: string, child: Guarded, onLine: (line: Line) => void) {
    this.name = name;
    this.pid = child.pid;
    this.#child = child;
    this.exited = child.gone.then(() => child.end());
    createInterface({ input: child.stdout }).on("line", (text) => {
      const fields = parseLine(text);
      if (fields === undefined) return void (this.text += `${text}\n`);
      const line: Line = { ...fields, from: name, readAt: Date.now() };
      this.lines.push(line);
      onLine(line);
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => this.text += chunk);
  }

  waitForLine(matches: (line: Line) => boolean, boundMs: number, what: string): Promise<Line> {
    return waitFor(() => this.lines.find(matches), boundMs, () => `${what}; ${describe([this])}`);
  }

  async kill(): Promise<void> {
    await this.#child.end();
    await this.exited;
  }

  pause(): void {
    this.#child.signal("SIGSTOP");
  }

  resume(): void {
    this.#child.signal("SIGCONT");
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.signal(signal);
  }

  async terminate(boundMs: number): Promise<number> {
    this.#child.signal("SIGTERM");
    let code: number | undefined;
    this.exited.then((it) => code = it);
    await waitFor(() => code !== undefined, boundMs, () => `${this.name} to end after SIGTERM; ${describe([this])}`);
    return code as number;
  }
}

function parseLine(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** The last words of each process, so that a failed wait explains itself. */
function describe(processes: ReadonlyArray<FleetProcess>): string {
  if (processes.length === 0) return "no process was started";
  return processes.map(({ name, lines, text }) => {
    const last = lines.slice(-3).map(({ from: _, readAt: __, ...fields }) => JSON.stringify(fields)).join(" ");
    return `${name}: ${lines.length} lines, last ${last || "none"}${text ? `, text ${text.trim().slice(-500)}` : ""}`;
  }).join("\n");
}
