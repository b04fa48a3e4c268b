/**
 * The store as one process of a fleet reaches it: or does not, because the store is away, the process is cut off, or dead.
 */
import * as Effect from "effect/Effect";
import { type Carrier, DriverError } from "../../Driver.ts";

/** `silent`: no answer ever comes. `refused`: the answer is an error, at once. */
export type Reach = "open" | "silent" | "refused";

/** The store for one process. `asked` is called whenever it asks for something. */
export const reaching = (store: Carrier, reach: () => Reach, hears: () => boolean, asked: () => void): Carrier => {
  const { hints } = store;
  return {
    name: store.name,
    // Each is a process of its own, also where one comes after another of the same name.
    identity: [{}],
    keepsSchedules: store.keepsSchedules,
    carry: (procedure, request) =>
      Effect.suspend(() => {
        asked();
        const now = reach();
        if (now === "open") return store.carry(procedure, request);
        if (now === "silent") return Effect.never;
        const [operation, detail] = [request._tag.toLowerCase(), "the store is away"];
        return Effect.fail(new DriverError({ driver: store.name, operation, reason: "Unavailable", detail }));
      }),
    hints: hints && ((service, hearing) =>
      hints(service, {
        ...hearing,
        heard: (job) => {
          if (hears()) hearing.heard(job);
        },
      })),
  };
};
