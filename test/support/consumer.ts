/**
 * The library as its users get it: packed, and installed from the tarball into a folder of its own.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { withLock } from "./lock.ts";
import { cacheFolder, projectRoot } from "./project.ts";

const run = promisify(execFile);

/** A project that uses the library. */
export interface Consumer {
  readonly folder: string;
  readonly tarball: string;
  /** The files of the tarball, relative to the package. */
  readonly files: ReadonlyArray<string>;
  [Symbol.dispose](): void;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly version: string;
}

const manifestOf = (name: string): Manifest =>
  JSON.parse(readFileSync(join(projectRoot, "node_modules", name, "package.json"), "utf8"));

/** The packages and what they depend on, as they are installed here. */
function withDependencies(names: ReadonlyArray<string>): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (name: string): void => {
    if (found.has(name) || !existsSync(join(projectRoot, "node_modules", name))) return;
    found.add(name);
    Object.keys(manifestOf(name).dependencies ?? {}).forEach(visit);
  };
  names.forEach(visit);
  return found;
}

/** Puts what an app depends on into it, and tells the versions. */
type Furnish = (folder: string) => Readonly<Record<string, string>>;

/** Dependencies and peers as the project has them. */
const fromProject: Furnish = (folder) => {
  const own = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as Manifest;
  const peers = Object.keys(own.peerDependencies ?? {});
  for (const name of withDependencies([...peers, ...Object.keys(own.dependencies ?? {})])) {
    const to = join(folder, "node_modules", name);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(join(projectRoot, "node_modules", name), to, { recursive: true });
  }
  return Object.fromEntries(peers.map((name) => [name, manifestOf(name).version]));
};

/** What a private project has installed, beside the dependencies of the library. */
const fromHome = (home: string): Furnish => (folder) => {
  cpSync(join(home, "node_modules"), join(folder, "node_modules"), { recursive: true });
  for (const name of Object.keys(manifestOf("../").dependencies ?? {})) {
    cpSync(join(projectRoot, "node_modules", name), join(folder, "node_modules", name), { recursive: true });
  }
  return (JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as Manifest).dependencies ?? {};
};

/**
 * Packs the library and installs it with npm, beside the peers of the project or of a private project at `home`. Nothing is
 * downloaded twice: dependencies and peers are copied first, and npm checks that they are what the package wants, for which
 * it may have to read what the registry says of them.
 */
export async function makeConsumer(home?: string): Promise<Consumer> {
  const around = mkdtempSync(join(tmpdir(), "ringcron-consumer-"));
  const folder = join(around, "app");
  const dispose = () => rmSync(around, { recursive: true, force: true });
  try {
    // Nobody may build meanwhile: the tarball would hold half of it.
    const { stdout } = await withLock(
      join(cacheFolder, "build.lock"),
      120_000,
      () => run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", around], { cwd: projectRoot }),
    );
    const [packed] = JSON.parse(stdout) as [{ filename: string; files: ReadonlyArray<{ path: string }> }];
    const peers = (home === undefined ? fromProject : fromHome(home))(folder);
    const dependencies = { ringcron: `file:../${packed.filename}`, ...peers };
    writeFileSync(
      join(folder, "package.json"),
      JSON.stringify({ name: "app", private: true, type: "module", dependencies }),
    );
    const args = ["--prefer-offline", "--strict-peer-deps", "--ignore-scripts", "--no-audit", "--no-fund"];
    await run("npm", ["install", ...args], { cwd: folder });
    return {
      folder,
      tarball: join(around, packed.filename),
      files: packed.files.map(({ path }) => path),
      [Symbol.dispose]: dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}
