/**
 * Where a job stands, as the store last told this node.
 */
import type { CronExpression } from "../schedule/CronExpression.ts";
import * as Jitter from "../schedule/jitter.ts";
import * as NextFire from "../schedule/NextFire.ts";
import type { Policies } from "../words/Policy.ts";
import type { ClaimResult, ClaimStatus, Completion, PauseNote } from "../words/Request.ts";

/** `unreadable`: its record could not be read when it was last looked at. */
export type Condition = "open" | "paused" | "unreadable";

/** Where a job stands. */
export interface Standing {
  readonly watermark: number | undefined;
  /** The claim of this node that moved the watermark there; undefined if it was none of its own. */
  readonly movedBy: string | undefined;
  /**
   * When the first fire after the watermark starts; of a job that this node does not look at, when the first one after its last view
   * does.
   */
  readonly startsAt: number | undefined;
  readonly condition: Condition;
  /** What was said of the pause, as it was last told; undefined while the job is not paused. */
  readonly pause?: PauseNote | undefined;
  /** How many runs of the schedule were counted under a limit, as it was last told; undefined: none. */
  readonly counted?: number | undefined;
  /** When the first attempt may start that waits in the record; undefined if none does. */
  readonly retry?: Retrial | undefined;
  /** When to look whether the run is over that fires in the record wait for, fleet time; undefined if none do, or it is here. */
  readonly lateAt?: number | undefined;
  /** When the fires were due that wait in the record, as it was last told to who looks at the job; undefined: none do. */
  readonly waiting?: ReadonlyArray<number> | undefined;
  /** Since when it is known that a run is in the way of what is due, fleet time; 0: none is known to be. */
  readonly busySince: number;
}

/** How many runs the schedule may still have. */
export const runsLeft = (
  { limit = Infinity }: Pick<Policies, "limit">,
  { counted = 0 }: Pick<Standing, "counted">,
): number => Math.max(0, limit - counted);

/** What a job is, as far as it says when its fires start. */
interface Scheduled {
  readonly name: string;
  readonly expression: CronExpression;
  readonly policies: Policies;
}

/** The first fire of a job after an instant; undefined if there is none, or no run is left. */
export const nextFire = (
  { expression, policies }: Scheduled,
  standing: Pick<Standing, "counted">,
  after: number,
): number | undefined => runsLeft(policies, standing) > 0 ? NextFire.next(expression, after) : undefined;

/** When the first fire of a job after its watermark starts; undefined if there is none, or no run is left. */
export const startOfNext = (
  service: string,
  { expression, name, policies }: Scheduled,
  standing: Pick<Standing, "counted">,
  watermark: number,
): number | undefined => {
  const due = nextFire({ expression, name, policies }, standing, watermark);
  return due === undefined ? undefined : Jitter.startOf(expression, Jitter.of(service, name, policies.jitterMs), due);
};

/** When a fire of a job starts next after an instant; undefined if none does, or no run is left. */
export const nextStart = (
  service: string,
  { expression, name, policies }: Scheduled,
  standing: Pick<Standing, "counted">,
  now: number,
): number | undefined =>
  runsLeft(policies, standing) > 0
    ? Jitter.startAfter(expression, Jitter.of(service, name, policies.jitterMs), now)
    : undefined;

/** An attempt that waits in the record. */
export interface Retrial {
  /** When it may start, epoch milliseconds. */
  readonly at: number;
  /**
   * How this node reported the attempt before, if it did: it makes the next one as an owner does, as others may not know of it, and
   * reports again what the store forgets.
   */
  readonly own: Completion | undefined;
}

/** What an answer tells of attempts that wait: that of this node is known by its instant. */
export const retryAfter = (retry: Retrial | undefined, at: number | undefined): Retrial | undefined =>
  at === undefined ? undefined : at === retry?.at ? retry : { at, own: undefined };

/** An attempt of this node failed, and the next one waits. */
export const retryReported = (retry: Retrial | undefined, at: number, own: Completion): Retrial =>
  retry !== undefined && retry.at < at ? retry : { at, own };

/** Standings that one answer tells, by when the next fire starts. */
export type Alike = Map<number | undefined, Standing>;

const usual = ({ busySince, condition, movedBy, startsAt, watermark }: Standing): Standing => ({
  watermark,
  movedBy,
  startsAt,
  condition,
  busySince,
});

/** The one object for jobs of one answer that stand alike, as thousands do that are made known at once. */
const shared = (standing: Standing, alike: Alike): Standing => {
  const known = alike.get(standing.startsAt);
  const isLike = known !== undefined && known.watermark === standing.watermark &&
    known.condition === standing.condition && known.busySince === standing.busySince;
  if (isLike) return known;
  const made = usual(standing);
  alike.set(standing.startsAt, made);
  return made;
};

/** A standing in as little room as it takes: most jobs have nothing of what is seldom, and take half as much without. */
export const slim = (standing: Standing, alike: Alike): Standing => {
  const { counted, lateAt, movedBy, pause, retry, waiting } = standing;
  const isUsual = pause === undefined && counted === undefined && retry === undefined && lateAt === undefined &&
    waiting === undefined;
  if (!isUsual) return standing;
  return movedBy === undefined ? shared(standing, alike) : usual(standing);
};

/** Nothing was told yet. */
export const unknown: Standing = {
  watermark: undefined,
  movedBy: undefined,
  startsAt: undefined,
  condition: "open",
  busySince: 0,
};

/** Since when a run is known to be in the way, once an answer has said that one is. */
export const busyFrom = ({ busySince, watermark }: Standing, toldOf: number | undefined, now: number): number =>
  busySince > 0 && toldOf === watermark ? busySince : now;

/** What an answer tells of it. One that looks at nothing of the record but its text leaves a pause as it was. */
export const conditionAfter = (condition: Condition, status: ClaimStatus): Condition => {
  switch (status) {
    case "paused":
      return "paused";
    case "corrupt":
    case "newer":
      return "unreadable";
    case "ok":
    case "new":
    case "moved":
    case "at":
    case "outdated":
      return "open";
    case "early":
    case "stale":
    case "busy":
    case "absent":
      return condition === "paused" ? "paused" : "open";
  }
};

/** What is known of the pause after an answer. One that does not tell leaves it. */
export const pauseAfter = ({ pause }: Standing, condition: Condition, result: ClaimResult): PauseNote | undefined =>
  condition !== "paused" ? undefined : result.status === "paused" ? result.pause ?? {} : pause;

/** Who does not look at a job does not hear that it goes on, and would not help when it is overdue. */
export const unwatched = (standing: Standing, startsAt: number | undefined, alike: Alike): Standing =>
  slim({
    ...standing,
    startsAt,
    condition: standing.condition === "paused" ? "open" : standing.condition,
    pause: undefined,
    // They run before it hears of the job again.
    waiting: undefined,
  }, alike);
