/**
 * Texts of layout 2 that say what jobs are, as those of layout-2.ts.
 *
 * @module
 */
import type { Kept } from "../../src/core/ledger/piecesText.ts";
import type { Definition } from "../../src/core/words/Definition.ts";
import { defaults } from "../../src/core/words/Policy.ts";
import type { Declared } from "../../src/core/words/View.ts";
import type { Golden } from "./layout-2.ts";

const daily: Definition = { hash: "7f3a9c01", schedule: "0 9 * * *", policies: defaults };

/** What jobs are. */
export const definitions: ReadonlyArray<Golden<ReadonlyArray<Definition>>> = [
  ["none", "2|", []],
  ["a schedule", "2|7f3a9c01,0%209%20%2A%20%2A%20%2A,", [daily]],
  ["one that was written otherwise", "2|7f3a9c01,0%209%20%2A%20%2A%20%2A,00%2009%20%2A%20%2A%20%3F", [
    { ...daily, written: "00 09 * * ?" },
  ]],
  [
    "every policy",
    "2|7f3a9c01,TZ%3DEurope%2FBerlin%200%209%20%2A%20%2A%20%2A,,call:60000:5,dat-least-once,j1000,l7,m3,n9,oqueue-all," +
    "pgpu:zone%3Aeu,r3:1000:2:3600000:0.1,t5000",
    [{
      ...daily,
      schedule: "TZ=Europe/Berlin 0 9 * * *",
      policies: {
        catchUp: { mode: "all", withinMs: 60_000, max: 5 },
        overlap: "queue-all",
        maxConcurrent: 3,
        maxQueued: 9,
        delivery: "at-least-once",
        timeoutMs: 5_000,
        limit: 7,
        jitterMs: 1_000,
        runOn: ["gpu", "zone:eu"],
        retry: { times: 3, delayMs: 1_000, factor: 2, maxDelayMs: 3_600_000, jitter: 0.1 },
      },
    }],
  ],
  [
    "two deployments, and the waits of a schedule",
    "2|00ff,%40every%2090s,,r2:5:1:9:0,w5:9;7f3a9c01,0%209%20%2A%20%2A%20%2A,",
    [
      {
        hash: "00ff",
        schedule: "@every 90s",
        policies: {
          ...defaults,
          retry: { times: 2, delayMs: 5, factor: 1, maxDelayMs: 9, jitter: 0, waits: [5, 9] },
        },
      },
      daily,
    ],
  ],
];

/** What members declare whose policies are not the defaults. */
export const declared: ReadonlyArray<Golden<{ readonly jobs: Declared; readonly policies: Declared }>> = [
  ["the version of policies", "2|invoices=7f3a9c01=0badcafe,re%20port=00ff", {
    jobs: new Map([["invoices", "7f3a9c01"], ["re port", "00ff"]]),
    policies: new Map([["invoices", "0badcafe"]]),
  }],
  ["no policies", "2|invoices=7f3a9c01", { jobs: new Map([["invoices", "7f3a9c01"]]), policies: new Map() }],
];

/** Of which declarations all definitions are told. */
export const told: ReadonlyArray<Golden<ReadonlyArray<string>>> = [
  ["none", "2|", []],
  ["two", "2|0123456789abcdef;fedcba9876543210", ["0123456789abcdef", "fedcba9876543210"]],
];

/** What stands behind a digest whose declaration is in pieces. */
export const pointers: ReadonlyArray<Golden<ReadonlyArray<string> | undefined>> = [
  ["one piece", "3|0123456789abcdef", ["0123456789abcdef"]],
  ["two pieces", "3|0123456789abcdef;fedcba9876543210", ["0123456789abcdef", "fedcba9876543210"]],
];

/** Of which declarations pieces are kept. */
export const kept: ReadonlyArray<Golden<ReadonlyArray<Kept>>> = [
  ["none", "2|", []],
  [
    "one that is told and one that is being told",
    "2|00ff00ff00ff00ff,1800000000000,,0123456789abcdef.fedcba9876543210;11ff11ff11ff11ff,1800000000500,a%2Fb,0123456789abcdef",
    [
      {
        digest: "00ff00ff00ff00ff",
        at: 1_800_000_000_000,
        writer: "",
        pieces: ["0123456789abcdef", "fedcba9876543210"],
      },
      { digest: "11ff11ff11ff11ff", at: 1_800_000_000_500, writer: "a/b", pieces: ["0123456789abcdef"] },
    ],
  ],
];
