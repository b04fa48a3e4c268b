/**
 * What the way between one process and the store is like: mostly bad in one manner for a while, then good again.
 *
 * @module
 */
import type { Fault } from "../../support/faults.ts";
import type { Dice } from "./dice.ts";

/** The kinds of weather. */
export type Weather =
  | "slow"
  | "very slow"
  | "requests lost"
  | "replies lost"
  | "repeated"
  | "repeated late, replies lost"
  | "replies cut"
  | "replies garbled"
  | "429"
  | "500"
  | "502 with a page"
  | "hanging"
  | "cut off"
  | "cut off, silently"
  | "cut off one way";

const late = (dice: Dice): Fault => dice.chance(0.4) ? { repeatAfterMs: dice.between(50, 5_000) } : {};

/** What each kind does to one request. */
const kinds: Readonly<Record<Weather, (dice: Dice) => Fault>> = {
  slow: (dice) => ({ delayRequestMs: dice.between(0, 400), delayReplyMs: dice.between(0, 400) }),
  "very slow": (dice) => ({ delayRequestMs: dice.between(0, 3_000), delayReplyMs: dice.between(0, 1_000) }),
  "requests lost": (dice) => ({ dropRequest: dice.chance(0.4) }),
  "replies lost": (dice) => ({ dropReply: dice.chance(0.4) }),
  "repeated": (dice) => ({ duplicate: dice.chance(0.4), ...late(dice) }),
  "repeated late, replies lost": (dice) => ({ ...late(dice), dropReply: dice.chance(0.3) }),
  "replies cut": (dice) => ({ truncate: dice.chance(0.4) }),
  "replies garbled": (dice) => dice.chance(0.4) ? { garbage: dice.chance(0.5) ? "html" : "json" } : {},
  "429": (dice) => dice.chance(0.3) ? { status: { code: 429, retryAfterS: 1 } } : {},
  "500": (dice) => dice.chance(0.4) ? { status: { code: 500, applied: dice.chance(0.5) } } : {},
  "502 with a page": (dice) => dice.chance(0.4) ? { status: { code: 502, applied: dice.chance(0.5) } } : {},
  "hanging": (dice) => dice.chance(0.3) ? { hang: dice.chance(0.5) ? "request" : "reply" } : {},
  "cut off": () => ({ dropRequest: true }),
  "cut off, silently": () => ({ hang: "request" }),
  "cut off one way": () => ({ dropReply: true }),
};

/** Kinds in which some requests still come through. */
export const rough: ReadonlyArray<Weather> = (Object.keys(kinds) as ReadonlyArray<Weather>)
  .filter((it) => !it.startsWith("cut off"));

/** Kinds in which no answer comes through. */
export const separations: ReadonlyArray<Weather> = ["cut off", "cut off, silently", "cut off one way"];

/** What happens to the next request. */
export const strike = (weather: Weather, dice: Dice): Fault => kinds[weather](dice);
