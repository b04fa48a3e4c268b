/**
 * A trial: a node of a service of its own does all that nodes do, and leaves nothing behind. What a user may not do shows.
 */
import * as Effect from "effect/Effect";
import { randomUUID } from "node:crypto";
import { createClient, createCron } from "ringcron/promise";
import type { Reached } from "../frame/Reached.ts";
import { failureOf } from "../frame/exit.ts";
import { duration } from "../print/words.ts";
import { listen } from "./channel.ts";
import { bad, type Finding, good } from "./finding.ts";

const runMs = 10_000;
const what = "permissions";

/** Joins, runs a job that somebody asks for, and leaves. */
const tried = async (store: Reached, service: string): Promise<ReadonlyArray<Finding>> => {
  const driver = store.layer;
  const cron = await createCron({
    service,
    driver,
    nodeName: "doctor",
    logLevel: "none",
    startTimeoutMs: runMs,
    // Its own channel may not be open yet when it is asked.
    maxSilenceMs: 1_000,
  });
  const listener = listen(store, service);
  try {
    await using client = await createClient({ service, driver });
    let ran = (): void => {};
    const running = new Promise<void>((resolve) => ran = resolve);
    await cron.add("trial", "@manual", () => ran());
    await cron.start();
    await listener.ready;
    const hint = listener.finding();
    await client.trigger("trial", { payload: { from: "doctor" } });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`the run did not come within ${duration(runMs)}`)), runMs);
    });
    await Promise.race([running, late]).finally(() => clearTimeout(timer));
    return [good(what, "a node joined, ran a job that was asked for, and left"), await hint];
  } finally {
    listener.close();
    await cron.stop({ drainMs: 0 });
  }
};

/** Tries it. */
export const trial = async (store: Reached): Promise<ReadonlyArray<Finding>> => {
  const service = `ringcron-doctor-${randomUUID()}`;
  try {
    return await tried(store, service);
  } catch (error) {
    return [bad(what, "a node cannot do its work", failureOf(error).message)];
  } finally {
    await Effect.runPromise(
      Effect.ignore(store.driver.control({ _tag: "Control", service, command: { _tag: "Destroy" } })),
    );
  }
};
