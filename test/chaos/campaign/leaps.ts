/**
 * A store whose clock leaps: an hour ahead for a moment, or half a minute either way for longer than it takes to believe it.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { confirmMs } from "../../../src/core/node/FleetClock.ts";
import type { Away } from "./crew.ts";
import type { Random } from "./random.ts";
import type { Seen } from "./observed.ts";
import type { Breach } from "./rules.ts";
import type { ChaosStore } from "./store.ts";

/** A time in which the store's clock was wrong. */
export interface Leap {
  /** Epoch milliseconds of this machine, which is right. */
  readonly from: number;
  until: number;
  /** How far ahead the clock was, negative if it was behind. */
  readonly byMs: number;
}

/** How far behind the right time a store's clock may be. Milliseconds. */
export const mostBehindMs = 30_000;

/** Makes the clock leap by calling `move`, and writes down when. */
export function leaping(
  move: (byMs: number) => void,
): { readonly leaps: ReadonlyArray<Leap>; readonly faults: ChaosStore["faults"] } {
  const leaps: Array<Leap> = [];
  const leap = async (byMs: number, forMs: number): Promise<void> => {
    const entry: Leap = { from: Date.now(), until: Infinity, byMs };
    leaps.push(entry);
    move(byMs);
    try {
      await delay(forMs);
    } finally {
      move(0);
      entry.until = Date.now();
    }
  };
  const long = (byMs: number) => (random: Random) => leap(byMs, random.between(20_000, 28_000));
  return {
    leaps,
    faults: {
      "clock an hour ahead for a moment": { weight: 1.5, act: () => leap(3_600_000, 300) },
      "clock half a minute ahead": { weight: 0.3, act: long(mostBehindMs) },
      "clock half a minute behind": { weight: 0.3, act: long(-mostBehindMs) },
    },
  };
}

/** Whether a leap lasts for longer than it takes to believe it. */
const isLong = ({ from, until }: Leap): boolean => until - from > 2 * confirmMs;

/** How long a node that was disturbed may go by a clock that is right again. Milliseconds. */
const lingersMs = 10_000;

/** Whether nodes may have gone by a wrong clock shortly before. */
export const isWrong = (leaps: ReadonlyArray<Leap>, at: number): boolean =>
  leaps.some(({ from, until }) => at > from && at < until + mostBehindMs);

/** How early a start may be by the right clock, because nodes had reason to go by a wrong one. Milliseconds. */
export function excusedMs(leaps: ReadonlyArray<Leap>, at: number, isManual: boolean): number {
  const inForce = leaps.filter((leap) =>
    // When somebody asked for something is written down as the store's clock shows it.
    isManual ? leap.from < at : isLong(leap) && at > leap.from + confirmMs - 500 && at < leap.until + lingersMs
  );
  return Math.max(0, ...inForce.map(({ byMs }) => byMs));
}

/** How long a node may take to say that the clock is another one, amid other faults, and how long nothing may start. */
const noticeMs = 18_000;
const silenceMs = 25_000;

/** What is judged. */
interface Judged {
  readonly leaps: ReadonlyArray<Leap>;
  readonly isClockOfAll: boolean;
  readonly seen: Seen;
}

/**
 * Whoever was there during a leap that lasts says so: that the clock stepped, or, where nodes go by clocks of their own, that
 * theirs differs. Nothing stands still for long unless it was said.
 */
export function toldAndGoesOn(
  { isClockOfAll, leaps, seen: { events, nodes, starts } }: Judged,
  aways: ReadonlyArray<Pick<Away, "from" | "node" | "until">>,
  everySecond: ReadonlyArray<string>,
): ReadonlyArray<Breach> {
  const isSaid = ({ detail, what }: Seen["events"][number]): boolean =>
    what === "StoreClockStepped" || (what === "StoreUnavailable" && (detail === "Misconfigured" || !isClockOfAll));
  const said = events.filter(isSaid);
  const joined = new Map<string, number>();
  for (const { at, node, what } of events) if (what === "Joined" && !joined.has(node)) joined.set(node, at);
  const present = ({ from }: Leap): ReadonlyArray<string> =>
    [...new Set(nodes.values())].filter((node) =>
      (joined.get(node) ?? Infinity) < from - 1_000 &&
      !aways.some((away) => away.node === node && away.from < from + noticeMs && away.until > from)
    );
  const breaches = leaps.filter(isLong).flatMap((leap) =>
    present(leap).filter((node) =>
      !said.some((it) => it.node === node && it.at >= leap.from && it.at < leap.from + noticeMs)
    ).map((node): Breach => ({
      rule: "a step of the store's clock is told",
      detail: `${node} said nothing of ${leap.byMs} ms at ${leap.from}`,
    }))
  );
  const often = new Set(everySecond);
  const times = starts.filter(({ job, kind }) => often.has(job) && kind === "due").map(({ at }) => at);
  times.slice(1).forEach((at, index) => {
    const since = times[index] as number;
    const isExplained = said.some((it) => it.at > since - noticeMs && it.at < at);
    if (at - since <= silenceMs + (isExplained ? mostBehindMs : 0)) return;
    breaches.push({ rule: "no long silence", detail: `nothing was due and started from ${since} to ${at}` });
  });
  return breaches;
}
