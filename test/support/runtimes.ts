/**
 * The runtimes in which the library is tested: where they are, and how they are told to run a compiled program.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { installProject } from "./private-project.ts";
import { projectRoot } from "./project.ts";

/** What a program may do in a runtime that asks for permissions. */
export interface Permissions {
  /** Hosts with ports: `127.0.0.1:6379`. */
  readonly net?: ReadonlyArray<string>;
  /** Variables of the environment. */
  readonly env?: ReadonlyArray<string>;
  /** Folders which it may read, and to which it may write. */
  readonly write?: ReadonlyArray<string>;
}

/** A runtime that runs programs as processes. */
export interface Runtime {
  readonly name: string;
  /** What comes before the program: the executable itself, never a wrapper, so that signals reach it. */
  readonly command: (permissions: Permissions) => ReadonlyArray<string>;
}

/** The names of all runtimes, in the order of the tables. */
export const runtimeNames = ["Node 20", "Node 22", "Node 24", "Deno", "Bun"] as const;

/** The name of a runtime. */
export type RuntimeName = typeof runtimeNames[number];

const fromRoot = createRequire(join(projectRoot, "package.json"));

const node = (home: string, major: number): string => {
  const named = process.env[`NODE_${major}`];
  if (named) return named;
  const file = join(home, "node_modules", `node${major}-${process.platform}-${process.arch}`, "bin", "node");
  if (existsSync(file)) return file;
  if (process.release.name === "node" && process.versions.node.startsWith(`${major}.`) && !process.versions["bun"]) {
    return process.execPath;
  }
  throw new Error(
    `There is no Node ${major} for ${process.platform}-${process.arch} in the registry: set NODE_${major} to its path.`,
  );
};

const denoFlags = ({ env = [], net = [], write = [] }: Permissions): ReadonlyArray<string> => [
  "run",
  "--quiet",
  "--no-prompt",
  ...(net.length > 0 ? [`--allow-net=${net.join(",")}`] : []),
  ...(env.length > 0 ? [`--allow-env=${env.join(",")}`] : []),
  ...(write.length > 0 ? [`--allow-read=${write.join(",")}`, `--allow-write=${write.join(",")}`] : []),
];

/** Finds a runtime; the Nodes are installed with the first that is asked for. */
export async function findRuntime(name: RuntimeName): Promise<Runtime> {
  if (name === "Bun") {
    const file = fromRoot.resolve("bun/bin/bun.exe");
    return { name, command: () => [file] };
  }
  if (name === "Deno") {
    // What node_modules/.bin/deno starts; a signal for that script would not reach Deno.
    const { runInstall } = fromRoot("deno/install_api.cjs") as { runInstall: () => string };
    const file = runInstall();
    return { name, command: (permissions) => [file, ...denoFlags(permissions)] };
  }
  const file = node(await installProject("test/runtimes/npm"), Number(name.slice("Node ".length)));
  return { name, command: () => [file] };
}

/** The executable of workerd. */
export async function findWorkerd(): Promise<string> {
  const home = await installProject("test/runtimes/npm");
  return (createRequire(join(home, "package.json"))("workerd") as { default: string }).default;
}
