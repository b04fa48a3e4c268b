/**
 * The store as one process of a fleet reaches it: or does not, because the store is away, the process is cut off, or dead.
 */
import * as Effect from "effect/Effect";
import { type Driver, DriverError } from "../../Driver.ts";

/** `silent`: no answer ever comes. `refused`: the answer is an error, at once. */
export type Reach = "open" | "silent" | "refused";

/** A driver for one process. `asked` is called whenever it asks for something. */
export const reaching = (driver: Driver, reach: () => Reach, hears: () => boolean, asked: () => void): Driver => {
  const through = <Q, A>(operation: string, ask: (request: Q) => Effect.Effect<A, DriverError>) => (request: Q) =>
    Effect.suspend((): Effect.Effect<A, DriverError> => {
      asked();
      const now = reach();
      if (now === "open") return ask(request);
      if (now === "silent") return Effect.never;
      const detail = "the store is away";
      return Effect.fail(new DriverError({ driver: driver.name, operation, reason: "Unavailable", detail }));
    });
  const { hints } = driver;
  return {
    name: driver.name,
    // Each is a process of its own, also where one comes after another of the same name.
    identity: [{}],
    beat: through("beat", driver.beat),
    claim: through("claim", driver.claim),
    complete: through("complete", driver.complete),
    peek: through("peek", driver.peek),
    control: through("control", driver.control),
    hints: hints && ((service, hearing) =>
      hints(service, {
        ...hearing,
        heard: (job) => {
          if (hears()) hearing.heard(job);
        },
      })),
  };
};
