/**
 * What was thrown, as a text for people. Anything can be thrown, so this must not fail, wait or grow: it reads a bounded
 * number of properties, each of which may throw, calls nothing that a value brings along but the accessors that errors have,
 * and does not touch a proxy where the runtime can tell one.
 */
import { builtin } from "./builtin.ts";

/** The longest text. */
export const maxLength = 1_000;

const maxMessage = 500;
const maxText = 100;
const maxWord = 60;
const maxErrors = 8;
const maxItems = 8;
const maxDepth = 2;
const maxPrototypes = 16;
const maxFrames = 5;

const types = builtin<
  { readonly types?: Readonly<Record<"isProxy" | "isNativeError", (value: unknown) => boolean>> }
>("node:util")?.types;

const isProxy = (value: unknown): boolean => types?.isProxy(value) === true;

/** What is read of strangers may throw: then it is not there. */
const attempt = <A>(read: () => A): A | undefined => {
  try {
    return read();
  } catch {
    return undefined;
  }
};

/** A text of its own: a slice of a huge one would keep that in memory. */
const detached = (text: string): string => text.split("").join("");

const cut = (text: string, most: number): string => {
  if (text.length <= most) return text;
  // Half a surrogate pair at the cut could not be written to a log.
  return `${detached(text.slice(0, most - 1)).replace(/[\ud800-\udbff]$/, "")}…`;
};

/** The property of a value or of its prototypes, as it is declared; what lies behind a proxy is not looked for. */
const find = (value: object, key: string): PropertyDescriptor | undefined => {
  let at: object | null = value;
  for (let left = maxPrototypes; left > 0 && at !== null && !isProxy(at); left--) {
    const found = Object.getOwnPropertyDescriptor(at, key);
    if (found !== undefined) return found;
    at = Object.getPrototypeOf(at) as object | null;
  }
  return undefined;
};

/** What an error says of itself, which may be computed when it is asked. */
const ask = (error: object, key: string): unknown =>
  attempt(() => {
    const found = find(error, key);
    return found === undefined || "value" in found ? found?.value : found.get?.call(error);
  });

const isError = (value: unknown): value is object => {
  if (typeof value !== "object" || value === null || isProxy(value)) return false;
  return attempt(() => {
    if (types?.isNativeError(value) ?? Object.prototype.toString.call(value) === "[object Error]") return true;
    let at: object | null = value;
    for (let left = maxPrototypes; left > 0 && at !== null && !isProxy(at); left--) {
      if (at === Error.prototype) return true;
      at = Object.getPrototypeOf(at) as object | null;
    }
    return false;
  }) ?? false;
};

const word = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? cut(value, maxWord) : undefined;

const classOf = (value: object): string | undefined => {
  const made: unknown = attempt(() => find(value, "constructor")?.value);
  if (typeof made !== "function" || isProxy(made)) return undefined;
  const name = word(attempt(() => find(made, "name")?.value));
  return name === "Object" ? undefined : name;
};

/** The `_tag` that a value carries as plain data; undefined if it has none. */
export const tagOf = (value: unknown): unknown =>
  typeof value === "object" && value !== null && !isProxy(value)
    ? attempt(() => find(value, "_tag")?.value)
    : undefined;

/** Within these bounds writing a whole number takes no time. */
const huge = 10n ** 40n;

/** The numbers from 0, at most as many as are shown. */
const indices = (length: number, most: number): ReadonlyArray<number> =>
  Array.from({ length: Math.min(length, most) }, (_, index) => index);

const shownItem = (value: object, key: string, depth: number): string => {
  const found = attempt(() => Object.getOwnPropertyDescriptor(value, key));
  return found === undefined ? "?" : "value" in found ? shown(found.value, depth - 1) : "[getter]";
};

const bracketed = (name: string, [open, close]: string, items: ReadonlyArray<string>, count: number): string => {
  const all = count > items.length ? [...items, `… ${count - items.length} more`] : items;
  return `${name === "" ? "" : `${name} `}${open}${all.length === 0 ? "" : ` ${all.join(", ")} `}${close}`;
};

const shownObject = (value: object, depth: number): string => {
  if (isProxy(value)) return "[Proxy]";
  if (isError(value)) return `[${headline(value)}]`;
  // One property for each byte or letter would be listed.
  if (ArrayBuffer.isView(value)) return `[${(value as ArrayBufferView).byteLength} bytes]`;
  const letters = attempt(() => String.prototype.valueOf.call(value));
  if (letters !== undefined) return `[${shown(letters, depth)}]`;
  const name = classOf(value) ?? "";
  if (Array.isArray(value)) {
    const { length } = value as ReadonlyArray<unknown>;
    const items = depth <= 0 ? [] : indices(length, maxItems).map((index) => shownItem(value, String(index), depth));
    return bracketed(name === "Array" ? "" : name, "[]", items, length);
  }
  const keys = Object.keys(value);
  const items = depth <= 0 ? [] : keys.slice(0, maxItems).map((key) => {
    const isPlain = /^[\w$]{1,40}$/.test(key);
    return `${isPlain ? key : shown(cut(key, 40), 0)}: ${shownItem(value, key, depth)}`;
  });
  return bracketed(name, "{}", items, keys.length);
};

/** A value as a person would write it, shortened. */
const shown = (value: unknown, depth: number): string => {
  switch (typeof value) {
    case "string":
      return JSON.stringify(cut(value, maxText));
    case "bigint":
      return value < huge && value > -huge ? `${value}n` : "[huge bigint]";
    case "symbol":
      return `Symbol(${cut(value.description ?? "", maxWord)})`;
    case "function":
      return `[function ${isProxy(value) ? "" : word(attempt(() => find(value, "name")?.value)) ?? ""}]`;
    case "object":
      return value === null ? "null" : attempt(() => shownObject(value, depth)) ?? "[object]";
    default:
      return String(value);
  }
};

const headline = (error: object): string => {
  const name = word(ask(error, "name")) ?? classOf(error) ?? "Error";
  const code = attempt((): unknown => Object.getOwnPropertyDescriptor(error, "code")?.value);
  const said = ask(error, "message");
  const message = typeof said === "string" ? cut(said, maxMessage) : said === undefined ? "" : shown(said, 1);
  const isNews = (typeof code === "string" && code !== "" && code !== name) || typeof code === "number";
  const title = isNews && !message.includes(String(code)) ? `${name} [${cut(String(code), maxWord)}]` : name;
  return message === "" ? title : `${title}: ${message}`;
};

/**
 * Where the error was made, as V8 writes it; the lines follow the message, however long that is. V8 writes it when it is first
 * asked, and makes texts of name and message for that, so it is asked only where they are texts.
 */
const frames = (error: object): string => {
  const message = ask(error, "message");
  if (typeof message !== "string" || typeof ask(error, "name") !== "string") return "";
  const stack = ask(error, "stack");
  if (typeof stack !== "string") return "";
  const from = message.length < stack.length ? message.length : 0;
  const linesFrom = (start: number) =>
    stack.slice(start, start + 4 * maxLength).split("\n").filter((line) => line.startsWith("    at ")).slice(
      0,
      maxFrames,
    );
  const lines = linesFrom(from);
  return detached((lines.length > 0 ? lines : linesFrom(0)).map((line) => `\n${line}`).join(""));
};

interface Told {
  readonly label: string;
  readonly value: unknown;
}

/** What an error holds that explains it. */
const behind = (error: object): ReadonlyArray<Told> => {
  const cause = ask(error, "cause");
  const errors = ask(error, "errors");
  const several: ReadonlyArray<unknown> = !isProxy(errors) && Array.isArray(errors) ? errors : [];
  return [
    ...(cause === undefined ? [] : [{ label: "cause", value: cause }]),
    ...indices(several.length, maxErrors).map((index) => ({
      label: `error ${index + 1} of ${several.length}`,
      value: attempt(() => find(several, String(index))?.value),
    })),
  ];
};

const explained = (error: object): ReadonlyArray<Told> => attempt(() => behind(error)) ?? [];

const write = (reasons: ReadonlyArray<unknown>): string => {
  const [first, ...more] = reasons.slice(0, maxErrors);
  const head = isError(first) ? headline(first) : `non-Error thrown: ${shown(first, maxDepth)}`;
  const seen = new Set<unknown>([first]);
  const left: Array<Told> = isError(first) ? [...explained(first)] : [];
  left.push(...more.map((value, index) => ({ label: `reason ${index + 2} of ${reasons.length}`, value })));
  let rest = "";
  for (let count = 0; left.length > 0; count++) {
    const { label, value } = left.shift() as Told;
    if (count === maxErrors) {
      rest += "\n…";
      break;
    }
    const isKnown = typeof value === "object" && value !== null && seen.has(value);
    seen.add(value);
    rest += `\n[${label}] ${
      isKnown ? "as above" : cut(isError(value) ? headline(value) : shown(value, 1), maxMessage)
    }`;
    if (!isKnown && isError(value)) left.unshift(...explained(value));
  }
  // What explains it matters more than where it was made.
  const room = maxLength - head.length - rest.length;
  const where = isError(first) && room > maxText ? cut(frames(first), room) : "";
  return cut(head + where + rest, maxLength);
};

/**
 * What was thrown, all at once where it was several things, as a text of at most `maxLength` characters: an error with where
 * it was made and what caused it, anything else as what it is.
 */
export const textOf = (reasons: ReadonlyArray<unknown>): string =>
  attempt(() => write(reasons)) ?? "something was thrown that cannot be shown";
