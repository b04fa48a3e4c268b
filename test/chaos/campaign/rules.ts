/**
 * Rules that only somebody outside can judge: what processes did against what the store wrote.
 *
 * @module
 */
import { attemptOf } from "../../../src/testing/simulation/History.ts";
import type { Written } from "./historian.ts";
import { runKey } from "./historian.ts";
import type { Seen } from "./observed.ts";

/** A broken rule. */
export interface Breach {
  readonly rule: string;
  readonly detail: string;
}

/** A process that stood still, was cut off or ended, in which its silence proves nothing. */
export interface Absence {
  readonly node: string;
  readonly from: number;
  readonly until: number;
}

/** Nothing starts that the store has not handed out, and what the store says was run was started. */
export function compare(written: Written, seen: Seen): ReadonlyArray<Breach> {
  const breaches: Array<Breach> = [];
  const issued = new Map(written.history.issues.map((it) => [runKey(it.job, it.fence), it]));
  const started = new Set<string>();
  for (const { attempt, dueAt, fence, job, node } of seen.starts) {
    const key = runKey(job, fence);
    const issue = issued.get(key);
    if (issue?.dueAt !== dueAt || issue.attempt !== attempt) {
      breaches.push({ rule: "no start without a claim", detail: `${job} ${dueAt} token ${fence} on ${node}` });
    }
    if (started.has(key)) breaches.push({ rule: "one start per token", detail: `${job} token ${fence} on ${node}` });
    started.add(key);
  }
  for (const [key, outcome] of written.outcomes) {
    const wasRun = outcome === "succeeded" || outcome === "failed" || outcome === "timed-out";
    if (wasRun && !started.has(key)) {
      breaches.push({ rule: "no outcome without a start", detail: `${key}: ${outcome}` });
    }
  }
  return breaches;
}

/** How long a fleet may take to notice that its store forgot something. */
const noticeMs = 30_000;
/** For how long afterwards whoever knows must have been there to notice. */
const thereMs = 10_000;

/**
 * Every loss that somebody could know of is reported: the node that had started a run under a lost claim and was there
 * all the time. Nobody can know of the others. Also counts them.
 */
export function reported(
  written: Written,
  seen: Seen,
  absences: ReadonlyArray<Absence>,
): { readonly breaches: ReadonlyArray<Breach>; readonly known: number; readonly unknowable: number } {
  const breaches: Array<Breach> = [];
  const starts = new Map(seen.starts.map((it) => [runKey(it.job, it.fence), it]));
  const regressed = seen.events.filter(({ what }) => what === "StoreRegressed");
  let [known, unknowable] = [0, 0];
  // A run that was taken over moves no watermark, so nobody holds a watermark against its loss.
  const moved = written.losses.filter(({ commits }) => commits > 0);
  for (const { at, fences, job, origin } of moved) {
    const witness = fences.map((fence) => starts.get(runKey(job, fence)))
      .find((it) =>
        it !== undefined && it.at < at &&
        !absences.some(({ from, node, until }) => node === it.node && from < at + thereMs && until > it.at)
      );
    if (witness === undefined) {
      unknowable += 1;
      continue;
    }
    known += 1;
    if (regressed.some((it) => it.job === job && it.at >= at - 100 && it.at < at + noticeMs)) continue;
    const { dueAt, node } = witness;
    const second = seen.starts.find((it) =>
      it.job === job && attemptOf(it) === attemptOf(witness) && it.fence !== witness.fence
    );
    const again = second === undefined ? "" : `, ${second.node} started it again ${second.at - at} ms after the loss`;
    breaches.push({
      rule: "every regression reported",
      detail: `${job} at ${at} by ${origin}: ${node} had started ${dueAt}${again}`,
    });
  }
  return { breaches, known, unknowable };
}

/** Attempts that were started again: how many of them are of a job that was reported as regressed at about that time. */
export function reportedDoubles(seen: Seen): { readonly all: number; readonly reported: number } {
  const attempts = new Set<string>();
  const doubles = seen.starts.filter((start) => {
    const key = `${start.job} ${attemptOf(start)}`;
    return attempts.has(key) || !attempts.add(key);
  });
  const isReported = (start: { readonly at: number; readonly job: string }) =>
    seen.events.some(({ at, job, what }) =>
      what === "StoreRegressed" && job === start.job && Math.abs(at - start.at) < noticeMs
    );
  return { all: doubles.length, reported: doubles.filter(isReported).length };
}

/** Nothing is reported lost by a store that keeps everything. */
export function noRegressions(seen: Seen): ReadonlyArray<Breach> {
  return seen.events.filter(({ what }) => what === "StoreRegressed")
    .map(({ at, job, node }) => ({ rule: "nothing forgotten", detail: `${job} at ${at} on ${node}` }));
}
