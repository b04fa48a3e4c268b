/**
 * The one error of everything a person hands in: names, numbers, policies, options.
 *
 * It names the field, shows the value (shortened, never a secret) and says what is allowed.
 */

/** What a value was shown as before. */
class Shown {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const shown = (value: unknown): string => {
  if (value instanceof Shown) return value.text;
  let text: string;
  try {
    text = typeof value === "string" ? JSON.stringify(value) : String(value);
  } catch {
    text = typeof value;
  }
  // Half a surrogate pair at the cut could not be written to a log.
  return text.length > 80 ? `${text.slice(0, 77).replace(/[\ud800-\udbff]$/, "")}…` : text;
};

/**
 * A value that cannot be accepted. Thrown or returned before anything is written to the store.
 *
 * @example
 * ```ts
 * import { Names } from "ringcron/core";
 *
 * const result = Names.job("a*b");
 * console.log(result._tag === "Failure" ? result.failure.message : "accepted");
 * ```
 */
export class InvalidInput extends Error {
  /** Tag for `Effect.catchTag` and `switch`. */
  readonly _tag = "InvalidInput" as const;
  /** The name of the class, as errors have it. */
  override readonly name = "InvalidInput";
  /** What was set, as the caller knows it, such as `service` or `catchUp.withinMs`. */
  readonly field: string;
  /** The value as text, at most 80 characters. */
  readonly value: string;
  /** What would have been accepted. */
  readonly allowed: string;

  /** `value` is shown shortened: never hand in a secret. */
  constructor(field: string, value: unknown, allowed: string) {
    const text = shown(value);
    super(`${field}: ${text} is not allowed; allowed: ${allowed}`);
    this.field = field;
    this.value = text;
    this.allowed = allowed;
  }
}

/** The same error about a field of another name: the value as it was shown. */
export const renamed = (field: string, { allowed, value }: InvalidInput): InvalidInput =>
  new InvalidInput(field, new Shown(value), allowed);

/**
 * Throws for an argument that is not what it has to be: callers without types get its name instead of a failure far away.
 *
 * @example
 * ```ts
 * import { Ring } from "ringcron";
 *
 * try {
 *   Ring.rank([], undefined as never);
 * } catch (error) {
 *   console.log(String(error)); // InvalidInput: job: undefined is not allowed; allowed: a string
 * }
 * ```
 */
export const demand = (isRight: boolean, field: string, value: unknown, allowed: string): void => {
  if (!isRight) throw new InvalidInput(field, value, allowed);
};

/**
 * Throws for what is no number, be it of a wrong type or left out.
 *
 * @example
 * ```ts
 * import { Moment } from "ringcron/core";
 *
 * try {
 *   Moment.exact("now" as never);
 * } catch (error) {
 *   console.log(String(error)); // InvalidInput: now: "now" is not allowed; allowed: a number
 * }
 * ```
 */
export const demandNumber = (field: string, value: unknown): void =>
  demand(typeof value === "number", field, value, "a number");

/**
 * Throws for what is no object, or lacks a part that is used. What the parts are is left to those who made it.
 *
 * @example
 * ```ts
 * import { Ownership } from "ringcron/core";
 *
 * try {
 *   Ownership.of({} as never);
 * } catch (error) {
 *   console.log(String(error)); // InvalidInput: view: [object Object] is not allowed; allowed: an object with members
 * }
 * ```
 */
export const demandParts = (field: string, value: unknown, ...parts: ReadonlyArray<string>): void => {
  let isWhole = typeof value === "object" && value !== null;
  for (const part of parts) isWhole = isWhole && (value as Record<string, unknown>)[part] != null;
  if (isWhole) return;
  throw new InvalidInput(field, value, parts.length === 0 ? "an object" : `an object with ${parts.join(", ")}`);
};

/**
 * The error of a field that no option has, or undefined: a misspelt option must not be taken for one left out.
 *
 * @example
 * ```ts
 * import { InvalidInput } from "ringcron";
 *
 * console.log(new InvalidInput("timeoutMS", 5, "timeoutMs").message); // timeoutMS: 5 is not allowed; allowed: timeoutMs
 * ```
 */
export const strangeField = (
  options: object,
  known: ReadonlyArray<string>,
  prefix: string = "",
): InvalidInput | undefined => {
  const name = Object.keys(options).find((key) => !known.includes(key));
  if (name === undefined) return undefined;
  const field = prefix + (name.length > 40 ? `${name.slice(0, 40)}…` : name);
  return new InvalidInput(field, (options as Record<string, unknown>)[name], `one of ${known.join(", ")}`);
};

/**
 * What is wrong with the options of a call, or undefined: they may be left out, and be nothing but an object of known fields.
 *
 * @example
 * ```ts
 * import { InvalidInput } from "ringcron";
 *
 * console.log(new InvalidInput("options", null, "an object with retry").message);
 * ```
 */
export const wrongOptions = (options: unknown, known: ReadonlyArray<string>): InvalidInput | undefined => {
  if (options === undefined) return undefined;
  return typeof options === "object" && options !== null
    ? strangeField(options, known)
    : new InvalidInput("options", options, `an object with ${known.join(", ")}`);
};
