/**
 * Texts of layout 2 that schedules in the store have, as those of layout-2.ts.
 *
 * @module
 */
import type { JobRecord } from "../../src/core/ledger/Record.ts";
import type { Golden } from "./layout-2.ts";

export const records: ReadonlyArray<Golden<JobRecord>> = [
  [
    "a schedule in the store that keeps its last runs",
    "2|1800000000000|0|0|0|7f3a9c01|1799999000000||1800000060000|||" +
    "h3!1799999940000/2/f/1799999941000/1799999942000/no%20ink!1800000000000/1/l/0/1800000030000",
    {
      watermark: 1_800_000_000_000,
      since: 0,
      lastFence: 0,
      paused: false,
      definition: "7f3a9c01",
      deployment: 1_799_999_000_000,
      claimId: undefined,
      nextDueAt: 1_800_000_060_000,
      active: [],
      queue: [],
      past: {
        keeps: 3,
        runs: [
          {
            dueAt: 1_799_999_940_000,
            attempt: 2,
            outcome: "failed",
            startedAt: 1_799_999_941_000,
            endedAt: 1_799_999_942_000,
            error: "no ink",
          },
          { dueAt: 1_800_000_000_000, attempt: 1, outcome: "lost", startedAt: 0, endedAt: 1_800_000_030_000 },
        ],
      },
    },
  ],
];
