/**
 * Schedules in the store: each of their lives is judged as a job is, and besides what people were told of them, what a change
 * decides, and what runs are given.
 */
import type { JobSpec } from "../../../core/node/Machine.ts";
import * as NextFire from "../../../core/schedule/NextFire.ts";
import { nameOf } from "../../../core/words/Schedules.ts";
import { byJob, groupBy } from "../../../core/words/groups.ts";
import type { Finale } from "../Finale.ts";
import { type Commit, fireOf, isAsked, type Issue, type Regression } from "../History.ts";
import type { Change, Left, ScheduleHistory } from "../schedules/ScheduleHistory.ts";
import { unstarted } from "./asked.ts";
import { intervals } from "./intervals.ts";
import { startOf } from "./jitter.ts";
import { isSpent } from "./limits.ts";
import { answers, expressionIn, late, puts } from "./puts.ts";
import { cancelled, retries } from "./retries.ts";
import { accounts, starts, tokens } from "./runs.ts";
import { inTime } from "./shelves.ts";
import type { Demand, Violation } from "./Violation.ts";

/** A schedule as a job, by what it was at one time. */
const specOf = ({ definition, id, named }: Change): JobSpec => ({
  name: nameOf(definition.handler, id),
  expression: expressionIn(id, definition),
  policies: definition.policies,
  definition: named,
});

/** What was claimed was claimed under the definition in force. */
const inForce = (
  life: string,
  versions: ReadonlyMap<string, JobSpec>,
  commits: ReadonlyArray<Commit>,
): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = [];
  let hash: string | undefined;
  for (const { at, claimId, definition, kind } of commits) {
    if (kind === "register") hash = definition;
    if (definition === hash && versions.has(definition)) continue;
    const detail = `${life}: claimed by ${claimId} at ${at} under ${definition}, and ${hash} is in force`;
    violations.push({ rule: "the newest definition wins", detail });
  }
  return violations;
};

/** Each fire is counted once as it is handed out, and none is beyond the limit. */
const withinLimits = (history: ScheduleHistory): ReadonlyArray<Violation> =>
  history.countings
    .filter(({ after, before, issued, limit = Infinity }) => after !== before + issued || after > limit)
    .slice(0, 3)
    .map(({ after, at, before, issued, life: name, limit }): Violation => ({
      rule: "no more runs than the limit",
      detail: `${name} at ${at}: ${issued} more are ${after}, not ${before + issued}, of ${limit}`,
    }));

/** A fire of the schedule that was handed out was decided to run: claimed, or left to run by a change, and not yet handed out. */
const owed = (
  life: string,
  commits: ReadonlyArray<Commit>,
  waited: ReadonlySet<number>,
  issues: ReadonlyArray<Issue>,
): ReadonlyArray<Violation> => {
  const decided = new Set([...commits.flatMap(({ runs }) => runs), ...waited]);
  return issues
    .filter((issue) => issue.attempt === 1 && !isAsked(issue) && !decided.has(issue.dueAt))
    .slice(0, 3)
    .map(({ dueAt, fence }): Violation => ({
      rule: "nothing that nobody asked for",
      detail: `${life} ${dueAt} token ${fence}: nobody has decided that it runs`,
    }));
};

/** What is left of those that are there, whose handler somebody has. */
const leftOver = (
  { held, isPlaced, life, standing }: Left,
  { nodes }: Finale,
  { dueUpTo }: Demand,
): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = [];
  if (!isPlaced) return violations;
  for (const { fence, holder, since } of held) {
    if (since > dueUpTo) continue;
    const node = nodes.find((it) => it.isAlive && it.incarnation === holder);
    if (node !== undefined) continue;
    violations.push({
      rule: "nothing leaked",
      detail: `${life} token ${fence} is in the hands of ${holder || "nobody"}`,
    });
  }
  const waits = standing.isPaused ? undefined : standing.waiting.find((at) => at <= dueUpTo);
  if (waits !== undefined) violations.push({ rule: "what waits is run", detail: `${life} ${waits}: waits at the end` });
  return violations;
};

/** What waited either ran, or gave way to a newer fire, or to a limit. */
const gaveWay = (
  life: string,
  versions: ReadonlyArray<JobSpec>,
  history: ScheduleHistory,
): ReadonlyArray<Violation> => {
  const mayGiveWay = versions.some(({ policies: { limit, overlap } }) =>
    limit !== undefined || overlap === "queue" || overlap === "cancel-previous"
  );
  if (mayGiveWay) return [];
  return history.gone.filter(({ job }) => job === life).slice(0, 3).map(({ at, dueAt }): Violation => ({
    rule: "what waits is run",
    detail: `${life} ${dueAt}: waited until ${at}, and did not run`,
  }));
};

/** Runs that were handed out and are over: each was started, unless it was lost, given up or cancelled before. */
const ran = (
  life: string,
  { ends, issues, starts: begun }: Pick<Own, "ends" | "issues" | "starts">,
  dueUpTo: number,
): ReadonlyArray<Violation> => {
  const outcomes = new Map(ends.map(({ fence, outcome }) => [fence, outcome]));
  const startedFires = new Set(begun.map(fireOf));
  const last = new Map(issues.map((issue) => [fireOf(issue), issue]));
  return [...last]
    .filter(([fire, { dueAt, fence }]) =>
      dueAt <= dueUpTo && !startedFires.has(fire) && !unstarted.has(outcomes.get(fence) ?? "")
    )
    .slice(0, 3)
    .map(([fire, { fence }]): Violation => ({
      rule: "every run accounted for",
      detail: `${life} ${fire} token ${fence}: never started, ${outcomes.get(fence) ?? "no end"}`,
    }));
};

/** What else was seen. */
interface Worldly {
  /** Runs whose handlers said that no other attempt helps. */
  readonly finals: ReadonlySet<string>;
  readonly hasLeapt: boolean;
  readonly finale: Finale | undefined;
  readonly regressions: ReadonlyArray<Regression>;
}

type Own = {
  readonly [K in "cancels" | "commits" | "ends" | "issues" | "starts" | "waited"]: Readonly<ScheduleHistory[K]>;
};

const life = (
  name: string,
  changes: ReadonlyArray<Change>,
  history: ScheduleHistory,
  own: Own,
  worldly: Worldly,
  demand: Demand | undefined,
): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = [];
  const { regressions } = worldly;
  const made = changes.filter(({ what }) => what === "put");
  const specs = made.map(specOf);
  const versions = new Map(specs.map((spec) => [spec.definition, spec]));
  const left = history.left.find((it) => it.life === name);
  // What was put last may have been lost.
  const latest = made.findLast(({ version }) => version === left?.version) ?? made.at(-1);
  const spec = latest && specOf(latest);
  if (spec === undefined || latest === undefined) return violations;
  const { commits, ends, issues } = own;
  const waited = new Set(own.waited.map(({ dueAt }) => dueAt));
  // What waits starts when its turn comes, however its start was moved.
  const unmoved = waited.size === 0
    ? []
    : specs.map((it) => ({ ...it, policies: { ...it.policies, jitterMs: undefined } }));
  violations.push(...puts(changes), ...intervals(name, versions, commits), ...inForce(name, versions, commits));
  violations.push(...tokens(name, issues, regressions), ...starts(spec, [...specs, ...unmoved], own.starts, ends));
  violations.push(...owed(name, commits, waited, issues));
  violations.push(...gaveWay(name, specs, history));
  const lasts = left !== undefined && left.isPlaced ? demand : undefined;
  violations.push(...cancelled(name, own, lasts));
  violations.push(...retries(spec, { ...own, ...worldly }, lasts, undefined));
  if (lasts === undefined || left === undefined) return violations;
  violations.push(...accounts(spec, issues, own.starts, ends, lasts), ...ran(name, own, lasts.dueUpTo));
  if (left.standing.isPaused || isSpent(spec, issues, regressions)) return violations;
  const told = history.answers.filter(({ id }) => id === latest.id);
  if (worldly.finale !== undefined) {
    violations.push(...inTime({ spec, changes, answers: told, commits, issues }, worldly.finale));
  }
  const { standing: { counted, watermark } } = left;
  const open = counted >= (spec.policies.limit ?? Infinity) ? undefined : NextFire.next(spec.expression, watermark);
  if (open !== undefined && startOf(spec, open) <= lasts.dueUpTo) {
    violations.push({ rule: "nothing undecided", detail: `${name}: ${open} is open, watermark ${watermark}` });
  }
  return violations;
};

/** Judges what was seen of schedules. */
export const schedules = (
  history: ScheduleHistory,
  worldly: Worldly,
  demand: Demand | undefined,
): ReadonlyArray<Violation> => {
  const { finale } = worldly;
  const violations: Array<Violation> = worldly.regressions.length > 0 ? [] : [...withinLimits(history)];
  const byId = groupBy(history.changes, ({ id }) => id);
  for (const [id, told] of groupBy(history.answers, (it) => it.id)) {
    violations.push(...answers(id, told, byId.get(id) ?? []));
  }
  // A store that has forgotten something is as it was when it was asked.
  if (worldly.regressions.length === 0) { for (const changes of byId.values()) violations.push(...late(changes)); }
  const [commits, issues, begun] = [byJob(history.commits), byJob(history.issues), byJob(history.starts)];
  const [ends, cancels, waited] = [byJob(history.ends), byJob(history.cancels), byJob(history.waited)];
  for (const [name, changes] of groupBy(history.changes, (it) => it.life)) {
    const own = {
      cancels: cancels.get(name) ?? [],
      commits: commits.get(name) ?? [],
      ends: ends.get(name) ?? [],
      issues: issues.get(name) ?? [],
      starts: begun.get(name) ?? [],
      waited: waited.get(name) ?? [],
    };
    violations.push(...life(name, changes, history, own, worldly, demand));
  }
  for (const { fence, incarnation, job } of history.unwarranted) {
    const detail = `${job} token ${fence}: started by ${incarnation}, and never handed out`;
    violations.push({ rule: "nothing that nobody asked for", detail });
  }
  for (const { at, fence, handedAt, life: name, payload, wanted } of history.given) {
    // Where the answer that handed it out was lost, what lists it later may be of a later definition.
    const isLater = (it: Change): boolean => it.life === name && it.at >= handedAt && it.at <= at;
    const isGiven = payload === wanted ||
      history.changes.some((it) => isLater(it) && it.what === "put" && it.definition.payload === payload);
    if (isGiven) continue;
    const detail = `${name} token ${fence} at ${at}: started with ${payload}, handed out with ${wanted}`;
    violations.push({ rule: "a run is given what its decision names", detail });
  }
  for (const { at, cause, life: name } of history.spoilt) {
    violations.push({
      rule: "what was put is there",
      detail: `${name} at ${at}: a ${cause} made of it what nobody can read`,
    });
  }
  if (demand !== undefined && finale !== undefined) {
    for (const left of history.left) violations.push(...leftOver(left, finale, demand));
  }
  return violations;
};
