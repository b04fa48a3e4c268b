/**
 * Waiting for a condition, with a bound: tests never sleep and hope.
 *
 * @module
 */
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";

/** Bounds are what an idle machine needs several times over; a loaded one gets more. */
const patience = 4;

/**
 * Waits until `look` returns something true and returns that. After four times `boundMs` it throws with `what`, which completes
 * the sentence "waited 2000 ms for …"; a function may add what was seen instead.
 */
export async function waitFor<A>(
  look: () => A | Promise<A>,
  boundMs: number,
  what: string | (() => string),
): Promise<NonNullable<A>> {
  const deadline = performance.now() + boundMs * patience;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (performance.now() > deadline) {
      throw new Error(`waited ${boundMs * patience} ms for ${typeof what === "string" ? what : what()}`);
    }
    await delay(10);
  }
}

/** Whether a process of this pid exists. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === "EPERM";
  }
}
