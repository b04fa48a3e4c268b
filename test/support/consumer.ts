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

/**
 * Packs the library and installs it with npm. Nothing is downloaded twice: dependencies and peers are copied from the project
 * first, and npm checks that they are what the package wants, for which it may have to read what the registry says of them.
 */
export async function makeConsumer(): Promise<Consumer> {
  const home = mkdtempSync(join(tmpdir(), "ringcron-consumer-"));
  const folder = join(home, "app");
  const dispose = () => rmSync(home, { recursive: true, force: true });
  try {
    // Nobody may build meanwhile: the tarball would hold half of it.
    const { stdout } = await withLock(
      join(cacheFolder, "build.lock"),
      120_000,
      () => run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", home], { cwd: projectRoot }),
    );
    const [packed] = JSON.parse(stdout) as [{ filename: string; files: ReadonlyArray<{ path: string }> }];
    const own = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as Manifest;
    const peers = Object.keys(own.peerDependencies ?? {});
    for (const name of withDependencies([...peers, ...Object.keys(own.dependencies ?? {})])) {
      const to = join(folder, "node_modules", name);
      mkdirSync(dirname(to), { recursive: true });
      cpSync(join(projectRoot, "node_modules", name), to, { recursive: true });
    }
    const dependencies = {
      ringcron: `file:../${packed.filename}`,
      ...Object.fromEntries(peers.map((name) => [name, manifestOf(name).version])),
    };
    writeFileSync(
      join(folder, "package.json"),
      JSON.stringify({ name: "app", private: true, type: "module", dependencies }),
    );
    await run("npm", [
      "install",
      "--prefer-offline",
      "--strict-peer-deps",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
    ], {
      cwd: folder,
    });
    return {
      folder,
      tarball: join(home, packed.filename),
      files: packed.files.map(({ path }) => path),
      [Symbol.dispose]: dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}
