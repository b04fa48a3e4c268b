/**
 * For those who write drivers or want to see the protocol at work: the laws of a driver and a fleet in a simulated world.
 *
 * @module
 */
export * as Laws from "./Laws.ts";
export * as Random from "./simulation/Random.ts";
export * as Simulation from "./Simulation.ts";
