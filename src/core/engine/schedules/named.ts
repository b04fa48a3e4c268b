/**
 * What the record of a schedule calls its definition: the hash of what is said of it, and what tells it from one of the same id that
 * was removed. What nodes know of that one, and claim, is then none of the new one's, even where both say the same (R49).
 */

const mark = ".";

/** Of one that is put at an instant of the store's clock and was not there. */
export const newlyNamed = (hash: string, at: number): string => `${hash}${mark}${Math.floor(at).toString(36)}`;

/** Of one that goes on as something else. */
export const renamed = (before: string, hash: string): string => {
  const end = before.indexOf(mark);
  return end < 0 ? hash : hash + before.slice(end);
};

/** Whether two are of the same schedule, whatever is said of it, and not of two of which one was removed before the other was put. */
export const areOfOne = (name: string, other: string): boolean => renamed(name, "") === renamed(other, "");

/** Whether a record means the definition with a hash. */
export const isNamedBy = (name: string, hash: string): boolean => name === hash || name.startsWith(hash + mark);
