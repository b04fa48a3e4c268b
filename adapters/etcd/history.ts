/**
 * The bounded history: one key per job and transaction, written together with the record, in the order of commits.
 *
 * Keys are named after revisions, so that no clock decides which are the oldest, and what a service keeps is cut by whoever
 * has written many.
 */
import * as Effect from "effect/Effect";
import { historyEntry } from "../../src/internal/packed-history.ts";
import type { HistoryEntry } from "../../src/Request.ts";
import { type Keys, keys as keysOf } from "./keys.ts";
import * as Store from "./store.ts";
import * as wire from "./client/wire.ts";

/** How many keys a service keeps, and how many entries are shown. */
const limit = 1_000;
/** How many keys a driver writes before it removes old ones. */
const pruneEvery = 256;

/** What writes the lines, as part of a job's transaction. */
export const ops = (store: Store.Store, service: string, lines: ReadonlyArray<string>): ReadonlyArray<wire.Op> => {
  if (lines.length === 0) return [];
  const { progress } = store;
  progress.unpruned.set(service, (progress.unpruned.get(service) ?? 0) + 1);
  progress.sequence += 1;
  const key = keysOf(store.prefix, service).entry(progress.revision, progress.writer, progress.sequence);
  return [wire.put(key, lines.join("\n"))];
};

/** What reads the history. */
export const range = (keys: Keys): wire.Op =>
  wire.under(keys.history, { sort_target: "MOD", sort_order: "DESCEND", limit: String(limit) });

/** The entries, oldest first. Lines that cannot be read are left out. */
export const read = (kvs: ReadonlyArray<wire.Kv>): ReadonlyArray<HistoryEntry> =>
  [...kvs].sort((a, b) => a.mod - b.mod || (a.key < b.key ? -1 : 1))
    .flatMap(({ value }) => value.split("\n").flatMap((line) => historyEntry(line) ?? []))
    .slice(-limit);

/** Removes what is too old, now and then. Whether that succeeds does not matter: somebody will. */
export const prune = (store: Store.Store, service: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { unpruned } = store.progress;
    if ((unpruned.get(service) ?? 0) < pruneEvery) return Effect.void;
    unpruned.delete(service);
    const { history } = keysOf(store.prefix, service);
    const newest = wire.under(history, {
      keys_only: true,
      sort_target: "KEY",
      sort_order: "DESCEND",
      limit: `${limit}`,
    });
    return Store.txn(store, { compare: [], success: [newest], failure: [] }).pipe(
      Effect.flatMap(({ answers: [found] }) => {
        const oldest = found?.kvs.at(-1);
        return oldest === undefined || (found?.kvs.length ?? 0) < limit ? Effect.void : Effect.asVoid(
          Store.txn(store, { compare: [], success: [wire.removeUnder(history, oldest.key)], failure: [] }),
        );
      }),
      Effect.ignore,
    );
  });
