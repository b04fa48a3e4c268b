/**
 * Attempts that follow on failures (R42): each a wait after the end of the one before it, as often as the job says, one after the
 * other, unless the handler has said that none helps; and none is forgotten, whoever dies meanwhile.
 *
 * While all is well each is made in time: by whoever made the one before, or the owner; when that node dies, by the owner's
 * successor a grace later if it knows of it, and at the latest by whoever hears from a beat that the job is overdue.
 */
import type { JobSpec } from "../../../core/node/Machine.ts";
import type { Retry } from "../../../core/words/Policy.ts";
import type { Finale } from "../Finale.ts";
import { type Cancelling, type Ended, fireOf, type Issue, type Started } from "../History.ts";
import { beatMs, settledMs, slackMs } from "./punctual.ts";
import type { Demand, Violation } from "./Violation.ts";

/** Whether an attempt may follow on one that ended so. */
export const isFailure = (outcome: string | undefined): boolean => outcome === "failed" || outcome === "timed-out";

/** The wait after so many others, without what it may be longer by. Milliseconds. */
const waitMs = ({ delayMs, factor, maxDelayMs }: Retry, before: number): number => {
  let wait = delayMs;
  for (let n = 0; n < before && wait < maxDelayMs; n++) wait = Math.floor(wait * factor);
  return Math.min(wait, maxDelayMs);
};

/** How far ahead of its time an attempt may be handed out: claims are no further ahead. Milliseconds. */
const mostAheadMs = 2_000;

/** How long after its time an attempt may be handed out in the healed world. Milliseconds. */
const latestMs = (finale: Finale): number => {
  const { graceMs, roundTripMs } = finale.bounds;
  // Who made the one before, or owns the job, may have left: the successor asks a grace later, others up to two more after that.
  const own = 8 * roundTripMs + slackMs + 3 * graceMs;
  return finale.probe === undefined ? own : own + graceMs + beatMs(finale) + 2 * graceMs + 4 * roundTripMs;
};

/** What was seen of one job. */
interface Seen {
  readonly issues: ReadonlyArray<Issue>;
  readonly starts: ReadonlyArray<Started>;
  readonly ends: ReadonlyArray<Ended>;
  readonly finals: ReadonlySet<string>;
  readonly cancels: ReadonlyArray<Cancelling>;
  /** Whether the store's clock was ever wrong. */
  readonly hasLeapt: boolean;
}

/** No attempt follows on one that somebody has cancelled, and none starts that was handed out so. */
export const cancelled = (
  name: string,
  { cancels, ends, issues, starts }: Pick<Seen, "cancels" | "ends" | "issues" | "starts">,
  demand: Demand | undefined,
): ReadonlyArray<Violation> => {
  const ended = new Set(ends.map(({ fence }) => fence));
  return cancels.flatMap((cancel): ReadonlyArray<Violation> => {
    const { at, fence, isUnstarted = false } = cancel;
    const fire = fireOf(cancel);
    const again = issues.find((issue) => issue.fence > fence && fireOf(issue) === fire);
    const say = (detail: string): ReadonlyArray<Violation> => [
      { rule: "cancelled is cancelled", detail: `${name} ${fire} token ${fence} at ${at}: ${detail}` },
    ];
    if (isUnstarted && starts.some((start) => start.fence === fence)) return say("started");
    if (again !== undefined) return say(`attempt ${again.attempt} of ${again.incarnation} follows`);
    return demand !== undefined && at <= demand.dueUpTo && !ended.has(fence) ? say("never ended") : [];
  });
};

/** Judges the attempts of one job. `demand` is given when each had time to be made, `finale` when that was judged by the clock. */
export const retries = (
  { name, policies: { retry, timeoutMs = Infinity } }: JobSpec,
  { cancels, ends, finals, hasLeapt, issues, starts }: Seen,
  demand: Demand | undefined,
  finale: Finale | undefined,
): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = [];
  const startOf = new Map(starts.map((start) => [start.fence, start]));
  const issueOf = new Map(issues.map((issue) => [issue.fence, issue]));
  const byFire = new Map<string, Array<Issue>>();
  for (const issue of issues) {
    const fire = fireOf(issue);
    const others = byFire.get(fire);
    if (others === undefined) byFire.set(fire, [issue]);
    else others.push(issue);
  }
  const failures = new Map<string, number>();
  for (const { at, attempt, endedAt = at, fence, outcome } of ends) {
    const issue = issueOf.get(fence);
    if (issue === undefined || !isFailure(outcome)) continue;
    const fire = fireOf(issue);
    const say = (rule: Violation["rule"], detail: string): void => {
      violations.push({ rule, detail: `${name} ${fire} attempt ${attempt}: ${detail}` });
    };
    const before = failures.get(fire) ?? 0;
    failures.set(fire, before + 1);
    const next = byFire.get(fire)?.find((other) => other.fence > fence);
    const isLast = retry === undefined || before >= retry.times ||
      finals.has(`${name} ${fence}`) && outcome === "failed";
    if (isLast) {
      if (next !== undefined) {
        say("failures are tried again as the job says", `followed by ${next.attempt}, and is the last`);
      }
      continue;
    }
    const wait = waitMs(retry, before);
    const latest = endedAt + wait * (1 + retry.jitter);
    const isCancelled = cancels.some((it) => it.fence === fence);
    if (next === undefined) {
      if (!isCancelled && demand !== undefined && latest <= demand.dueUpTo) {
        say("failures are tried again as the job says", "no other follows");
      }
      continue;
    }
    // Of one that timed out the wait counts from when its time was up, however long its handler took to heed that.
    const from = outcome === "failed" ? endedAt : Math.min(endedAt, (startOf.get(fence)?.at ?? 0) + timeoutMs);
    const { at: startedAt = Infinity, uncertaintyMs = 0 } = startOf.get(next.fence) ?? {};
    if (next.attempt !== attempt + 1) say("failures are tried again as the job says", `followed by ${next.attempt}`);
    // Either node may be wrong about the time.
    if (!hasLeapt && startedAt < from + wait - 2 * uncertaintyMs - slackMs) {
      say("failures are tried again when it is time", `${startedAt - endedAt} ms, not ${wait}, before the next`);
    }
    // The wait is in the record, and in no process that may die meanwhile.
    if (!hasLeapt && next.at < from + wait - mostAheadMs) {
      say("failures are tried again when it is time", `handed out ${next.at - endedAt} ms, not ${wait}, after its end`);
    }
    const isJudged = finale !== undefined && endedAt > (finale.healedAt + settledMs);
    if (isJudged && next.at > latest + latestMs(finale)) {
      say("failures are tried again when it is time", `${next.at - latest} ms late`);
    }
  }
  return violations.slice(0, 3);
};
