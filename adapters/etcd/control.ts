/**
 * Commands of people: pause, resume, destroy.
 */
import * as Effect from "effect/Effect";
import * as JobRecord from "../../src/core/JobRecord.ts";
import { historyLine } from "../../src/internal/packed-history.ts";
import type { ControlReply, ControlRequest } from "../../src/Request.ts";
import { type Failure, foreign } from "./errors.ts";
import * as history from "./history.ts";
import { keys as keysOf } from "./keys.ts";
import { dueOps, readJob } from "./mutate.ts";
import { readTable, recordText, tableText } from "./records.ts";
import * as Store from "./store.ts";
import * as wire from "./wire.ts";

const reply = (result: ControlReply["result"]): ControlReply => ({ _tag: "Control", result });

/** Removes everything the service has; leases without keys run out by themselves. */
const destroy = (store: Store.Store, service: string): Effect.Effect<ControlReply, Failure> => {
  const { base } = keysOf(store.prefix, service);
  return Effect.map(Store.txn(store, { compare: [], success: [wire.removeUnder(base)], failure: [] }), () => {
    store.cache.forget(service);
    return reply("ok");
  });
};

/**
 * Pauses or resumes. The record and the version of the members change together, so that every node looks again. People
 * are rare: it reads first and remembers nothing.
 */
const change = (
  store: Store.Store,
  service: string,
  command: Exclude<ControlRequest["command"], { readonly _tag: "Destroy" }>,
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
      const isPausing = command._tag === "Pause";
      if (record.paused === isPausing) return reply("ok");
      const now = yield* Store.now(store);
      const changed = isPausing
        ? { record: { ...record, paused: true }, history: [] }
        : JobRecord.resume(record, job, command.missed, now);
      const touched = table && wire.put(
        keys.table,
        tableText({ ...table, version: Math.max(table.version + 1, now) }),
      );
      const done = yield* Store.txn(store, {
        compare: [wire.modIs(keys.job(job), mod), wire.modIs(keys.table, tableKv?.mod ?? 0)],
        success: [
          wire.put(keys.job(job), recordText(changed.record)),
          ...dueOps(keys, job, record, changed.record),
          ...history.ops(store, service, changed.history.map(historyLine)),
          ...(touched === undefined ? [] : [touched]),
        ],
        failure: [],
      });
      if (done.succeeded) return reply("ok");
    }
    return yield* Effect.fail(Store.contended);
  });

/** Applies a command. */
export const control = (
  store: Store.Store,
  { command, service }: ControlRequest,
): Effect.Effect<ControlReply, Failure> =>
  command._tag === "Destroy" ? destroy(store, service) : change(store, service, command);
