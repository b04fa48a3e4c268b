/**
 * What must have occurred in a campaign: one in which an answer, a fault or a rescue never came up has not tried the code
 * that deals with it, and says nothing.
 */
import { demandNumber, demandParts } from "../../core/words/InvalidInput.ts";

// Not `early`: with the fleet's clock nobody asks that early. A mutant without that clock shows that the store refuses it.
const answers = ["ok", "new", "at", "moved", "paused", "stale", "busy", "outdated", "corrupt"];

const faults = [
  "request lost",
  "answer lost",
  "request repeated",
  "crash",
  "crash between a claim and its start",
  "crash while a handler runs",
  "crash between the end of a handler and its report",
  "pause",
  "partition",
  "cut of requests",
  "cut of answers",
  "store that is silent",
  "store that refuses",
  "slow store",
  "store far away",
  "leave",
  "step of the wall clock",
  "deploy",
  "rolling deploy",
  "change of the declared jobs",
  "pause of the job",
  "resume (skip) of the job",
  "resume (catch-up) of the job",
  "a handler that hangs",
  "a handler that does not stop",
  "corrupt record",
  "trigger of the job",
  "backfill of the job",
  "cancel of the queue",
  "cancel of what runs",
  "kill in the healed world",
  "leap of the store's clock ahead",
  "leap of the store's clock back",
];

const events = ["LeaseLost", "Suspended", "RunLost", "Leaving", "FireSkipped", "StoreBack", "JobOutdated"];

const rescues = [
  "amnesty",
  "orphan recovered",
  "fire that overlaps",
  "fire that overlaps with runs that were in doubt",
  "run handed on",
  "failure tried again",
  "issue retry",
  "issue of a start that is moved",
  "run cancelled",
  "waiting attempt cancelled",
  "fire that waits",
  "waiting fire handed out",
  "waiting fire coalesced",
  "waiting fire queue-full",
  "waiting fire cancelled",
  "run cancelled by a fire",
  "takeover by rank 1",
  "takeover by rank 2",
  "definition changed",
  "takeovers after a death",
  "takeovers after two deaths",
  "report gone",
  "request Peek",
];

/** In the seeds with invocations. */
const ticking = [
  "fault kill of a tick",
  "fault tick that stands still",
  "tick to its end",
  "tick without an answer",
  "run given more time",
];

/** In the seeds with schedules in the store. */
const scheduled = [
  "fault put of a schedule",
  "fault remove of a schedule",
  "fault pause of a schedule",
  "fault resume of a schedule",
  "fault trigger of a schedule",
  "request Due",
];

/** What people ask for, and what becomes of it. */
const asking = [
  "ask manual",
  "ask backfill",
  "ask under a known key",
  "ask refused: unknown",
  "queued fire handed out",
  "queued fire cancelled",
  "issue manual",
  "issue backfill",
];

const kept = ["succeeded", "failed", "cancelled", "lost"];

const outcomes = ["succeeded", "failed", "timed-out", "cancelled", "abandoned", "lost"];

const usual: ReadonlyArray<string> = [
  ...answers.map((it) => `answer ${it}`),
  ...faults.map((it) => `fault ${it}`),
  ...events.map((it) => `event ${it}`),
  ...rescues,
  ...asking,
  ...outcomes.map((it) => `outcome ${it}`),
  ...kept.map((it) => `result ${it}`),
];

const lossy: ReadonlyArray<string> = [
  "fault loss of acknowledged writes",
  "event StoreRegressed",
  "floor repair",
  "run registered again",
];

/** How many seeds may pass for each occurrence. */
const seedsEach = 100;

/**
 * What occurred too seldom for a campaign of so many seeds: less than once in a hundred of them.
 *
 * @example
 * ```ts
 * import { Simulation } from "ringcron/testing";
 *
 * console.log(Simulation.missing(new Map(), 100).includes("answer ok")); // true
 * ```
 */
export const missing = (
  counters: ReadonlyMap<string, number>,
  seeds: number,
  isLossy: boolean = false,
): ReadonlyArray<string> => {
  demandParts("counters", counters, "get");
  demandNumber("seeds", seeds);
  const hasTicks = (counters.get("fault tick") ?? 0) > 0;
  const hasSchedules = (counters.get("fault put of a schedule") ?? 0) > 0;
  return [...usual, ...(hasSchedules ? scheduled : []), ...(isLossy ? lossy : []), ...(hasTicks ? ticking : [])]
    .filter((what) => (counters.get(what) ?? 0) < Math.floor(seeds / seedsEach));
};
