/**
 * Changes of schedules (R49, R50): what people were told is so, and a change decides what was due by then, once, and loses nothing.
 */
import type { CronExpression } from "../../../core/schedule/CronExpression.ts";
import * as NextFire from "../../../core/schedule/NextFire.ts";
import { expressionOf } from "../../../core/schedule/ofSchedule.ts";
import type { ScheduleDefinition } from "../../../core/words/ScheduleRequest.ts";
import type { Answer, Change, Standing } from "../schedules/ScheduleHistory.ts";
import type { Violation } from "./Violation.ts";

const parsed = new WeakMap<ScheduleDefinition, CronExpression>();

/** When a schedule is due. */
export const expressionIn = (id: string, definition: ScheduleDefinition): CronExpression => {
  const known = parsed.get(definition) ?? expressionOf(id, definition);
  if (known === undefined) throw new Error(`${id} is put as something that cannot be read`);
  parsed.set(definition, known);
  return known;
};

/** What was so before a change, the first of a list that is in the order in which they were made. */
interface State {
  readonly from: number;
  readonly until: number;
  /** Undefined: it was not there. */
  readonly change: Change | undefined;
}

/** What a schedule was, one after the other. Instants are whole, so that two states may meet in one. */
const statesOf = (changes: ReadonlyArray<Change>): ReadonlyArray<State> => {
  const states: Array<State> = [];
  let from = 0;
  let change: Change | undefined;
  for (const next of changes) {
    states.push({ from, until: next.at, change });
    from = next.at;
    change = next.what === "removed" ? undefined : next;
  }
  return [...states, { from, until: Infinity, change }];
};

/** Whether what somebody was told was so at some instant while it was asked. */
const isTrue = ({ at, command, done, hash, ifVersion, sentAt }: Answer, changes: ReadonlyArray<Change>): boolean => {
  const made = (isIt: (change: Change) => boolean): boolean =>
    changes.some((change) => change.at >= sentAt && change.at <= at && isIt(change));
  const was = (isIt: (change: Change | undefined) => boolean): boolean =>
    statesOf(changes).some(({ change, from, until }) => until >= sentAt && from <= at && isIt(change));
  const { result, version } = done;
  switch (result) {
    case "created":
    case "updated":
      return made((it) => it.what === "put" && it.hash === hash && it.version === version);
    case "unchanged":
      return was((it) => it?.hash === hash && it?.version === version);
    case "conflict":
      return was((it) => (it?.version ?? 0) !== ifVersion && it?.version === version);
    case "unknown":
      return was((it) => it === undefined);
    case "disabled":
      return was((it) => it?.definition.enabled === false);
    case "ok":
      return command === "Remove"
        ? made((it) => it.what === "removed")
        : command === "Trigger"
        ? made((it) => it.what === "asked for")
        : was((it) => it?.after?.isPaused === (command === "Pause"));
    default:
      return command === "Trigger" && result === "full";
  }
};

/** Judges what people were told about one schedule. */
export const answers = (
  id: string,
  told: ReadonlyArray<Answer>,
  changes: ReadonlyArray<Change>,
): ReadonlyArray<Violation> =>
  told.filter((answer) => !isTrue(answer, changes)).slice(0, 3).map(({ at, command, done, sentAt }): Violation => ({
    rule: "what was put is there",
    detail: `${id}: ${command} from ${sentAt} to ${at} was told ${done.result} ${
      done.version ?? ""
    }, and it was not so`,
  }));

/** Nobody has changed anything between what somebody saw of a schedule, and changed, and that change (R58). */
export const late = (changes: ReadonlyArray<Change>): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = [];
  changes.forEach(({ at, id, sentAt, what }, index) => {
    const between = changes.slice(0, index).find((it) => it.at > sentAt && it.at < at);
    if (between === undefined) return;
    const detail = `${id}: ${what} at ${at}, as was asked at ${sentAt}, and ${between.what} at ${between.at}`;
    violations.push({ rule: "what comes late changes nothing", detail });
  });
  return violations.slice(0, 3);
};

/** Fires of the old schedule that a change must leave to run, as far as its `catchUp` alone says so. */
const mustRun = (
  { enabled, policies: { catchUp, limit, overlap } }: ScheduleDefinition,
  due: ReadonlyArray<number>,
  before: Standing,
  now: number,
): ReadonlyArray<number> => {
  // Where others are in the way, or a limit is near, fewer may run.
  const isFree = overlap === "allow" && before.waiting.length === 0 && due.length <= catchUp.max && due.length < 1_000;
  if (!enabled || before.isPaused || limit !== undefined || !isFree) return [];
  const late = due.filter((at) => at > now - catchUp.withinMs);
  if (catchUp.mode === "all") return late;
  return catchUp.mode === "latest" ? late.slice(-1) : [];
};

/** Judges one put over another. */
const change = (old: ScheduleDefinition, { after, before, definition, id, life, storeNow }: Change) => {
  const violations: Array<Violation> = [];
  if (before === undefined || after === undefined) return violations;
  const say = (detail: string): void => {
    violations.push({ rule: "a change decides what was due", detail: `${life} at ${storeNow}: ${detail}` });
  };
  const { watermark } = after;
  if (watermark < before.watermark) say(`the watermark goes back from ${before.watermark} to ${watermark}`);
  if (watermark > Math.max(before.watermark, storeNow)) say(`the watermark is ahead, at ${watermark}`);
  const [was, is] = [expressionIn(id, old), expressionIn(id, definition)];
  const left = NextFire.next(was, watermark);
  const isPast = NextFire.next(is, Math.max(storeNow, before.watermark)) === undefined;
  if (!isPast && left !== undefined && left <= storeNow) say(`${left} of what it was is decided by nobody`);
  const owed = NextFire.next(is, watermark);
  if (!isPast && owed !== undefined && owed <= storeNow) say(`${owed} of what it is now is owed`);
  const due = [...NextFire.between(was, before.watermark, watermark)];
  const added = after.waiting.filter((at) => !before.waiting.includes(at));
  for (const at of added) if (!due.includes(at)) say(`${at} waits, and was not due`);
  for (const at of mustRun(old, due, before, storeNow)) if (!added.includes(at)) say(`${at} does not run`);
  if (before.isPaused && added.length > 0) say(`${added} wait though it is paused`);
  if (after.counted !== before.counted) say(`${before.counted} runs were counted, and ${after.counted} are now`);
  for (const fence of before.active) if (!after.active.includes(fence)) say(`run ${fence} is forgotten`);
  if (after.queued < before.queued) say(`${before.queued} were asked for, and ${after.queued} wait`);
  return violations;
};

/** Judges the first put of a life. */
const first = ({ after, definition, id, life, storeNow }: Change): ReadonlyArray<Violation> => {
  const is = expressionIn(id, definition);
  const owed = after && NextFire.next(is, after.watermark);
  const isPast = NextFire.next(is, storeNow) === undefined;
  const isWrong = !isPast && owed !== undefined && owed <= storeNow;
  const detail = `${life} at ${storeNow}: ${owed} is owed, and it is new`;
  return isWrong ? [{ rule: "a change decides what was due", detail }] : [];
};

/** Judges the changes of one life of a schedule. */
export const puts = (changes: ReadonlyArray<Change>): ReadonlyArray<Violation> => {
  const violations: Array<Violation> = [];
  let old: ScheduleDefinition | undefined;
  for (const it of changes) {
    if (it.what === "put") violations.push(...(old === undefined ? first(it) : change(old, it)));
    old = it.definition;
  }
  return violations.slice(0, 3);
};
