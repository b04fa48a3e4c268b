/**
 * What the way between one process and the store is like: mostly bad in one manner for a while, then good again.
 *
 * @module
 */
import type { Fault } from "../../support/faults.ts";
import type { Random } from "./random.ts";

/** What may be wrong with the way to the store. */
export type NetworkFault =
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

const late = (random: Random): Fault => random.chance(0.4) ? { repeatAfterMs: random.between(50, 5_000) } : {};

/** What each kind does to one request. */
const kinds: Readonly<Record<NetworkFault, (random: Random) => Fault>> = {
  slow: (random) => ({ delayRequestMs: random.between(0, 400), delayReplyMs: random.between(0, 400) }),
  "very slow": (random) => ({ delayRequestMs: random.between(0, 3_000), delayReplyMs: random.between(0, 1_000) }),
  "requests lost": (random) => ({ dropRequest: random.chance(0.4) }),
  "replies lost": (random) => ({ dropReply: random.chance(0.4) }),
  "repeated": (random) => ({ duplicate: random.chance(0.4), ...late(random) }),
  "repeated late, replies lost": (random) => ({ ...late(random), dropReply: random.chance(0.3) }),
  "replies cut": (random) => ({ truncate: random.chance(0.4) }),
  "replies garbled": (random) => random.chance(0.4) ? { garbage: random.chance(0.5) ? "html" : "json" } : {},
  "429": (random) => random.chance(0.3) ? { status: { code: 429, retryAfterS: 1 } } : {},
  "500": (random) => random.chance(0.4) ? { status: { code: 500, applied: random.chance(0.5) } } : {},
  "502 with a page": (random) => random.chance(0.4) ? { status: { code: 502, applied: random.chance(0.5) } } : {},
  "hanging": (random) => random.chance(0.3) ? { hang: random.chance(0.5) ? "request" : "reply" } : {},
  "cut off": () => ({ dropRequest: true }),
  "cut off, silently": () => ({ hang: "request" }),
  "cut off one way": () => ({ dropReply: true }),
};

/** Kinds in which some requests still come through. */
export const rough: ReadonlyArray<NetworkFault> = (Object.keys(kinds) as ReadonlyArray<NetworkFault>)
  .filter((it) => !it.startsWith("cut off"));

/** Kinds in which no answer comes through. */
export const separations: ReadonlyArray<NetworkFault> = ["cut off", "cut off, silently", "cut off one way"];

/** What happens to the next request. */
export const strike = (networkFault: NetworkFault, random: Random): Fault => kinds[networkFault](random);
