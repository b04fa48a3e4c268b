/**
 * Colours, where there are some, and what of a text may reach a terminal.
 */

/** Ways to set words apart. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly accent: (text: string) => string;
}

const same = (text: string): string => text;

const plain: Paint = { bold: same, dim: same, good: same, bad: same, warn: same, accent: same };

const between = (from: number, to: number) => (text: string): string =>
  text === "" ? "" : `\u001b[${from}m${text}\u001b[${to}m`;

const coloured: Paint = {
  bold: between(1, 22),
  dim: between(2, 22),
  good: between(32, 39),
  bad: between(31, 39),
  warn: between(33, 39),
  accent: between(36, 39),
};

/** What was asked for: by an option, by `NO_COLOR` or `FORCE_COLOR`, or else colours on a terminal. */
export const paintFor = (
  asked: boolean | undefined,
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): Paint => {
  const isSet = (name: string): boolean => (env[name] ?? "") !== "";
  const wanted = asked ??
    (isSet("NO_COLOR") || env.FORCE_COLOR === "0"
      ? false
      : isSet("FORCE_COLOR") || (isTerminal && env.TERM !== "dumb"));
  return wanted ? coloured : plain;
};

/** A text of somebody else, of which nothing steers the terminal or turns the direction of writing. */
export const tame = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (it) => `\\u${it.codePointAt(0)?.toString(16).padStart(4, "0")}`);

// deno-lint-ignore no-control-regex -- the colours above
const colours = /\u001b\[\d+m/g;

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** How many columns of a terminal a text takes. */
export const widthOf = (text: string): number => {
  let width = 0;
  for (const char of text.replace(colours, "")) width += /\p{M}/u.test(char) ? 0 : wide.test(char) ? 2 : 1;
  return width;
};

/** The beginning of a text in so many columns; a text that is cut ends with an ellipsis. It has no colours. */
export const fitted = (text: string, columns: number): string => {
  if (widthOf(text) <= columns) return text;
  let kept = "";
  for (const char of text) {
    if (widthOf(kept + char) > columns - 1) break;
    kept += char;
  }
  return `${kept}…`;
};
