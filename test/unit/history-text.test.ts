import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layouts } from "../../src/core/ledger/layout.ts";
import { actionLine, historyEntry, historyLine } from "../../src/core/ledger/historyText.ts";
import { about, type ActionKind } from "../../src/core/words/Action.ts";
import type { Outcome, SkipReason } from "../../src/core/words/Fire.ts";
import type { ActionEntry, FireEntry } from "../../src/core/words/Request.ts";

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

const actions: Record<ActionKind, true> = {
  "trigger": true,
  "backfill": true,
  "pause": true,
  "resume": true,
  "cancel": true,
  "cancel-queued": true,
  "rewind": true,
  "remove": true,
  "drain": true,
  "pause-all": true,
  "resume-all": true,
  "schedule-put": true,
  "schedule-remove": true,
  "schedule-pause": true,
  "schedule-resume": true,
  "schedule-trigger": true,
};
const allActions = Object.keys(actions) as ReadonlyArray<ActionKind>;

it("every line that is written is read as what it was", () => {
  const entries: ReadonlyArray<FireEntry> = [
    ...(Object.keys(reasons) as ReadonlyArray<SkipReason>).map((reason): FireEntry => ({
      _tag: "Skip",
      job: "a|b,c",
      at: 5,
      reason,
      count: -1,
      firstDueAt: 1,
      lastDueAt: 4,
    })),
    ...(Object.keys(outcomes) as ReadonlyArray<Outcome>).map((outcome): FireEntry => ({
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

describe("what somebody did", () => {
  it("is read as what it was, of whatever it was and whatever the name is, in one line of what may stand in a store", () => {
    const text = fc.string({ unit: "binary", minLength: 1, maxLength: 100 });
    const odd = fc.oneof(
      text,
      fc.constantFrom("2|S,other,5,window,1,1,1", "@1+2@", "\u202e\ud800", "%41", "a\nb", ","),
    );
    fc.assert(
      fc.property(fc.constantFrom(...allActions), odd, odd, fc.nat(), (action, name, by, at) => {
        const entry: ActionEntry = { _tag: "Action", action, by, at, ...about(action, name) };
        const line = actionLine(entry, layouts.newest);
        expect(line).toMatch(/^2\|A,[A-Za-z0-9._%-]+,\d+,[a-z-]+,[A-Za-z0-9._%-]+$/);
        expect(historyEntry(line)).toEqual(entry);
      }),
    );
  });

  it("is passed over where it cannot be read, as is a line of a kind that nobody knows yet", () => {
    const line = "2|A,invoices,5,pause,anna";
    expect(historyEntry(line)).toEqual({ _tag: "Action", action: "pause", by: "anna", at: 5, job: "invoices" });
    for (
      const it of [`${line},more`, "2|A,invoices,5,explode,anna", "2|A,invoices,x,pause,anna", "2|A,invoices,5,pause"]
    ) {
      expect(historyEntry(it), it).toBeUndefined();
    }
    for (const it of ["2|A,invoices,5,constructor,anna", "2|Z,invoices,5,1,2,3", "3|A,invoices,5,pause,anna", "2|A"]) {
      expect(historyEntry(it), it).toBeUndefined();
    }
  });
});

describe("the error of a run", () => {
  const run = {
    _tag: "Run",
    job: "a",
    dueAt: 1,
    attempt: 1,
    fence: 7,
    incarnation: "n",
    outcome: "failed",
    startedAt: 2,
    endedAt: 3,
  } as const;
  const read = (error: string) => historyEntry(historyLine({ ...run, error }, layouts.newest));

  it.each([
    "",
    "no paper",
    'a|b,c;d=e@1+2@ "f" %41 \\n',
    `<img src=x onerror="alert('1')">&amp;`,
    "2|S,other,5,window,1,1,1",
    "\u0000\u001b[31m\u2028\ud800",
    "Kein Papier für „Größe“ 🖨️",
  ])("%j is read as what it was, and in one line of what may stand in a store", (error) => {
    const line = historyLine({ ...run, error }, layouts.newest);
    expect(line).toMatch(/^2\|R(?:,[A-Za-z0-9._%-]+){9}$/);
    expect(historyEntry(line)).toEqual({ ...run, error });
  });

  it("takes no more than 400 bytes, and ends with a whole character", () => {
    for (const character of ["x", " ", "é", "紙", "🖨"]) {
      const error = character.repeat(200 / character.length);
      const line = historyLine({ ...run, error }, layouts.newest);
      expect(line.length - historyLine(run, layouts.newest).length).toBeLessThanOrEqual(402);
      const found = read(error);
      const told = found?._tag === "Run" ? found.error ?? "" : "";
      expect(told === error || error.startsWith(told.slice(0, -1)), told).toBe(true);
      expect(told).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/);
      expect(told.length).toBeGreaterThan(60);
    }
  });

  it("is there only where the line has one, and a line that has something else there is none", () => {
    const line = historyLine(run, layouts.newest);
    expect(historyEntry(line)).toEqual(run);
    expect(historyEntry(`${line},x5`)).toBeUndefined();
    expect(historyEntry(`${line},e`)).toBeUndefined();
    expect(historyEntry(`${line},eno paper`)).toBeUndefined();
    expect(historyEntry(`${line},eno,epaper`)).toBeUndefined();
  });
});
