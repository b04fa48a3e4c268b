/**
 * The ring: an arc for each member, as long as its share of the jobs.
 */
import { type Html, markup } from "../html.ts";

/** An arc. */
export interface Arc {
  /** What it stands for, in words. */
  readonly label: string;
  /** Its part of the whole, relative to the others. */
  readonly size: number;
  /** Which colour it has. */
  readonly hue: number;
  /** Drawn thinner: it is there, and not sound. */
  readonly isFaint: boolean;
}

/** How many colours there are before they come again. */
export const hues = 8;

const gap = 0.6;

/** Draws the arcs clockwise from the top, with two lines of text in the middle. */
export const ring = (arcs: ReadonlyArray<Arc>, big: string, small: string): Html => {
  const whole = arcs.reduce((sum, { size }) => sum + size, 0);
  let from = 0;
  const drawn = arcs.filter(({ size }) => size > 0).map(({ hue, isFaint, label, size }) => {
    const part = size / whole * 100;
    const dash = Math.max(0.2, arcs.length === 1 ? part : part - gap);
    const piece = markup`<circle class="arc h${hue % hues}${
      isFaint ? " faint" : ""
    }" cx="60" cy="60" r="50" pathLength="100" stroke-dasharray="${dash.toFixed(2)} ${
      (100 - dash).toFixed(2)
    }" stroke-dashoffset="${(-from).toFixed(2)}"><title>${label}</title></circle>`;
    from += part;
    return piece;
  });
  const spoken = arcs.map(({ label }) => label).join("; ");
  return markup`<svg class="ring" viewBox="0 0 120 120" role="img" aria-label="${
    spoken === "" ? "no members" : spoken
  }"><circle class="rail" cx="60" cy="60" r="50" /><g transform="rotate(-90 60 60)">${drawn}</g><text class="big" x="60" y="60" text-anchor="middle">${big}</text><text class="small" x="60" y="75" text-anchor="middle">${small}</text></svg>`;
};
