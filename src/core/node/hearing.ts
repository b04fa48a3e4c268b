/**
 * What any answer tells, however late it is: that the store is there, what time it is, and how far away it is.
 */
import type { Reply } from "../words/Request.ts";
import * as FleetClock from "./FleetClock.ts";
import type { Instant } from "./FleetClock.ts";
import { type Draft, emit, onTheDot, type Reading } from "./Draft.ts";
import { checked } from "./handed.ts";
import { setJob } from "./jobs.ts";
import * as Role from "./role.ts";
import { doubtShelves } from "./shelves.ts";

/** Claims lead the clock by two seconds at most: a watermark so far ahead of it is none of the present. Milliseconds. */
export const farAheadMs = 10_000;

/** The watermarks that lie far ahead of the clock, by job. Only what `jobs` names is looked at. */
const decidedAhead = (draft: Reading, jobs: Iterable<string>): ReadonlyMap<string, number> => {
  const ahead = new Map<string, number>();
  for (const job of jobs) {
    const watermark = draft.jobs.get(job)?.standing.watermark;
    if (watermark !== undefined && watermark > draft.now + farAheadMs) ahead.set(job, watermark);
  }
  return ahead;
};

const latest = (ahead: ReadonlyMap<string, number>): number | undefined =>
  ahead.size === 0 ? undefined : [...ahead.values()].reduce((last, at) => Math.max(last, at), 0);

/** Tells of those among jobs whose fires are decided far ahead of the clock. */
export const tellDecidedAhead = (draft: Reading, jobs: Iterable<string>): void => {
  const ahead = decidedAhead(draft, jobs);
  const untilAt = latest(ahead);
  if (untilAt !== undefined) emit(draft, { _tag: "DecidedAhead", jobs: [...ahead.keys()], untilAt });
};

/** The store's clock is another by so much: what was planned by the old one is planned by the new one. */
const follow = (draft: Draft<"membership" | "jobs">, byMs: number): void => {
  const moved = (at: number): number => at > 0 ? at + byMs : at;
  draft.yields = new Map([...draft.yields].map(([job, until]) => [job, moved(until)]));
  for (const entry of [...draft.jobs.values()]) {
    const { handed, role, standing, wish } = entry;
    setJob(draft, entry, {
      standing: {
        ...standing,
        busySince: moved(standing.busySince),
        lateAt: standing.lateAt === undefined ? undefined : moved(standing.lateAt),
      },
      role: Role.moved(role, moved),
      wish: { ...wish, notBefore: moved(wish.notBefore) },
      handed: checked(handed, moved(handed.checkAt)),
    });
  }
  if (draft.leaving?.handoverUntil !== undefined) {
    draft.leaving = { ...draft.leaving, handoverUntil: moved(draft.leaving.handoverUntil) };
  }
  doubtShelves(draft);
  const ahead = decidedAhead(draft, draft.jobs.keys());
  emit(draft, { _tag: "StoreClockStepped", byMs, untilAt: latest(ahead) });
  tellDecidedAhead(draft, ahead.keys());
};

/** An answer whose time is not believed proves at most that the time is what this node took it for. */
const withoutItsTime = (draft: Reading, sent: Instant, reply: Reply): Reply => {
  if (!("storeTime" in reply)) return reply;
  const known = FleetClock.bounds(draft.clock, sent.mono);
  const storeTime = Math.min(reply.storeTime, Math.floor(sent.mono + (known?.low ?? 0)));
  if (reply._tag !== "Claim") return { ...reply, storeTime };
  return { ...reply, storeTime, results: reply.results.map((result) => ({ ...result, doubtUntil: undefined })) };
};

/** Takes the time from an answer; the result is the answer as far as it can be relied on. */
export const hear = (
  draft: Draft<"time" | "membership" | "beat" | "jobs" | "traffic">,
  sent: Instant,
  reply: Reply,
): Reply => {
  if (draft.outage !== undefined) {
    emit(draft, { _tag: "StoreBack", downMs: Math.round(draft.at.mono - draft.outage.since) });
    draft.outage = undefined;
  }
  if (!("storeTime" in reply)) return reply;
  const storeTime = reply._tag === "Beat" ? reply.rawTime ?? reply.storeTime : reply.storeTime;
  const { clock, isApart, steppedMs } = FleetClock.hear(draft.clock, storeTime, sent, draft.at);
  draft.clock = clock;
  draft.now = onTheDot(FleetClock.now(clock, draft.at));
  draft.clock = FleetClock.told(clock, draft.now);
  if (steppedMs !== undefined) follow(draft, steppedMs);
  // Whoever waits for the next occasion to ask again would wait for minutes.
  if (clock.leap !== undefined) draft.beatAt = Math.min(draft.beatAt, clock.leap.mono + FleetClock.confirmMs);
  return isApart ? withoutItsTime(draft, sent, reply) : reply;
};
