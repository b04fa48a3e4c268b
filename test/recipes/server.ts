/**
 * A program that serves HTTP, as a person starts it.
 *
 * @module
 */
import { type Guarded, spawnGuarded } from "../support/guarded.ts";
import { waitFor } from "../support/wait.ts";

/** How a program is started. */
export interface ServerOptions {
  readonly command: ReadonlyArray<string>;
  readonly cwd: string;
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
}

/** A program that runs. */
export interface Server {
  readonly get: (path: string) => Promise<Response>;
  readonly post: (path: string) => Promise<Response>;
  readonly printed: () => string;
  /** Sends SIGTERM, waits for the end, and tells the exit code. */
  readonly terminate: () => Promise<number>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/** Starts a program, and waits until it answers. */
export async function startServer({ command, cwd, env, port }: ServerOptions): Promise<Server> {
  const child: Guarded = await spawnGuarded({ command, cwd, env: { NO_COLOR: "1", PORT: `${port}`, ...env } });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => printed += chunk);
  }
  let isGone = false;
  child.gone.then(() => isGone = true);
  const ask = (path: string, method: string) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { connection: "close" },
      signal: AbortSignal.timeout(30_000),
    });
  try {
    await waitFor(
      () => {
        if (isGone) throw new Error(`${command.join(" ")} ended: ${printed}`);
        return ask("/jobs", "GET").then((it) => it.ok, () => false);
      },
      30_000,
      () => `an answer of ${command.join(" ")}; it printed ${printed || "nothing"}`,
    );
  } catch (error) {
    await child.end();
    throw error;
  }
  return {
    get: (path) => ask(path, "GET"),
    post: (path) => ask(path, "POST"),
    printed: () => printed,
    terminate: async () => {
      child.signal("SIGTERM");
      await waitFor(() => isGone, 5_000, () => `an end after SIGTERM; it printed ${printed || "nothing"}`);
      return await child.end();
    },
    [Symbol.asyncDispose]: async () => void await child.end(),
  };
}
