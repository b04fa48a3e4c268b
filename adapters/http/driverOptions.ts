/**
 * What drivers check alike of their options.
 */

/** How a store is reached. */
interface Way {
  readonly timeoutMs?: number | undefined;
  readonly allowInsecure?: boolean | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** What is wrong with how a store is to be reached; undefined if nothing is. */
export const wrongWay = ({ allowInsecure, fetch, timeoutMs = 5_000 }: Way): string | undefined => {
  if (allowInsecure !== undefined && typeof allowInsecure !== "boolean") return "allowInsecure: allowed: true or false";
  if (fetch !== undefined && typeof fetch !== "function") return "fetch: allowed: a function";
  return !Number.isSafeInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > 600_000
    ? "timeoutMs: allowed: a whole number of milliseconds from 1 to 600000"
    : undefined;
};

/**
 * What is wrong with the names of options, without their values, which may be secret; undefined if nothing is. A misspelt one
 * must not be taken for one left out.
 */
export const strangeOption = (options: object, known: ReadonlyArray<string>): string | undefined => {
  const name = Object.keys(options).find((key) => !known.includes(key));
  if (name === undefined) return undefined;
  // A token that took the place of a name must not be shown either.
  const shown = /^[A-Za-z]{1,20}$/.test(name) ? name : "options";
  return `${shown}: no option of this driver; allowed: ${known.join(", ")}`;
};
