/**
 * Safety rules that can be switched off by name, each with those that cover for it, and what must be noticed then.
 */
import type { Violation } from "./check/Violation.ts";
import type { Faults } from "./Faults.ts";

/** Rules to switch off, and what must be seen. */
export interface Mutation {
  readonly without: ReadonlyArray<string>;
  /** Any of these promises is broken ... */
  readonly broken: ReadonlyArray<Violation["rule"]>;
  /** ... or, where nothing goes wrong that a second rule does not mend, this rate exceeds a bound that it keeps otherwise. */
  readonly rate?: { readonly name: string; readonly limit: number } | undefined;
  /** The world it is looked for in. Default: every fault, a random subset for each seed. */
  readonly faults?: Partial<Faults> | undefined;
  readonly isLossy?: boolean | undefined;
}

/** All of them. */
export const mutations: ReadonlyArray<Mutation> = [
  { without: ["compare-and-swap"], broken: ["intervals without gap or overlap", "one start per attempt"] },
  {
    without: ["compare-and-swap", "later-than"],
    broken: ["intervals without gap or overlap", "one start per attempt"],
  },
  { without: ["learn-from-reply"], broken: ["intervals without gap or overlap", "nothing passed over"] },
  { without: ["known-runs"], broken: ["one start per attempt", "at most once"] },
  { without: ["held-runs"], broken: ["every run accounted for", "nothing undecided", "nothing leaked"] },
  { without: ["settle"], broken: ["every run accounted for", "nothing undecided", "nothing leaked"] },
  { without: ["member-check"], broken: ["nothing taken from a member"] },
  { without: ["overlap"], broken: ["no overlap"] },
  { without: ["queue-overlap"], broken: ["no overlap"] },
  { without: ["queue-turn"], broken: ["what was asked for is run in time", "nothing leaked"] },
  { without: ["trigger-key"], broken: ["asked for once, run once"] },
  { without: ["paused"], broken: ["nothing while paused"] },
  { without: ["deployment"], broken: ["the newest definition wins"] },
  { without: ["eligibility"], broken: ["no node wedged", "decided in time"] },
  { without: ["fleet-clock"], broken: ["nothing early", "nothing undecided", "work within budget"] },
  { without: ["fleet-clock", "early"], broken: ["nothing early"] },
  { without: ["suspension", "lease"], broken: ["lost is lost"] },
  { without: ["claim-id", "held-runs"], broken: ["every run accounted for"] },
  { without: ["ask-again"], broken: ["leavers leave nothing behind", "every run accounted for"] },
  { without: ["replay", "held-runs", "settle"], broken: ["every run accounted for", "nothing undecided"] },
  { without: ["expiry", "held-runs", "settle"], broken: ["every run accounted for", "nothing undecided"] },
  { without: ["report"], broken: ["every run accounted for", "nothing leaked"] },
  { without: ["timeout"], broken: ["every run accounted for"], faults: { hang: 30 } },
  { without: ["drain"], broken: ["leavers leave nothing behind"] },
  {
    without: ["promised-lease"],
    broken: ["members keep what they were promised"],
    faults: { duplication: 500, crash: 200, pause: 200 },
  },
  { without: ["successor"], broken: ["taken over in time"] },
  { without: ["overdue"], broken: ["taken over in time"] },
  {
    without: ["handover"],
    broken: [],
    rate: { name: "runs decided late", limit: 4 },
    faults: { leave: 200 },
  },
  {
    without: ["amnesty"],
    broken: [],
    rate: { name: "members removed after an outage", limit: 300 },
    faults: { outage: 100 },
  },
  {
    without: ["back-off"],
    broken: [],
    rate: { name: "requests per second without a store", limit: 2_000 },
    faults: { outage: 100 },
  },
  { without: ["check"], broken: ["nothing leaked", "every run accounted for"], isLossy: true },
  { without: ["token-clock"], broken: ["tokens grow"], isLossy: true },
  {
    without: ["floors"],
    broken: [],
    rate: { name: "starts again per claim lost", limit: 430 },
    isLossy: true,
  },
];
