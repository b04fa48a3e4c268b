/**
 * What every program of the comparison shares: its orders, and what it writes down.
 *
 * @module
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { trueNow } from "../clock.ts";

/** What a process is told. */
export interface Orders {
  readonly name: string;
  /** The port of the store, on this machine. */
  readonly port: number;
  /** Of the HTTP endpoint. */
  readonly token: string;
  readonly jobs: ReadonlyArray<string>;
  /** Jobs are due at multiples of this. */
  readonly periodMs: number;
  /** How long each run takes. */
  readonly takesMs: number;
  /** The folder with the peers' `node_modules`. */
  readonly peers: string;
}

/** The orders of this process. */
export const orders: Orders = JSON.parse(process.env.COMPARE_ORDERS ?? "{}") as Orders;

/** The schedule of all jobs. */
export const pattern: string = `*/${orders.periodMs / 1_000} * * * * *`;

const say = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

/** This process takes part from now on. */
export const ready = (): void => say({ ready: true });

/** What each job does: it writes its start down before anything else, and takes its time. */
export const handle = async (job: string, slot: number | undefined, attempt?: number): Promise<void> => {
  say({ job, slot, at: trueNow(), attempt });
  await delay(orders.takesMs);
};

/** Leaves in the contender's own orderly way on SIGTERM, then ends. */
export const onLeave = (leave: () => unknown): void => {
  process.once("SIGTERM", async () => {
    await leave();
    process.exit(0);
  });
};

/** Loads a package of the peers' project. */
export const peer = (name: string): unknown => createRequire(join(orders.peers, "package.json"))(name);
