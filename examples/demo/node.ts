/**
 * One node of the fleet: declares all jobs and says what happens to it.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { createCron, type CronOptions, type Event, type Scheduler } from "ringcron/promise";
import type { News, Seen } from "./news.ts";
import { jobs, nodeOptions } from "./scenario.ts";

const ownersOf = (cron: Scheduler): Seen["owners"] =>
  Object.fromEntries(cron.jobs().flatMap(({ name, owner }) => owner === undefined ? [] : [[name, owner]]));

const newsOf = (cron: Scheduler, node: string, event: Event): News | undefined => {
  switch (event._tag) {
    case "Joined":
    case "Leaving":
      return { _tag: event._tag, node };
    case "Stopped":
      return { _tag: "Left", node };
    case "ViewChanged": {
      const members = event.members.map(({ name }) => name);
      return { _tag: "Seen", node, version: event.version, members, owners: ownersOf(cron) };
    }
    case "RunLost": {
      const { dueAt, job } = event.run;
      return { _tag: "Dropped", node, job, firstDueAt: dueAt, lastDueAt: dueAt, reason: "lost with its node" };
    }
    case "FireSkipped": {
      const { firstDueAt, job, lastDueAt, reason } = event;
      return { _tag: "Dropped", node, job, firstDueAt, lastDueAt, reason };
    }
    case "StoreUnavailable":
      return { _tag: "Trouble", node, what: `cannot use the store: ${event.detail}` };
    case "LeaseLost":
      return { _tag: "Trouble", node, what: "could not renew its membership in time and starts nothing until it can" };
    case "Suspended":
      return { _tag: "Trouble", node, what: `stood still for ${event.forMs} ms and joins again` };
    default:
      return undefined;
  }
};

/** Makes a node that has all jobs and is not a member yet. */
export const createNode = async (
  node: string,
  driver: CronOptions["driver"],
  say: (news: News) => void,
): Promise<Scheduler> => {
  const cron = await createCron({ ...nodeOptions, nodeName: node, driver, logLevel: "none" });
  cron.on((event) => {
    const news = newsOf(cron, node, event);
    if (news !== undefined) say(news);
  });
  for (const { name, options, schedule, takesMs } of jobs) {
    await cron.add(name, schedule, async ({ attempt, dueAt, job, kind, signal }) => {
      say({ _tag: "Started", node, job, dueAt, startedAt: Date.now(), kind, attempt });
      await delay(takesMs, undefined, { signal });
    }, options);
  }
  return cron;
};
