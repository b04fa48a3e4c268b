/**
 * Everything that can be asked of schedules in the store, once, and what was told: the same in every runtime.
 *
 * @module
 */
import type { Schedules } from "ringcron/promise";

/** What an error says of itself. */
const failure = async (work: Promise<unknown>): Promise<string> => {
  try {
    return `no error but ${JSON.stringify(await work)}`;
  } catch (error) {
    const { _tag, field, id } = error as { _tag?: string; field?: string; id?: string };
    return [_tag, field ?? id].join(" ");
  }
};

/**
 * Puts, looks at, changes, pauses, resumes, starts and removes schedules whose ids begin so. Two are left: `kept` is due each second,
 * `asked` was started by hand.
 */
export const tour = async (schedules: Schedules, prefix: string): Promise<ReadonlyArray<unknown>> => {
  const every = { handler: "report", schedule: "* * * * * *", catchUp: { mode: "all" }, overlap: "allow" } as const;
  const kept = { ...every, id: `${prefix}/kept`, payload: { tenant: "ä€", of: [prefix, null, 0.5] } };
  const asked = {
    handler: "report",
    id: `${prefix}/asked`,
    schedule: "0 9 29 2 MON",
    timeZone: "Europe/Berlin",
  } as const;
  const told: Array<unknown> = [];
  told.push(await schedules.put({ ...kept, enabled: false }), await schedules.put({ ...kept, enabled: false }));
  told.push(await schedules.put(kept));
  told.push(await schedules.putMany([{ ...asked, payload: "by hand" }, kept, { ...asked, id: `${prefix}/gone` }]));
  const found = await schedules.get(kept.id);
  told.push({ id: found?.id, payload: found?.payload, paused: found?.paused, enabled: found?.enabled });
  told.push(Number.isInteger(found?.decidedUpTo), (found?.nextDueAt ?? NaN) % 1_000);
  told.push(found?.version === (await schedules.get(kept.id))?.version);
  const first = await schedules.list({ prefix: `${prefix}/`, limit: 2 });
  const second = await schedules.list({ prefix: `${prefix}/`, limit: 2, cursor: first.cursor });
  told.push([...first.schedules, ...second.schedules].map(({ id }) => id));
  told.push(await schedules.put({ ...kept, payload: 1, ifVersion: 1 }));
  await schedules.pause(kept.id, { by: prefix, reason: "it is late" });
  told.push((await schedules.get(kept.id))?.paused);
  await schedules.resume(kept.id);
  told.push((await schedules.get(kept.id))?.paused);
  const { dueAt, id } = await schedules.trigger(asked.id);
  told.push(id.endsWith(new Date(dueAt).toISOString()));
  told.push(await schedules.remove(`${prefix}/gone`, { ifVersion: 1 }));
  told.push(await schedules.remove(`${prefix}/gone`), await schedules.remove(`${prefix}/gone`));
  told.push(await schedules.get(`${prefix}/gone`) === undefined);
  told.push(await failure(schedules.trigger(`${prefix}/gone`)));
  told.push(await failure(schedules.put({ ...kept, payload: { of: [1n] } })));
  told.push(await failure(schedules.put({ ...asked, at: 0 })));
  return told;
};

/** What is told. */
export const toldByTour = (prefix: string): ReadonlyArray<unknown> => [
  ...["created", "unchanged", "updated", ["created", "unchanged", "created"]],
  { id: `${prefix}/kept`, payload: { tenant: "ä€", of: [prefix, null, 0.5] }, paused: false, enabled: true },
  ...[true, 0, true, [`${prefix}/asked`, `${prefix}/gone`, `${prefix}/kept`], "conflict", true, false, true],
  ...[false, true, false, true, `UnknownSchedule ${prefix}/gone`, "InvalidInput payload", "InvalidInput at"],
];
