/**
 * The answer of a store without shelves to who asks for schedules.
 */
import { DriverError } from "../Driver.ts";

/** Of the driver of this name. */
export const noSchedules = (driver: string): DriverError =>
  new DriverError({
    driver,
    operation: "schedules",
    reason: "Misconfigured",
    detail: "this store keeps no schedules; see shelves in docs/DRIVERS.md",
  });
