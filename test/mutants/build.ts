/**
 * Modules of a mutant, compiled from the mutated sources: the simulator (state machine, store, world and checker in one), and
 * whatever else has rules of its own.
 *
 * @module
 */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { rolldown } from "rolldown";
import { projectRoot } from "../support/project.ts";
import { type Mutant, mutated } from "./mutant.ts";

/** The simulator, of whatever sources. */
export type Simulation = typeof import("../../src/testing/Simulation.ts");

const compile = async (sources: ReadonlyMap<string, string>, entry: string): Promise<string> => {
  const left = new Set(sources.keys());
  const bundle = await rolldown({
    cwd: projectRoot,
    input: join(projectRoot, entry),
    external: /^(effect|cron-schedule)(\/|$)/,
    platform: "neutral",
    plugins: [{
      name: "mutant",
      load: (id) => {
        const file = relative(projectRoot, id).split(sep).join("/");
        left.delete(file);
        return sources.get(file);
      },
    }],
  });
  try {
    const { output } = await bundle.generate({ format: "esm" });
    if (left.size > 0) throw new Error(`no part of ${entry}, so a mutant of it changes nothing: ${[...left]}`);
    return output[0].code;
  } finally {
    await bundle.close();
  }
};

/** Compiles a module of a mutant into `.build/mutants/NAME` and loads it. */
export const load = async <A>(mutant: Pick<Mutant, "name" | "edits">, entry: string): Promise<A> => {
  const folder = join(projectRoot, ".build", "mutants", mutant.name);
  const code = await compile(mutated(mutant), entry);
  mkdirSync(folder, { recursive: true });
  // Renamed into place: another process may be loading the same mutant.
  const file = join(folder, `${basename(entry, ".ts")}.mjs`);
  writeFileSync(`${file}.${process.pid}`, code);
  renameSync(`${file}.${process.pid}`, file);
  return await import(pathToFileURL(file).href);
};

/** The simulator of a mutant. */
export const build = (mutant: Mutant): Promise<Simulation> => load(mutant, "src/testing/Simulation.ts");
