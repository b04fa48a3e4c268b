/**
 * Schedules of some shelves that are due, and schedules by their ids.
 */
import type { DueReply, DueRequest, StoredSchedule } from "../../words/Due.ts";
import { type Exchanged, type ExchangeRequest, groupOf } from "../../words/Exchange.ts";
import { nameOf, partitions } from "../../words/Schedules.ts";
import { lookAll } from "../lookAll.ts";
import { answerOf, Fault, type Operation } from "../Operation.ts";
import { scheduleIdOf, shelfKey } from "../rows.ts";
import type { Settling } from "../settle.ts";
import { stateOf } from "../state.ts";
import { rowsOf, type Stored, storedIn } from "./stored.ts";

/** Schedules by their ids, as they were in one step each; left out where there is none. */
export function* at(
  settling: Settling,
  ids: ReadonlyArray<string>,
): Operation<ReadonlyMap<string, Stored | "newer" | "corrupt">> {
  const found = new Map<string, Stored | "newer" | "corrupt">();
  for (const [id, rows] of yield* lookAll(settling, ids, rowsOf)) {
    const stored = storedIn(rows);
    if (stored !== undefined) found.set(id, stored);
  }
  return found;
}

/** What a shelf has that is due. */
type Shelf = Extract<Exchanged, { readonly _tag: "Due" }>;

const shelvesIn = (results: ReadonlyArray<Exchanged>): ReadonlyArray<Shelf> =>
  results.map((it) => {
    if (it._tag !== "Due") throw new Fault("Corrupt", "the store gave an answer of another kind");
    return it;
  });

const scheduleOf = (id: string, since: number, { definition, record, version }: Stored): StoredSchedule => {
  const { enabled: _, ...rest } = definition;
  return {
    ...rest,
    id,
    since,
    version,
    definition: record.definition,
    lastFence: record.lastFence,
    state: stateOf(nameOf(definition.handler, id), record, undefined),
  };
};

/** What all of them have is cut down to the earliest, so many; the earliest that goes is what waits next on its shelf. */
const cut = (shelves: ReadonlyArray<Shelf>, most: number): ReadonlyArray<Shelf> => {
  const all = shelves.flatMap((shelf, index) => shelf.due.map(([, since]) => ({ index, since })));
  if (all.length <= most) return shelves;
  const counts = shelves.map(() => 0);
  for (const { index } of all.sort((a, b) => a.since - b.since).slice(0, most)) {
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return shelves.map((shelf, index) => {
    const count = counts[index] ?? 0;
    const [, next = shelf.next] = shelf.due[count] ?? [];
    return { ...shelf, due: shelf.due.slice(0, count), next };
  });
};

/**
 * How many keys one request is to bring at most, as far as that is known before: one that finds 4,000 holds a Redis for 4 to 12 ms,
 * and none is to hold it for more than 10. `npm run campaign:million`.
 */
const mostKeys = 1_000;

/** What is due of some shelves: one request for the keys, or some where they are many, and one for each part of the rows, side by side. */
export function* due(
  settling: Settling,
  { asks, expected = 0, isWhole = false, most = Infinity }: DueRequest,
): Operation<DueReply> {
  const { clock, limits, service } = settling;
  const parts: Array<ExchangeRequest> = [];
  // A store tells of a handler as a whole in one request.
  const areGroups = isWhole && limits.rows >= partitions;
  const few = Math.max(1, Math.ceil(asks.length / Math.max(1, expected / mostKeys)));
  const size = areGroups ? limits.rows - limits.rows % partitions : Math.min(limits.rows, few);
  for (let start = 0; start < asks.length; start += size) {
    const items = asks.slice(start, start + size).map(({ shelf, ...ask }) => ({
      _tag: "Due" as const,
      shelf: shelfKey(shelf),
      ...ask,
    }));
    const groups = areGroups ? [...new Set(items.map(({ shelf }) => groupOf(shelf)))] : undefined;
    parts.push({ _tag: "Exchange", service, items, touch: false, groups });
  }
  const replies = parts.length === 0 ? [] : yield { requests: parts, conflicts: 0 };
  let storeTime = Infinity;
  const all = parts.flatMap((_, index) => {
    const reply = answerOf(replies, index, "Exchange");
    storeTime = Math.min(storeTime, reply.storeTime);
    return shelvesIn(reply.results);
  });
  const shelves = cut(all, most);
  const ids = shelves.flatMap((shelf) => shelf.due.flatMap(([key]) => scheduleIdOf(key) ?? []));
  const found = yield* at(settling, ids);
  return {
    _tag: "Due",
    storeTime: Number.isFinite(storeTime) ? storeTime : Math.floor(clock()),
    shelves: asks.map(({ shelf }, index) => ({
      shelf,
      next: shelves[index]?.next,
      schedules: (shelves[index]?.due ?? []).flatMap(([key, since]) => {
        const id = scheduleIdOf(key);
        const stored = id === undefined ? undefined : found.get(id);
        return id === undefined || stored === undefined || typeof stored === "string"
          ? []
          : [scheduleOf(id, since, stored)];
      }),
    })),
  };
}
