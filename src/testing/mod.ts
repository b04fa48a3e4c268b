/**
 * For those who write drivers or want to see the protocol at work: the laws of a driver and a fleet in a simulated world.
 *
 * @module
 */
/** The laws of a driver, as data: for each a name and what is to hold. */
export * as Laws from "./Laws.ts";
/** Random numbers from a seed, the same in every runtime. */
export * as Random from "./simulation/Random.ts";
/** A fleet in a simulated world: clocks, network, store and faults drawn from a seed, and a checker of what happened. */
export * as Simulation from "./Simulation.ts";
