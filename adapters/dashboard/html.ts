/**
 * Pages as text: whatever is put into a template is escaped, unless it is a piece of a page itself.
 */

/** A piece of a page, which nobody from outside has a hand in. */
export class Html {
  /** The piece as it is sent. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template may be given. Nothing at all is written for what is left out or false. */
export type Piece = Html | string | number | false | undefined | ReadonlyArray<Piece>;

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** A text as it may stand between tags and in a quoted attribute. */
export const escape = (text: string): string => text.replace(/[&<>"']/g, (it) => entities[it] as string);

const written = (piece: Piece): string => {
  if (piece === undefined || piece === false) return "";
  if (piece instanceof Html) return piece.text;
  return Array.isArray(piece) ? piece.map(written).join("") : escape(String(piece));
};

/** A piece of a page, with what is put into it escaped. */
export const markup = (parts: TemplateStringsArray, ...pieces: ReadonlyArray<Piece>): Html => {
  let text = parts[0] ?? "";
  for (let at = 0; at < pieces.length; at++) text += written(pieces[at]) + parts[at + 1];
  return new Html(text);
};
