/**
 * Reads a packed text from left to right, strictly: once something is not as expected the whole of it is unsound.
 *
 * Records are read at every claim, so what is a number is not cut out first. `end` is the separator that must follow and is
 * passed; the last part of a list's item, and of the text, has none.
 */
import { decode } from "./packed.ts";

const none: ReadonlyArray<never> = [];

/** What is filled in while its parts are read. */
export type Mutable<A> = { -readonly [K in keyof A]: A[K] };

const zero = 48;
const minus = 45;

const isSeparator = (code: number): boolean => code === 124 || code === 44 || code === 59;

/** A place in a text whose separators are `|`, `;` and `,`. */
export class Cursor {
  readonly #text: string;
  #at: number;
  #isSound: boolean = true;

  constructor(text: string, from: number) {
    this.#text = text;
    this.#at = from;
  }

  /** Whether everything was as expected and nothing is left. */
  isAtEnd(): boolean {
    return this.#isSound && this.#at === this.#text.length;
  }

  /** What was read is not what it must be. */
  refuse(): void {
    this.#isSound = false;
  }

  /** Whether a number comes next, and no fact. */
  isAtNumber(): boolean {
    const code = this.#text.charCodeAt(this.#at);
    return code === minus || (code >= zero && code <= zero + 9);
  }

  /** Passes a separator, if it comes next. */
  passes(separator: string): boolean {
    if (this.#text.charCodeAt(this.#at) !== separator.charCodeAt(0)) return false;
    this.#at += 1;
    return true;
  }

  /** A whole number of at most 16 digits. */
  whole(end: string): number {
    const text = this.#text;
    const isNegative = text.charCodeAt(this.#at) === minus;
    const first = isNegative ? this.#at + 1 : this.#at;
    let [at, value] = [first, 0];
    for (; at < text.length; at++) {
      const digit = text.charCodeAt(at) - zero;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (at === first || at > first + 16 || value > Number.MAX_SAFE_INTEGER) this.refuse();
    this.#at = at;
    this.#pass(end);
    return isNegative ? -value : value;
  }

  /** A whole number, or nothing. */
  optional(end: string): number | undefined {
    return this.passes(end) ? undefined : this.whole(end);
  }

  /** What comes before the next separator, as it is. */
  part(end: string): string {
    const [text, from] = [this.#text, this.#at];
    let at = from;
    while (at < text.length && !isSeparator(text.charCodeAt(at))) at += 1;
    this.#at = at;
    this.#pass(end);
    return text.slice(from, at);
  }

  /** Facts: a letter and a value each, between commas, in the order of their letters. `takers` read the values. */
  facts(takers: Readonly<Record<string, () => void>>): void {
    let last = "";
    do {
      const letter = this.#text.charAt(this.#at);
      const take = takers[letter];
      if (take === undefined || letter <= last) return this.refuse();
      this.#at += 1;
      last = letter;
      take();
    } while (this.#isSound && this.passes(","));
  }

  /** An escaped text; undefined for nothing. */
  name(end: string): string | undefined {
    const part = this.part(end);
    const name = part === "" ? undefined : decode(part);
    if (name === undefined && part !== "") this.refuse();
    return name;
  }

  /** Items with a semicolon between them, up to the end of the list; without one that is the end of the field. */
  list<A>(end: string, read: (cursor: Cursor) => A): ReadonlyArray<A> {
    const isOver = this.#at === this.#text.length || this.#text.charAt(this.#at) === "|";
    if (end === "" ? isOver : this.passes(end)) return none;
    const items: Array<A> = [];
    do items.push(read(this)); while (this.#isSound && this.passes(";"));
    this.#pass(end);
    return items;
  }

  #pass(separator: string): void {
    if (separator !== "" && !this.passes(separator)) this.refuse();
  }
}
