/**
 * What an operator may do with schedules in the store, told in words.
 */
import type { Client } from "../../src/shell/promiseClient.ts";
import { noted, resuming } from "./given.ts";
import type { Act } from "./given.ts";
import { putOf } from "./putting.ts";
import { clock } from "./words.ts";

/** What was to be changed is another one by now. Nothing was done. */
export class Changed extends Error {
  readonly _tag = "Changed" as const;
}

const nextOf = async (client: Client, id: string): Promise<string> => {
  const found = await client.schedules.get(id);
  if (found === undefined) return "";
  if (!found.enabled) return " It is disabled.";
  if (found.paused) return " It is paused.";
  return found.nextDueAt === undefined
    ? " No fire of it is to come."
    : ` Its next fire is due at ${clock(found.nextDueAt, Date.now())} UTC.`;
};

/** Each by its name. */
export const scheduleActs: Readonly<Record<ScheduleAction, Act>> = {
  "schedule-put": async (client, given, by) => {
    const put = putOf(given);
    const result = await client.schedules.put(put, { by });
    if (result === "conflict") throw new Changed("Somebody changed or removed it meanwhile. Load it again to see how.");
    return `${put.id} is ${result}.${await nextOf(client, put.id)}`;
  },
  "schedule-remove": async (client, given, by) => {
    const id = given.id as string;
    const ifVersion = given.ifVersion as number | undefined;
    if (!await client.schedules.remove(id, { by, ifVersion })) {
      throw new Changed("It is not there any more, or was changed meanwhile.");
    }
    return `${id} is removed.`;
  },
  "schedule-pause": async (client, given, by) => {
    const id = given.id as string;
    await client.schedules.pause(id, noted(given, by));
    return `${id} is paused.`;
  },
  "schedule-resume": async (client, given, by) => {
    const id = given.id as string;
    await client.schedules.resume(id, resuming(given, by));
    return `${id} goes on.`;
  },
  "schedule-trigger": async (client, given, by) => {
    const id = given.id as string;
    await client.schedules.trigger(id, { by });
    return `${id} is to run now.`;
  },
};

/** What can be done with a schedule. */
export type ScheduleAction =
  | "schedule-put"
  | "schedule-remove"
  | "schedule-pause"
  | "schedule-resume"
  | "schedule-trigger";
