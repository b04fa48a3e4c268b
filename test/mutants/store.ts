/**
 * Mutants of what a store does: of claims, of what people ask for, of the members.
 *
 * @module
 */
import type { Edit, Mutant } from "./mutant.ts";

const record = "src/core/ledger/JobRecord.ts";
const members = "src/core/ledger/reference-store.ts";

/** A refused claim does not tell what the claimant holds. It covers for much that nodes do. */
export const heldRuns: Edit = {
  file: record,
  from: "const mine = record?.active",
  to: 'const mine = status !== "ok" ? [] : record?.active',
};

/** A fire may be claimed however early. */
export const early: Edit = { file: record, from: "!moment.isAfter(item.to - maxAheadMs - 1)", to: "false" };

/** Who is no member is handed runs. The window of a claim covers for it. */
export const memberGuard: ReadonlyArray<Edit> = [
  { file: record, from: "restored.active !== record.active && !isMember(incarnation)", to: "false" },
  { file: record, from: "isHandedOver && !isMember(incarnation)", to: "false" },
  { file: record, from: "item.runs.length > 0 && free > 0 && !isMember(incarnation)", to: "false" },
];

/** What was committed under a claim id is not looked for. */
export const replay: Edit = { file: record, from: "if (isCommitted) return", to: "if (false) return" };

/** A claim is never too old. */
export const expiry: Edit = { file: record, from: "moment.isAfter(context.expiresAt)", to: "false" };

/** A claim is made from wherever the record stands, if it goes on. */
export const compareAndSwap: Edit = {
  file: record,
  from: "item.from !== repaired.watermark",
  to: "item.to <= repaired.watermark",
};

/** A run is taken from anybody. */
export const memberCheck: Edit = {
  file: record,
  from: "by === incarnation || isMember(by)",
  to: "by === incarnation",
};

/** All of them. */
export const store: ReadonlyArray<Mutant> = [
  {
    name: "compare-and-swap",
    rules: ["R13"],
    edits: [compareAndSwap],
    broken: ["intervals without gap or overlap", "one start per attempt"],
  },
  {
    name: "compare-and-swap+later-than",
    rules: ["R13"],
    edits: [{ file: record, from: "item.from !== repaired.watermark", to: "false" }],
    broken: ["intervals without gap or overlap", "one start per attempt"],
  },
  {
    name: "held-runs",
    rules: ["R4"],
    edits: [heldRuns],
    broken: ["every run accounted for", "nothing undecided", "nothing leaked"],
  },
  {
    name: "member-check",
    rules: ["R28"],
    edits: [memberCheck],
    broken: ["nothing taken from a member"],
  },
  {
    name: "overlap",
    rules: ["R27"],
    edits: [
      { file: record, from: "const isCrowded = ", to: "const isCrowded = false && " },
      { file: record, from: "active.length >= atMost(item)", to: "false" },
    ],
    broken: ["no overlap"],
  },
  {
    name: "max-concurrent",
    rules: ["R27"],
    edits: [{ file: record, from: "item.maxConcurrent ?? Infinity", to: "Infinity" }],
    broken: ["no overlap"],
  },
  {
    name: "member-guard+expiry",
    rules: ["R2", "R24"],
    from: 130,
    edits: [...memberGuard, expiry],
    broken: ["nothing handed to who is none", "leavers leave nothing behind"],
    faults: { duplication: 500, leave: 200, delay: 200 },
  },
  {
    name: "restore",
    rules: ["R6", "R30"],
    from: 60,
    edits: [{
      file: "src/core/ledger/restore.ts",
      from: 'if (typeof lastFence !== "number" || lastFence >= run.fence) continue;',
      to: "",
    }],
    broken: [
      "one start per attempt",
      "no overlap",
      "every run accounted for",
      "nothing taken from a member",
      "tokens grow",
    ],
    isLossy: true,
  },
  {
    name: "over",
    rules: ["R4", "R33"],
    edits: [{
      file: record,
      from: "over: told(mine.filter(({ heldUntil }) => heldUntil !== undefined))",
      to: "over: []",
    }],
    broken: ["nothing leaked"],
    faults: { deaf: 1_000, amnesia: 400 },
    isLossy: true,
  },
  {
    name: "over-again",
    rules: ["R6", "R33"],
    edits: [
      { file: "src/core/ledger/restore.ts", from: "heldUntil: overUntil,", to: "heldUntil: undefined," },
      {
        file: "src/core/node/answers.ts",
        from: 'if (local?.phase === "held" && ',
        to: "if (local !== undefined && false && ",
      },
    ],
    broken: ["what is over stays over"],
    faults: { emptied: 100, deaf: 1_000, hang: 30, crash: 150 },
    isLossy: true,
  },
  {
    name: "teller",
    rules: ["R6"],
    edits: [{ file: record, from: "item.floor < stored.since && isTeller", to: "item.floor < stored.since" }],
    broken: ["what was forgotten is told once"],
    faults: { emptied: 150, loss: 50, delay: 100, crash: 50 },
    isLossy: true,
  },
  {
    name: "teller-unheard",
    rules: ["R6"],
    edits: [{ file: record, from: "stored.toldBy === incarnation;", to: "false;" }],
    broken: ["what was forgotten is told once"],
    faults: { emptied: 150, loss: 100, delay: 100, outage: 50 },
    isLossy: true,
  },
  {
    name: "trigger-key",
    rules: ["R31"],
    edits: [{ file: "src/core/engine/commands.ts", from: "if (before !== undefined) return", to: "if (false) return" }],
    broken: ["asked for once, run once"],
  },
  {
    name: "paused",
    rules: ["R13"],
    edits: [{
      file: record,
      from: "if (record.paused) return",
      to: "if (record.paused && item.from === undefined) return",
    }],
    broken: ["nothing while paused"],
  },
  {
    name: "deployment",
    rules: ["R19"],
    edits: [{ file: record, from: "context.deployment < stored.deployment", to: "false" }],
    broken: ["the newest definition wins"],
  },
  {
    name: "promised-lease",
    rules: ["R14"],
    edits: [{ file: members, from: "Math.max(own?.endsAt ?? 0, ", to: "Math.max(0, " }],
    broken: ["members keep what they were promised"],
    faults: { duplication: 500, crash: 200, pause: 200 },
  },
  {
    name: "amnesty",
    rules: ["R15"],
    edits: [{ file: members, from: "own !== undefined && own.endsAt <= now", to: "false" }],
    broken: [],
    rate: { name: "members removed after an outage", limit: 1_000 },
    faults: { outage: 100 },
  },
  {
    name: "token-clock",
    rules: ["R30"],
    edits: [{
      file: "src/core/ledger/Moment.ts",
      from: "? { least: number + 1, plus: 0 }",
      to: "? number + 1",
    }],
    broken: ["tokens grow"],
    isLossy: true,
  },
];
