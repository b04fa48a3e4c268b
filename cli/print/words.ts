/**
 * Instants and times as people say them.
 */

const units = [["d", 86_400_000], ["h", 3_600_000], ["min", 60_000], ["s", 1_000]] as const;

/** A time in its two largest units: `1 d 4 h`, `2 min 5 s`, `850 ms`. */
export const duration = (ms: number): string => {
  const whole = Math.round(Math.abs(ms));
  if (whole < 1_000) return `${whole} ms`;
  // Below ten seconds a tenth is worth telling.
  if (whole < 10_000 && whole % 1_000 >= 50) return `${(whole / 1_000).toFixed(1)} s`;
  let rest = Math.round(whole / 1_000) * 1_000;
  const parts: Array<string> = [];
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0 || parts.length > 0) parts.push(`${count} ${unit}`);
    if (parts.length === 2) break;
  }
  return parts.filter((it, at) => at === 0 || !it.startsWith("0 ")).join(" ");
};

/** How far away an instant is: `in 5 min`, `12 s ago`, `now`. */
export const away = (at: number, now: number): string => {
  const ms = at - now;
  if (Math.abs(ms) < 500) return "now";
  return ms > 0 ? `in ${duration(ms)}` : `${duration(ms)} ago`;
};

const two = (value: number): string => String(value).padStart(2, "0");

/** `+02:00` as milliseconds; undefined for names. */
const fixedOffset = (timeZone: string): number | undefined => {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(timeZone) ?? [];
  return sign === undefined ? undefined : (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
};

const formats = new Map<string, Intl.DateTimeFormat>();

const formatFor = (timeZone: string): Intl.DateTimeFormat => {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const numeric = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" } as const;
  const made = new Intl.DateTimeFormat("en-US", { ...numeric, second: "numeric", hourCycle: "h23", timeZone });
  formats.set(timeZone, made);
  return made;
};

/** By how much clocks of a zone are ahead of UTC. Milliseconds. */
export const offsetAt = (at: number, timeZone: string): number => {
  const fixed = fixedOffset(timeZone);
  if (fixed !== undefined) return fixed;
  const parts = new Map<string, number>(
    formatFor(timeZone).formatToParts(at).map(({ type, value }) => [type, Number(value)] as const),
  );
  const part = (type: string): number => parts.get(type) ?? 0;
  const wall = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return wall - Math.floor(at / 1_000) * 1_000;
};

const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** An instant as clocks of a zone show it: `2026-03-02 09:00:00`. */
export const wall = (at: number, timeZone: string): string =>
  new Date(at + offsetAt(at, timeZone)).toISOString().slice(0, 19).replace("T", " ");

/** The day of the week. */
export const weekday = (at: number, timeZone: string): string =>
  weekdays[new Date(at + offsetAt(at, timeZone)).getUTCDay()] ?? "";

/** The offset of a zone at an instant: `+01:00`, or `Z` where it is none. */
export const offsetText = (at: number, timeZone: string): string => {
  const minutes = Math.round(offsetAt(at, timeZone) / 60_000);
  const whole = Math.abs(minutes);
  return minutes === 0 ? "Z" : `${minutes < 0 ? "-" : "+"}${two(Math.floor(whole / 60))}:${two(whole % 60)}`;
};

/** An instant as ISO 8601 with the offset of a zone. */
export const iso = (at: number, timeZone: string): string =>
  wall(at, timeZone).replace(" ", "T") + offsetText(at, timeZone);

/** The zone of this machine. */
export const ownZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** `1 job`, `3 jobs`. */
export const counted = (count: number, one: string, many: string = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

/** A text in lines of so many characters, broken between words; none for an empty text. */
export const wrapped = (text: string, columns: number): ReadonlyArray<string> => {
  const lines: Array<string> = [];
  for (const word of text.split(" ").filter((it) => it !== "")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
};
