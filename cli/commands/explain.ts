/**
 * `ringcron explain`: a schedule in words, and what it does when clocks change.
 */
import { CronExpression, NextFire } from "ringcron/core";
import { changesOfClocks } from "ringcron/testing";
import type { AddCommand } from "../frame/Session.ts";
import { type Cell, facts } from "../print/table.ts";
import { away, iso, offsetText, wall, weekday } from "../print/words.ts";
import { type ReadingOptions, readSchedule, withSchedule } from "./schedule.ts";

const dayMs = 86_400_000;

/** What becomes of it at the next two changes of clocks: those of this year and the next. */
const changesAfter = (expression: CronExpression.CronExpression, now: number) => {
  const year = new Date(now).getUTCFullYear();
  return [year, year + 1]
    .flatMap((it) => it < 2200 ? changesOfClocks(expression, { year: it }) : [])
    .filter(({ at }) => Date.parse(at) > now)
    .slice(0, 2);
};

const shortWall = (text: string): string => text.slice(11).replace(/:00$/, "");

/** Adds it. */
export const explain: AddCommand = (program, sessionOf) => {
  withSchedule(program.command("explain").description("say in words what a schedule means"))
    .action((words: ReadonlyArray<string>, options: ReadingOptions, command) => {
      const session = sessionOf(command);
      const expression = readSchedule(words, options);
      const { dst, text, timeZone } = expression;
      const now = session.host.now();
      const [first, ...others] = NextFire.nextMany(expression, now, 3);
      const previous = NextFire.previous(expression, now);
      const changes = expression.plan._tag === "Wall" ? changesAfter(expression, now) : [];
      const canonical = CronExpression.format(expression);
      const description = CronExpression.describe(expression);
      const aDay = first === undefined ? 0 : NextFire.nextMany(expression, first - 1, 1_441)
        .filter((it) => it < first + dayMs).length;
      const data = {
        expression: text,
        canonical,
        description,
        timeZone,
        dst,
        isManual: expression.plan._tag === "Manual",
        previousAt: previous,
        nextAt: first === undefined ? [] : [first, ...others],
        changesOfClocks: changes,
      };
      session.show(data, ({ paint }) => {
        const when = (at: number): string =>
          `${weekday(at, timeZone)} ${wall(at, timeZone)} ${offsetText(at, timeZone)}  ${paint.dim(away(at, now))}`;
        const rows: Array<readonly [string, Cell]> = [
          ["means", [description, paint.bold]],
          ["is", canonical],
          [
            "next",
            first === undefined
              ? [expression.plan._tag === "Manual" ? "when asked for" : "never again", paint.warn]
              : when(first),
          ],
          ...others.map((at) => ["", when(at)] as const),
          ["last", previous === undefined ? "never before" : when(previous)],
          ...(aDay > 1
            ? [["how often", aDay > 1_440 ? "more than once a minute" : `${aDay} times within a day`] as const]
            : []),
          ...(dst === "default" ? [] : [["rule for clocks", dst] as const]),
        ];
        const nights = changes.map(({ at, byMinutes, fires }) => {
          const what = byMinutes > 0 ? `${byMinutes} min forward` : `${-byMinutes} min back`;
          const near = fires.filter((it) => Math.abs(Date.parse(it.at) - Date.parse(at)) < dayMs / 6);
          const shown = near.slice(0, 6).map((it) => shortWall(it.wall)).join(", ");
          const fired = near.length === 0
            ? "not due within four hours of it"
            : `due ${shown}${near.length > 6 ? ", …" : ""}`;
          return ["clocks change", `${iso(Date.parse(at), timeZone)}, ${what}: ${fired}`] as const;
        });
        return facts([...rows, ...nights], paint);
      });
    });
};
