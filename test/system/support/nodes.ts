/**
 * Nodes in this process, for tests of their whole life.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import process from "node:process";
import * as Memory from "ringcron/memory";
import {
  createCron,
  type CronOptions,
  type DriverError,
  type Event,
  type JobOptions,
  type JobRun,
  type Scheduler,
} from "ringcron/promise";
import { afterAll, beforeAll, expect } from "vitest";
import { takeConsole } from "./console.ts";

/** A scheduler whose events are kept. */
export interface Watched extends Scheduler {
  readonly events: ReadonlyArray<Event>;
  readonly happened: <T extends Event["_tag"]>(tag: T) => ReadonlyArray<Extract<Event, { _tag: T }>>;
}

/** What a file of tests works with. */
export interface Nodes {
  /** Makes a node, on a store of its own unless it is given one. */
  readonly make: (options?: Partial<CronOptions<DriverError>>) => Promise<Watched>;
  /** A member whose only job, `job`, is due each second. */
  readonly running: (
    handler: (run: JobRun, cron: Watched) => unknown,
    options?: JobOptions,
  ) => Promise<Watched>;
  /** What was written to the console so far. */
  readonly written: () => ReadonlyArray<string>;
}

/** Due at each second. */
export const everySecond = "* * * * * *";

/** How long something takes. Milliseconds. */
export const timed = async (work: Promise<unknown>): Promise<number> => {
  const started = performance.now();
  await work;
  return performance.now() - started;
};

/** Stops all nodes at the end of the file, and fails if any rejection went unhandled. */
export const useNodes = (): Nodes => {
  const alive: Array<Scheduler> = [];
  const rejections: Array<unknown> = [];
  const note = (reason: unknown) => void rejections.push(reason);
  let written: ReturnType<typeof takeConsole> | undefined;
  beforeAll(() => {
    process.on("unhandledRejection", note);
    written = takeConsole();
  });
  afterAll(async () => {
    await Promise.all(alive.map((cron) => cron.stop({ drainMs: 0 })));
    // Unhandled ones are reported after the microtasks.
    await new Promise((resolve) => setTimeout(resolve, 20));
    written?.restore();
    process.off("unhandledRejection", note);
    expect(rejections).toEqual([]);
  });

  const make: Nodes["make"] = async (options = {}) => {
    const service = `life-${randomUUID()}`;
    const cron = await createCron({ service, driver: Memory.layer(), ...options } as CronOptions<DriverError>);
    alive.push(cron);
    const events: Array<Event> = [];
    cron.on((event) => events.push(event));
    return Object.assign(Object.create(cron) as Scheduler, {
      events,
      happened: <T extends Event["_tag"]>(tag: T) =>
        events.filter((event): event is Extract<Event, { _tag: T }> => event._tag === tag),
    });
  };
  const running: Nodes["running"] = async (handler, options) => {
    const cron = await make();
    await cron.add("job", everySecond, (run) => handler(run, cron), options);
    await cron.start();
    return cron;
  };
  return { make, running, written: () => written?.texts ?? [] };
};
