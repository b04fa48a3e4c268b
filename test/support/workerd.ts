/**
 * workerd, the runtime of Cloudflare Workers, with the Worker of the tests.
 *
 * @module
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { bundle } from "./bundle.ts";
import { spawnGuarded } from "./guarded.ts";
import { projectRoot } from "./project.ts";
import { findWorkerd } from "./runtimes.ts";

/** A running Worker. */
export interface Worker {
  /** How long it took from the start of the process until it listened. Milliseconds. */
  readonly listenMs: number;
  /** Sends JSON and reads JSON; throws with what the Worker said if it failed. */
  ask(path: string, body: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

/** No flag and an old date: nothing of Node, and nothing that is new. */
export const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker), (name = "net", network = (allow = ["private"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "2024-01-01",
  globalOutbound = "net",
);
`;

/** Bundles the compiled Worker and starts it. */
export async function startWorker(): Promise<Worker> {
  const program = join(projectRoot, ".build", "test", "support", "worker.js");
  return await startWorkers({ worker: `export { default } from ${JSON.stringify(program)};` }, config);
}

/** Bundles entries, each into a file with its name that the configuration embeds, and starts them. */
export async function startWorkers(
  entries: Readonly<Record<string, string>>,
  config: string,
  flags: ReadonlyArray<string> = [],
): Promise<Worker> {
  const file = await findWorkerd();
  const folder = mkdtempSync(join(tmpdir(), "ringcron-workerd-"));
  for (const [name, entry] of Object.entries(entries)) {
    writeFileSync(join(folder, `${name}.js`), (await bundle({ from: projectRoot, entry })).code);
  }
  writeFileSync(join(folder, "config.capnp"), config);
  const begun = performance.now();
  const child = await spawnGuarded({
    command: [file, "serve", join(folder, "config.capnp"), "--control-fd=1", ...flags],
    remove: folder,
  });
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => complaints += chunk);
  const timer = setTimeout(() => child.signal("SIGKILL"), 15_000);
  const port = await new Promise<number | undefined>((resolve) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      // What Workers print comes the same way.
      if (!line.startsWith("{")) return;
      const event = JSON.parse(line) as { event: string; port?: number };
      if (event.event === "listen") resolve(event.port);
    });
    child.gone.then(() => resolve(undefined));
  });
  const listenMs = performance.now() - begun;
  clearTimeout(timer);
  if (port === undefined) {
    await child.end();
    throw new Error(`workerd did not start: ${complaints.trim().slice(-500)}`);
  }
  return {
    listenMs,
    async ask(path, body) {
      const signal = AbortSignal.timeout(60_000);
      const url = `http://127.0.0.1:${port}${path}`;
      const response = await fetch(url, { method: "POST", body: JSON.stringify(body), signal });
      const text = await response.text();
      if (!response.ok) throw new Error(`the Worker failed: ${text}\n${complaints.trim().slice(-500)}`);
      return JSON.parse(text);
    },
    async stop() {
      await child.end();
    },
  };
}
