/**
 * How names and numbers become parts of keys, fields and rows of a store.
 *
 * Whatever is not a letter, a digit, `.`, `_` or `-` is escaped, so no name can contain a separator, and two different
 * strings never look the same. Lone surrogates survive. The empty string is `%`, which nothing else becomes.
 */

const plain = /^[A-Za-z0-9._-]+$/;

/** Escapes what matches, the `%` among it. */
export const escaped = (text: string, those: RegExp): string =>
  text.replace(those, (unit) => {
    const code = unit.charCodeAt(0);
    return code < 256
      ? `%${code.toString(16).toUpperCase().padStart(2, "0")}`
      : `%u${code.toString(16).toUpperCase().padStart(4, "0")}`;
  });

/** So many hexadecimal digits, as `escaped` writes them; -1 for anything else. */
const hexAt = (text: string, from: number, count: number): number => {
  let value = 0;
  for (let at = from; at < from + count; at++) {
    const code = text.charCodeAt(at);
    const digit = code >= 48 && code <= 57 ? code - 48 : code >= 65 && code <= 70 ? code - 55 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
};

const wide = "u".charCodeAt(0);

/** The inverse of `escaped`. By hand, as a look at a fleet reads the schedules of ten thousand jobs. */
export const unescaped = (text: string): string => {
  let [done, from] = ["", 0];
  for (let at = text.indexOf("%"); at >= 0; at = text.indexOf("%", at)) {
    const isWide = text.charCodeAt(at + 1) === wide;
    const [first, count] = isWide ? [at + 2, 4] : [at + 1, 2];
    const code = hexAt(text, first, count);
    if (code < 0) {
      at += 1;
      continue;
    }
    done += text.slice(from, at) + String.fromCharCode(code);
    at = from = first + count;
  }
  return from === 0 ? text : done + text.slice(from);
};

/** Escapes any string. */
export const encode = (text: string): string =>
  plain.test(text) ? text : text === "" ? "%" : escaped(text, /[^A-Za-z0-9._-]/g);

/** The inverse of `encode`; undefined for what `encode` never produces. */
export const decode = (text: string): string | undefined => {
  if (plain.test(text)) return text;
  if (text === "%") return "";
  if (!/^(?:[A-Za-z0-9._-]|%[0-9A-F]{2}|%u[0-9A-F]{4})+$/.test(text)) return undefined;
  return unescaped(text);
};

/** A text, escaped, as far as there is room for it, never half of a character. `most`: bytes. */
export const mostText = (text: string, most: number): string => {
  const all = encode(text);
  if (all.length <= most) return all;
  let [bytes, whole] = [0, ""];
  for (const character of text) {
    bytes += encode(character).length;
    if (bytes > most - 6) break;
    whole += character;
  }
  return encode(`${whole}…`);
};

/** A whole number as stores take it. Anything else is a mistake of the caller, not of the store. */
export const whole = (value: number): string => {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a whole number`);
  return String(value);
};

/** Any number but those that nobody could read back. */
export const finite = (value: number): string => {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is not a finite number`);
  return String(value);
};

/** Reads a whole number of at most 16 digits; undefined if it is none. Most of what is read are such, so digit by digit. */
export const readWhole = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const first = text.charCodeAt(0) === 45 ? 1 : 0;
  if (text.length === first || text.length > first + 16) return undefined;
  let value = 0;
  for (let index = first; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  if (value > Number.MAX_SAFE_INTEGER) return undefined;
  return first === 1 ? -value : value;
};

/** Reads every value, or nothing as soon as one cannot be read: never half of a row. */
export const readAll = <A, B>(
  values: ReadonlyArray<A>,
  read: (value: A) => B | undefined,
): ReadonlyArray<B> | undefined => {
  const result: Array<B> = [];
  for (const value of values) {
    const one = read(value);
    if (one === undefined) return undefined;
    result.push(one);
  }
  return result;
};
