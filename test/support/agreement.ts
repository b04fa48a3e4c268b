/**
 * What every runtime must calculate alike for a mixed fleet to be one fleet: owners, and every step of the state machine.
 *
 * @module
 */
import * as Ring from "../../src/core/ring/Ring.ts";
import * as Random from "../../src/testing/simulation/Random.ts";
import * as Simulation from "../../src/testing/Simulation.ts";

/** Digests; equal in all runtimes. */
export interface Agreement {
  /** Over the owners and successors of many jobs in fleets of many sizes. */
  readonly ownership: number;
  /** Over the histories of simulated fleets with faults, one seed each. */
  readonly histories: ReadonlyArray<string>;
  readonly violations: number;
}

const ownership = (): number => {
  const random = Random.make(4);
  let hash = 0x811c9dc5;
  const add = (text: string): void => {
    for (const char of `${text};`) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  };
  for (let fleet = 0; fleet < 60; fleet++) {
    const jobs = Array.from(
      { length: random.between(1, 300) },
      (_, n) => `${["job", "größe", "任務", "🕰️"][n % 4]}-${n}`,
    );
    const members = Array.from({ length: random.between(1, 40) }, (_, n) => ({
      id: `${random.below(1 << 30).toString(16)}-${n}`,
      weight: random.between(1, 4),
      jobs: random.chance(200) ? new Set(jobs.filter(() => random.chance(500))) : undefined,
    }));
    for (const [job, owner] of Ring.assign(members, jobs)) add(`${job}=${owner}`);
    for (const job of jobs.slice(0, 20)) add(Ring.rank(members, job).join(","));
  }
  return hash >>> 0;
};

/** Calculates them for the seeds from 1 to `seeds`. */
export const agreement = (seeds: number): Agreement => {
  const reports = Array.from({ length: seeds }, (_, index) => {
    const { hash, violations } = Simulation.run({ seed: index + 1, chaosMs: 60_000, isLossy: index % 5 === 4 });
    return { hash, violations: violations.length };
  });
  return {
    ownership: ownership(),
    histories: reports.map(({ hash }) => hash),
    violations: reports.reduce((sum, { violations }) => sum + violations, 0),
  };
};
