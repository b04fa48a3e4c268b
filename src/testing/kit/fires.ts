/**
 * When a schedule is due: short ways to what the core knows.
 */
import * as CronExpression from "../../core/schedule/CronExpression.ts";
import * as NextFire from "../../core/schedule/NextFire.ts";
import { demand, InvalidInput, wrongOptions } from "../../core/words/InvalidInput.ts";
import * as Zone from "../../core/schedule/Zone.ts";

/** Options of `nextFires`. */
export interface FiresOptions extends CronExpression.ParseOptions {
  /** The fires after this instant, epoch milliseconds or a `Date`. Default: 2026-01-01T00:00:00Z. */
  readonly from?: number | Date | undefined;
  /** How many. Default 1. */
  readonly count?: number | undefined;
}

/** Options of `changesOfClocks`. */
export interface ChangesOptions extends CronExpression.ParseOptions {
  /** Which year, 1970 to 2199. */
  readonly year: number;
}

type Schedule = string | CronExpression.CronExpression;

const check = (options: unknown, ...own: ReadonlyArray<string>): void => {
  const known = ["timeZone", "dst", "jobName", ...own];
  const wrong = options === undefined
    ? new InvalidInput("options", options, "an object")
    : wrongOptions(options, known);
  if (wrong !== undefined) throw wrong;
};

const read = (schedule: Schedule, options: CronExpression.ParseOptions): CronExpression.CronExpression =>
  CronExpression.isCronExpression(schedule) ? schedule : CronExpression.parseUnsafe(schedule, options);

/**
 * The next instants at which a schedule is due, as ISO texts. Throws `CronExpressionError` for a schedule or zone that is none.
 *
 * @example
 * ```ts
 * import { nextFires } from "ringcron/testing";
 *
 * console.log(nextFires("0 9 * * MON", { from: Date.UTC(2026, 0, 1), count: 2, timeZone: "Europe/Berlin" }));
 * // ["2026-01-05T08:00:00.000Z", "2026-01-12T08:00:00.000Z"]
 * ```
 */
export const nextFires = (schedule: Schedule, options: FiresOptions = {}): ReadonlyArray<string> => {
  check(options, "from", "count");
  const { count = 1, from = Date.UTC(2026, 0, 1), ...how } = options;
  demand(Number.isSafeInteger(count) && count >= 0, "count", count, "a whole number from 0");
  demand(
    from instanceof Date ? Number.isFinite(from.getTime()) : Number.isFinite(from),
    "from",
    from,
    "epoch milliseconds or a Date",
  );
  return NextFire.nextMany(read(schedule, how), Number(from), count).map((at) => new Date(at).toISOString());
};

/**
 * Throws unless a schedule is due at these instants and at no others between them, from `from` on: `InvalidInput`, which says when it is
 * due. Throws `CronExpressionError` for a schedule or zone that is none.
 *
 * @example
 * ```ts
 * import { expectFires } from "ringcron/testing";
 *
 * expectFires("0 9 * * MON", ["2026-01-05T08:00:00.000Z", "2026-01-12T08:00:00.000Z"], { timeZone: "Europe/Berlin" });
 * ```
 */
export const expectFires = (
  schedule: Schedule,
  fires: ReadonlyArray<string>,
  options: Omit<FiresOptions, "count"> = {},
): void => {
  check(options, "from");
  demand(Array.isArray(fires) && fires.length > 0, "fires", fires, "a list of ISO texts");
  const found = nextFires(schedule, { ...options, count: fires.length });
  const isSame = found.length === fires.length && found.every((at, index) => at === fires[index]);
  demand(isSame, "fires", fires, `when the schedule is due: ${found.join(", ") || "never"}`);
};

/** What a schedule does on the day of a change of clocks. */
export interface ChangeOfClocks {
  /** When the clocks change, as an ISO text. */
  readonly at: string;
  /** By how many minutes they are put forward; negative if back. */
  readonly byMinutes: number;
  /** The fires within twelve hours before and after: as ISO texts, and as clocks on the wall show them, `YYYY-MM-DD HH:MM:SS`. */
  readonly fires: ReadonlyArray<{ readonly at: string; readonly wall: string }>;
}

const halfDayMs = 43_200_000;

/**
 * What a schedule does around the changes of clocks of one year: a table for a test of what runs on these two nights. Empty for zones
 * without any. At most 200 fires each. Throws `CronExpressionError` for a schedule or zone that is none.
 *
 * @example
 * ```ts
 * import { changesOfClocks } from "ringcron/testing";
 *
 * const [spring] = changesOfClocks("30 2 * * *", { year: 2026, timeZone: "Europe/Berlin" });
 * console.log(spring?.byMinutes, spring?.fires.map(({ wall }) => wall)); // 60 ["2026-03-29 03:00:00"]
 * ```
 */
export const changesOfClocks = (
  schedule: Schedule,
  options: ChangesOptions,
): ReadonlyArray<ChangeOfClocks> => {
  check(options, "year");
  const { year, ...how } = options;
  demand(Number.isInteger(year) && year >= 1970 && year < 2200, "year", year, "a whole number from 1970 to 2199");
  const expression = read(schedule, how);
  const zone = Zone.resolve(expression.timeZone);
  if (zone === undefined) return [];
  const wall = (at: number): string =>
    new Date(at + Zone.offsetAt(zone, at) * 1_000).toISOString().slice(0, 19).replace("T", " ");
  const [from, to] = [Date.UTC(year, 0) / 1_000, Date.UTC(year + 1, 0) / 1_000];
  const found: Array<ChangeOfClocks> = [];
  let last = Zone.segmentAt(zone, from);
  for (let at = last.end; at < to; at = last.end) {
    const next = Zone.segmentAt(zone, at);
    const byMinutes = (next.offset - last.offset) / 60;
    last = next;
    // Segments also end where nothing changes.
    if (byMinutes === 0) continue;
    const due = NextFire.nextMany(expression, at * 1_000 - halfDayMs, 200).filter((it) => it < at * 1_000 + halfDayMs);
    found.push({
      at: new Date(at * 1_000).toISOString(),
      byMinutes,
      fires: due.map((it) => ({ at: new Date(it).toISOString(), wall: wall(it) })),
    });
  }
  return found;
};
