/**
 * Looks at schedules: at some, at a page of them, and at those of some shelves that are due.
 */
import type { DueReply, DueRequest, StoredSchedule } from "../../words/Due.ts";
import type { Exchanged, ExchangeRequest } from "../../words/Exchange.ts";
import type { ScheduleReply, ScheduleRequest, ScheduleSeen } from "../../words/ScheduleRequest.ts";
import { nameOf } from "../../words/Schedules.ts";
import { lookAll } from "../lookAll.ts";
import { answerOf, Fault, type Operation } from "../Operation.ts";
import { scheduleIdOf, shelfKey } from "../rows.ts";
import type { Settling } from "../settle.ts";
import { stateOf } from "../state.ts";
import { forAllSchedules } from "./all.ts";
import { control } from "./control.ts";
import { pageOf } from "./page.ts";
import { put } from "./put.ts";
import { rowsOf, type Stored, storedIn } from "./stored.ts";

/** Schedules by their ids, as they were in one step each; left out where there is none. */
function* at(
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

const seenOf = (id: string, { definition, record, version }: Stored): ScheduleSeen => ({
  id,
  version,
  definition,
  state: stateOf(nameOf(definition.handler, id), record, undefined),
  lastRuns: record.past?.runs.toReversed() ?? [],
});

const nothing = { _tag: "Schedules", done: [], schedules: [], unreadable: [] } as const;

/** Those of some ids that are there. */
function* seen(
  settling: Settling,
  ids: ReadonlyArray<string>,
): Operation<Pick<ScheduleReply, "schedules" | "unreadable">> {
  const found = yield* at(settling, [...new Set(ids)]);
  const schedules: Array<ScheduleSeen> = [];
  const unreadable: Array<string> = [];
  for (const [id, stored] of found) {
    if (typeof stored === "string") unreadable.push(id);
    else schedules.push(seenOf(id, stored));
  }
  return { schedules, unreadable };
}

/** A page of those that stand on shelves. */
function* page(
  settling: Settling,
  { after, handler, limit, prefix }: Extract<ScheduleRequest["command"], { readonly _tag: "List" }>,
): Operation<ScheduleReply> {
  const found = yield* pageOf(settling, { prefix, after, limit });
  const { schedules, unreadable } = yield* seen(settling, found.ids);
  return {
    ...nothing,
    schedules: schedules.filter(({ definition }) => handler === undefined || definition.handler === handler),
    unreadable,
    after: found.after,
  };
}

/** Answers whatever is asked about schedules. */
export function* schedules(settling: Settling, { command, service }: ScheduleRequest): Operation<ScheduleReply> {
  switch (command._tag) {
    case "Put":
      return { ...nothing, done: yield* put(settling, service, command.puts) };
    case "Get":
      return { ...nothing, ...yield* seen(settling, command.ids) };
    case "List":
      return yield* page(settling, command);
    case "PauseAll":
    case "ResumeAll":
      return yield* forAllSchedules(settling, command);
    default:
      return { ...nothing, done: [yield* control(settling, command)] };
  }
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

/** What is due of some shelves: a round for the keys and one for the rows, as many requests side by side as the parts of it. */
export function* due(settling: Settling, { asks }: DueRequest): Operation<DueReply> {
  const { clock, limits, service } = settling;
  const shelves: Array<Shelf> = [];
  const requests: Array<ExchangeRequest> = [];
  let storeTime = Infinity;
  for (let start = 0; start < asks.length; start += limits.rows) {
    const part = asks.slice(start, start + limits.rows);
    const items = part.map(({ shelf, ...ask }) => ({ _tag: "Due" as const, shelf: shelfKey(shelf), ...ask }));
    requests.push({ _tag: "Exchange", service, items, touch: false });
  }
  if (requests.length > 0) {
    const replies = yield { requests, conflicts: 0 };
    for (let index = 0; index < requests.length; index++) {
      const reply = answerOf(replies, index, "Exchange");
      storeTime = Math.min(storeTime, reply.storeTime);
      shelves.push(...shelvesIn(reply.results));
    }
  }
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
