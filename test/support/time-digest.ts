/**
 * A digest of many next-fire times: the same number on every host, in every zone and runtime whose zone data agree.
 *
 * Prints one line of JSON. Run by test/runtimes/time.test.ts in processes of its own.
 *
 * @module
 */
import * as CronExpression from "../../src/core/schedule/CronExpression.ts";
import * as NextFire from "../../src/core/schedule/NextFire.ts";

const zones = [
  "UTC",
  "America/New_York",
  "Europe/Berlin",
  "Australia/Lord_Howe",
  "Pacific/Chatham",
  "America/Havana",
  "Antarctica/Casey",
  "Africa/Casablanca",
  "Pacific/Apia",
  "Africa/Monrovia",
  "Asia/Kolkata",
  "-03:30",
];
const texts = [
  "*/15 * * * *",
  "30 1,2 * * *",
  "0 0 * * *",
  "0 2-4 * * SUN",
  "15 3 L,15W * FRI#2",
  "H H(0-7) H * *",
  "0 0 29 2 *",
  "@every 7h",
];

let hash = 0x811c9dc5;
let answers = 0;
const add = (value: number | undefined): void => {
  for (const digit of `${value};`) hash = Math.imul(hash ^ digit.charCodeAt(0), 0x01000193);
  answers++;
};

for (const timeZone of zones) {
  for (const text of texts) {
    for (const dst of ["default", "skip", "both", "earlier", "later"] as const) {
      const expression = CronExpression.parseUnsafe(text, { timeZone, dst, jobName: "digest" });
      // Up to 2026: what lies ahead differs with the age of the zone data.
      for (let at = 0; at < Date.UTC(2026, 0); at += 17 * 86_400_000 + 12_345_678) {
        add(NextFire.next(expression, at));
        add(NextFire.previous(expression, at));
      }
    }
  }
}

console.log(JSON.stringify({ answers, digest: hash >>> 0, host: new Date(2026, 6).getTimezoneOffset() }));
