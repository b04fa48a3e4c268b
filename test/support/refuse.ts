/**
 * What programs say of an option that they cannot take.
 *
 * @module
 */
import process from "node:process";

/** Says what is allowed, and ends the program with 2. */
export const refuse = (option: string, value: string, allowed: string): never => {
  console.error(`--${option}: ${value} is not allowed; allowed: ${allowed}`);
  process.exit(2);
};
