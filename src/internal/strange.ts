/**
 * Options of drivers that nobody knows: a misspelt one must not be taken for one left out.
 */

/** What is wrong with the names of options, without their values, which may be secret; undefined if nothing is. */
export const strangeOption = (options: object, known: ReadonlyArray<string>): string | undefined => {
  const name = Object.keys(options).find((key) => !known.includes(key));
  if (name === undefined) return undefined;
  // A token that took the place of a name must not be shown either.
  const shown = /^[A-Za-z]{1,20}$/.test(name) ? name : "options";
  return `${shown}: no option of this driver; allowed: ${known.join(", ")}`;
};
