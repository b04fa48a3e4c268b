/**
 * Looks at schedules, at some and at a page of them, and what becomes of whatever else is asked about them.
 */
import type { ScheduleReply, ScheduleRequest, ScheduleSeen } from "../../words/ScheduleRequest.ts";
import { nameOf } from "../../words/Schedules.ts";
import type { Operation } from "../Operation.ts";
import type { Settling } from "../settle.ts";
import { stateOf } from "../state.ts";
import { forAllSchedules } from "./all.ts";
import { control } from "./control.ts";
import { at } from "./due.ts";
import { pageOf } from "./page.ts";
import { put } from "./put.ts";
import type { Stored } from "./stored.ts";

const seenOf = (id: string, { definition, record, version }: Stored): ScheduleSeen => ({
  id,
  version,
  definition,
  state: stateOf(nameOf(definition.handler, id), record, undefined),
  lastRuns: record.past?.runs.toReversed() ?? [],
});

const nothing = { _tag: "Schedules", done: [], schedules: [], unreadable: [] } as const;

/** Those of some ids that are there, and when that was. */
function* seen(
  settling: Settling,
  ids: ReadonlyArray<string>,
): Operation<Pick<ScheduleReply, "schedules" | "storeTime" | "unreadable">> {
  const found = yield* at(settling, [...new Set(ids)]);
  const schedules: Array<ScheduleSeen> = [];
  const unreadable: Array<string> = [];
  for (const [id, stored] of found) {
    if (typeof stored === "string") unreadable.push(id);
    else schedules.push(seenOf(id, stored));
  }
  return { schedules, unreadable, storeTime: Math.floor(settling.clock()) };
}

/** A page of those that stand on shelves. */
function* page(
  settling: Settling,
  { after, handler, limit, prefix }: Extract<ScheduleRequest["command"], { readonly _tag: "List" }>,
): Operation<ScheduleReply> {
  const found = yield* pageOf(settling, { prefix, after, limit });
  const { schedules, ...rest } = yield* seen(settling, found.ids);
  return {
    ...nothing,
    ...rest,
    schedules: schedules.filter(({ definition }) => handler === undefined || definition.handler === handler),
    after: found.after,
  };
}

/** Answers whatever is asked about schedules. */
export function* schedules(settling: Settling, { command, service }: ScheduleRequest): Operation<ScheduleReply> {
  switch (command._tag) {
    case "Put":
      return { ...nothing, done: yield* put(settling, service, command) };
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
