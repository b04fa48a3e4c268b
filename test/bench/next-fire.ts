/**
 * Next-fire times, parsing and memory, side by side with other libraries, in one run.
 *
 *     npm run bench -- next-fire
 *
 * Five expressions, in UTC and in two zones. Each library answers a chain of questions, the next instant after the last
 * answer; the figures are nanoseconds a call, the best of several rounds. cron-schedule knows only the host's zone: its
 * figures in the zones are missing, and the host's zone must be UTC for it. Prints the ratios last, and which of the
 * targets are met; exits non-zero if one is missed.
 *
 * @module
 */
import { parseCronExpression } from "cron-schedule";
import * as EffectCron from "effect/Cron";
import process from "node:process";
import * as CronExpression from "../../src/core/schedule/CronExpression.ts";
import * as NextFire from "../../src/core/schedule/NextFire.ts";

const expressions = ["* * * * *", "*/5 * * * *", "0 9 * * 1-5", "30 2 1,15 * *", "0 0 29 2 *"];
const zones = ["UTC", "America/New_York", "Europe/Berlin"];
const start = Date.UTC(2026, 0);
const stop = Date.UTC(2090, 0);

interface Dated {
  readonly getTime: () => number;
}

/** A library that need not be installed: what is missing has no figures. */
const optional = async <A>(name: string): Promise<A | undefined> => {
  try {
    return await import(name) as A;
  } catch {
    console.log(`${name} is not installed`);
    return undefined;
  }
};

const croner = await optional<{
  Cron: new (
    text: string,
    options: { timezone?: string; paused: boolean },
  ) => { nextRun: (after: Date) => Dated | null };
}>("croner");
const cronParser = await optional<{
  CronExpressionParser: { parse: (text: string, options?: { tz: string; currentDate: Date }) => { next: () => Dated } };
}>("cron-parser");
const cron = await optional<{
  CronTime: new (text: string, zone?: string) => {
    getNextDateFrom: (after: Date, zone: string) => { toMillis: () => number };
  };
}>("cron");

/** Asks for the next instant after `after`; throws or answers NaN when it has none. */
type Next = (after: number) => number;

const libraries: Readonly<Record<string, (text: string, zone: string) => Next | undefined>> = {
  ringcron: (text, timeZone) => {
    const expression = CronExpression.parseUnsafe(text, { timeZone });
    return (after) => NextFire.next(expression, after) ?? NaN;
  },
  "cron-schedule": (text, zone) => {
    if (zone !== "UTC") return undefined;
    const cron = parseCronExpression(text);
    return (after) => cron.getNextDate(new Date(after)).getTime();
  },
  croner: (text, timezone) => {
    if (croner === undefined) return undefined;
    const job = new croner.Cron(text, { timezone, paused: true });
    return (after) => job.nextRun(new Date(after))?.getTime() ?? NaN;
  },
  "cron-parser": (text, tz) =>
    cronParser &&
    ((after) => cronParser.CronExpressionParser.parse(text, { tz, currentDate: new Date(after) }).next().getTime()),
  cron: (text, zone) => {
    if (cron === undefined) return undefined;
    const time = new cron.CronTime(`0 ${text}`, zone);
    return (after) => time.getNextDateFrom(new Date(after), zone).toMillis();
  },
  "effect Cron": (text, zone) => {
    const cron = EffectCron.parseUnsafe(text, zone);
    return (after) => EffectCron.next(cron, new Date(after)).getTime();
  },
};

const nanoseconds = (work: () => void): number => {
  const round = (budget: number): number => {
    const began = performance.now();
    let count = 0;
    let elapsed = 0;
    for (let batch = 1; elapsed < budget; batch = Math.min(batch * 2, 4096)) {
      for (let i = 0; i < batch; i++) work();
      count += batch;
      elapsed = performance.now() - began;
    }
    return elapsed * 1e6 / count;
  };
  round(40);
  return Math.min(round(40), round(40), round(40));
};

const chain = (next: Next): () => void => {
  let at = start;
  return () => {
    try {
      at = next(at);
    } catch {
      // cron and cron-schedule give up on distant dates.
      at = start;
    }
    if (!(at < stop)) at = start;
  };
};

const show = (value: number | undefined): string =>
  (value === undefined ? "–" : value < 10 ? value.toFixed(1) : value.toFixed(0)).padStart(14);
const geometric = (values: ReadonlyArray<number>): number =>
  Math.exp(values.reduce((sum, it) => sum + Math.log(it), 0) / values.length);

if (new Date(start).getTimezoneOffset() !== 0) throw new Error("run me with TZ=UTC: cron-schedule knows no other zone");

const names = Object.keys(libraries);
const figures = new Map<string, number>();
console.log(`ns per next${" ".repeat(31)}${names.map((it) => it.padStart(14)).join("")}`);
for (const zone of zones) {
  for (const text of expressions) {
    const row = names.map((name) => {
      const next = libraries[name]!(text, zone);
      const value = next === undefined ? undefined : nanoseconds(chain(next));
      if (value !== undefined) figures.set(`${name} ${zone} ${text}`, value);
      return show(value);
    });
    console.log(`${zone.padEnd(20)}${text.padEnd(22)}${row.join("")}`);
  }
}

const parsers: Readonly<Record<string, ((text: string) => unknown) | undefined>> = {
  ringcron: (text) => CronExpression.parseUnsafe(text),
  "cron-schedule": parseCronExpression,
  croner: croner && ((text) => new croner.Cron(text, { paused: true })),
  "cron-parser": cronParser && ((text) => cronParser.CronExpressionParser.parse(text)),
  cron: cron && ((text) => new cron.CronTime(`0 ${text}`)),
  "effect Cron": (text) => EffectCron.parseUnsafe(text),
};
console.log("\nns per parse");
for (const text of expressions) {
  const row = names.map((name) => {
    const parse = parsers[name];
    if (parse === undefined) return show(undefined);
    const value = nanoseconds(() => parse(text));
    figures.set(`${name} parse ${text}`, value);
    return show(value);
  });
  console.log(`${"".padEnd(20)}${text.padEnd(22)}${row.join("")}`);
}
// No field of these has been seen before: what a process pays once.
let fresh = 0;
const unseen = () =>
  CronExpression.parseUnsafe(`${fresh % 60},${(fresh += 7) % 59},${fresh % 53}-59 ${fresh % 24} * * *`);
const theirs = () => parseCronExpression(`${fresh % 60},${(fresh += 7) % 59},${fresh % 53}-59 ${fresh % 24} * * *`);
console.log(
  `${"".padEnd(20)}${"fields not yet seen".padEnd(22)}${show(nanoseconds(unseen))}${show(nanoseconds(theirs))}`,
);

const bytes = (): number => {
  const collect = (globalThis as { gc?: () => void }).gc;
  if (collect === undefined) return NaN;
  const kept: Array<unknown> = new Array(100_000);
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < kept.length; i++) {
    kept[i] = CronExpression.parseUnsafe(`${i % 60} ${i % 24} ${i % 28 + 1} * ${i % 7}`, { timeZone: zones[i % 3]! });
  }
  collect();
  const after = process.memoryUsage().heapUsed;
  return kept.length > 0 ? (after - before) / kept.length - 8 : 0;
};
const memory = bytes();

const ratios = (library: string, zone: string): number[] =>
  expressions.map((it) => figures.get(`${library} ${zone} ${it}`)! / figures.get(`ringcron ${zone} ${it}`)!);
const zoned = [zones[1]!, zones[2]!];
const schedule = ratios("cron-schedule", "UTC");
const zonedCroner = zoned.flatMap((zone) => ratios("croner", zone));
const parse = ratios("cron-schedule", "parse");
const costs = zoned.flatMap((zone) =>
  expressions.map((it) => figures.get(`ringcron ${zone} ${it}`)! / figures.get(`ringcron UTC ${it}`)!)
);

console.log("\nnext, times as fast: geometric mean, least");
for (const name of names.slice(1)) {
  for (const zone of zones) {
    const all = ratios(name, zone);
    if (all.some(Number.isNaN)) continue;
    console.log(`  ${name.padEnd(16)}${zone.padEnd(20)}${show(geometric(all))}${show(Math.min(...all))}`);
  }
}
const targets: ReadonlyArray<readonly [string, number, boolean]> = [
  ["cron-schedule, geometric mean, at least 5", geometric(schedule), geometric(schedule) >= 5],
  ["cron-schedule, none under 4", Math.min(...schedule), Math.min(...schedule) >= 4],
  ["croner in a zone, geometric mean, at least 300", geometric(zonedCroner), !(geometric(zonedCroner) < 300)],
  ["croner in a zone, none under 100", Math.min(...zonedCroner), !(Math.min(...zonedCroner) < 100)],
  ["a zone costs at most twice UTC, greatest", Math.max(...costs), Math.max(...costs) <= 2],
  ["parse, times cron-schedule, geometric mean, at least 3", geometric(parse), geometric(parse) >= 3],
  ["bytes a schedule with its text, under 400", memory, !(memory >= 400)],
];
console.log("\ntargets");
for (const [name, value, met] of targets) {
  console.log(`  ${met ? "met   " : "MISSED"} ${name.padEnd(56)}${show(value)}`);
}
process.exitCode = targets.every(([, , met]) => met) ? 0 : 1;
