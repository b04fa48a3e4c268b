/**
 * Commands of people: `Control.apply`, and the end of a service.
 */
import * as Effect from "effect/Effect";
import * as Control from "../../src/core/Control.ts";
import { historyLine } from "../../src/internal/packed-history.ts";
import type { ControlReply, ControlRequest } from "../../src/Request.ts";
import { type Failure, foreign } from "./client/errors.ts";
import * as history from "./history.ts";
import { keys as keysOf } from "./keys.ts";
import { dueOps, readJob } from "./mutate.ts";
import { readTable, recordText, tableText } from "./records.ts";
import * as Store from "./store.ts";
import * as wire from "./client/wire.ts";

const reply = (result: ControlReply["result"], dueAt?: number): ControlReply => ({ _tag: "Control", result, dueAt });

/** Removes everything the service has; leases without keys run out by themselves. */
const destroy = (store: Store.Store, service: string): Effect.Effect<ControlReply, Failure> => {
  const { base } = keysOf(store.prefix, service);
  return Effect.map(Store.txn(store, { compare: [], success: [wire.removeUnder(base)], failure: [] }), () => {
    store.cache.forget(service);
    return reply("ok");
  });
};

/**
 * Changes one record. If it is paused or resumed, the version of the members changes with it, so that every node looks
 * again. People are rare: it reads first and remembers nothing.
 */
const change = (
  store: Store.Store,
  service: string,
  command: Control.JobCommand,
): Effect.Effect<ControlReply, Failure> =>
  Effect.gen(function* () {
    const keys = keysOf(store.prefix, service);
    const { job } = command;
    for (let round = 0; round < Store.maxRounds; round++) {
      yield* Store.breathe(round);
      const look = yield* Store.txn(store, {
        compare: [],
        success: [wire.get(keys.job(job)), wire.get(keys.table)],
        failure: [],
      });
      const [{ kvs: [jobKv] } = { kvs: [] }, { kvs: [tableKv] } = { kvs: [] }] = look.answers;
      const { isCorrupt, mod, record } = readJob(job, jobKv, look.revision);
      const table = tableKv === undefined ? undefined : readTable(tableKv.value);
      if (isCorrupt || (tableKv !== undefined && table === undefined)) return yield* Effect.fail(foreign);
      if (record === undefined) return reply("unknown");
      const now = yield* Store.now(store);
      const ruled = Control.apply(record, command, { now });
      if (ruled.record === record) return reply(ruled.result, ruled.dueAt);
      const isPauseChanged = record.paused !== ruled.record.paused;
      const touched = table && { ...table, version: Math.max(table.version + 1, now) };
      const done = yield* Store.txn(store, {
        compare: [
          wire.modIs(keys.job(job), mod),
          ...(isPauseChanged ? [wire.modIs(keys.table, tableKv?.mod ?? 0)] : []),
        ],
        success: [
          wire.put(keys.job(job), recordText(ruled.record)),
          ...dueOps(keys, job, record, ruled.record),
          ...history.ops(store, service, ruled.history.map(historyLine)),
          ...(isPauseChanged && touched ? [wire.put(keys.table, tableText(touched))] : []),
        ],
        failure: [],
      });
      if (done.succeeded) return reply(ruled.result, ruled.dueAt);
    }
    return yield* Effect.fail(Store.contended);
  });

/** Applies a command. */
export const control = (
  store: Store.Store,
  { command, service }: ControlRequest,
): Effect.Effect<ControlReply, Failure> =>
  command._tag === "Destroy" ? destroy(store, service) : change(store, service, command);
