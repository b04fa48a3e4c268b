/**
 * Values of options, read as strictly as everything else.
 */
import { InvalidInput } from "ringcron/core";
import { wrongUse } from "./exit.ts";

/** A whole number of an option. */
export const wholeNumber = (option: string, text: string, least: number, most: number): number => {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new InvalidInput(option, text, `a whole number from ${least} to ${most}`);
};

/** Who is said to do it: whoever is named, or else the user; nobody where the name is empty. */
export const byOf = (
  by: string | undefined,
  { USER }: { readonly USER?: string | undefined },
): string | undefined => (by ?? USER) || undefined;

/** How who does it is named, where nobody is unless that is said. */
export const by = ["--by <name>", "who does it, for the history (default: nobody is named)"] as const;

/** A time of an option, milliseconds. */
export const spanOf = (option: string, text: string): number => {
  const [, count = "", unit = ""] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  const ms = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit];
  if (ms !== undefined) return Number(count) * ms;
  throw wrongUse(`${option}: ${JSON.stringify(text)} is no time; allowed: 500ms, 30s, 10m, 1h, 1d`);
};

/** An instant of an option: ISO 8601, epoch milliseconds, or so long ago. */
export const instantOf = (option: string, text: string, now: number): number => {
  if (text === "now") return now;
  if (/^\d{12,14}$/.test(text)) return Number(text);
  const [, sign, count = "", unit = ""] = /^([+-]?)(\d{1,6})(s|m|h|d)$/.exec(text) ?? [];
  if (sign !== undefined) {
    const ms = Number(count) * ({ s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit] ?? 0);
    return sign === "+" ? now + ms : now - ms;
  }
  const isWhole = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/i.test(text);
  const at = isWhole ? Date.parse(text) : NaN;
  if (Number.isFinite(at)) return at;
  throw wrongUse(
    `${option}: ${
      JSON.stringify(text)
    } is no instant; allowed: 2026-03-01T09:00:00Z, 2026-03-01 (its midnight in UTC), ` +
      "epoch milliseconds, or a time such as 2h (that long ago), +2h (from now on), now",
  );
};
