/**
 * What the interpreter of random operations remembers between them, and the names it uses.
 *
 * @module
 */
import type { Run } from "../../../src/Fire.ts";

const odd = ["plain", "", "a|b;c,d=e", "𝄞\ud800%", "#"];

/** The name of the n-th job: most of them are as odd as a name can be. */
export const job = (n: number): string => odd[n] ?? "unknown";
export const jobs: ReadonlyArray<string> = [0, 1, 2, 3].map(job);

/** What the interpreter remembers between operations. */
export interface Memory {
  readonly service: string;
  /** The store's clock as last heard of. */
  now: number;
  claims: number;
  readonly lastClaim: Map<string, string>;
  readonly runs: Array<Run>;
  readonly watermarks: Map<string, number>;
  /** The keys of all commands. */
  readonly keysUsed: Array<string>;
  /** When the fires were due that were asked for last, by job and key. */
  readonly asked: Map<string, number>;
}

/** Nothing has happened. */
export const remembering = (service: string): Memory => ({
  service,
  now: Date.now(),
  claims: 0,
  lastClaim: new Map(),
  runs: [],
  watermarks: new Map(),
  keysUsed: [],
  asked: new Map(),
});
