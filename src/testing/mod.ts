/**
 * For those who test their own jobs: a fleet on virtual time, and when schedules are due. For those who write drivers or want to
 * see the protocol at work: the laws of a driver and a fleet in a simulated world.
 *
 * @module
 */
export {
  createFleet,
  type Declare,
  type Fleet,
  type FleetEvent,
  type FleetNode,
  type FleetOptions,
  type FleetRun,
  type InstantInput,
  type Span,
} from "./kit/Fleet.ts";
export {
  type ChangeOfClocks,
  changesOfClocks,
  type ChangesOptions,
  expectFires,
  type FiresOptions,
  nextFires,
} from "./kit/fires.ts";
/** The laws of a driver, as data: for each a name and what is to hold. */
export * as Laws from "./Laws.ts";
/** Random numbers from a seed, the same in every runtime. */
export * as Random from "./simulation/Random.ts";
/** A fleet in a simulated world: clocks, network, store and faults drawn from a seed, and a checker of what happened. */
export * as Simulation from "./Simulation.ts";
