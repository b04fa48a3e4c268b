/**
 * What a bench is to reach, and whether it did.
 *
 * @module
 */
import process from "node:process";

/** What is measured, how much it came to, and whether that is what it is to be. */
export type Target = readonly [what: string, found: string, isMet: boolean];

/** Prints them. A bench that misses one ends with 1, as figures of a crowded machine may. */
export const told = (targets: ReadonlyArray<Target>): void => {
  const width = Math.max(...targets.map(([what]) => what.length));
  for (const [what, found, isMet] of targets) {
    console.log(`  ${isMet ? "met   " : "MISSED"} ${what.padEnd(width)}  ${found}`);
  }
  if (!targets.every(([, , isMet]) => isMet)) process.exitCode = 1;
};

/** Milliseconds that something takes: the least of several times. */
export const leastMs = (times: number, work: (time: number) => void): number => {
  let least = Infinity;
  for (let time = 0; time < times; time++) {
    const began = performance.now();
    work(time);
    least = Math.min(least, performance.now() - began);
  }
  return least;
};
