/**
 * Bundles as deployments make them, and what they weigh.
 *
 * @module
 */
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";

/** One bundle. */
export interface Bundle {
  readonly code: string;
  readonly bytes: number;
  readonly gzip: number;
  /** The files that some code of the bundle comes from. */
  readonly files: ReadonlyArray<string>;
}

/** What to bundle. */
export interface BundleOptions {
  /** The folder whose `node_modules` it uses. */
  readonly from: string;
  /** The source of the entry. */
  readonly entry: string;
  readonly minify?: boolean;
}

const id = "\0entry.js";

/** Weighs a text as servers send it. */
export const gzipBytes = (code: string): number => gzipSync(code, { level: 9 }).length;

/** Bundles with rolldown into one module for any platform with Web standards; the conditions are those of Workers. */
export async function bundle({ entry, from, minify = true }: BundleOptions): Promise<Bundle> {
  const build = await rolldown({
    input: id,
    cwd: from,
    platform: "neutral",
    logLevel: "silent",
    resolve: { conditionNames: ["workerd", "worker", "browser", "import"], mainFields: ["module", "main"] },
    plugins: [{
      name: "entry",
      resolveId(source, importer) {
        if (source === id) return id;
        // The entry is no file, so what it imports would be looked for nowhere.
        return importer === id ? this.resolve(source, `${from}/entry.js`) : null;
      },
      load: (source) => source === id ? entry : null,
    }],
  });
  try {
    const { output: [chunk, ...more] } = await build.generate({ format: "esm", minify, codeSplitting: false });
    if (more.length > 0) throw new Error(`a bundle of ${more.length + 1} files, expected one`);
    const files = Object.entries(chunk.modules).filter(([, it]) => it.renderedLength > 0).map(([file]) => file);
    return {
      code: chunk.code,
      bytes: chunk.code.length,
      gzip: gzipBytes(chunk.code),
      files: files.filter((it) => it !== id),
    };
  } finally {
    await build.close();
  }
}
