/**
 * Mutants of what a store does: of claims, of what people ask for, of the members.
 *
 * @module
 */
import type { Edit, Mutant } from "./mutant.ts";

const record = "src/core/ledger/JobRecord.ts";
const overlap = "src/core/ledger/Overlap.ts";
const waiting = "src/core/ledger/Waiting.ts";
const members = "src/core/ledger/reference-store.ts";

/** A refused claim does not tell what the claimant holds. It covers for much that nodes do. */
export const heldRuns: Edit = {
  file: "src/core/ledger/answer.ts",
  from: "record === undefined ? noneHeld",
  to: 'record === undefined || status !== "ok" ? noneHeld',
};

/** A fire may be claimed however early. */
export const early: Edit = { file: record, from: "!moment.isAfter(lastStart(item) - maxAheadMs - 1)", to: "false" };

/** Who is no member is handed runs. The window of a claim covers for it. */
export const memberGuard: ReadonlyArray<Edit> = [
  { file: record, from: "restored.active !== record.active && !isMember(incarnation)", to: "false" },
  { file: record, from: "isHandedOver && !isMember(incarnation)", to: "false" },
  { file: record, from: 'verdicts.includes("run") && !isMember(incarnation)', to: "false" },
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
      { file: overlap, from: "const isFull = active.length + handed >= most;", to: "const isFull = false as boolean;" },
    ],
    broken: ["no overlap"],
  },
  {
    // Whoever holds a run is taken to be alive for as long as it is a member.
    name: "dead-overlap",
    rules: ["R27"],
    edits: [{ file: overlap, from: "leaseOf(claimId) !== undefined ||", to: 'claimId !== "" ||' }],
    broken: ["no overlap with the dead"],
    faults: { crash: 150, crashOnStart: 100 },
  },
  {
    // A fire that waited for a run stays overlapped with it, though that was of a node that is gone.
    name: "dead-mark",
    rules: ["R27"],
    edits: [{ file: record, from: "lastFence, active, busyUntil: undefined }", to: "lastFence, active }" }],
    broken: ["no overlap with the dead"],
    faults: { crash: 150, crashOnStart: 100 },
  },
  {
    name: "max-concurrent",
    rules: ["R27"],
    edits: [{ file: overlap, from: "item.maxConcurrent ?? Infinity", to: "Infinity" }],
    broken: ["no overlap"],
  },
  {
    name: "back-for-a-moment",
    rules: ["R11", "R14"],
    from: 300,
    edits: [{
      file: "src/core/ledger/reference-store.ts",
      from: "if (raw - service.backSince < disbeliefMs) return;",
      to: "",
    }],
    broken: ["lost is lost"],
    faults: { storeLeap: 700, pause: 120, delay: 200, leave: 50, drain: 50 },
  },
  {
    name: "member-guard+expiry",
    rules: ["R2", "R24"],
    from: 235,
    edits: [...memberGuard, expiry],
    broken: ["nothing handed to who is none", "leavers leave nothing behind"],
    faults: { duplication: 500, leave: 200, drain: 200, delay: 200 },
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
      file: "src/core/ledger/answer.ts",
      from: "over: over ?? none",
      to: "over: none",
    }],
    broken: ["nothing leaked"],
    faults: { deaf: 1_000, amnesia: 400 },
    isLossy: true,
  },
  {
    name: "over-again",
    rules: ["R6", "R33"],
    from: 70,
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
    name: "cancel-again",
    rules: ["R44"],
    edits: [{ file: record, from: "run.cancelAt !== undefined", to: "false" }],
    broken: ["cancelled is cancelled"],
  },
  {
    name: "waiting-order",
    rules: ["R46"],
    edits: [{
      file: waiting,
      from: "[...before, ...dueAts.slice(0, room)]",
      to: "[...dueAts.slice(0, room), ...before]",
    }],
    broken: ["what waits is run in order"],
  },
  {
    name: "waiting-bound",
    rules: ["R46"],
    edits: [{ file: waiting, from: "Math.min(maxQueued - before.length, left)", to: "left" }],
    broken: ["no more wait than may"],
  },
  {
    name: "waiting-turn",
    rules: ["R45", "R46"],
    edits: [{ file: waiting, from: "active.length + taken.length < atOnce", to: "taken.length < atOnce" }],
    broken: ["no overlap"],
  },
  {
    name: "waiting-overtaken",
    rules: ["R45", "R46"],
    edits: [{ file: waiting, from: " && waitingIn(record).length === 0;", to: ";" }],
    broken: ["what waits is run in order"],
  },
  {
    name: "waiting-redefined",
    rules: ["R45"],
    edits: [{ file: record, from: "waiting: stored?.waiting,", to: "waiting: undefined," }],
    broken: ["what waits is run"],
  },
  {
    name: "waiting-unmarked",
    rules: ["R47"],
    edits: [{
      file: waiting,
      from: "if (newest === undefined || record",
      to: "if (record.active.length > 0 || record",
    }],
    broken: ["what is in the way is cancelled"],
  },
  {
    name: "retry-waits",
    rules: ["R42"],
    edits: [{ file: record, from: "!moment.isAfter(notBefore - aheadMs - 1)", to: "false" }],
    broken: ["failures are tried again when it is time"],
  },
  {
    name: "retry-forgotten",
    rules: ["R42"],
    edits: [{
      file: "src/core/ledger/ending.ts",
      from: "run.notBefore === undefined ? undefined",
      to: "true ? undefined",
    }],
    broken: ["failures are tried again as the job says"],
  },
  {
    name: "retry-overdue",
    rules: ["R42"],
    edits: [
      {
        file: "src/core/ledger/Record.ts",
        from: "[queue[0]?.queuedAt, retryAt(record), open]",
        to: "[queue[0]?.queuedAt, open]",
      },
      {
        file: "src/core/node/times.ts",
        from: "retry.own !== undefined || isOwner) return",
        to: "retry.own !== undefined) return",
      },
      { file: "src/core/node/times.ts", from: "isLooking(role) ? retry.at", to: "false ? retry.at" },
    ],
    broken: ["failures are tried again as the job says", "failures are tried again when it is time"],
    faults: { crash: 200 },
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
      to: 'if (record.paused && item._tag === "Sync") return',
    }],
    broken: ["nothing while paused"],
  },
  {
    name: "payload-left",
    rules: ["R40"],
    edits: [{ file: "src/core/ledger/Payload.ts", from: "!left.has(dueAt)", to: "left.has(dueAt) && false" }],
    broken: ["nothing leaked"],
  },
  {
    name: "payload-of-another",
    rules: ["R40"],
    edits: [{
      file: "src/core/ledger/Record.ts",
      from: "return payload === true ? { ...kept, payload } : kept;",
      to: "return kept;",
    }],
    broken: ["what was asked for is run", "nothing leaked"],
  },
  {
    name: "result-of-another",
    rules: ["R48"],
    edits: [{
      file: "src/core/ledger/Results.ts",
      from: "ends.find((it) => it.fence === fence)",
      to: "ends[0]",
    }],
    broken: ["a result is that of the run"],
  },
  {
    name: "result-early",
    rules: ["R48"],
    edits: [{
      file: "src/core/ledger/Results.ts",
      from: "heldUntil !== undefined && notBefore === undefined;",
      to: "heldUntil !== undefined || notBefore !== undefined;",
    }],
    broken: ["a result is that of the run"],
  },
  {
    name: "result-of-the-lost",
    rules: ["R48"],
    edits: [{
      file: "src/core/engine/claims.ts",
      from: "following(item.job, stored, claimed.record, claimed.history, none, grounds)",
      to: "following(item.job, undefined, undefined, [], none, grounds)",
    }],
    broken: ["a result is that of the run"],
  },
  {
    name: "drain-left",
    rules: ["R39"],
    edits: [
      { file: "src/core/engine/draining.ts", from: "|| !known.isMember(incarnation)", to: "" },
      { file: "src/core/engine/draining.ts", from: "known.row(key) !== undefined", to: "false" },
    ],
    broken: ["nothing leaked"],
  },
  {
    name: "paused-with-all",
    rules: ["R38"],
    edits: [{ file: record, from: "pausedWithAll(allPaused?.())", to: "pausedWithAll(undefined)" }],
    broken: ["nothing while paused"],
  },
  {
    name: "all-paused-late",
    rules: ["R58"],
    edits: [{ file: "src/core/engine/pausing.ts", from: "moment.next(stands.token)", to: "0" }],
    broken: ["what comes late changes nothing"],
    faults: { duplication: 700, delay: 700, control: 300 },
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
