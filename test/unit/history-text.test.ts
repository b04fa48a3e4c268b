import { expect, it } from "vitest";
import { layouts } from "../../src/core/ledger/layout.ts";
import { historyEntry, historyLine } from "../../src/core/ledger/historyText.ts";
import type { Outcome, SkipReason } from "../../src/core/words/Fire.ts";
import type { HistoryEntry } from "../../src/core/words/Request.ts";

// As records of their types, so that a new one does not compile before it is here.
const reasons: Record<SkipReason, true> = {
  "window": true,
  "coalesced": true,
  "catch-up": true,
  "overlap": true,
  "queue-full": true,
  "paused": true,
  "definition-changed": true,
  "regressed": true,
};
const outcomes: Record<Outcome, true> = {
  "succeeded": true,
  "failed": true,
  "timed-out": true,
  "abandoned": true,
  "cancelled": true,
  "lost": true,
};

it("every line that is written is read as what it was", () => {
  const entries: ReadonlyArray<HistoryEntry> = [
    ...(Object.keys(reasons) as ReadonlyArray<SkipReason>).map((reason): HistoryEntry => ({
      _tag: "Skip",
      job: "a|b,c",
      at: 5,
      reason,
      count: -1,
      firstDueAt: 1,
      lastDueAt: 4,
    })),
    ...(Object.keys(outcomes) as ReadonlyArray<Outcome>).map((outcome): HistoryEntry => ({
      _tag: "Run",
      job: "a|b,c",
      dueAt: 1,
      attempt: 1,
      fence: 7,
      incarnation: "n",
      outcome,
      startedAt: 2,
      endedAt: 3,
    })),
  ];
  for (const entry of entries) expect(historyEntry(historyLine(entry, layouts.newest))).toEqual(entry);
});
