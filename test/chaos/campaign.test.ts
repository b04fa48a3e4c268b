/**
 * A short round of the chaos campaign, on every run of the tests: a fleet of Node, Deno and Bun processes over a real Redis
 * that keeps everything. `npm run chaos` has the long ones, and those over stores that lose their last writes.
 */
import { expect, test } from "vitest";
import { type CampaignOptions, run } from "./campaign/campaign.ts";
import { report } from "./campaign/report.ts";

const round = (options: Pick<CampaignOptions, "profile" | "seed" | "store">): CampaignOptions => ({
  ...options,
  forMs: 12_000,
  places: 6,
  peaceMs: 150_000,
  tell: () => {},
});

/** The same faults in each run of the tests; what they meet differs, and must never matter. */
const rounds = [round({ store: "redis-zset", profile: "mixed", seed: 23 })];

test.each(rounds)("chaos over $store, $profile", async (options) => {
  const told: Array<string> = [];
  const outcome = await run({ ...options, tell: (line) => told.push(line) });
  const lines = [...told, ...report(options, outcome)];
  console.log(lines.join("\n"));
  expect(outcome.breaches, lines.join("\n")).toEqual([]);
  // Otherwise it has proved nothing.
  expect(outcome.seen.starts.length, "starts").toBeGreaterThan(20);
  expect(outcome.deeds.length, "faults").toBeGreaterThan(3);
  expect(outcome.written.history.asks.length, "requests for fires").toBeGreaterThan(2);
}, 300_000);
