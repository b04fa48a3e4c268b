/**
 * Schedules under chaos: `npm run chaos:schedules -- [--operations 10000] [--store redis|redis-zset|etcd] [--seed S]`.
 *
 * Six processes over a real store put, change, pause, resume and remove schedules and run them, while they are killed, stopped and cut
 * off. Prints its figures last, exits with 1 on a violation, says how to repeat it and leaves nothing running.
 *
 * @module
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { refuse } from "../../support/refuse.ts";
import type { StoreName } from "../campaign/store.ts";
import { run } from "./campaign.ts";
import { report } from "./report.ts";

const { values } = parseArgs({
  options: {
    operations: { type: "string", default: "10000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    store: { type: "string", default: "redis" },
  },
});
const number = (option: "operations" | "seed", from: number, upTo: number): number => {
  const value = Number(values[option]);
  const isOne = Number.isInteger(value) && value >= from && value <= upTo;
  return isOne ? value : refuse(option, values[option], `a whole number from ${from} to ${upTo}`);
};
const stores: ReadonlyArray<StoreName> = ["redis", "redis-zset", "etcd"];
const options = {
  store: stores.find((it) => it === values.store) ?? refuse("store", values.store, stores.join(", ")),
  seed: number("seed", 0, Number.MAX_SAFE_INTEGER),
  operations: number("operations", 10, 1_000_000),
  places: 6,
  gapMs: [100, 500] as const,
  peaceMs: 120_000,
  tell: (line: string) => console.log(line),
};
const outcome = await run(options);
if (outcome.breaches.length > 0) {
  const file = join(mkdtempSync(join(tmpdir(), "ringcron-schedules-evidence-")), "seen.json");
  writeFileSync(file, JSON.stringify(outcome));
  console.log(`evidence: ${file}`);
}
for (const line of report(options, outcome)) console.log(line);
process.exitCode = outcome.breaches.length === 0 ? 0 : 1;
