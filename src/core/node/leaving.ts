/**
 * Leaving: announce, hand over, drain, say farewell. Bounded: whatever is not done by the deadline is given up.
 */
import type { Member } from "../words/View.ts";
import { sayGone } from "./beats.ts";
import type { Draft, Reading } from "./Draft.ts";
import { emit, hearsBy, isAwaiting, lookahead } from "./Draft.ts";
import { isLeft } from "./definition.ts";
import { cancelAll } from "./runs.ts";
import { isShelfDueBy } from "./shelves.ts";
import type { Leaving } from "./State.ts";

/** How long after the deadline the last reports may take. Milliseconds. */
const lastWordsMs = 1_000;

/** Those who can take over: the members that stay. */
const others = (draft: Reading): ReadonlyArray<Member> =>
  draft.view.members.filter((member) => member.incarnation !== draft.incarnation && member.state === "active");

/** The machine is done. */
export const halt = (draft: Draft<"membership">): void => {
  draft.phase = "stopped";
  emit(draft, { _tag: "Stopped" });
  draft.commands.push({ _tag: "Halt" });
};

/** Begins to leave. A node that never joined is gone at once. */
export const leave = (draft: Draft<"membership" | "beat">, drainMs: number, replacedBy: string | undefined): void => {
  if (draft.phase === "leaving" || draft.phase === "stopped") return;
  if (replacedBy !== undefined) emit(draft, { _tag: "Replaced", by: replacedBy });
  if (draft.phase === "idle") return halt(draft);
  const isMember = draft.phase === "member";
  draft.phase = "leaving";
  draft.leaving = {
    since: draft.at.mono,
    deadline: draft.at.mono + (isMember ? drainMs : Math.min(drainMs, lastWordsMs)),
    handoverUntil: isMember ? undefined : 0,
    isGone: false,
  };
  draft.beatAt = draft.at.mono;
  emit(draft, { _tag: "Leaving" });
};

/** The announcement is acknowledged: by the beats they promised the others will have seen it. */
export const learnAnnouncement = (draft: Draft<"membership">): void => {
  if (draft.leaving === undefined || draft.leaving.handoverUntil !== undefined) return;
  let until = draft.now;
  for (const member of others(draft)) {
    until = Math.max(until, hearsBy(draft, member));
  }
  draft.leaving = { ...draft.leaving, handoverUntil: until };
};

const isHandedOver = (draft: Reading, leaving: Leaving): boolean => {
  const { handoverUntil } = leaving;
  if (handoverUntil === undefined) return false;
  if (draft.now > handoverUntil || others(draft).length === 0) return true;
  for (const entry of draft.jobs.values()) {
    const { definition, role, standing: { condition, startsAt } } = entry;
    const isMine = role._tag === "Owner" && condition !== "paused" && !isLeft(definition);
    if (isMine && startsAt !== undefined && startsAt - lookahead(draft) <= handoverUntil) return false;
  }
  return !isShelfDueBy(draft, handoverUntil);
};

const hasReports = ({ completions, unrecorded }: Reading): boolean => completions.length > 0 || unrecorded.length > 0;

const isDrained = (draft: Reading): boolean => {
  if (draft.runCount > 0 || hasReports(draft) || draft.flights.size > 0) return false;
  // A run that a late copy of a sync takes over for a node that is gone is taken over again. One that a late copy of a claim
  // hands out would be lost, and so would be a queued fire.
  for (const { requests } of draft.jobs.values()) if (requests.copies.some(({ kind }) => kind !== "sync")) return false;
  return true;
};

const isOver = (draft: Reading): boolean => draft.leaving !== undefined && draft.at.mono >= draft.leaving.deadline;

/** Gives up what is not done by the deadline. */
export const driveDeadline = (draft: Draft<"jobs" | "runs" | "reports">): void => {
  if (draft.phase !== "leaving" || !isOver(draft)) return;
  if (draft.runCount > 0) cancelAll(draft);
  draft.unrecorded = [];
  draft.reportAgainAt = Infinity;
};

/** When a node with nothing to do gives up on a store that does not hear its announcement, monotonic. */
const unheardTime = (draft: Reading, { since }: Leaving): number =>
  since + Math.max(lastWordsMs, 4 * draft.clock.roundTripMs);

/** When reports are given up that the store refuses again and again, monotonic: one refusal may be that of a gateway. */
const refusedTime = ({ outage }: Reading): number =>
  outage?.isLasting === true && outage.failures > 1 ? outage.since + lastWordsMs : Infinity;

/**
 * Nothing runs here, nothing is to be reported or may still be handed out, and the store does not answer; or it will not answer,
 * whatever there is to report.
 */
const isUnheard = (draft: Reading, leaving: Leaving): boolean =>
  (leaving.handoverUntil === undefined || draft.outage !== undefined) && draft.runCount === 0 &&
  (!hasReports(draft) || draft.at.mono >= refusedTime(draft)) && !isAwaiting(draft, "Claim") &&
  !isAwaiting(draft, "Complete") && draft.at.mono >= unheardTime(draft, leaving);

/** When to look at the deadline again, monotonic. */
export const leavingTimes = (draft: Reading, leaving: Leaving): ReadonlyArray<number> => [
  leaving.deadline,
  leaving.deadline + lastWordsMs,
  unheardTime(draft, leaving),
  refusedTime(draft),
];

/** Says farewell once everything is handed over and drained. */
export const driveLeaving = (draft: Draft<"membership" | "beat" | "traffic">): void => {
  const { leaving } = draft;
  if (draft.phase !== "leaving" || leaving === undefined) return;
  if (draft.at.mono >= leaving.deadline + lastWordsMs || isUnheard(draft, leaving)) return halt(draft);
  const isReady = isDrained(draft) && (isOver(draft) || isHandedOver(draft, leaving));
  if (isReady && !leaving.isGone && draft.outage === undefined && !isAwaiting(draft, "Beat")) {
    // Whatever becomes of the farewell, nothing is claimed any more: it may arrive late, and would leave the new run behind.
    draft.leaving = { ...leaving, handoverUntil: 0, isGone: true };
    sayGone(draft);
  }
};
