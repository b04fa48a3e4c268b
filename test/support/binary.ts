/**
 * Finds the real server that a test needs, or fetches one into the project's cache without root.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { withLock } from "./lock.ts";
import { cacheFolder } from "./project.ts";

/** A server that can be started, with the variables that it needs. */
export interface Binary {
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Which program is meant and where it comes from. */
export interface Wanted {
  /** Its file name. */
  readonly program: string;
  /** The variable that names it. */
  readonly variable: string;
  /** What it is kept under in the cache. */
  readonly folder: string;
  /** The Debian packages that hold it. */
  readonly packages: ReadonlyArray<string>;
  /** The file within them. Default: `usr/bin/` and the program. */
  readonly file?: string;
  /** Whether apt is asked what else they need: of much it knows better than the names of missing libraries tell. Default: no. */
  readonly withDependencies?: boolean;
  /** What to do when there is none, in one line. */
  readonly advice: string;
}

/** What the search looks at; the defaults are the machine's. */
export interface BinarySearch {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The folder in which a fetched copy is kept. */
  readonly cache?: string;
}

const run = promisify(execFile);

/** What the variable names, else what is on the path, else a copy fetched once by apt; else an error that says what to do. */
export async function findBinary(wanted: Wanted, search: BinarySearch = {}): Promise<Binary> {
  const { advice, program, variable } = wanted;
  const env = search.env ?? process.env;
  const named = env[variable];
  if (named) {
    if (!executable(named)) throw new Error(`${variable} is ${named}, which cannot be executed. ${advice}`);
    return { file: named, env: {} };
  }
  const path = env["PATH"] ?? "";
  const installed = onPath(program, path);
  if (installed) return { file: installed, env: {} };

  const home = join(search.cache ?? cacheFolder, wanted.folder);
  const inside = wanted.file ?? join("usr", "bin", program);
  const patienceMs = wanted.withDependencies === true ? 900_000 : 180_000;
  return fetched(home, inside) ?? await withLock(`${home}.lock`, patienceMs, async () => {
    const present = fetched(home, inside);
    if (present) return present;
    for (const tool of ["apt-get", "dpkg-deb"]) {
      if (!onPath(tool, path)) throw new Error(`There is no ${program} here, and no ${tool} to fetch one. ${advice}`);
    }
    await fetchInto(home, wanted);
    const binary = fetched(home, inside);
    if (!binary) throw new Error(`The fetched package holds no ${program}. ${advice}`);
    return binary;
  });
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function onPath(name: string, path: string): string | undefined {
  return path.split(delimiter).filter(Boolean).map((folder) => join(folder, name)).find(executable);
}

function fetched(home: string, inside: string): Binary | undefined {
  const file = join(home, inside);
  return executable(file) ? { file, env: { LD_LIBRARY_PATH: libraryFolders(home).join(delimiter) } } : undefined;
}

function libraryFolders(home: string): string[] {
  const lib = join(home, "usr", "lib");
  if (!existsSync(lib)) return [];
  return [
    lib,
    ...readdirSync(lib, { withFileTypes: true }).filter((it) => it.isDirectory()).map((it) => join(lib, it.name)),
  ];
}

async function fetchInto(home: string, wanted: Wanted): Promise<void> {
  const { advice, folder, packages, program, withDependencies = false } = wanted;
  const inside = wanted.file ?? join("usr", "bin", program);
  mkdirSync(join(home, ".."), { recursive: true });
  for (const left of readdirSync(join(home, ".."))) {
    // Under the lock, so nobody is working there: only an aborted fetch leaves such a folder.
    if (left.startsWith(`${folder}.fetching-`)) rmSync(join(home, "..", left), { recursive: true, force: true });
  }
  const work = mkdtempSync(`${home}.fetching-`);
  try {
    const tree = join(work, "tree");
    const apt = await aptWithLists(work, packages);
    await unpack(apt, work, tree, withDependencies ? await needed(apt, packages) : packages);
    // Debian names a library's package after its soname. A missing library may itself need another: hence the rounds.
    for (let round = 0; round < 4 && !withDependencies; round++) {
      const missing = await missingLibraries(tree, inside);
      if (missing.length === 0) break;
      await unpack(apt, work, tree, missing.map(packageOf));
    }
    const missing = withDependencies ? [] : await missingLibraries(tree, inside);
    if (missing.length > 0) throw new Error(`${missing.join(", ")} could not be fetched`);
    rmSync(home, { recursive: true, force: true });
    renameSync(tree, home);
  } catch (error) {
    throw new Error(`${program} could not be fetched by apt: ${oneLine(error)}. ${advice}`, { cause: error });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

type Apt = (...args: string[]) => Promise<string>;

/** The system's package lists if it has any, else lists of our own, which needs no root. */
async function aptWithLists(work: string, packages: ReadonlyArray<string>): Promise<Apt> {
  const plain: Apt = async (...args) => (await run("apt-get", args, { cwd: work, timeout: 600_000 })).stdout;
  try {
    await plain("download", "--print-uris", ...packages);
    return plain;
  } catch {
    const state = join(work, "apt");
    for (const folder of ["lists/partial", "cache/archives/partial"]) {
      mkdirSync(join(state, folder), { recursive: true });
    }
    const own = ["-o", `Dir::State::lists=${join(state, "lists")}`, "-o", `Dir::Cache=${join(state, "cache")}`];
    const apt: Apt = (...args) => plain(...own, "-o", "APT::Sandbox::User=", ...args);
    await apt("update");
    return apt;
  }
}

/** The packages and what they need that is not installed. */
async function needed(apt: Apt, packages: ReadonlyArray<string>): Promise<ReadonlyArray<string>> {
  const told = await apt("--simulate", "--no-install-recommends", "install", ...packages);
  const names = [...told.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] as string);
  return [...new Set([...packages, ...names])];
}

async function unpack(apt: Apt, work: string, tree: string, packages: ReadonlyArray<string>): Promise<void> {
  await apt("-o", "APT::Sandbox::User=", "download", ...packages);
  for (const file of readdirSync(work).filter((it) => it.endsWith(".deb"))) {
    await run("dpkg-deb", ["-x", join(work, file), tree]);
    rmSync(join(work, file));
  }
}

async function missingLibraries(tree: string, inside: string): Promise<string[]> {
  const env = { ...process.env, LD_LIBRARY_PATH: libraryFolders(tree).join(delimiter) };
  const { stdout } = await run("ldd", [join(tree, inside)], { env });
  return [...stdout.matchAll(/^\s*(\S+) => not found/gm)].map((match) => match[1] as string);
}

/** `libjemalloc.so.2` is in `libjemalloc2`, `liblua5.1.so.0` in `liblua5.1-0`. */
function packageOf(library: string): string {
  const [, name = library, version = ""] = /^(.+)\.so\.(\d+)/.exec(library) ?? [];
  return `${name}${/\d$/.test(name) ? "-" : ""}${version}`.toLowerCase().replaceAll("_", "-");
}

function oneLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  return (stderr || message || String(error)).trim().split("\n").at(-1) as string;
}
