/**
 * What people asked for and were told, by the processes' own files, against what the store wrote.
 *
 * Over a store that loses what it acknowledged, what was written is still in the log of the life that the store has lost, so
 * an acknowledgement without a writing is a lie there too. What remains of the other rules: what the store forgot may be
 * gone, or be asked for and run anew under the same key, as many times as it was forgotten; all that it never forgot is
 * accounted for; and a cancel binds only what was acknowledged after the last loss.
 *
 * @module
 */
import type { JobSpec } from "../../../src/core/node/Machine.ts";
import * as NextFire from "../../../src/core/schedule/NextFire.ts";
import * as Fire from "../../../src/core/words/Fire.ts";
import { fingerprint } from "../../../src/core/words/hash.ts";
import { byJob, groupBy } from "../../../src/core/words/groups.ts";
import { unstarted } from "../../../src/testing/simulation/check/asked.ts";
import { type Ask, attemptOf, fireOf, isAsked, type Issue } from "../../../src/testing/simulation/History.ts";
import { runKey, type Written } from "./historian.ts";
import type { Leap } from "./leaps.ts";
import type { Seen, SeenAsk } from "./observed.ts";
import type { Breach } from "./rules.ts";
import type { Command } from "./workload.ts";

/** What is judged. */
export interface Told {
  readonly service: string;
  readonly written: Written;
  readonly seen: Seen;
  /** Every job in every version. */
  readonly specs: ReadonlyArray<JobSpec>;
  /** The jobs that somebody cares for at the end. */
  readonly declared: ReadonlySet<string>;
  readonly leaps: ReadonlyArray<Leap>;
  readonly isClockOfAll: boolean;
  /** What was asked for up to then must be over. */
  readonly dueUpTo: number;
}

/**
 * Instants in the store are tokens, which may be ahead of the clock by one for each run of the same moment. Where its clock
 * leapt, it is known only when the store's log was seen to be longer.
 */
const slackMs = 500;

/** Where nodes go by clocks of their own, a command bears the time of whoever's clock it met. */
const aheadOf = ({ isClockOfAll, leaps }: Told): number =>
  slackMs + (isClockOfAll ? 0 : Math.max(0, ...leaps.map(({ byMs }) => byMs)));

/** The store knows keys by their hashes. */
const keyOf = ({ job, key }: Pick<Ask, "job" | "key">): string => `${job} ${key}`;
const seenKeyOf = ({ job, key }: Pick<Ask, "job" | "key">): string => `${job} ${fingerprint(key)}`;

const kindOf = { trigger: "manual", backfill: "backfill", cancel: undefined } as const;

/** The fires that a span has, in each version of the job. */
const firesIn = (
  specs: ReadonlyArray<JobSpec>,
  { afterMs, job, upToMs }: Command,
): ReadonlyArray<ReadonlyArray<number>> =>
  specs.filter(({ name }) => name === job).map(({ expression }) => [...NextFire.between(expression, afterMs, upToMs)]);

/** Whether somebody was told that it is done. */
const isAcknowledged = ({ answer }: SeenAsk): boolean => answer?.told === "ok";

/** Nothing is queued or given up that nobody asked for, and what is queued is what was asked for. */
function unasked(told: Told): ReadonlyArray<Breach> {
  const { seen, specs, written } = told;
  const aheadMs = aheadOf(told);
  const breaches: Array<Breach> = [];
  const sent = groupBy(seen.asks, seenKeyOf);
  for (const ask of written.history.asks) {
    const { at, dueAts, kind } = ask;
    const isMeant = (sent.get(keyOf(ask)) ?? []).some((it) =>
      kindOf[it.kind] === kind && it.at <= at + aheadMs &&
      (kind === "manual" ? dueAts.length === 1 : firesIn(specs, it).some((fires) => fires.join() === dueAts.join()))
    );
    if (isMeant) continue;
    breaches.push({ rule: "nothing queued that nobody asked for", detail: `${keyOf(ask)}: ${kind} ${dueAts.join()}` });
  }
  const cancels = byJob(seen.asks.filter(({ kind }) => kind === "cancel"));
  for (const { at, attempt, dueAt, job, outcome } of written.history.ends) {
    if (attempt > 0 || (outcome === "cancelled" && cancels.get(job)?.some((it) => it.at <= at + aheadMs))) continue;
    breaches.push({ rule: "nothing given up that nobody gave up", detail: `${job} ${dueAt}: ${outcome} at ${at}` });
  }
  return breaches;
}

/** What was acknowledged is in the store's history as it was asked for, before it was acknowledged. */
function acknowledged(told: Told): ReadonlyArray<Breach> {
  const { seen, service, specs, written } = told;
  const aheadMs = aheadOf(told);
  const breaches: Array<Breach> = [];
  const asks = groupBy(written.history.asks, keyOf);
  for (const it of seen.asks) {
    const { answer, job, kind, node } = it;
    if (answer === undefined || !isAcknowledged(it) || kind === "cancel") continue;
    const found = (asks.get(seenKeyOf(it)) ?? []).filter((ask) =>
      ask.kind === kindOf[kind] && ask.at <= answer.at + aheadMs &&
      (kind === "backfill" || ask.dueAts[0] === answer.dueAt)
    );
    const say = (what: string): void => {
      const detail = `${keyOf(it)}: ${kind} at ${it.at} on ${node} ${JSON.stringify(answer)}: ${what}`;
      breaches.push({ rule: "what was acknowledged is written", detail });
    };
    if (kind === "trigger") {
      if (found.length === 0) say("is not in the history");
      if (answer.id !== Fire.id(service, job, answer.dueAt ?? 0)) say("is not the identity of the fire");
      continue;
    }
    if (found.length === 0 && answer.count !== 0) say("is not in the history");
    if (!firesIn(specs, it).some(({ length }) => length === answer.count)) say("is not what the span has");
  }
  return breaches;
}

/** What was asked for under one key is queued once, and once more each time that the store forgot it. */
function repeated({ written }: Told): ReadonlyArray<Breach> {
  return [...groupBy(written.history.asks, keyOf)].flatMap(([key, asks]) =>
    asks.slice(0, -1).filter((ask) => !written.forgotten.has(ask)).map((ask): Breach => ({
      rule: "asked for once, queued once",
      detail: `${key}: ${asks.map(({ dueAts }) => dueAts.join()).join(" and ")}, never forgotten since ${ask.at}`,
    }))
  );
}

/** What was acknowledged and never forgotten was started, or is recorded as lost, abandoned or cancelled. */
function kept({ declared, dueUpTo, seen, written }: Told): ReadonlyArray<Breach> {
  const breaches: Array<Breach> = [];
  const told = new Set(seen.asks.filter(isAcknowledged).map(seenKeyOf));
  const started = new Set(seen.starts.map((start) => `${start.job} ${fireOf(start)}`));
  const issues = groupBy(written.history.issues.filter(isAsked), (issue) => `${issue.job} ${fireOf(issue)}`);
  const cancelled = new Set(
    written.history.ends.filter(({ attempt }) => attempt === 0).map(({ dueAt, job }) => `${job} ${dueAt}`),
  );
  for (const ask of written.history.asks) {
    const { at, dueAts, job, key, kind } = ask;
    if (!told.has(keyOf(ask)) || written.forgotten.has(ask) || !declared.has(job) || at > dueUpTo) continue;
    for (const dueAt of dueAts) {
      const fire = `${job} ${fireOf({ dueAt, kind })}`;
      if (started.has(fire) || cancelled.has(`${job} ${dueAt}`)) continue;
      const last = issues.get(fire)?.at(-1);
      const outcome = last && written.outcomes.get(runKey(job, last.fence));
      if (unstarted.has(outcome ?? "")) continue;
      const what = last === undefined ? "never handed out" : `not started, ${outcome ?? "no end"}`;
      breaches.push({ rule: "what was acknowledged is run", detail: `${fire} under ${key}: ${what}` });
    }
  }
  return breaches;
}

/** What was acknowledged before a cancel was sent is handed out before that was acknowledged, or not at all. */
function cancelled(told: Told): ReadonlyArray<Breach> {
  const { seen, written } = told;
  const aheadMs = aheadOf(told);
  const breaches: Array<Breach> = [];
  const lastLossAt = written.history.regressions.at(-1)?.at ?? 0;
  const asks = byJob(written.history.asks);
  const answered = groupBy(seen.asks.filter((it) => isAcknowledged(it) && it.kind !== "cancel"), seenKeyOf);
  const firsts = new Map<string, Issue>(
    written.history.issues.filter((it) => isAsked(it) && it.attempt === 1)
      .map((issue) => [`${issue.job} ${attemptOf(issue)}`, issue]),
  );
  for (const cancel of seen.asks.filter((it) => it.kind === "cancel" && isAcknowledged(it))) {
    const doneAt = cancel.answer?.at ?? Infinity;
    for (const ask of asks.get(cancel.job) ?? []) {
      const toldAt = Math.min(...(answered.get(keyOf(ask)) ?? []).map(({ answer }) => answer?.at ?? Infinity));
      if (ask.at < lastLossAt || toldAt >= cancel.at) continue;
      for (const dueAt of ask.dueAts) {
        const attempt = `${ask.job} ${attemptOf({ dueAt, kind: ask.kind, attempt: 1 })}`;
        const at = firsts.get(attempt)?.at ?? 0;
        if (at <= doneAt + aheadMs) continue;
        const detail = `${attempt}: handed out ${at - doneAt} ms after the cancel of ${cancel.at} was acknowledged`;
        breaches.push({ rule: "what was given up stays so", detail });
      }
    }
  }
  return breaches;
}

/** Every handler was given the identity of its fire; a backfilled one has that of the fire it fills in for. */
const identities = ({ seen, service }: Told): ReadonlyArray<Breach> =>
  seen.starts.filter(({ dueAt, id, job }) => id !== Fire.id(service, job, dueAt))
    .map(({ dueAt, id, job, kind }) => ({
      rule: "the identity of the fire",
      detail: `${job} ${dueAt} ${kind}: ${id}`,
    }));

/** Judges all of it. */
export const toldAndWritten = (it: Told): ReadonlyArray<Breach> =>
  [unasked, acknowledged, repeated, kept, cancelled, identities].flatMap((rule) => rule(it));
