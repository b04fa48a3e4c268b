/**
 * What one exchange may carry in the simulated world.
 */
import type { Limits } from "../../core/words/Exchange.ts";
import type { Faults } from "./Faults.ts";

/** What one exchange may carry: little, so that operations are split. */
export const limits: Limits = { rows: 8, bytes: 20_000 };

/** Where there are schedules each handler has so many shelves that all are asked about at once. */
export const manyLimits: Limits = { rows: 64, bytes: 20_000 };

/** What one exchange of a node may carry under some faults. */
export const limitsUnder = ({ schedules, tightBytes }: Faults): Limits => {
  const usual = schedules > 0 ? manyLimits : limits;
  return tightBytes > 0 ? { ...usual, bytes: tightBytes } : usual;
};
