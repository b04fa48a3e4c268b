/**
 * A child process that cannot outlive its parent, however the parent ends.
 *
 * A shell stands between the two and reads its standard input, which only the parent holds open: when the parent is
 * gone, even by SIGKILL, the shell sees the end of input, kills the child and removes its folder. Handlers of the
 * parent's `exit` would not run then.
 *
 * @module
 */
import { spawn } from "node:child_process";
import process from "node:process";
import type { Readable, Writable } from "node:stream";

/** What is to be run under guard. */
export interface GuardedOptions {
  readonly command: ReadonlyArray<string>;
  readonly cwd?: string;
  /** Added to the variables of this process; `undefined` takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A folder that is removed when the child has ended. */
  readonly remove?: string;
}

/** A child under guard. */
export interface Guarded {
  /** The child's own pid, not the guard's. It stays reserved until `end`, so a signal never hits a stranger. */
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when the child has ended for whatever reason and its output was read. */
  readonly gone: Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /**
   * Kills the child if it still runs, removes the folder unless it is to be kept, and waits until both are done.
   * Returns the exit code; 128 + n after signal n.
   */
  end(options?: { keepFolder?: boolean }): Promise<number>;
}

// By not waiting for the child before the end of input the shell keeps the pid reserved. Descriptors 3 and 4 belong
// to the child alone, so their end tells the parent that the child is gone.
const guard = `folder=$1; shift
"$@" >&3 2>&4 3>&- 4>&- </dev/null &
pid=$!
exec 3>&- 4>&-
echo $pid
while read -r word; do folder=; done
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
code=$?
if [ -n "$folder" ]; then rm -rf -- "$folder"; fi
exit $code`;

/** Starts a command under guard. */
export async function spawnGuarded(options: GuardedOptions): Promise<Guarded> {
  const shell = spawn("/bin/sh", ["-c", guard, "guard", options.remove ?? "", ...options.command], {
    stdio: ["pipe", "pipe", "ignore", "pipe", "pipe"],
    env: { ...process.env, ...options.env },
    // A group of its own: Ctrl-C and a kill of the parent's group must reach the guard through the pipe only.
    detached: true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const [stdout, stderr] = [shell.stdio[3] as Readable, shell.stdio[4] as Readable];
  const ended = new Promise<number>((resolve) => shell.once("exit", (code) => resolve(code ?? 137)));
  const gone = Promise.all([closed(stdout), closed(stderr)]).then(() => {});
  const life = shell.stdin as Writable;
  // The guard may be gone already when it is told to end.
  life.on("error", () => {});
  let running = true;
  ended.then(() => running = false);
  const pid = await firstLine(shell.stdout as Readable).then(Number);

  return {
    pid,
    stdout,
    stderr,
    gone,
    signal(signal) {
      if (running) process.kill(pid, signal);
    },
    end({ keepFolder = false } = {}) {
      if (!life.writableEnded) life.end(keepFolder ? "keep\n" : "");
      return ended;
    },
  };
}

function closed(stream: Readable): Promise<void> {
  return new Promise((resolve) => stream.once("close", () => resolve()));
}

function firstLine(stream: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      text += chunk;
      if (text.includes("\n")) resolve(text.slice(0, text.indexOf("\n")));
    });
    stream.once("close", () => reject(new Error("the guard ended before it started its child")));
  });
}
