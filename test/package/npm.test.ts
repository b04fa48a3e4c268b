/**
 * The npm package: packed, installed into a fresh folder, and used from there.
 */
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { publint } from "publint";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Consumer, makeConsumer } from "../support/consumer.ts";
import { installProject } from "../support/private-project.ts";
import { projectRoot } from "../support/project.ts";
import { findRuntime } from "../support/runtimes.ts";
import { importsOf, sources } from "../support/source.ts";

const manifest = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8"));
const entries = Object.keys(manifest.exports).filter((it) => it !== "./package.json").map((it) =>
  `ringcron${it.slice(1)}`
);

let consumer: Consumer;
let tools: string;

beforeAll(async () => {
  [consumer, tools] = await Promise.all([makeConsumer(), installProject("test/package/npm")]);
}, 240_000);
afterAll(() => consumer?.[Symbol.dispose]());

const run = async (file: string, args: ReadonlyArray<string>, cwd: string): Promise<string> => {
  try {
    return (await promisify(execFile)(file, [...args], { cwd, timeout: 120_000 })).stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${file} ${args.join(" ")}\n${stdout}${stderr}`);
  }
};

/** Uses every entry, and starts a job. Valid as TypeScript and as JavaScript. */
const program = `import * as Effect from "effect/Effect";
import { Cron, CronExpression, Driver, Job, NextFire, NodePool, Ring } from "ringcron";
import * as core from "ringcron/core";
import * as Memory from "ringcron/memory";
import { createCron } from "ringcron/promise";
import * as RedisZset from "ringcron/redis-zset";
import { Laws, Simulation } from "ringcron/testing";

const expression = CronExpression.parseUnsafe("0 9 * * MON-FRI", { timeZone: "Europe/Berlin" });
const next = NextFire.next(expression, Date.UTC(2026, 0, 1));
const same = core.NextFire.next(core.CronExpression.parseUnsafe("0 8 * * *"), Date.UTC(2026, 0, 1));
const driver = RedisZset.layer({ url: "https://example.com", token: "secret" });
for (const it of [Cron.layer, Driver.Driver, Job.make, NodePool.layer, Ring.assign, Laws.all, Simulation.run, driver]) {
  if (it === undefined) throw new Error("an export is missing");
}
const cron = await createCron({ service: "app", driver: Memory.layer(), logLevel: "none" });
const job = await new Promise((resolve, reject) => {
  cron.add("tick", "* * * * * *", (run) => resolve(run.job)).then(() => cron.start()).catch(reject);
});
await cron.stop();
console.log(JSON.stringify({ next, same, job, effect: await Effect.runPromise(Effect.succeed("runs")) }));
`;

/** Entries that the program does not use, imported for their declarations alone. */
const others = entries.filter((entry) => !program.includes(`"${entry}"`));

describe("the tarball", () => {
  it("holds what is built from sources that exist, and nothing else", () => {
    const strangers = consumer.files.filter((file) => {
      if (/^(package\.json|README\.md|LICENSE|CHANGELOG\.md|SECURITY\.md|docs\/.+\.md)$/.test(file)) return false;
      // The command line is one program, in as many files as its bundle has.
      if (/^dist\/cli\/([\w-]+\.js|LICENSES\.txt)$/.test(file)) return false;
      const [, source] = /^dist\/(.+?)(\.d\.ts|\.js)$/.exec(file) ?? [];
      return source === undefined || !existsSync(join(projectRoot, `${source}.ts`));
    });
    expect(strangers).toEqual([]);
    for (const { path } of sources("src", "adapters")) {
      expect(consumer.files).toContain(`dist/${path.replace(/\.ts$/, ".js")}`);
      expect(consumer.files).toContain(`dist/${path.replace(/\.ts$/, ".d.ts")}`);
    }
  });

  it("is without a complaint of publint", async () => {
    const bytes = readFileSync(consumer.tarball);
    const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const { messages } = await publint({
      pack: { tarball: tarball as ArrayBuffer },
      strict: true,
      level: "suggestion",
    });
    expect(messages).toEqual([]);
  });

  it("has types that are not wrong anywhere, for those who import ES modules", async () => {
    interface Problem {
      readonly kind: string;
      readonly resolutionKind?: string;
      readonly entrypoint?: string;
    }
    const entry = createRequire(join(tools, "package.json")).resolve("@arethetypeswrong/core");
    const attw: {
      readonly createPackageFromTarballData: (bytes: Uint8Array) => unknown;
      readonly checkPackage: (from: unknown) => Promise<{ readonly types: unknown; readonly problems?: Problem[] }>;
    } = await import(/* @vite-ignore */ pathToFileURL(entry).href);
    const { problems = [], types } = await attw.checkPackage(
      attw.createPackageFromTarballData(readFileSync(consumer.tarball)),
    );
    expect(types).not.toBe(false);
    // Node 10 knows no exports; require() of an ES module is a thing of newer Nodes.
    const counted = problems.filter(({ resolutionKind = "" }) => !["node10", "node16-cjs"].includes(resolutionKind));
    expect(counted).toEqual([]);
  });
});

/** Peers whose clients are handed in: their types are structural, and nothing imports them. */
const structural = ["ioredis", "redis"];

describe("ranges", () => {
  const { dependencies, peerDependencies, peerDependenciesMeta } = manifest;
  const packagesOf = (folder: string): ReadonlySet<string> =>
    new Set(
      sources(folder).flatMap(({ text }) => importsOf(text)).map((it) => it.specifier).filter((it) => !/^[.#]/.test(it))
        .map((it) => it.split("/").slice(0, it.startsWith("@") ? 2 : 1).join("/")),
    );
  const [core, adapters] = [packagesOf("src"), packagesOf("adapters")];

  it("are given for what the library imports, and for nothing else", () => {
    const declared = Object.keys({ ...dependencies, ...peerDependencies }).filter((it) => !structural.includes(it));
    expect(declared.sort()).toEqual([...new Set([...core, ...adapters])].sort());
  });

  it("of peers are optional where only a driver needs them", () => {
    for (const name of Object.keys(peerDependencies)) {
      expect(peerDependenciesMeta[name]?.optional === true, name).toBe(!core.has(name));
    }
  });
});

describe("the command line", () => {
  it("runs as npx runs it, and needs nothing that is installed beside it", async () => {
    const args = ["next", "0 9 * * 1-5", "--tz", "Europe/Berlin"];
    const said = await run("npx", ["--no-install", "ringcron", ...args], consumer.folder);
    expect(said).toMatch(/^0 9 \* \* 1-5 {2}at 09:00 on Monday to Friday, Europe\/Berlin\n/);
    expect(said.match(/ 09:00:00 \+0[12]:00 {2}/g)).toHaveLength(5);
    const alone = mkdtempSync(join(tmpdir(), "ringcron-alone-"));
    try {
      cpSync(join(consumer.folder, "node_modules/ringcron/dist/cli"), alone, { recursive: true });
      writeFileSync(join(alone, "package.json"), JSON.stringify({ type: "module" }));
      const { fires } = JSON.parse(await run(process.execPath, ["main.js", ...args, "-n", "3", "--json"], alone));
      expect(fires).toHaveLength(3);
    } finally {
      rmSync(alone, { recursive: true, force: true });
    }
  });

  it("is told its version, and carries the licences of what it is made of", async () => {
    expect((await run("npx", ["--no-install", "ringcron", "--version"], consumer.folder)).trim()).toBe(
      manifest.version,
    );
    const licences = readFileSync(join(consumer.folder, "node_modules/ringcron/dist/cli/LICENSES.txt"), "utf8");
    expect(licences).toMatch(/^commander \d+\.\d+\.\d+$/m);
    for (const name of Object.keys(manifest.dependencies)) expect(licences).toContain(`${name} `);
  });

  it("runs in Node 20, Node 22, Node 24 and Bun", async () => {
    for (const name of ["Node 20", "Node 22", "Node 24", "Bun"] as const) {
      const [file = "", ...args] = (await findRuntime(name)).command({});
      const program = join(consumer.folder, "node_modules/ringcron/dist/cli/main.js");
      const answer = JSON.parse(await run(file, [...args, program, "explain", "@daily", "--json"], consumer.folder));
      expect(answer, name).toMatchObject({ description: "at 00:00, UTC" });
    }
  }, 240_000);
});

describe("an app", () => {
  it.each(["Node 20", "Node 24", "Bun"] as const)("runs in %s", async (name) => {
    const { command } = await findRuntime(name);
    const [file = "", ...args] = command({});
    writeFileSync(join(consumer.folder, "app.js"), program);
    const found = JSON.parse(await run(file, [...args, "app.js"], consumer.folder));
    expect(found).toEqual({
      next: Date.UTC(2026, 0, 1, 8),
      same: Date.UTC(2026, 0, 1, 8),
      job: "tick",
      effect: "runs",
    });
  }, 240_000);

  it.each(["Node 20", "Node 22", "Node 24", "Bun"] as const)("of CommonJS requires every entry in %s", async (name) => {
    const { command } = await findRuntime(name);
    const [file = "", ...args] = command({});
    const requiring = `for (const entry of ${JSON.stringify(entries)}) require(entry);
const { createCron } = require("ringcron/promise");
console.log(typeof createCron);
`;
    writeFileSync(join(consumer.folder, "app.cjs"), requiring);
    expect((await run(file, [...args, "app.cjs"], consumer.folder)).trim()).toBe("function");
  }, 240_000);

  const old = () => join(tools, "node_modules", "typescript-5.9", "bin", "tsc");
  const current = () => join(projectRoot, "node_modules", "typescript", "bin", "tsc");
  // The old compiler takes ten seconds for the declarations of Effect: one setting is enough.
  const cases = [
    ["5.9", "nodenext", "nodenext", old],
    ["7", "nodenext", "nodenext", current],
    ["7", "node16", "node16", current],
    ["7", "bundler", "esnext", current],
  ] as const;
  it.concurrent.each(cases)("compiles with TypeScript %s, %s, declarations checked", async (...it) => {
    const [version, moduleResolution, module, tsc] = it;
    const folder = join(consumer.folder, `ts-${version}-${moduleResolution}`);
    mkdirSync(folder);
    writeFileSync(join(folder, "app.ts"), program + others.map((entry) => `import "${entry}";\n`).join(""));
    const compilerOptions = {
      module,
      moduleResolution,
      target: "ES2022",
      lib: ["ES2022", "DOM"],
      types: [],
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["app.ts"] }));
    expect((await run(process.execPath, [tsc(), "--version"], folder)).trim()).toMatch(`Version ${version}`);
    await run(process.execPath, [tsc(), "-p", folder], folder);
  }, 180_000);

  it("of CommonJS compiles with TypeScript 7, nodenext", async () => {
    const folder = join(consumer.folder, "ts-commonjs");
    mkdirSync(folder);
    const source = `import { createCron } from "ringcron/promise";\nexport const made = createCron;\n`;
    writeFileSync(join(folder, "app.cts"), source);
    const compilerOptions = { module: "nodenext", target: "ES2022", types: [], strict: true, noEmit: true };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["app.cts"] }));
    await run(process.execPath, [current(), "-p", folder], folder);
  }, 120_000);

  it("of CommonJS with node10 is told by the compiler what to change", async () => {
    const folder = join(consumer.folder, "ts-node10");
    mkdirSync(folder);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "commonjs" }));
    const source = `import { createCron } from "ringcron/promise";\nexport const made = createCron;\n`;
    writeFileSync(join(folder, "app.ts"), source);
    const write = (more: object) => {
      const compilerOptions = { target: "ES2022", types: [], strict: true, skipLibCheck: true, ...more };
      writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["app.ts"] }));
    };
    write({ module: "commonjs", noEmit: true });
    const refused = run(process.execPath, [old(), "-p", folder], folder);
    await expect(refused).rejects.toThrow(/TS2307: Cannot find module 'ringcron\/promise'[^]*'moduleResolution'/);
    // As docs/releases.md says: what is emitted still requires.
    write({ module: "nodenext", outDir: "out" });
    await run(process.execPath, [current(), "-p", folder], folder);
    expect(readFileSync(join(folder, "out/app.js"), "utf8")).toContain(`require("ringcron/promise")`);
    const { command } = await findRuntime("Node 20");
    const [file = "", ...args] = command({});
    const using = `console.log(typeof require("./out/app.js").made)`;
    expect((await run(file, [...args, "-e", using], folder)).trim()).toBe("function");
  }, 240_000);
});

describe("a project that still has Effect 3", () => {
  let home: string;
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), "ringcron-effect-3-"));
    cpSync(join(await installProject("test/package/peers/effect-3"), "node_modules"), join(home, "node_modules"), {
      recursive: true,
    });
  }, 120_000);
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  const install = () =>
    run("npm", ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"], home);
  const effect = JSON.parse(readFileSync(join(projectRoot, "test/package/peers/effect-3/package.json"), "utf8"));
  const write = (file: string, rest: object) =>
    writeFileSync(join(home, file), JSON.stringify({ private: true, type: "module", ...rest }));

  it("is told by npm that both do not go into one package", async () => {
    const dependencies = { ...effect.dependencies, ringcron: `file:${consumer.tarball}` };
    write("package.json", { name: "app", dependencies });
    await expect(install()).rejects.toThrow("ERESOLVE");
  }, 120_000);

  it("has its jobs in a workspace of their own, with Effect 4", async () => {
    write("package.json", { name: "app", workspaces: ["jobs"], ...effect });
    mkdirSync(join(home, "jobs"));
    const { version } = JSON.parse(readFileSync(join(projectRoot, "node_modules/effect/package.json"), "utf8"));
    const dependencies = { effect: version, ringcron: `file:${consumer.tarball}` };
    write("jobs/package.json", { name: "jobs", exports: "./jobs.js", dependencies });
    const jobs = `import { createCron } from "ringcron/promise";
import * as Memory from "ringcron/memory";
export const cron = await createCron({ service: "app", driver: Memory.layer() });
`;
    writeFileSync(join(home, "jobs/jobs.js"), jobs);
    const app = `import * as Effect from "effect/Effect";
import { createRequire } from "node:module";
import { cron } from "jobs";
await cron.start();
await cron.stop();
const { version } = createRequire(import.meta.url)("effect/package.json");
console.log(Effect.runSync(Effect.succeed(version)));
`;
    writeFileSync(join(home, "app.js"), app);
    await install();
    expect((await run(process.execPath, ["app.js"], home)).trim()).toBe(effect.dependencies.effect);
  }, 240_000);
});
