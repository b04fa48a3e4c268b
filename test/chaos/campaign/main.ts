/**
 * Chaos on real things: `npm run chaos -- --minutes N [--seed S] [--store redis|redis-zset|etcd] [--profile NAME] [--places N]`.
 *
 * A fleet of Node, Deno and Bun processes over a real store is killed, stopped, cut off, deployed and lied to, from a seed.
 * Prints its figures last, exits with 1 on a violation, says how to repeat it and leaves nothing running.
 *
 * Profiles: `mixed` (default); over Redis also `promote` (a replica takes over, without loss), and those in which the store
 * loses what it acknowledged: `stale` (the last writes) and `empty` (everything), over Redis also `promote-lag`.
 *
 * @module
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { refuse } from "../../support/refuse.ts";
import { run } from "./campaign.ts";
import { etcdProfiles } from "./etcd-store.ts";
import { report } from "./report.ts";
import { type Profile, profiles, type StoreName } from "./store.ts";

const stores: ReadonlyArray<StoreName> = ["redis", "redis-zset", "etcd"];
const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    store: { type: "string", default: "redis-zset" },
    profile: { type: "string", default: "mixed" },
    places: { type: "string", default: "8" },
  },
});

const number = (option: "minutes" | "places" | "seed", from: number, upTo: number): number => {
  const value = Number(values[option]);
  return value >= from && value <= upTo ? value : refuse(option, values[option], `a number from ${from} to ${upTo}`);
};

const store = stores.find((it) => it === values.store) ?? refuse("store", values.store, stores.join(", "));
const own: ReadonlyArray<Profile> = store === "etcd" ? etcdProfiles : profiles;
const options = {
  store,
  profile: own.find((it) => it === values.profile) ?? refuse("profile", values.profile, own.join(", ")),
  seed: number("seed", 0, Number.MAX_SAFE_INTEGER),
  forMs: number("minutes", 0.1, 10_000) * 60_000,
  places: number("places", 4, 100),
  peaceMs: 150_000,
  tell: (line: string) => console.log(line),
};
console.log(`${options.store} ${options.profile}, seed ${options.seed}, ${options.forMs / 60_000} minutes of faults`);
const outcome = await run(options);
if (outcome.breaches.length > 0) {
  const file = join(mkdtempSync(join(tmpdir(), "ringcron-chaos-evidence-")), "seen.json");
  const { history, losses } = outcome.written;
  writeFileSync(file, JSON.stringify({ ...outcome, written: { history, losses } }));
  console.log(`evidence: ${file}`);
}
for (const line of report(options, outcome)) console.log(line);
process.exitCode = outcome.breaches.length === 0 ? 0 : 1;
