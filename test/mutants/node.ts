/**
 * Mutants of what a node does, some of them together with a rule of the store that covers for it.
 *
 * @module
 */
import type { Edit, Mutant } from "./mutant.ts";
import { early, expiry, heldRuns, replay } from "./store.ts";
import { ticks } from "./ticks.ts";

const machine = "src/core/node/Machine.ts";
const answers = "src/core/node/answers.ts";
const announcing = "src/core/node/announcing.ts";
const claims = "src/core/node/claims.ts";
const forgotten = "src/core/node/forgotten.ts";
const leaving = "src/core/node/leaving.ts";
const runs = "src/core/node/runs.ts";
const times = "src/core/node/times.ts";

/** A node goes by its own clock. */
const fleetClock: ReadonlyArray<Edit> = [
  { file: "src/core/node/Draft.ts", from: "FleetClock.now(state.clock, at)", to: "at.wall" },
  { file: "src/core/node/hearing.ts", from: "FleetClock.now(clock, draft.at)", to: "draft.at.wall" },
];

/** What is in doubt is not settled by a look. */
const settle: Edit = { file: times, from: "isInDoubt(entry)", to: "false" };

/** A schedule goes on after its end. */
const endless: Edit = { file: "src/core/schedule/NextFire.ts", from: "at < endAt && ", to: "" };

/** All of them. */
export const node: ReadonlyArray<Mutant> = [
  {
    name: "jitter",
    rules: ["R51"],
    edits: [{ file: "src/core/words/start.ts", from: "notBefore ?? moved ?? dueAt", to: "notBefore ?? dueAt" }],
    broken: ["nothing early"],
  },
  {
    name: "labels",
    rules: ["R52"],
    edits: [{
      file: "src/core/node/placement.ts",
      from: "runOn.every((label) => labels.includes(label))",
      to: "labels.length >= 0",
    }],
    broken: ["nothing runs where labels are missing"],
  },
  ...ticks,
  {
    name: "learn-from-reply",
    rules: ["R5"],
    edits: [{
      file: answers,
      from: "const { doubtUntil, status, watermark } = result;",
      to: "const { doubtUntil, status } = result; const watermark = item._tag === 'Sync' ? result.watermark : item.to;",
    }],
    broken: ["intervals without gap or overlap", "nothing passed over"],
  },
  {
    name: "known-runs",
    rules: ["R12"],
    edits: [{ file: answers, from: "run.fence <= entry.handed.lastFence", to: "false" }],
    broken: ["one start per attempt", "at most once"],
  },
  {
    name: "settle",
    rules: ["R4"],
    from: 75,
    edits: [settle],
    broken: ["every run accounted for", "nothing undecided", "nothing leaked"],
  },
  {
    name: "limit",
    rules: ["R41"],
    edits: [
      { file: "src/core/ledger/JobRecord.ts", from: " && !isSpent({ counted }, item)", to: "" },
      { file: "src/core/node/standing.ts", from: "Math.max(0, limit - counted)", to: "Infinity" },
    ],
    broken: ["no more runs than the limit"],
  },
  {
    name: "places",
    rules: ["R43"],
    edits: [
      {
        file: "src/core/node/places.ts",
        from: "if (concurrency === undefined) return Infinity;",
        to: "return Infinity;",
      },
      { file: "src/core/node/places.ts", from: "return concurrency === undefined || ", to: "return true || " },
    ],
    broken: ["no more handlers than places"],
  },
  { name: "bounds", rules: ["R37"], edits: [endless], broken: ["nothing out of bounds"] },
  {
    name: "queue-overlap",
    rules: ["R31"],
    edits: [{
      file: "src/core/node/asking.ts",
      from: 'overlap === "allow" ? Math.min(maxAtOnce, maxConcurrent) : 1',
      to: "maxAtOnce",
    }],
    broken: ["no overlap"],
  },
  {
    name: "queue-turn",
    rules: ["R31"],
    from: 95,
    edits: [{ file: runs, from: "(isQueued || isOpen) && draft", to: "isOpen && draft" }],
    broken: ["what was asked for is run in time", "nothing leaked"],
  },
  {
    name: "eligibility",
    rules: ["R20"],
    edits: [{
      file: "src/core/ring/Ownership.ts",
      from: "jobs: limits.get(jobs) }",
      to: "jobs: undefined }",
    }],
    broken: ["no node wedged", "decided in time"],
  },
  {
    name: "fleet-clock",
    rules: ["R18"],
    edits: fleetClock,
    broken: ["nothing early", "nothing undecided", "work within budget"],
  },
  { name: "fleet-clock+early", rules: ["R10", "R18"], edits: [...fleetClock, early], broken: ["nothing early"] },
  {
    name: "suspension+lease",
    rules: ["R8", "R17"],
    edits: [
      { file: machine, from: 'forMs > draft.config.leaseMs && draft.phase === "member"', to: "false" },
      { file: machine, from: "draft.lease !== undefined && !draft.hasLapsed", to: "false" },
      { file: runs, from: "if (!hasLease(draft)) return;", to: "" },
    ],
    broken: ["lost is lost"],
  },
  {
    name: "claim-id+held-runs",
    rules: ["R3", "R4"],
    edits: [{ file: claims, from: "entry.requests.claim?.id ??", to: "undefined ??" }, heldRuns],
    broken: ["every run accounted for"],
  },
  {
    name: "ask-again",
    rules: ["R7"],
    from: 80,
    edits: [{
      file: answers,
      from: 'wish: requests.flight === "wish" ? toSync(wish) : wish,\n      requests: Requests.lost(requests),',
      to: 'wish: requests.flight === "wish" ? toSync(wish) : wish,\n      requests: Requests.none,',
    }],
    broken: ["leavers leave nothing behind", "every run accounted for"],
  },
  {
    name: "replay+held-runs+settle",
    rules: ["R1", "R4"],
    edits: [replay, heldRuns, settle],
    broken: ["every run accounted for", "nothing undecided"],
  },
  {
    name: "expiry+held-runs+settle",
    rules: ["R2", "R4"],
    edits: [expiry, heldRuns, settle],
    broken: ["every run accounted for", "nothing undecided"],
  },
  {
    name: "report",
    rules: ["R12"],
    edits: [{ file: runs, from: "draft.completions = [...items, ...draft.completions];", to: "" }],
    broken: ["every run accounted for", "nothing leaked"],
  },
  {
    name: "timeout",
    rules: ["R33"],
    edits: [{
      file: "src/core/node/held.ts",
      from: "else if (local.timesOutAt < Infinity)",
      to: "else if (false)",
    }],
    broken: ["every run accounted for"],
    faults: { hang: 30 },
  },
  {
    name: "unrecorded",
    rules: ["R12"],
    from: 70,
    edits: [{ file: runs, from: 'reply.results[index] === "unreadable"', to: "false" }],
    broken: ["every run accounted for", "nothing leaked", "leavers leave nothing behind"],
    faults: { corrupt: 2_500, withdraw: 900, leave: 400, drain: 400 },
  },
  {
    name: "drain",
    rules: ["R24"],
    edits: [{ file: leaving, from: "isDrained(draft) && ", to: "" }],
    broken: ["leavers leave nothing behind"],
  },
  {
    name: "successor",
    rules: ["R22"],
    edits: [{ file: times, from: 'role._tag === "Bystander" && !wish', to: 'role._tag !== "Owner" && !wish' }],
    broken: ["taken over in time"],
  },
  {
    name: "overdue",
    rules: ["R22"],
    from: 340,
    edits: [{ file: "src/core/node/beats.ts", from: "learnOverdue(draft, reply.overdue);", to: "" }],
    broken: ["taken over in time"],
  },
  {
    name: "handover",
    rules: ["R24"],
    edits: [
      { file: claims, from: "return isGone || ", to: "return true || " },
      { file: leaving, from: "(isOver(draft) || isHandedOver(draft, leaving))", to: "true" },
    ],
    broken: [],
    rate: { name: "runs decided late", limit: 22 },
    faults: { leave: 200, drain: 200 },
  },
  {
    name: "back-off",
    rules: ["R25"],
    edits: [{ file: machine, from: "mono + pause", to: "mono" }],
    broken: [],
    rate: { name: "requests per second without a store", limit: 2_000 },
    faults: { outage: 100 },
  },
  {
    name: "slow-answers",
    rules: ["R7"],
    edits: [{
      file: "src/core/node/Draft.ts",
      from: "timeoutMs = draft.config.requestTimeoutMs;",
      to: "timeoutMs = 1_000;",
    }],
    broken: ["no node wedged"],
    faults: { farMs: 700 },
  },
  {
    // What was planned for later stands in the way of what is wanted now.
    name: "plan",
    rules: ["R22"],
    edits: [{
      file: "src/core/node/jobs.ts",
      from: "lookAt < Infinity && lookBefore !== lookAt",
      to: "lookAt < Infinity && lookBefore === Infinity",
    }],
    broken: ["taken over in time", "no node wedged"],
  },
  {
    // When a job is due is noted once and not again. A beat may come late for it, and the lease of the last one covers for that.
    name: "note-due",
    rules: ["R23"],
    edits: [{
      file: "src/core/node/jobs.ts",
      from: "dueAt < Infinity && dueBefore !== dueAt",
      to: "dueAt < Infinity && dueBefore === Infinity",
    }],
    broken: ["invariants hold"],
  },
  {
    // A look that found that it came too early is not planned again.
    name: "look-later",
    rules: ["R22"],
    edits: [{ file: claims, from: "else lookLater(draft, entry, Math.min(claimAt, settleAt));", to: "" }],
    broken: ["taken over in time", "no node wedged"],
  },
  {
    name: "check",
    rules: ["R32"],
    edits: [{ file: times, from: "entry.handed.checkAt) + 1", to: "Infinity) + 1" }],
    broken: ["nothing leaked", "every run accounted for"],
    isLossy: true,
  },
  {
    name: "floors",
    rules: ["R6"],
    edits: [
      { file: claims, from: "absurdMs ? undefined : watermark;", to: "absurdMs ? undefined : undefined;" },
    ],
    broken: [],
    rate: { name: "starts again per claim lost", limit: 430 },
    isLossy: true,
  },
  {
    name: "tell-found",
    rules: ["R6"],
    edits: [{ file: announcing, from: "  announceFound(draft, item, result, entry);\n", to: "" }],
    broken: ["what was forgotten is told once"],
    faults: { emptied: 150 },
    isLossy: true,
  },
  {
    name: "forgotten-runs",
    rules: ["R32"],
    from: 150,
    edits: [{ file: forgotten, from: "isAnothers(role) && handed.lastFence > 0", to: "false" }],
    broken: ["nothing leaked"],
    faults: { emptied: 150 },
    isLossy: true,
  },
  {
    name: "corrupt-is-none",
    rules: ["R1"],
    edits: [{
      file: "src/core/engine/rows.ts",
      from: "  return row.record;",
      to: '  return row.record === "corrupt" ? undefined : row.record;',
    }],
    broken: ["nothing passed over", "intervals without gap or overlap", "one decision per fire", "nothing undecided"],
    faults: { corrupt: 200 },
  },
  {
    name: "leap",
    rules: ["R18"],
    edits: [{
      file: "src/core/node/FleetClock.ts",
      from: "if (!isFar(known)) return",
      to: "if (storeTime > 0) return",
    }],
    broken: ["nothing early"],
    faults: { storeLeap: 400 },
  },
  {
    // A node relies on what a claim asked for, and the store was not asked to keep it.
    name: "renewal",
    rules: ["R8", "R11"],
    edits: [{ file: "src/core/engine/settle.ts", from: "renew: settling.renew,", to: "renew: undefined," }, {
      file: "src/core/node/beats.ts",
      from: "ttlMs: renewMs - behind(draft, sent, storeTime) }",
      to: "ttlMs: 2 * renewMs }",
    }],
    broken: ["lost is lost", "at most once", "one start per attempt"],
    faults: { partition: 300, pause: 200, replyCut: 100 },
  },
  {
    name: "hold",
    rules: ["R33"],
    edits: [{ file: runs, from: "local.startedAt, false, true, ", to: "local.startedAt, false, false, " }],
    broken: ["no overlap"],
    faults: { deaf: 600, hang: 30 },
  },
  {
    name: "retry-times",
    rules: ["R42"],
    edits: [{ file: "src/core/node/retry.ts", from: "(run.retries ?? 0) >= retry.times", to: "false" }],
    broken: ["failures are tried again as the job says"],
  },
  {
    name: "retry-refused",
    rules: ["R42"],
    edits: [{ file: runs, from: "isFinal === true ? undefined", to: "false ? undefined" }],
    broken: ["failures are tried again as the job says"],
  },
];
