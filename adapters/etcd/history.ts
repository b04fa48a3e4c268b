/**
 * The bounded history: one key per change, written together with its rows, in the order of commits.
 *
 * Keys are named after revisions, so that no clock decides which are the oldest, and what a service keeps is cut by whoever
 * has written many.
 */
import * as Effect from "effect/Effect";
import type { Failure } from "./client/errors.ts";
import * as wire from "./client/wire.ts";
import { type Context, send } from "./context.ts";
import type { Keys } from "./keys.ts";

/** How many keys a service keeps. */
const limit = 1_000;
/** How many keys an adapter writes before it removes old ones. */
const pruneEvery = 256;

/** What writes the lines, as part of a change. */
export const ops = ({ progress }: Context, keys: Keys, lines: ReadonlyArray<string>): ReadonlyArray<wire.Op> => {
  if (lines.length === 0) return [];
  progress.sequence += 1;
  return [wire.put(keys.entry(progress.revision, progress.writer, progress.sequence), lines.join("\n"))];
};

/** The lines, oldest first. */
export const read = (context: Context, keys: Keys): Effect.Effect<ReadonlyArray<string>, Failure> => {
  const range = wire.under(keys.history, { sort_target: "MOD", sort_order: "DESCEND", limit: String(limit) });
  return Effect.map(
    send(context, { compare: [], success: [range], failure: [] }),
    ({ answers: [found] }) =>
      [...found?.kvs ?? []].sort((a, b) => a.mod - b.mod || (a.key < b.key ? -1 : 1))
        .flatMap(({ value }) => value.split("\n")),
  );
};

/** Removes what is too old, now and then. Whether that succeeds does not matter: somebody will. */
export const prune = (context: Context, service: string, keys: Keys): Effect.Effect<void> =>
  Effect.suspend(() => {
    const known = context.memory.of(service);
    if (known.unpruned < pruneEvery) return Effect.void;
    known.unpruned = 0;
    const order = { keys_only: true, sort_target: "KEY", sort_order: "DESCEND", limit: String(limit) } as const;
    const newest = send(context, { compare: [], success: [wire.under(keys.history, order)], failure: [] });
    return Effect.ignore(Effect.flatMap(newest, ({ answers: [found] }) => {
      const oldest = found?.kvs[limit - 1];
      return oldest === undefined ? Effect.void : Effect.asVoid(
        send(context, { compare: [], success: [wire.removeUnder(keys.history, oldest.key)], failure: [] }),
      );
    }));
  });
