/**
 * One look that tells how all jobs stand, what runs of them and who is there.
 */
import * as Effect from "effect/Effect";
import type { Driver, DriverError } from "../Driver.ts";
import { fireOf, namesOf } from "./Insight.ts";
import type { Whole } from "./wholeLook.ts";

/** Everything at once. Cost: as `runs`. */
export const lookAtAll = (service: string, driver: Driver): Effect.Effect<Whole, DriverError> =>
  Effect.map(
    Effect.suspend(() => driver.peek({ _tag: "Peek", service, jobs: [], all: true, history: false, members: true })),
    ({ jobs, members = [], storeTime, unreadable = [] }) => {
      const names = namesOf(members);
      return {
        storeTime,
        jobs,
        unreadable,
        members: members.map((it) => ({ ...it, isLate: storeTime > it.nextBeatAt })),
        runs: jobs.flatMap(({ active }) => active.map((run) => fireOf(service, run, names, storeTime))),
      };
    },
  );
