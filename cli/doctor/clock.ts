/**
 * How far the clock of this machine is from the store's, and how far away the store is.
 */
import * as Effect from "effect/Effect";
import type { Fleet } from "../frame/fleet.ts";
import { duration } from "../print/words.ts";
import { bad, type Finding, good, note } from "./finding.ts";

const looks = 5;

/** Looks some times: the quickest answer tells most. */
export const clock = async ({ service, session, store }: Fleet): Promise<ReadonlyArray<Finding>> => {
  let best: { readonly roundTripMs: number; readonly offsetMs: number } | undefined;
  for (let n = 0; n < looks; n++) {
    const sent = session.host.now();
    const look = store.driver.peek({ _tag: "Peek", service, jobs: [], history: false });
    const { storeTime } = await Effect.runPromise(look);
    const roundTripMs = session.host.now() - sent;
    const offsetMs = storeTime - (sent + roundTripMs / 2);
    if (best === undefined || roundTripMs < best.roundTripMs) best = { roundTripMs, offsetMs };
  }
  const { offsetMs, roundTripMs } = best ?? { offsetMs: 0, roundTripMs: 0 };
  const away = Math.max(0, Math.abs(offsetMs) - roundTripMs / 2);
  const says = `this machine is ${duration(offsetMs)} ${offsetMs > 0 ? "behind" : "ahead of"} the store`;
  const isEtcd = store.driver.name === "etcd";
  const time = away < 100
    ? good("clock", `as the store's, within ${duration(Math.max(1, Math.abs(offsetMs), roundTripMs / 2))}`)
    : away < 500
    ? note("clock", says, "synchronise the clocks (NTP)")
    : isEtcd
    ? bad(
      "clock",
      says,
      "synchronise the clocks (NTP): over etcd a node refuses to work whose clock is off by more than maxClockSkewMs",
    )
    : note(
      "clock",
      says,
      "synchronise the clocks (NTP); nodes go by the store's, so it is right times in logs that suffer",
    );
  const way = roundTripMs < 500
    ? good("way", `an answer takes ${duration(roundTripMs)}`)
    : note("way", `an answer takes ${duration(roundTripMs)}`, "a store that is nearer makes takeovers quicker");
  return [way, time];
};
