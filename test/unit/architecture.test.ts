import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectRoot } from "../support/project.ts";
import { type Import, importsOf, resolveImport, type Source, sources, strip } from "../support/source.ts";

const library = sources("src", "adapters");
/** The command line, which is no part of the library: nothing of that imports it. */
const cli = sources("cli");

const publicFiles = Object.values<string>(JSON.parse(readFileSync(join(projectRoot, "deno.json"), "utf8")).exports);

/** What is reached from outside: by public names, or as one of the files that `imports` of package.json chooses from. */
const entryFiles = new Set([
  ...publicFiles.map((it) => it.slice(2)),
  "adapters/redis/sdk.ts",
  "adapters/redis/bare.ts",
  "src/core/schedule/cronFields.ts",
  "src/core/schedule/plainFields.ts",
]);
const core = sources("src/core");
const adapters = sources("adapters");

/** The layers, each with its files, and which others it may import: one line for each arrow of docs/ARCHITECTURE.md. */
const layers: Record<string, { readonly files: RegExp; readonly below: ReadonlyArray<string> }> = {
  words: { files: /^src\/core\/words\//, below: [] },
  schedule: { files: /^src\/core\/schedule\//, below: ["words"] },
  ring: { files: /^src\/core\/ring\//, below: ["words"] },
  ledger: { files: /^src\/core\/ledger\//, below: ["words"] },
  node: { files: /^src\/core\/node\//, below: ["words", "schedule", "ring", "ledger"] },
  engine: { files: /^src\/core\/engine\//, below: ["words", "schedule", "ledger"] },
  "the door of core": {
    files: /^src\/core\/mod\.ts$/,
    below: ["words", "schedule", "ring", "ledger", "node", "engine"],
  },
  port: { files: /^src\/(Driver|Store|carrier|promised)\.ts$/, below: ["words", "node", "engine"] },
  shell: { files: /^src\/shell\//, below: ["words", "schedule", "ring", "ledger", "node", "engine", "port"] },
  "the door": { files: /^src\/mod\.ts$/, below: ["words", "schedule", "ring", "port", "shell"] },
  "the door of testing": { files: /^src\/testing\/mod\.ts$/, below: ["testing", "kit"] },
  kit: { files: /^src\/testing\/kit\//, below: ["words", "schedule", "port", "shell", "testing", "adapters"] },
  testing: { files: /^src\/testing\//, below: ["words", "schedule", "ring", "ledger", "node", "engine", "port"] },
  dashboard: { files: /^adapters\/dashboard(\.ts$|\/)/, below: ["words", "schedule", "ring", "shell"] },
  adapters: { files: /^adapters\//, below: ["words", "ledger", "node", "port", "shell"] },
};

const layerOf = (path: string): string => Object.keys(layers).find((it) => layers[it]?.files.test(path)) ?? "none";

/** The stores: what they reach may know texts and members, and no job. */
const stores = library.filter((it) =>
  /^adapters\/(redis|etcd)\/store\.ts$|^src\/core\/ledger\/reference-store\.ts$/.test(it.path)
);

const isRelative = (specifier: string) => specifier.startsWith(".");
const packageOf = (specifier: string) => specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");

/** `file: what` for each import that breaks a rule, so that a failure reads as a list of things to do. */
function breaches(files: ReadonlyArray<Source>, isBreach: (file: Source, specifier: string) => boolean): string[] {
  return files.flatMap((file) =>
    importsOf(file.text).filter((it) => isBreach(file, it.specifier)).map((it) => `${file.path}: ${it.specifier}`)
  );
}

/** What the files of a store may run: each other, a clock, how bad input is refused, and what texts are made of. */
const storeWords =
  /^src\/(Store|Driver|promised)\.ts$|^src\/core\/(node\/FleetClock|words\/(InvalidInput|Exchange|shared)|ledger\/(Moment|Quiet|packed|reference-store))\.ts$|^adapters\//;

function uses(files: ReadonlyArray<Source>, forbidden: RegExp): string[] {
  return files.flatMap((file) => [...strip(file.text).matchAll(forbidden)].map((it) => `${file.path}: ${it[0]}`));
}

/** The files and all that they reach by relative imports. */
function closure(
  files: ReadonlyArray<Source>,
  follow: (it: Import) => boolean = () => true,
  among: ReadonlyArray<Source> = library,
): Source[] {
  const reached = new Map(files.map((it) => [it.path, it]));
  for (const file of reached.values()) {
    for (const { specifier } of importsOf(file.text).filter((it) => isRelative(it.specifier) && follow(it))) {
      const path = resolveImport(file.path, specifier);
      const found = among.find((it) => it.path === path);
      if (found) reached.set(path, found);
    }
  }
  return [...reached.values()];
}

const relativeImports = ({ path, text }: Source): string[] =>
  importsOf(text).filter((it) => isRelative(it.specifier)).map((it) => resolveImport(path, it.specifier));

/** A way that leads back to where it has been, imports of types included; empty if there is none. */
function circle(importsByPath: ReadonlyMap<string, ReadonlyArray<string>>): ReadonlyArray<string> {
  const done = new Set<string>();
  const from = (path: string, way: ReadonlyArray<string>): ReadonlyArray<string> => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
    if (done.has(path)) return [];
    for (const next of importsByPath.get(path) ?? []) {
      const found = from(next, [...way, path]);
      if (found.length > 0) return found;
    }
    done.add(path);
    return [];
  };
  for (const path of importsByPath.keys()) {
    const found = from(path, []);
    if (found.length > 0) return found;
  }
  return [];
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

  it("of core are core, effect/Result and cron-schedule", () => {
    expect(
      breaches(
        core,
        (file, it) =>
          isRelative(it)
            ? !resolveImport(file.path, it).startsWith("src/core/")
            : it !== "#fields" && it !== "effect/Result" && packageOf(it) !== "cron-schedule",
      ),
    ).toEqual([]);
  });

  it.each(Object.entries(layers))("of %s are its own and of the layers below it", (layer, { below }) => {
    const files = library.filter((it) => layerOf(it.path) === layer);
    expect(files).not.toEqual([]);
    expect(breaches(files, (file, it) => {
      const other = layerOf(resolveImport(file.path, it));
      return isRelative(it) && other !== layer && !below.includes(other);
    })).toEqual([]);
  });

  it("of a file that is in no layer do not exist", () => {
    expect(library.map((it) => it.path).filter((it) => layerOf(it) === "none")).toEqual([]);
  });

  it("of examples are public names, and one another", () => {
    expect(
      breaches(
        sources("examples"),
        (file, it) => isRelative(it) && !/^(examples|test\/support)\//.test(resolveImport(file.path, it)),
      ),
    ).toEqual([]);
  });

  it("of the command line are public names, what is bundled with it, node's own, and one another", () => {
    const allowed = /^(node:|ringcron$|ringcron\/|effect\/(?!unstable)|commander$|ioredis$)/;
    expect(
      breaches(
        cli,
        (file, it) => isRelative(it) ? !resolveImport(file.path, it).startsWith("cli/") : !allowed.test(it),
      ),
    ).toEqual([]);
    expect(breaches(cli, (_, it) => isRelative(it) && !it.endsWith(".ts"))).toEqual([]);
    const used = new Set(closure(cli.filter((it) => it.path === "cli/main.ts"), () => true, cli).map((it) => it.path));
    expect(cli.map((it) => it.path).filter((it) => !used.has(it))).toEqual([]);
  });

  it("go in no circle", () => {
    const importsByPath = new Map([...library, ...cli].map((it) => [it.path, relativeImports(it)]));
    expect(circle(importsByPath)).toEqual([]);
    expect(circle(new Map([["a", ["b"]], ["b", ["c"]], ["c", ["b"]]]))).toEqual(["b", "c", "b"]);
  });

  it("of an adapter are src, its own folder, http, effect, and one SDK", () => {
    expect(breaches(adapters, (file, it) => {
      if (!isRelative(it)) return false;
      const target = resolveImport(file.path, it);
      const ownFolder = `adapters/${
        /^adapters\/(?:([^/-]+)[^/]*\.ts$|([^/]+)\/)/.exec(file.path)?.slice(1).find(Boolean)
      }/`;
      return !(target.startsWith("src/") || target.startsWith(ownFolder) || target.startsWith("adapters/http/"));
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
    expect(uses(core, ambient)).toEqual([]);
  });

  it("calculates with nothing that differs between runtimes", () => {
    // A power of two is exact everywhere.
    const inexact = /\bMath\.(log|log2|log10|log1p|exp|expm1|pow|sin|cos|tan|atan|atan2|cbrt|hypot)\b|(?<!\b2 )\*\*/g;
    expect(uses(core, inexact)).toEqual([]);
    expect(uses(core, /\.toLocale\w*\(|\blocaleCompare\(|\.get(Hours|Minutes|Date|Day|Month|FullYear)\(/g))
      .toEqual([]);
  });
});

describe("files", () => {
  it("have at most 400 lines", () => {
    const long = sources("src", "adapters", "cli", "examples", "test").filter((it) => it.text.split("\n").length > 401);
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
    const { "#fields": fields, "#upstash": upstash, ...packages } = jsr.imports;
    for (const [name, ours] of Object.entries<string>({ "#fields": fields, "#upstash": upstash })) {
      expect([ours]).toEqual(ts.compilerOptions.paths[name]);
      expect(npm.imports[name].default).toBe(ours.replace("./", "./dist/").replace(/\.ts$/, ".js"));
    }
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
