/**
 * The one text for all that are equal: rows of thousands of jobs differ in their keys alone, and what is kept of each is kept once.
 */

/** Hands out what is made of a text, the very same for equal texts. */
export type Shared = (text: string) => string;

/** For as long as something is made of many texts: it keeps each of them. Default: a text is what is made of it. */
export const sharing = (make: (text: string) => string = (text) => text): Shared => {
  const texts = new Map<string, string>();
  return (text) => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    const made = make(text);
    texts.set(text, made);
    return made;
  };
};
