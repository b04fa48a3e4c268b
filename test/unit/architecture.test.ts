import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectRoot } from "../support/project.ts";
import { type Import, importsOf, resolveImport, type Source, sources, strip } from "../support/source.ts";

const library = sources("src", "adapters");

const publicFiles = Object.values<string>(JSON.parse(readFileSync(join(projectRoot, "deno.json"), "utf8")).exports);

/** What is reached from outside: by public names, or as one of the files that `imports` of package.json chooses from. */
const entryFiles = new Set([
  ...publicFiles.map((it) => it.slice(2)),
  "adapters/redis/sdk.ts",
  "adapters/redis/bare.ts",
]);
const core = sources("src/core");
const adapters = library.filter((it) => it.path.startsWith("adapters/"));

/** The stores: what they reach may know texts and members, and no job. */
const stores = library.filter((it) =>
  /^adapters\/(redis|etcd)\/store\.ts$|^src\/internal\/reference-store\.ts$/.test(it.path)
);

/** How a driver reaches its store: shared by drivers, so the only adapters that another adapter may import. */
const transports = ["adapters/upstash.ts"];

const isRelative = (specifier: string) => specifier.startsWith(".");
const packageOf = (specifier: string) => specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");

/** `file: what` for each import that breaks a rule, so that a failure reads as a list of things to do. */
function breaches(files: ReadonlyArray<Source>, isBreach: (file: Source, specifier: string) => boolean): string[] {
  return files.flatMap((file) =>
    importsOf(file.text).filter((it) => isBreach(file, it.specifier)).map((it) => `${file.path}: ${it.specifier}`)
  );
}

/** What the files of a store may run: each other, the words of the port, a clock, how bad input is refused, and how a number stays open in a text. */
const storeWords =
  /^src\/(Store|Exchange|Driver)\.ts$|^src\/core\/(FleetClock|InvalidInput|ledger\/Moment)\.ts$|^src\/internal\/|^adapters\//;

function uses(files: ReadonlyArray<Source>, forbidden: RegExp): string[] {
  return files.flatMap((file) => [...strip(file.text).matchAll(forbidden)].map((it) => `${file.path}: ${it[0]}`));
}

/** The files and all that they reach by relative imports. */
function closure(files: ReadonlyArray<Source>, follow: (it: Import) => boolean = () => true): Source[] {
  const reached = new Map(files.map((it) => [it.path, it]));
  for (const file of reached.values()) {
    for (const { specifier } of importsOf(file.text).filter((it) => isRelative(it.specifier) && follow(it))) {
      const path = resolveImport(file.path, specifier);
      const found = library.find((it) => it.path === path);
      if (found) reached.set(path, found);
    }
  }
  return [...reached.values()];
}

describe("imports", () => {
  it("of src and adapters need no particular runtime", () => {
    expect(breaches(library, (_, it) => /^(node|bun|deno|cloudflare):/.test(it))).toEqual([]);
  });

  it("name files in full, and neither barrels nor unstable modules nor ourselves", () => {
    expect(breaches(library, (_, it) => isRelative(it) && !it.endsWith(".ts"))).toEqual([]);
    expect(breaches(library, (_, it) => it === "effect" || it.includes("/unstable"))).toEqual([]);
    expect(breaches(library, (_, it) => /^(@ringcron\/)?ringcron(\/|$)/.test(it))).toEqual([]);
  });

  it("of src never leave src", () => {
    const src = library.filter((it) => it.path.startsWith("src/"));
    expect(breaches(src, (file, it) => isRelative(it) && !resolveImport(file.path, it).startsWith("src/"))).toEqual([]);
  });

  it("of core, and of all that it reaches, are words, internals, effect/Result and cron-schedule", () => {
    const pure = /^src\/(core\/|internal\/|[^/]+$)/;
    expect(
      breaches(
        closure(core),
        (file, it) =>
          isRelative(it)
            ? !pure.test(resolveImport(file.path, it))
            : it !== "effect/Result" && packageOf(it) !== "cron-schedule",
      ),
    ).toEqual([]);
  });

  it("of an adapter are src, its own folder, transports, effect, and one SDK", () => {
    expect(breaches(adapters, (file, it) => {
      if (!isRelative(it)) return false;
      const target = resolveImport(file.path, it);
      const ownFolder = `adapters/${
        /^adapters\/(?:([^/-]+)[^/]*\.ts$|([^/]+)\/)/.exec(file.path)?.slice(1).find(Boolean)
      }/`;
      return !(target.startsWith("src/") || target.startsWith(ownFolder) || transports.includes(target));
    })).toEqual([]);
    for (const { path, text } of adapters) {
      const packages = importsOf(text).map((it) => it.specifier).filter((it) => !isRelative(it)).map(packageOf);
      expect(new Set(packages.filter((it) => it !== "effect")).size, path).toBeLessThanOrEqual(1);
    }
  });
  it("of a store are the port and helpers: it knows nothing of jobs", () => {
    expect(stores.length).toBe(3);
    // Types say what is passed on; what runs is what counts, and of the engine only the shape of what it asks.
    const reached = closure(stores, ({ typeOnly }) => !typeOnly);
    expect(reached.map((it) => it.path).filter((it) => !storeWords.test(it))).toEqual([]);
  });

  it("leave no file of the library unused", () => {
    const entries = library.filter((it) => entryFiles.has(it.path));
    expect(entries.length).toBe(entryFiles.size);
    const used = new Set(closure(entries).map((it) => it.path));
    expect(library.map((it) => it.path).filter((it) => !used.has(it))).toEqual([]);
  });
});

describe("core", () => {
  it("has no clock, no randomness, no timers and no surroundings", () => {
    const ambient =
      /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)|\bMath\.random\b|\bperformance\s*\.|\b(set|clear)(Timeout|Interval|Immediate)\b|\bqueueMicrotask\b|\bprocess\s*\.|\bDeno\s*\.|\bBun\s*\.|\bglobalThis\b|\bcrypto\s*\.|\bfetch\(/g;
    expect(uses(closure(core), ambient)).toEqual([]);
  });

  it("calculates with nothing that differs between runtimes", () => {
    // A power of two is exact everywhere.
    const inexact = /\bMath\.(log|log2|log10|log1p|exp|expm1|pow|sin|cos|tan|atan|atan2|cbrt|hypot)\b|(?<!\b2 )\*\*/g;
    expect(uses(closure(core), inexact)).toEqual([]);
    expect(uses(closure(core), /\.toLocale\w*\(|\blocaleCompare\(|\.get(Hours|Minutes|Date|Day|Month|FullYear)\(/g))
      .toEqual([]);
  });
});

describe("files", () => {
  it("have at most 400 lines", () => {
    const long = sources("src", "adapters", "examples", "test").filter((it) => it.text.split("\n").length > 401);
    expect(long.map((it) => it.path)).toEqual([]);
  });
});

describe("manifests", () => {
  const read = (file: string) => JSON.parse(readFileSync(join(projectRoot, file), "utf8"));
  const [npm, jsr, lock, ts] = ["package.json", "deno.json", "package-lock.json", "tsconfig.json"].map(read);

  it("agree on version, licence and dependencies", () => {
    expect(jsr.version).toBe(npm.version);
    expect(jsr.license).toBe(npm.license);
    expect(lock.packages[""].version).toBe(npm.version);
    const ranges = { ...npm.dependencies, ...npm.peerDependencies };
    const { "#upstash": ours, ...packages } = jsr.imports;
    expect([ours]).toEqual(ts.compilerOptions.paths["#upstash"]);
    expect(npm.imports["#upstash"].default).toBe(ours.replace("./", "./dist/").replace(/\.ts$/, ".js"));
    for (const [name, specifier] of Object.entries<string>(packages)) {
      expect(specifier, name).toBe(
        `npm:${packageOf(name)}@${ranges[packageOf(name)]}${name.slice(packageOf(name).length)}`,
      );
    }
  });

  it("agree on public entries, which exist and which tests reach by their names", () => {
    const { "./package.json": _, ...entries } = npm.exports;
    expect(Object.keys(entries)).toEqual(Object.keys(jsr.exports));
    for (const [name, file] of Object.entries<string>(jsr.exports)) {
      const built = file.replace("./", "./dist/").replace(/\.ts$/, "");
      expect(entries[name], name).toEqual({ types: `${built}.d.ts`, default: `${built}.js` });
      expect(existsSync(join(projectRoot, file)), file).toBe(true);
      const specifier = `ringcron${name.slice(1)}`;
      const path = ts.compilerOptions.paths[specifier]?.[0] ?? `./adapters/${name.slice(2)}.ts`;
      expect(path, name).toBe(file);
    }
  });
});
