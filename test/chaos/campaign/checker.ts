/**
 * The verdict: the checker of the simulator on what was seen, and the rules that only an outsider can check.
 *
 * @module
 */
import type { JobSpec } from "../../../src/core/node/Machine.ts";
import { check, checkLossy } from "../../../src/testing/simulation/Checker.ts";
import type { History } from "../../../src/testing/simulation/History.ts";
import type { Written } from "./historian.ts";
import { everySecond } from "./jobs.ts";
import type { Seen } from "./observed.ts";
import { type Absence, type Breach, compare, noRegressions, reported, reportedDoubles } from "./rules.ts";
import { excusedMs, isWrong, type Leap, toldAndGoesOn } from "./leaps.ts";
import { onlyThose, type Spoilt } from "./spoiling.ts";
import { toldAndWritten } from "./told.ts";

/** What is judged. */
export interface Case {
  readonly service: string;
  readonly written: Written;
  readonly seen: Seen;
  readonly specs: ReadonlyArray<JobSpec>;
  /** The jobs that the last processes declared. */
  readonly declared: ReadonlySet<string>;
  readonly absences: ReadonlyArray<Absence>;
  readonly isLossy: boolean;
  readonly spoilt: ReadonlyArray<Spoilt>;
  readonly leaps: ReadonlyArray<Leap>;
  readonly isClockOfAll: boolean;
  /** Every fire up to then must be decided, and every run of it over. */
  readonly dueUpTo: number;
}

/** The verdict. */
export interface Verdict {
  readonly breaches: ReadonlyArray<Breach>;
  /** Attempts that were started again, and how many of them are of a job that was reported as regressed. */
  readonly doubles: number;
  readonly doublesReported: number;
  readonly lostClaims: number;
  readonly lossesKnown: number;
  readonly lossesUnknowable: number;
}

/** The clocks are those of one machine; what remains are roundings. */
const uncertaintyMs = 5;

/** What holds for a job that nobody declares, whatever the store loses. */
const lasting: ReadonlySet<string> = new Set(["tokens grow", "nothing early", "nothing that nobody asked for"]);

/** The history with the starts that were seen. */
const complete = ({ isClockOfAll, leaps, seen, written }: Case): History => ({
  ...written.history,
  starts: seen.starts.map(({ at, attempt, decidedAt, dueAt, fence, incarnation, job, kind }) => ({
    // A process may stand still between its decision and its first act. That it then comes late is nobody's fault. When it
    // decided it says by the fleet's clock.
    at: isClockOfAll && isWrong(leaps, at) ? at : Math.min(at, decidedAt),
    job,
    dueAt,
    attempt,
    fence,
    kind,
    incarnation,
    uncertaintyMs: uncertaintyMs + (isClockOfAll || kind === "manual" ? excusedMs(leaps, at, kind === "manual") : 0),
  })),
});

/** Judges. */
export function verdictOf(it: Case): Verdict {
  const { absences, declared, dueUpTo, isLossy, seen, specs, written } = it;
  const history = complete(it);
  // Of several versions of a job that which is in force demands what is due.
  const inForce = specs.filter(({ definition, name }) => written.records.get(name)?.definition === definition);
  const current = inForce.filter(({ name }) => declared.has(name));
  const retired = inForce.filter(({ name }) => !declared.has(name));
  const breaches: Array<Breach> = [...(isLossy ? checkLossy : check)(current, specs, history, { dueUpTo })];
  // Nobody has to care for a job that nobody declares, but what was done for it must have been right.
  const rest = check(retired, specs, { ...history, overlaps: [], robberies: [] }, undefined);
  breaches.push(...isLossy ? rest.filter(({ rule }) => lasting.has(rule)) : rest);
  breaches.push(...compare(written, seen), ...toldAndWritten(it), ...onlyThose(it.spoilt, seen, everySecond));
  breaches.push(...toldAndGoesOn(it, absences, everySecond));
  for (const text of written.unread) breaches.push({ rule: "every record can be read", detail: text });
  const known = new Set(specs.map(({ definition, name }) => `${name} ${definition}`));
  for (const [name, { definition }] of written.records) {
    if (!known.has(`${name} ${definition}`)) breaches.push({ rule: "no strange definition", detail: name });
  }
  const losses = isLossy ? reported(written, seen, absences) : undefined;
  breaches.push(...losses?.breaches ?? noRegressions(seen));
  const doubles = reportedDoubles(seen);
  return {
    breaches,
    doubles: doubles.all,
    doublesReported: doubles.reported,
    lostClaims: history.regressions.reduce((sum, { issues }) => sum + issues, 0),
    lossesKnown: losses?.known ?? 0,
    lossesUnknowable: losses?.unknowable ?? 0,
  };
}
