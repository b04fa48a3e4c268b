/**
 * Values taken from a job's name, so that `H` gives each job its own and every node the same.
 *
 * @module
 */
import { hashOf } from "../words/hash.ts";

/** A number from 0 to `size - 1`, the same for the same name and salt on every platform. */
export const spread = (name: string, salt: string, size: number): number => hashOf(`${salt}\0${name}`) % size;
