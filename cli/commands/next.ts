/**
 * `ringcron next`: when a schedule is due.
 */
import { CronExpression, NextFire } from "ringcron/core";
import type { AddCommand } from "../frame/Session.ts";
import { away, iso, offsetText, wall, weekday } from "../print/words.ts";
import { instantOf, wholeNumber } from "../frame/values.ts";
import { type ReadingOptions, readSchedule, withSchedule } from "./schedule.ts";

interface Options extends ReadingOptions {
  readonly count: string;
  readonly from?: string;
}

/** Adds it. */
export const next: AddCommand = (program, sessionOf) => {
  withSchedule(program.command("next").description("tell when a schedule is due next"))
    .option("-n, --count <number>", "how many fires", "5")
    .option("--from <instant>", "after this instant: 2026-03-01T09:00:00Z, +2h (default: now)")
    .action((words: ReadonlyArray<string>, options: Options, command) => {
      const session = sessionOf(command);
      const expression = readSchedule(words, options);
      const count = wholeNumber("--count", options.count, 1, 10_000);
      const now = session.host.now();
      const from = options.from === undefined ? now : instantOf("--from", options.from, now);
      const fires = NextFire.nextMany(expression, from, count);
      const { dst, text, timeZone } = expression;
      const description = CronExpression.describe(expression);
      const data = {
        expression: text,
        timeZone,
        dst,
        description,
        fires: fires.map((dueAt) => ({ dueAt, iso: new Date(dueAt).toISOString(), local: iso(dueAt, timeZone) })),
      };
      session.show(data, ({ paint }) => {
        const lines = fires.map((at) => {
          const when = `${weekday(at, timeZone)} ${wall(at, timeZone)} ${offsetText(at, timeZone)}`;
          return `  ${when.padEnd(30)}  ${paint.dim(away(at, now))}\n`;
        });
        const none = fires.length === 0 ? `  ${paint.warn("never again")}\n` : "";
        return `${paint.bold(text)}  ${paint.dim(description)}\n${lines.join("")}${none}`;
      });
    });
};
