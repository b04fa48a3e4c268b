/**
 * A million schedules over a real Redis that three nodes reach by HTTP: `npm run campaign:million -- [--schedules N] [--stages LIST]
 * [--folder FOLDER]`.
 *
 * Stages, in this order: `load` (they are put), `lie` (nothing is due), `ask` (people ask), `due` (a thousand are due each second, and
 * the fleet is started anew), `year` (nobody is there for a year). Default: all. With `--folder` what a stage leaves is kept there, so
 * that others may follow later. Prints its figures last, and exits with 1 if one of them is beyond its target.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { startRedis } from "../support/redis.ts";
import { refuse } from "../support/refuse.ts";
import * as Figures from "./million/figures.ts";
import * as Stages from "./million/stages.ts";
import { year } from "./million/year.ts";
import { open } from "./million/stand.ts";

const all = ["load", "lie", "ask", "due", "year"] as const;
type Stage = typeof all[number];

const { values } = parseArgs({
  options: {
    schedules: { type: "string", default: "1000000" },
    stages: { type: "string", default: all.join(",") },
    folder: { type: "string" },
  },
});

const schedules = Number(values.schedules);
if (!Number.isSafeInteger(schedules) || schedules < 1_000 || schedules > 10_000_000) {
  refuse("schedules", values.schedules, "a whole number from 1000 to 10000000");
}
const wanted = new Set(
  values.stages.split(",").map((it) => all.find((stage) => stage === it) ?? refuse("stages", it, all.join(", "))),
);
if (values.folder === undefined && !wanted.has("load")) refuse("stages", values.stages, "load first, or a --folder");

/** Lets a process go before all others, as far as the system allows; how far it does. */
const firstOfAll = (pid: number): string => {
  if (spawnSync("chrt", ["--all-tasks", "--fifo", "--pid", "1", `${pid}`]).status === 0) {
    return "Redis is never interrupted";
  }
  try {
    setPriority(pid, -10);
    return "Redis goes before others, and may be interrupted";
  } catch {
    return "Redis has no priority here, so the longest command may be one that waited for the processor";
  }
};

const beganAt = Date.now();
const folder = values.folder ?? mkdtempSync(join(tmpdir(), "ringcron-million-"));
mkdirSync(folder, { recursive: true });
const redis = await startRedis({ dir: folder });
// As on a machine of its own: how long a command holds it is not how long it waits for a processor that its clients have.
console.log(firstOfAll(redis.pid));
const figures = Figures.make((line) => console.log(line));
const stand = await open(redis, folder);
const on = { figures, schedules, stand, folder };
const stages: Record<Stage, () => Promise<void>> = {
  load: () => Stages.load(on),
  lie: () => Stages.lie(on),
  ask: () => Stages.ask(on),
  due: () => Stages.due(on),
  year: () => year(on),
};
try {
  for (const stage of all) {
    if (!wanted.has(stage)) continue;
    const stageBeganAt = Date.now();
    console.log(`${stage}:`);
    await stages[stage]();
    console.log(`  (${((Date.now() - stageBeganAt) / 1_000).toFixed(0)} s)`);
  }
} finally {
  await stand.stop();
  await redis.stop();
  if (values.folder === undefined) rmSync(folder, { recursive: true, force: true });
}
console.log(figures.text());
const missed = figures.missed();
console.log(
  `${schedules} schedules, ${[...wanted].join(", ")} in ${((Date.now() - beganAt) / 1_000).toFixed(0)} s: ${
    missed === 0 ? "every target is met" : `${missed} targets are missed`
  }`,
);
process.exitCode = missed === 0 ? 0 : 1;
