/**
 * Random cases for the laws of next-fire times.
 *
 * @module
 */
import fc from "fast-check";
import { type Case, dstRules, end, zones } from "./time-laws.ts";
import { model } from "./time-model.ts";

/** Zones whose clocks change often, by odd amounts, at midnight, or by a day. */
const restless = [
  "America/New_York",
  "Europe/Berlin",
  "Australia/Lord_Howe",
  "Pacific/Chatham",
  "America/Havana",
  "Antarctica/Casey",
  "Antarctica/Troll",
  "Africa/Casablanca",
  "Pacific/Apia",
  "Asia/Gaza",
];

/** Any schedule, in any zone of the platform, under any rule, anywhere from 1970 to 2200. */
export const cases: fc.Arbitrary<Case> = fc.record({
  model,
  zone: fc.oneof(fc.constantFrom(...zones), fc.constantFrom(...restless)),
  dst: fc.constantFrom(...dstRules),
  near: fc.oneof(
    fc.integer({ min: 0, max: Date.UTC(2038, 0, 1) / 1000 }),
    fc.integer({ min: 0, max: end - 400 * 86400 }),
  ),
  picks: fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 10, maxLength: 24 }),
});
