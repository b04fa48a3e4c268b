/**
 * Stores as those see them who ask: a whole driver carries out what it is asked by its own functions, any other one by the procedure
 * that is brought along.
 */
import * as Effect from "effect/Effect";
import { beat } from "./core/engine/beats.ts";
import { claim, complete } from "./core/engine/claims.ts";
import { control, peek } from "./core/engine/commands.ts";
import { schedules } from "./core/engine/schedules/look.ts";
import { survey } from "./core/engine/schedules/survey.ts";
import { type Carrier, type Driver, DriverError } from "./Driver.ts";

/** The answer of a store without shelves to who asks for schedules. */
export const noSchedules = (driver: string): DriverError =>
  new DriverError({
    driver,
    operation: "schedules",
    reason: "Misconfigured",
    detail: "this store keeps no schedules; see shelves in docs/DRIVERS.md",
  });

const isCarrier = (driver: Driver | Carrier): driver is Carrier =>
  typeof (driver as Partial<Carrier>).carry === "function";

/** What any store does with the procedures that are brought along. */
export const carrierOf = (driver: Driver | Carrier): Carrier => {
  if (isCarrier(driver)) return driver;
  const { due, schedules } = driver;
  return {
    name: driver.name,
    identity: driver.identity ?? [driver],
    at: driver.at && ((clock) => (driver.at as NonNullable<Driver["at"]>)(clock)),
    hints: typeof driver.hints === "function"
      ? (service, hearing) => driver.hints?.(service, hearing) ?? Effect.never
      : undefined,
    keepsSchedules: typeof due === "function" && typeof schedules === "function",
    carry: <Q extends { readonly _tag: string }, A>(_: unknown, request: Q): Effect.Effect<A, DriverError> => {
      const own = driver as unknown as Readonly<Record<string, (request: Q) => Effect.Effect<A, DriverError>>>;
      return own[request._tag.toLowerCase()]?.(request) ?? Effect.fail(noSchedules(driver.name));
    },
  };
};

/** A store with all operations. */
export const whole = (driver: Driver | Carrier): Driver => {
  if (!isCarrier(driver)) return driver;
  const { carry, keepsSchedules, ...named } = driver;
  return {
    ...named,
    beat: (request) => carry(beat, request),
    claim: (request) => carry(claim, request),
    complete: (request) => carry(complete, request),
    peek: (request) => carry(peek, request),
    control: (request) => carry(control, request),
    ...(keepsSchedules
      ? { due: (request) => carry(survey, request), schedules: (request) => carry(schedules, request) }
      : {}),
  };
};
