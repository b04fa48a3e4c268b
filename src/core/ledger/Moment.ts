/**
 * The instant a decision is made at, as far as it is known.
 *
 * A store that keeps texts decides nothing, so whoever decides does not know the store's clock exactly. A decision then
 * holds in a window of time, which its own questions narrow, and numbers that are the clock stay open until the store has
 * told them. The same rules run on an exact clock and on an estimate.
 */

import { demand, demandNumber, demandParts } from "../words/InvalidInput.ts";

/** A number that is max(clock, least) + plus, once the clock is known. */
export interface Stamp {
  /** The least the clock counts for, epoch milliseconds. */
  readonly least: number;
  /** What is added to it. */
  readonly plus: number;
}

/** A number, or one that is still open. */
export type Open = number | Stamp;

/** When a decision is made. */
export interface Moment {
  /** Whether the clock is after an instant. The decision holds only while the answer does. */
  readonly isAfter: (instant: number) => boolean;
  /** max(clock, least). */
  readonly stamp: (least: number) => Open;
  /** max(number + 1, clock): the next of numbers that grow with the clock, as fences do (R30). */
  readonly next: (number: Open) => Open;
}

/** A moment whose clock is known: nothing stays open. */
export interface Exact extends Moment {
  /** max(clock, least). */
  readonly stamp: (least: number) => number;
  /** max(number + 1, clock). */
  readonly next: (number: Open) => number;
}

/** The window in which a decision holds, both ends included. Epoch milliseconds. */
export interface Window {
  /** The first instant. */
  readonly notBefore: number;
  /** The last. */
  readonly notAfter: number;
}

/** A moment that is an estimate. */
export interface Estimate extends Moment {
  /** What its questions have narrowed. */
  readonly window: () => Window;
}

/**
 * A moment whose clock is known.
 *
 * @example
 * ```ts
 * import { Moment } from "ringcron/core";
 *
 * const moment = Moment.exact(5_000);
 * console.log(moment.isAfter(5_000), moment.next(4_000), moment.next(7_000)); // false 5000 7001
 * ```
 */
export const exact = (now: number): Exact => {
  demandNumber("now", now);
  return {
    isAfter: (instant) => now > instant,
    stamp: (least) => Math.max(now, least),
    next: (number) => Math.max(at(number, now) + 1, now),
  };
};

/** A class, as one is made for every record that is decided on. */
class Around implements Estimate {
  readonly #estimate: number;
  #notBefore = 0;
  #notAfter: number = Number.MAX_SAFE_INTEGER;

  constructor(estimate: number) {
    this.#estimate = estimate;
  }

  isAfter(instant: number): boolean {
    const isAfter = this.#estimate > instant;
    if (isAfter) this.#notBefore = Math.max(this.#notBefore, Math.floor(instant) + 1);
    else this.#notAfter = Math.min(this.#notAfter, Math.floor(instant));
    return isAfter;
  }

  stamp(least: number): Stamp {
    return { least, plus: 0 };
  }

  next(number: Open): Open {
    return typeof number === "number" ? { least: number + 1, plus: 0 } : { least: number.least, plus: number.plus + 1 };
  }

  window(): Window {
    return { notBefore: this.#notBefore, notAfter: this.#notAfter };
  }
}

/**
 * A moment around an estimate of the clock.
 *
 * @example
 * ```ts
 * import { Moment } from "ringcron/core";
 *
 * const moment = Moment.around(5_000);
 * console.log(moment.isAfter(4_000), moment.isAfter(6_000), moment.window().notBefore, moment.window().notAfter);
 * // true false 4001 6000
 * ```
 */
export const around = (estimate: number): Estimate => {
  demandNumber("estimate", estimate);
  return new Around(estimate);
};

/**
 * What a number is at an instant of the store's clock.
 *
 * @example
 * ```ts
 * import { Moment } from "ringcron/core";
 *
 * console.log(Moment.at({ least: 4_000, plus: 2 }, 5_000), Moment.at(7, 5_000)); // 5002 7
 * ```
 */
export const at = (number: Open, now: number): number => {
  if (typeof number === "number") return number;
  demandParts("number", number, "least", "plus");
  demandNumber("now", now);
  return Math.max(now, number.least) + number.plus;
};

/**
 * A number as it is written into a text: one that is open as the place where the store puts it, `@least+plus@`. Throws
 * `InvalidInput` for what is no whole number: a mistake of the caller, not of the store.
 *
 * @example
 * ```ts
 * import { Moment } from "ringcron/core";
 *
 * console.log(Moment.text({ least: 4_000, plus: 2 }), Moment.text(7)); // @4000+2@ 7
 * ```
 */
export const text = (number: Open): string => {
  if (typeof number !== "number") {
    demandParts("number", number, "least", "plus");
    return `@${text(number.least)}+${text(number.plus)}@`;
  }
  demand(Number.isSafeInteger(number), "number", number, "a whole number");
  return String(number);
};

/**
 * A text in which every open number stands as it is at an instant of the store's clock. For stores without arithmetic, and
 * for whoever remembers what was put.
 *
 * @example
 * ```ts
 * import { Moment } from "ringcron/core";
 *
 * console.log(Moment.resolve("a|@4000+2@|b", 5_000)); // a|5002|b
 * ```
 */
export const resolve = (template: string, now: number): string => {
  demand(typeof template === "string", "template", template, "a string");
  demandNumber("now", now);
  let open = template.indexOf("@");
  if (open < 0) return template;
  const parts: Array<string> = [];
  let start = 0;
  let stamp = "";
  let resolved = "NaN";
  while (open >= 0) {
    const end = template.indexOf("@", open + 1);
    const found = template.slice(open + 1, end);
    // The last token of a record is that of its last run.
    if (found !== stamp) resolved = stampAt(found, now);
    stamp = found;
    // No engine writes a sign that stands for nothing.
    if (end < 0 || resolved === "NaN") break;
    parts.push(template.slice(start, open), resolved);
    start = end + 1;
    open = template.indexOf("@", start);
  }
  parts.push(template.slice(start));
  // Joined it is one text; what is added up would be a chain of pieces, in a store that keeps it for long.
  return parts.join("");
};

const stampAt = (stamp: string, now: number): string => {
  const sign = stamp.indexOf("+");
  return sign < 0 ? "NaN" : String(Math.max(now, Number(stamp.slice(0, sign))) + Number(stamp.slice(sign + 1)));
};
