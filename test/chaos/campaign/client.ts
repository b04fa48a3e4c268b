/**
 * The part of a process that does what people ask of it. What it was asked is a line in the process's own file before the
 * call, and what the caller was told is one right after it.
 *
 * @module
 */
import process from "node:process";
import type { Scheduler } from "ringcron/promise";
import type { Order } from "./orders.ts";

/** What came of an order. */
export interface Answer {
  /**
   * `ok` was acknowledged; `unknown`: nobody knows the job, or nobody declares it; everything else is the name of an error, and whether
   * it was done is unknown.
   */
  readonly told: string;
  /** Of a trigger: when its fire is due, and the identity of that. */
  readonly dueAt?: number | undefined;
  readonly id?: string | undefined;
  /** Of a backfill: how many fires the span has. */
  readonly count?: number | undefined;
}

const ok = "ok";

async function call(cron: Scheduler, { afterMs, job, key, kind, upToMs }: Order): Promise<Answer> {
  switch (kind) {
    case "trigger": {
      const triggered = await cron.trigger(job, { key });
      return triggered === undefined ? { told: "unknown" } : { told: ok, ...triggered };
    }
    case "backfill":
      return { told: ok, count: await cron.backfill(job, { afterMs, upToMs, key }) };
    case "cancel":
      // Done, whether anybody declares the job or not.
      await cron.cancelQueued(job);
      return { told: ok };
  }
}

const nameOf = (error: { readonly _tag?: string; readonly reason?: string; readonly message?: string }): string =>
  error._tag === "UnknownJob"
    ? "unknown"
    : `${error._tag ?? error.message ?? String(error)}${error.reason === undefined ? "" : ` ${error.reason}`}`;

/** Fetches orders and does them, several at a time, for as long as the process lives. */
export async function attend(url: string, cron: Scheduler, note: (line: object) => void): Promise<never> {
  const carryOut = async (order: Order): Promise<void> => {
    const { number, ...command } = order;
    note({ ask: number, at: Date.now(), ...command });
    const answer = await call(cron, order).catch((error): Answer => ({ told: nameOf(error) }));
    const line = { answer: number, at: Date.now(), ...answer };
    note(line);
    process.stdout.write(`${JSON.stringify(line)}\n`);
  };
  for (;;) {
    try {
      const orders = await (await fetch(url)).json() as ReadonlyArray<Order>;
      for (const order of orders) void carryOut(order);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
