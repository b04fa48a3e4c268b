/**
 * The command line as one program without dependencies: what it is made of is bundled, so that users of the library install none
 * of it. What only some commands need is in chunks of its own.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** The public names, and what they stand for in the sources: as `paths` of tsconfig.json has them. */
const { compilerOptions } = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8"));
const sourceOf = (name) => {
  const [star] = compilerOptions.paths["ringcron/*"];
  const [path] = compilerOptions.paths[name] ?? [star.replace("*", name.slice("ringcron/".length))];
  return join(root, path);
};

/** The folder of the package that a file belongs to. */
const packageOf = (file) => /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];

/** What the licences of the bundled packages ask for: their texts, with the program. */
const licences = {
  name: "licences",
  generateBundle(_, bundle) {
    const files = Object.values(bundle).flatMap((it) => it.type === "chunk" ? Object.keys(it.modules) : []);
    const folders = [...new Set(files.map(packageOf).filter((it) => it !== undefined))].sort();
    const texts = folders.map((folder) => {
      const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      const file = existsSync(folder) ? readdirSync(folder).find((it) => /^licen[cs]e/i.test(it)) : undefined;
      const text = file === undefined
        ? `Licence: ${manifest.license}`
        : readFileSync(join(folder, file), "utf8").trim();
      return `${manifest.name} ${manifest.version}\n\n${text}\n`;
    });
    this.emitFile({ type: "asset", fileName: "LICENSES.txt", source: texts.join(`\n${"-".repeat(80)}\n\n`) });
  },
};

const build = await rolldown({
  input: { main: join(root, "cli/main.ts") },
  platform: "node",
  logLevel: "warn",
  tsconfig: false,
  transform: { target: "node20", define: { RINGCRON_VERSION: JSON.stringify(version) } },
  plugins: [
    {
      name: "public names",
      resolveId(source) {
        return /^(ringcron(\/|$)|#)/.test(source) ? sourceOf(source) : null;
      },
    },
    licences,
  ],
});
try {
  await build.write({
    dir: join(root, "dist/cli"),
    format: "esm",
    minify: true,
    cleanDir: true,
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
  });
} finally {
  await build.close();
}
