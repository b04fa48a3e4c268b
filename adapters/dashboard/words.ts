/**
 * Numbers, lengths and instants in words.
 */
import { type Html, markup } from "./html.ts";

/** `1 node`, `3 nodes`, `1,204 jobs`. */
export const counted = (count: number, one: string, many: string = `${one}s`): string =>
  `${grouped(count)} ${count === 1 ? one : many}`;

/** `12,345`. */
export const grouped = (count: number): string => `${count}`.replace(/\B(?=(\d{3})+$)/g, ",");

const units: ReadonlyArray<readonly [ms: number, name: string]> = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1_000, "s"],
];

/** How long something took: `340 ms`, `2.4 s`, `3 min 20 s`, `2 d 4 h`. */
export const length = (ms: number): string => {
  const abs = Math.max(0, Math.round(ms));
  if (abs < 1_000) return `${abs} ms`;
  if (abs < 10_000) return `${(abs / 1_000).toFixed(1)} s`;
  const at = units.findIndex(([size]) => abs >= size);
  const [size, name] = units[at] as readonly [number, string];
  const [smaller, smallName] = units[at + 1] ?? [0, ""];
  const rest = smaller === 0 ? 0 : Math.floor((abs % size) / smaller);
  return `${Math.floor(abs / size)} ${name}${rest === 0 ? "" : ` ${rest} ${smallName}`}`;
};

const iso = (at: number): string => new Date(at).toISOString();

/** The time of day in UTC, with the day where it is another one than that of `now`. */
export const clock = (at: number, now: number): string => {
  const text = iso(at);
  const time = text.slice(11, 19);
  if (text.slice(0, 10) === iso(now).slice(0, 10)) return time;
  const year = text.slice(0, 4) === iso(now).slice(0, 4) ? "" : `${text.slice(0, 4)}-`;
  return `${year}${text.slice(5, 10)} ${time}`;
};

/** An instant. The script adds the local time for those who point at it. */
export const moment = (at: number | undefined, now: number): Html =>
  at === undefined
    ? markup`<span class="dim">never</span>`
    : markup`<time datetime="${iso(at)}">${clock(at, now)}</time>`;

/** An instant, and how far off that is, which the script writes and keeps true. */
export const away = (at: number | undefined, now: number): Html =>
  at === undefined ? moment(at, now) : markup`${moment(at, now)} <span class="rel" data-rel="${at}"></span>`;

/** `a`, `a and b`, `a, b and c`, `a, b, c and 4 more`. */
export const listed = (names: ReadonlyArray<string>, most = 4): string => {
  if (names.length < 2) return names.join("");
  const rest = names.length - most;
  if (rest > 1) return `${names.slice(0, most).join(", ")} and ${rest} more`;
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
};
