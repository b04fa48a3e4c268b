/**
 * The laws of next-fire times, each as a function that throws when it is broken. The properties and the campaign run
 * them.
 *
 * @module
 */
import * as CronExpression from "../../src/core/schedule/CronExpression.ts";
import * as NextFire from "../../src/core/schedule/NextFire.ts";
import { firesOf, type Model, shownAt, wallAt, wallsOf } from "./time-model.ts";

/** The rules, all of them. */
export const dstRules: ReadonlyArray<CronExpression.DstRule> = ["default", "skip", "both", "earlier", "later"];

/** The platform's zones, and some names that it does not list. */
export const zones: ReadonlyArray<string> = [...Intl.supportedValuesOf("timeZone"), "UTC", "US/Eastern", "Etc/GMT+5"];

/** The last instant of a schedule, in seconds. */
export const end: number = Date.UTC(2201, 0, 1) / 1000;

const iso = (ms: number | undefined): string => ms === undefined ? "never" : new Date(ms).toISOString();

const same = (what: string, actual: number | undefined, expected: number | undefined): void => {
  if (actual !== expected) throw new Error(`${what}: ${iso(actual)} instead of ${iso(expected)}`);
};

/**
 * The change of a zone's clock that lies in the 300 days after `seconds`, by bisection over what `Intl` prints; `seconds`
 * itself if none is seen.
 */
export const changeAfter = (zone: string, seconds: number): { at: number; by: number } => {
  const offset = wallAt(zone, seconds) - seconds;
  for (const days of [60, 120, 200, 300]) {
    let low = seconds;
    let high = seconds + days * 86400;
    if (wallAt(zone, high) - high === offset) continue;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (wallAt(zone, middle) - middle === offset) low = middle;
      else high = middle;
    }
    return { at: high, by: Math.abs(wallAt(zone, high) - high - offset) };
  }
  return { at: seconds, by: 0 };
};

/** Reads a model's text, or `undefined` if it can never come; throws if the reader and the calendar disagree. */
export const read = (model: Model, options: CronExpression.ParseOptions): CronExpression.CronExpression | undefined => {
  const result = CronExpression.parse(model.text, options);
  if (result._tag === "Success") return result.success;
  if (result.failure.field !== "days") throw result.failure;
  for (let day = 0; day < end / 86400; day++) {
    if (model.onDay(shownAt(day * 86400))) {
      throw new Error(`${model.text} is refused but comes: ${result.failure.message}`);
    }
  }
  return undefined;
};

/** What one window of time is checked with. */
export interface Case {
  readonly model: Model;
  readonly zone: string;
  readonly dst: CronExpression.DstRule;
  /** Any instant; the window lies around the next change after it. */
  readonly near: number;
  /** Instants within the window, from 0 to 1. */
  readonly picks: ReadonlyArray<number>;
}

/** Equal to a reference that looks at every second around a change; returns how many answers were compared. */
export const agreesWithEverySecond = ({ model, zone, dst, near, picks }: Case): number => {
  const expression = read(model, { timeZone: zone, dst });
  if (expression === undefined) return 0;
  const { at, by } = changeAfter(zone, near);
  const from = Math.max(1, at - by - 3600);
  const to = Math.min(end - 2, at + by + 3600);
  const start = from - by - 60;
  const walls = wallsOf(zone, start, to + by + 60);
  const fires = firesOf(model, dst, walls, start, from, to).map((it) => it * 1000);
  let count = 0;
  let i = 0;
  for (const fire of NextFire.between(expression, from * 1000 - 1, to * 1000)) same("between", fire, fires[i++]);
  same("between ends", undefined, fires[i]);
  for (let before = to * 1000 + 1; i > 0; i--, count += 2) {
    const fire = NextFire.previous(expression, before);
    same(`previous before ${iso(before)}`, fire, fires[i - 1]);
    before = fires[i - 1]!;
  }
  for (const pick of picks) {
    const instant = from * 1000 + Math.floor(pick * (to - from) * 1000);
    const next = fires.find((it) => it > instant);
    const previous = fires.findLast((it) => it < instant);
    const answer = NextFire.next(expression, instant);
    if (next !== undefined || (answer !== undefined && answer <= to * 1000)) {
      same(`next after ${iso(instant)}`, answer, next);
    }
    const back = NextFire.previous(expression, instant);
    if (previous !== undefined || (back !== undefined && back >= from * 1000)) {
      same(`previous before ${iso(instant)}`, back, previous);
    }
    if (NextFire.matches(expression, instant) !== fires.includes(instant)) {
      throw new Error(`matches at ${iso(instant)}`);
    }
    count += 3;
  }
  return count;
};

/** The laws that hold over any distance; returns how many answers were compared. */
export const keepsTheLaws = ({ model, zone, dst, near, picks }: Case): number => {
  const expression = read(model, { timeZone: zone, dst });
  if (expression === undefined) return 0;
  const again = CronExpression.parseUnsafe(CronExpression.format(expression));
  if (!CronExpression.equals(expression, again)) throw new Error(`${CronExpression.format(expression)} is not equal`);
  if (CronExpression.format(again) !== CronExpression.format(expression)) throw new Error("format is not canonical");
  let count = 2;
  let after = near * 1000;
  for (const pick of picks.slice(0, 5)) {
    const next = NextFire.next(expression, after);
    if (next === undefined) break;
    if (next <= after) throw new Error(`next after ${iso(after)} is ${iso(next)}`);
    if (!NextFire.matches(expression, next)) throw new Error(`does not match its own fire ${iso(next)}`);
    const between = after + Math.floor(pick * (next - after));
    same(`next after ${iso(between)}, between ${iso(after)} and its next`, NextFire.next(expression, between), next);
    same(`previous before ${iso(next + 1)}`, NextFire.previous(expression, next + 1), next);
    const previous = NextFire.previous(expression, next);
    if (previous !== undefined && previous > after) {
      throw new Error(`${iso(previous)} lies before the next of ${iso(after)}`);
    }
    if (previous !== undefined) same("next after previous", NextFire.next(expression, previous), next);
    count += 5;
    after = next;
  }
  return count;
};

/** Equal to a reference that looks at every day, however far the next fire is, and at every second of its day. */
export const agreesWithEveryDay = ({ model, near }: Case): number => {
  const expression = read(model, {});
  if (expression === undefined) return 0;
  const answer = (NextFire.next(expression, near * 1000) ?? end * 1000) / 1000;
  const last = Math.floor(answer / 86400);
  for (let day = Math.floor(near / 86400); day <= last; day++) {
    if (!model.onDay(shownAt(day * 86400))) {
      if (day === last && answer < end) throw new Error(`${iso(answer * 1000)} is on no day of ${model.text}`);
      continue;
    }
    for (let second = 0; second < 86400; second++) {
      const wall = day * 86400 + second;
      if (
        wall <= near ||
        !model.atTime({
          ...shown,
          hour: Math.floor(second / 3600),
          minute: Math.floor(second / 60) % 60,
          second: second % 60,
        })
      ) continue;
      same(`next after ${iso(near * 1000)}`, answer * 1000, wall * 1000);
      return 1;
    }
  }
  same(`next after ${iso(near * 1000)}`, answer, end);
  return 1;
};

const shown = { year: 1970, month: 1, day: 1 };
