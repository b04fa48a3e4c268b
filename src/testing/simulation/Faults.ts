/**
 * What can go wrong in the simulated world.
 */

/** What can go wrong, each as a probability in permille or a bound in milliseconds; 0 switches it off. */
export interface Faults {
  readonly loss: number;
  readonly duplication: number;
  /** Messages that take up to 3 s instead of up to 30 ms. */
  readonly delay: number;
  readonly crash: number;
  readonly pause: number;
  readonly partition: number;
  readonly outage: number;
  readonly leave: number;
  /** Nodes' wall clocks are wrong by up to this. */
  readonly skewMs: number;
  /** How often a node's wall clock steps by up to a minute. */
  readonly step: number;
  /** How often a node is replaced by one with other schedules, or back. */
  readonly deploy: number;
  /** How often a job is paused or resumed. */
  readonly control: number;
  /** How likely a process does not declare a job. */
  readonly omit: number;
  /** How often the store loses the last of what it acknowledged, up to two seconds of it. */
  readonly amnesia: number;
}

/** Nothing goes wrong. */
export const noFaults: Faults = {
  loss: 0,
  duplication: 0,
  delay: 0,
  crash: 0,
  pause: 0,
  partition: 0,
  outage: 0,
  leave: 0,
  skewMs: 0,
  step: 0,
  deploy: 0,
  control: 0,
  omit: 0,
  amnesia: 0,
};
