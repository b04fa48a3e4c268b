/**
 * What an operator may do: only through the page itself, only what is meant, and told in words what became of it.
 */
import type { Client } from "../../src/shell/promiseClient.ts";
import { type Act, type Given, noted, resuming } from "./given.ts";
import { type ScheduleAction, scheduleActs } from "./scheduleActions.ts";
import { counted } from "./words.ts";

/** What is done by whom, for those who keep a record of it. */
export interface Action {
  /** What was asked for. */
  readonly action:
    | "pause"
    | "resume"
    | "trigger"
    | "cancel"
    | "cancel-queued"
    | "drain"
    | "pause-all"
    | "resume-all"
    | ScheduleAction;
  /** The name that `authorize` gave. */
  readonly by: string;
  /** The job, if it was about one. */
  readonly job: string | undefined;
  /** The node, if it was about one. */
  readonly node: string | undefined;
  /** The id of the schedule in the store, if it was about one. */
  readonly schedule: string | undefined;
}

const still = (isDeclared: boolean): string => isDeclared ? "" : " No member declares it any more.";

const acts: Readonly<Record<Action["action"], Act>> = {
  pause: async (client, given, by) => {
    const job = given.job as string;
    return `${job} is paused.${still(await client.pause(job, noted(given, by)))}`;
  },
  resume: async (client, given, by) => {
    const job = given.job as string;
    return `${job} goes on.${still(await client.resume(job, resuming(given, by)))}`;
  },
  trigger: async (client, given, by) => {
    const job = given.job as string;
    const { key, payload } = given;
    const asked = await client.trigger(job, {
      by,
      ...(key === undefined ? {} : { key: key as string }),
      ...(payload === undefined ? {} : { payload }),
    });
    return asked === undefined ? `No member declares ${job} any more: nothing was queued.` : `${job} is to run now.`;
  },
  cancel: async (client, given, by) => {
    const job = given.job as string;
    const { fence } = given;
    const count = await client.cancel(job, fence === undefined ? { by } : { by, fence: fence as number });
    return count === 0
      ? `Nothing of ${job} runs any more.`
      : `${counted(count, "run")} of ${job} ${count === 1 ? "is" : "are"} cancelled.`;
  },
  "cancel-queued": async (client, given, by) => {
    const job = given.job as string;
    const count = await client.cancelQueued(job, { by });
    return count === 0 ? `Nothing of ${job} waits any more.` : `${counted(count, "fire")} of ${job} given up.`;
  },
  drain: async (client, given, by) => {
    const node = given.node as string;
    await client.drain(node, noted(given, by));
    return `${node} was asked to leave.`;
  },
  "pause-all": async (client, given, by) =>
    `${counted(await client.pauseAll(noted(given, by)), "job")} paused with all.`,
  "resume-all": async (client, given, by) =>
    `${counted(await client.resumeAll(resuming(given, by)), "job")} let go on.`,
  ...scheduleActs,
};

/** Whether there is such an action. */
export const isAction = (name: string): name is Action["action"] => Object.hasOwn(acts, name);

/** Carries an action out. Rejects as the client does. */
export const carryOut = (name: Action["action"], client: Client, given: Given, by: string): Promise<string> =>
  acts[name](client, given, by);

/**
 * Why a request is not taken for one of the page itself; undefined if it is. Another site cannot set the header without asking first,
 * which is never permitted, and what browsers say of where it comes from is heeded besides.
 */
export const forged = ({ headers }: Request): string | undefined => {
  if (headers.get("x-ringcron") !== "act") return "the header x-ringcron is missing";
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin") return "it comes from another site";
  const type = (headers.get("content-type") ?? "").split(";")[0]?.trim();
  return type === "application/json" ? undefined : "it is no JSON";
};

/** More is no action of ours. */
const mostBytes = 65_536;

/** The parts of an action; undefined if they cannot be read. */
export const givenIn = async (request: Request): Promise<Given | undefined> => {
  if (Number(request.headers.get("content-length") ?? 0) > mostBytes) return undefined;
  try {
    const text = await request.text();
    if (text.length > mostBytes) return undefined;
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? parsed as Given : undefined;
  } catch {
    return undefined;
  }
};
