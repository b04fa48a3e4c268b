/**
 * The laws of next-fire times over many more cases than a test run has time for.
 *
 *     npm run campaign:time -- --cases 200000 --seed 1
 *
 * Of `cases` schedules, each with a zone, a DST rule and instants, all are held against the laws, every tenth against a
 * clock that is looked at every second and every hundredth against a calendar that is looked at every day. Prints its
 * figures last; exits non-zero on a violation and says how to repeat it.
 *
 * @module
 */
import fc from "fast-check";
import process from "node:process";
import { parseArgs } from "node:util";
import { cases } from "../property/time-cases.ts";
import { agreesWithEveryDay, agreesWithEverySecond, type Case, keepsTheLaws, zones } from "../property/time-laws.ts";

const { values } = parseArgs({
  options: { cases: { type: "string", default: "200000" }, seed: { type: "string" } },
});
const total = Number(values.cases);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));

const run = (name: string, law: (it: Case) => number, numRuns: number): boolean => {
  const began = performance.now();
  let answers = 0;
  const result = fc.check(fc.property(cases, (it) => void (answers += law(it))), { numRuns, seed });
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(
    `${name}: ${result.numRuns} cases, ${answers} answers, ${seconds} s, ${result.failed ? "BROKEN" : "kept"}`,
  );
  if (result.failed) {
    console.log(`repeat with: npm run campaign:time -- --cases ${total} --seed ${seed}`);
    console.log(fc.stringify(result.counterexample), result.errorInstance);
  }
  return result.failed;
};

console.log(`seed ${seed}, ${zones.length} zones, time zone data ${process.versions["tz"] ?? "of the platform"}`);
const broken = [
  run("laws", keepsTheLaws, total),
  run("every second", agreesWithEverySecond, Math.ceil(total / 10)),
  run("every day", agreesWithEveryDay, Math.ceil(total / 100)),
];
process.exit(broken.includes(true) ? 1 : 0);
