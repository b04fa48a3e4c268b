/**
 * Schedules in the store are paused with all jobs, and go on with them.
 */
import * as Effect from "effect/Effect";
import type { ControlRequest } from "../core/words/Request.ts";
import { schedules } from "../core/engine/schedules/look.ts";
import { type Carrier, DriverError } from "../Driver.ts";

type Command = Extract<ControlRequest["command"], { readonly _tag: "PauseAll" | "ResumeAll" }>;

/**
 * Tells how many these were, once the store knows what was asked for. Where it keeps no schedules there are none. Cost: a request for
 * each thousand, and two for each part of them that the store takes at once.
 */
export const allSchedules: (service: string, driver: Carrier, given: Command) => Effect.Effect<number, DriverError> =
  Effect
    .fnUntraced(function* (service, driver, given) {
      let count = 0;
      let after: string | undefined;
      const unreadable: Array<string> = [];
      const ask = given._tag === "PauseAll"
        ? { _tag: given._tag } as const
        : { _tag: given._tag, missed: given.missed } as const;
      if (!driver.keepsSchedules) return 0;
      do {
        const page = yield* driver.carry(schedules, { _tag: "Schedules", service, command: { ...ask, after } });
        count += page.count ?? 0;
        unreadable.push(...page.unreadable.slice(0, 10 - unreadable.length));
        after = page.after;
      } while (after !== undefined);
      if (unreadable.length === 0) return count;
      return yield* Effect.fail(
        new DriverError({
          driver: driver.name,
          operation: "schedules",
          reason: "Foreign",
          detail: `done, but for schedules that cannot be read, which were left alone: ${
            unreadable.map((id) => JSON.stringify(id)).join(", ")
          }`,
        }),
      );
    });
