/**
 * Texts of layout 2 as they are in stores, and what they say. None is ever changed: what was written once is read by every
 * release that reads the layout. A feature adds texts.
 *
 * @module
 */
import type { Promised } from "../../adapters/etcd/keys.ts";
import type { Shelf } from "../../src/core/ledger/Asked.ts";
import type { MemberRow } from "../../src/core/ledger/memberText.ts";
import type { AllPaused } from "../../src/core/ledger/Pause.ts";
import type { JobRecord, StoredRun } from "../../src/core/ledger/Record.ts";
import type * as Results from "../../src/core/ledger/Results.ts";
import type { DrainAsked } from "../../src/core/words/Request.ts";
import type { Declared } from "../../src/core/words/View.ts";

/** What it shows, how it is written, what it says. */
export type Golden<A> = readonly [feature: string, text: string, value: A];

const bare: JobRecord = {
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
};

const run: StoredRun = {
  dueAt: 1_800_000_000_000,
  attempt: 1,
  kind: "due",
  fence: 1_799_999_999_001,
  claimId: "a1b2.k3",
  heldUntil: undefined,
};

export const records: ReadonlyArray<Golden<JobRecord>> = [
  ["a job that waits", "2|1800000000000|0|0|0|7f3a9c01|1799999000000||1800000060000||", bare],
  ["one that was registered by who did not know it", "2|1800000000000|1800000000000|0|0|7f3a9c01|1799999000000||5||", {
    ...bare,
    since: 1_800_000_000_000,
    nextDueAt: 5,
  }],
  ["one whose fires of before were told", "2|1800000000000|1800000000000,a1b2|0|0|7f3a9c01|1799999000000||5||", {
    ...bare,
    since: 1_800_000_000_000,
    toldBy: "a1b2",
    nextDueAt: 5,
  }],
  ["a paused one", "2|1800000000000|0|0|1|7f3a9c01|1799999000000||1800000060000||", { ...bare, paused: true }],
  ["one whose runs are counted", "2|1800000000000|0|0|0|7f3a9c01|1799999000000||1800000060000|||n3", {
    ...bare,
    counted: 3,
  }],
  [
    "fires that wait for the run before them",
    "2|1800000000000|0|0|0|7f3a9c01|1799999000000||1800000060000|1800000000000,1,due,1799999999001,a1b2.k3||" +
    "n3,q1800000020000.1800000040000",
    { ...bare, active: [run], counted: 3, waiting: [1_800_000_020_000, 1_800_000_040_000] },
  ],
  [
    "a fire that was found in the way of a run",
    "2|1800000000000|0|0|0|7f3a9c01|1799999000000||1800000060000|1800000000000,1,due,1799999999001,a1b2.k3||" +
    "u1800000060000",
    { ...bare, active: [run], busyUntil: 1_800_000_060_000 },
  ],
  [
    "one of which is told why it is paused, and by whom",
    "2|5|0|0|1|7f3a9c01|1||6|||banna%40ops,rthe%20bank%20is%20closed",
    {
      ...bare,
      watermark: 5,
      deployment: 1,
      nextDueAt: 6,
      paused: true,
      pausedBy: "anna@ops",
      pauseReason: "the bank is closed",
    },
  ],
  ["one that was paused with all others", "2|5|0|0|1|7f3a9c01|1||6|||a,bops", {
    ...bare,
    watermark: 5,
    deployment: 1,
    nextDueAt: 6,
    paused: true,
    pausedWithAll: true,
    pausedBy: "ops",
  }],
  ["one of which is told why only", "2|5|0|0|1|7f3a9c01|1||6||4,b,5|r%25", {
    ...bare,
    watermark: 5,
    deployment: 1,
    nextDueAt: 6,
    paused: true,
    pauseReason: "%",
    queue: [{ dueAt: 4, kind: "backfill", queuedAt: 5 }],
  }],
  ["one that is never due again", "2|1800000000000|0|0|0|7f3a9c01|1799999000000||||", {
    ...bare,
    nextDueAt: undefined,
  }],
  ["one whose watermark a claim has moved", "2|1800000000000|0|9|0|7f3a9c01|1799999000000|a1b2.k3|1800000060000||", {
    ...bare,
    lastFence: 9,
    claimId: "a1b2.k3",
  }],
  ["one before 1970", "2|-5|0|0|0|7f3a9c01|0||-4||", { ...bare, watermark: -5, deployment: 0, nextDueAt: -4 }],
  ["names of any characters", "2|5|0|0|0|%u4EFB%7C%40|1|%uD800.%2C|6||", {
    ...bare,
    watermark: 5,
    definition: "任|@",
    deployment: 1,
    claimId: "\ud800.,",
    nextDueAt: 6,
  }],
  [
    "a run of each kind",
    "2|1800000000000|0|1799999999001|0|7f3a9c01|1799999000000|a1b2.k3|1800000060000|" +
    "1800000000000,1,due,1799999999001,a1b2.k3;1800000000000,1,late,1799999999001,a1b2.k3;" +
    "1800000000000,1,manual,1799999999001,a1b2.k3;1800000000000,1,backfill,1799999999001,a1b2.k3;" +
    "1800000000000,2,rerun,1799999999001,a1b2.k3|",
    {
      ...bare,
      lastFence: 1_799_999_999_001,
      claimId: "a1b2.k3",
      active: [run, { ...run, kind: "late" }, { ...run, kind: "manual" }, { ...run, kind: "backfill" }, {
        ...run,
        kind: "rerun",
        attempt: 2,
      }],
    },
  ],
  [
    "a run that was given back, and one that ended by its limit and goes on",
    "2|1800000000000|0|0|0|7f3a9c01|1799999000000||1800000060000|" +
    "1800000000000,1,due,1799999999001,;1800000000000,1,due,1799999999001,a1b2.k3,1800000090000|",
    { ...bare, active: [{ ...run, claimId: undefined }, { ...run, heldUntil: 1_800_000_090_000 }] },
  ],
  [
    "an attempt that waits after one that failed, one that is made, and one whose next waits until its handler has settled",
    "2|1800000000000|0|0|0|7f3a9c01|1799999000000||1800000060000|" +
    "1800000000000,1,due,1799999999001,,eError%3A%20no,r1,w1800000005000;" +
    "1800000000000,3,retry,1799999999001,a1b2.k3%21,r2,w1800000015000;" +
    "1800000000000,1,due,1799999999001,a1b2.k3,1800000090000,e%,r1,w1800000015000|",
    {
      ...bare,
      active: [
        { ...run, claimId: undefined, notBefore: 1_800_000_005_000, previousError: "Error: no", retries: 1 },
        { ...run, attempt: 3, kind: "retry", claimId: "a1b2.k3!", notBefore: 1_800_000_015_000, retries: 2 },
        { ...run, heldUntil: 1_800_000_090_000, notBefore: 1_800_000_015_000, previousError: "", retries: 1 },
      ],
    },
  ],
  [
    "a fire that was asked for with a payload, runs of such, and one of which is over",
    "2|5|0|0|0|d|1||6|5,1,manual,7,a1b2.k3,p;6,1,manual,8,,p;6,1,manual,9,a1b2.k3,99|4,m,5,p;5,m,6",
    {
      ...bare,
      watermark: 5,
      definition: "d",
      deployment: 1,
      nextDueAt: 6,
      active: [
        { ...run, dueAt: 5, kind: "manual", fence: 7, payload: true },
        { ...run, dueAt: 6, kind: "manual", fence: 8, claimId: undefined, payload: true },
        { ...run, dueAt: 6, kind: "manual", fence: 9, heldUntil: 99 },
      ],
      queue: [{ dueAt: 4, kind: "manual", queuedAt: 5, payload: true }, { dueAt: 5, kind: "manual", queuedAt: 6 }],
    },
  ],
  [
    "fires whose starts are moved by jitter: one that runs, one that is to come",
    "2|1800000000000|0|0|0|7f3a9c01|1799999000000||1800000060000|" +
    "1800000000000,1,due,1799999999001,a1b2.k3,j1800000007123||j1800000061001",
    {
      ...bare,
      nextStartsAt: 1_800_000_061_001,
      active: [{ ...run, startsAt: 1_800_000_007_123 }],
    },
  ],
  [
    "runs that are to be cancelled",
    "2|1800000000000|0|0|0|7f3a9c01|1799999000000||1800000060000|" +
    "1800000000000,1,due,1799999999001,a1b2.k3,c1800000001000;" +
    "1800000000000,2,retry,1799999999001,a1b2.k3%21,c1800000001000,eno,r1,w1800000000500|",
    {
      ...bare,
      active: [
        { ...run, cancelAt: 1_800_000_001_000 },
        {
          ...run,
          attempt: 2,
          kind: "retry",
          claimId: "a1b2.k3!",
          cancelAt: 1_800_000_001_000,
          notBefore: 1_800_000_000_500,
          previousError: "no",
          retries: 1,
        },
      ],
    },
  ],
  [
    "fires whose results are kept, and the row of the next",
    "2|5|0|0|0|d|1||6|5,1,manual,7,a1b2.k3,p,s62;6,1,manual,8,,s63|4,m,5,s0;5,m,6,p,s1|s2",
    {
      ...bare,
      watermark: 5,
      definition: "d",
      deployment: 1,
      nextDueAt: 6,
      active: [
        { ...run, dueAt: 5, kind: "manual", fence: 7, payload: true, resultSlot: 62 },
        { ...run, dueAt: 6, kind: "manual", fence: 8, claimId: undefined, resultSlot: 63 },
      ],
      queue: [
        { dueAt: 4, kind: "manual", queuedAt: 5, resultSlot: 0 },
        { dueAt: 5, kind: "manual", queuedAt: 6, payload: true, resultSlot: 1 },
      ],
      nextSlot: 2,
    },
  ],
  [
    "fires that were asked for",
    "2|1800000000000|0|0|0|7f3a9c01|1799999000000||1800000060000||" +
    "1800000000001,m,1800000000000;1799000000000,b,1800000000002",
    {
      ...bare,
      queue: [
        { dueAt: 1_800_000_000_001, kind: "manual", queuedAt: 1_800_000_000_000 },
        { dueAt: 1_799_000_000_000, kind: "backfill", queuedAt: 1_800_000_000_002 },
      ],
    },
  ],
];

/** What became of fires that people asked for. */
export const results: ReadonlyArray<Golden<Results.Row>> = [
  ["nothing", "2|1|5|succeeded|1|", { dueAt: 1, result: { outcome: "succeeded", attempt: 1, endedAt: 5 } }],
  ["a value", '2|1|5|succeeded|2|v{"a":"|;,"}', {
    dueAt: 1,
    result: { outcome: "succeeded", attempt: 2, endedAt: 5, returned: { json: '{"a":"|;,"}' } },
  }],
  ["what is too large", "2|1|5|succeeded|1|l", {
    dueAt: 1,
    result: { outcome: "succeeded", attempt: 1, endedAt: 5, returned: { unkept: "too-large" } },
  }],
  ["what is no JSON", "2|1|5|succeeded|1|j", {
    dueAt: 1,
    result: { outcome: "succeeded", attempt: 1, endedAt: 5, returned: { unkept: "not-json" } },
  }],
  ["an error", "2|1|5|failed|3|eno%20paper%7C%40", {
    dueAt: 1,
    result: { outcome: "failed", attempt: 3, endedAt: 5, error: "no paper|@" },
  }],
  ["one that was given up", "2|1|5|cancelled|0|", {
    dueAt: 1,
    result: { outcome: "cancelled", attempt: 0, endedAt: 5 },
  }],
];

/** What fires were asked with. */
export const payloads: ReadonlyArray<Golden<string>> = [
  ["a number", "2|5", "5"],
  ["nothing", "2|null", "null"],
  ["an object", '2|{"a":[1,"|;,"]}', '{"a":[1,"|;,"]}'],
  ["characters of any kind", '2|"\\u00e4\\u0040\\u007f\\ud83d\\ude00"', '"\\u00e4\\u0040\\u007f\\ud83d\\ude00"'],
];

/** What is said of a pause of all jobs. */
export const pauses: ReadonlyArray<Golden<AllPaused>> = [
  ["all go on", "2|7|o", { token: 7, note: undefined }],
  ["nothing", "2|1700000000000|p|", { token: 1_700_000_000_000, note: {} }],
  ["by whom", "2|8|p|banna", { token: 8, note: { by: "anna" } }],
  ["why", "2|8|p|ra%7Cb", { token: 8, note: { reason: "a|b" } }],
  ["both", "2|9|p|banna%40ops,rincident%207", { token: 9, note: { by: "anna@ops", reason: "incident 7" } }],
];

/** What asks a node to leave. */
export const drains: ReadonlyArray<Golden<DrainAsked>> = [
  ["without a word", "2||", {}],
  ["how long it may take", "2|5000|", { drainMs: 5_000 }],
  ["by whom and why", "2|0|banna%40ops,ra%20new%20kernel", { drainMs: 0, by: "anna@ops", reason: "a new kernel" }],
];

const member: MemberRow = { layout: 2, name: "web-1", weight: 1, state: "active", deployment: 0, leaseMs: 12_000 };

/** What members say of themselves. */
export const rows: ReadonlyArray<Golden<MemberRow>> = [
  ["a member", "2|web-1|1|active|0|12000", member],
  ["one that leaves", "2|web-1|1|leaving|0|12000", { ...member, state: "leaving" }],
  ["a weight that is no whole number", "2|web-1|0.5|active|0|12000", { ...member, weight: 0.5 }],
  ["a deployment", "2|web-1|1|active|1799999000000|12000", { ...member, deployment: 1_799_999_000_000 }],
  ["no name", "2|%|1|active|0|12000", { ...member, name: "" }],
  ["digests of its time zone data", "2|web-1|1|active|0|12000|2y.0kq3zx1m9a0d", {
    ...member,
    zones: "2y.0kq3zx1m9a0d",
  }],
  ["a name with separators", "2|a%7Cb%2Cc%3Bd%40e%25|1|active|0|12000", { ...member, name: "a|b,c;d@e%" }],
];

export const declared: ReadonlyArray<Golden<Declared>> = [
  ["no job", "2|", new Map()],
  ["jobs", "2|invoices=7f3a9c01,re%20port=00ff", new Map([["invoices", "7f3a9c01"], ["re port", "00ff"]])],
  ["names of any characters", "2|gr%F6%DFe%u4EFB=1,%uD800=%", new Map([["größe任", "1"], ["\ud800", ""]])],
];

/** Keys that people asked under. */
export const shelves: ReadonlyArray<Golden<Shelf>> = [
  ["nothing", "2|", []],
  ["a trigger and a backfill", "2|0123456789abcdef,1800000000000,1;fedcba9876543210,1800000000001,-1000000", [
    { hash: "0123456789abcdef", at: 1_800_000_000_000, dueAt: 1_800_000_000_001 },
    { hash: "fedcba9876543210", at: 1_800_000_000_001, dueAt: 1_799_999_000_001 },
  ]],
  ["a trigger whose result is kept", "2|0123456789abcdef,1800000000000,1,63", [
    { hash: "0123456789abcdef", at: 1_800_000_000_000, dueAt: 1_800_000_000_001, resultSlot: 63 },
  ]],
];

/** What etcd keeps of a member beside its row: a text with a layout of its own. */
export const etcdNodes: ReadonlyArray<Golden<{ readonly row: string; readonly digest: string }>> = [
  ["a member", "1|d1gest|2|web-1|1|active|0|12000", { row: "2|web-1|1|active|0|12000", digest: "d1gest" }],
  ["one with time zone data", "1|d1gest|2|web-1|1|active|0|12000|2y.0kq3zx1m9a0d", {
    row: "2|web-1|1|active|0|12000|2y.0kq3zx1m9a0d",
    digest: "d1gest",
  }],
];

/** What a member promises in etcd, in a layout of its own. */
export const etcdPromises: ReadonlyArray<Golden<Promised>> = [
  ["a promise", "1|1800000000000|1800000012000|60000", {
    since: 1_800_000_000_000,
    endsAt: 1_800_000_012_000,
    longestMs: 60_000,
  }],
];

/** Rows of etcd. */
export const etcdRows: ReadonlyArray<Golden<{ readonly text: string; readonly since: number | undefined }>> = [
  ["a row", "2|x", { text: "2|x", since: undefined }],
  ["a row that waits", "2|x@1800000000000", { text: "2|x", since: 1_800_000_000_000 }],
];
