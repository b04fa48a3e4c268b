/**
 * A short round of the campaign with schedules, on every run of the tests: six processes over a real Redis reached by HTTP. The long
 * ones, also over TCP and over etcd, are `npm run chaos:schedules`.
 */
import { expect, test } from "vitest";
import { run } from "./schedules/campaign.ts";
import { report } from "./schedules/report.ts";

test(
  "what six processes put, change, pause and remove under faults is what a model says, and every fire owed ran",
  async () => {
    const told: Array<string> = [];
    const options = {
      store: "redis",
      seed: 13,
      operations: 300,
      places: 6,
      gapMs: [50, 250],
      peaceMs: 120_000,
      tell: (line: string) => void told.push(line),
    } as const;
    const outcome = await run(options);
    const lines = [...told, ...report(options, outcome)];
    console.log(lines.join("\n"));
    expect(outcome.breaches, lines.join("\n")).toEqual([]);
    // Otherwise it has proved nothing.
    expect(outcome.seen.starts.length, "starts").toBeGreaterThan(50);
    expect([...outcome.deeds.values()].reduce((sum, it) => sum + it, 0), "faults").toBeGreaterThan(5);
  },
  400_000,
);
