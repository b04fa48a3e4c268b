/**
 * Texts of layout 2 that are lines of the history, as those of layout-2.ts.
 *
 * @module
 */
import type { HistoryEntry } from "../../src/core/words/Request.ts";
import type { Golden } from "./layout-2.ts";

const ended = (outcome: Extract<HistoryEntry, { _tag: "Run" }>["outcome"]): Golden<HistoryEntry> => [
  `a run that ${outcome}`,
  `2|R,invoices,1800000000000,1,1799999999001,${outcome},1800000000002,1800000000345,a1b2`,
  {
    _tag: "Run",
    job: "invoices",
    dueAt: 1_800_000_000_000,
    attempt: 1,
    fence: 1_799_999_999_001,
    outcome,
    startedAt: 1_800_000_000_002,
    endedAt: 1_800_000_000_345,
    incarnation: "a1b2",
  },
];

const why: Golden<HistoryEntry> = [
  "a run that failed, and why",
  `${ended("failed")[1]},eno%20paper%20in%20%u7D19`,
  { ...ended("failed")[2], error: "no paper in 紙" } as HistoryEntry,
];

const skipped = (reason: Extract<HistoryEntry, { _tag: "Skip" }>["reason"]): Golden<HistoryEntry> => [
  `a skip: ${reason}`,
  `2|S,re%20port,1800000000000,${reason},-1,1799999940000,1800000000000`,
  {
    _tag: "Skip",
    job: "re port",
    at: 1_800_000_000_000,
    reason,
    count: -1,
    firstDueAt: 1_799_999_940_000,
    lastDueAt: 1_800_000_000_000,
  },
];

/** Lines of the history. */
export const lines: ReadonlyArray<Golden<HistoryEntry>> = [
  ...(["succeeded", "failed", "timed-out", "cancelled", "abandoned", "lost"] as const).map(ended),
  why,
  ...([
    "window",
    "coalesced",
    "catch-up",
    "overlap",
    "queue-full",
    "paused",
    "definition-changed",
    "regressed",
  ] as const).map(
    skipped,
  ),
  ["what somebody did with a job", "2|A,re%20port,1800000000000,cancel-queued,anna%40ops", {
    _tag: "Action",
    action: "cancel-queued",
    by: "anna@ops",
    at: 1_800_000_000_000,
    job: "re port",
  }],
  ["what somebody did with all jobs", "2|A,%,1800000000000,pause-all,%u7D19", {
    _tag: "Action",
    action: "pause-all",
    by: "紙",
    at: 1_800_000_000_000,
  }],
  ["that somebody asked a node to leave", "2|A,web%2F1,1800000000000,drain,anna", {
    _tag: "Action",
    action: "drain",
    by: "anna",
    at: 1_800_000_000_000,
    node: "web/1",
  }],
  ["what somebody did with a schedule", "2|A,tenant%2F1,1800000000000,schedule-put,anna", {
    _tag: "Action",
    action: "schedule-put",
    by: "anna",
    at: 1_800_000_000_000,
    schedule: "tenant/1",
  }],
];
