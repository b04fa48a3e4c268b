/**
 * Random commands of people, described by small numbers, and what a test makes of them.
 *
 * @module
 */
import fc from "fast-check";
import type { ControlReply, ControlRequest, PeekReply } from "../../../src/Request.ts";
import { job, type Memory } from "./remembered.ts";

/** One of a few keys, or the one that was used so many commands ago; a new one if there was none. */
type KeyPlan = number | { readonly ago: number };

/** A command of a person. */
export type CommandPlan =
  | { readonly do: "pause" | "resume"; readonly job: number; readonly skips: boolean }
  | { readonly do: "trigger"; readonly job: number; readonly key: KeyPlan }
  | { readonly do: "backfill"; readonly job: number; readonly key: KeyPlan; readonly fires: number }
  | { readonly do: "cancel"; readonly job: number }
  | { readonly do: "destroy" };

const small = (max: number) => fc.integer({ min: 0, max });
/** Random requests for fires, a backfill of more than `fires` now and then, which may be too many; cancelling is rare. */
export const asking = (jobs: number, key: fc.Arbitrary<KeyPlan>, fires: number): fc.Arbitrary<CommandPlan> =>
  fc.oneof(
    {
      weight: 10,
      arbitrary: fc.record({ do: fc.constant("trigger" as const), job: small(jobs), key }),
    },
    {
      weight: 10,
      arbitrary: fc.record({
        do: fc.constant("backfill" as const),
        job: small(jobs),
        key,
        fires: fc.oneof({ weight: 9, arbitrary: small(fires) }, {
          weight: 1,
          arbitrary: fc.integer({ min: 170, max: 230 }),
        }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("cancel" as const), job: small(jobs) }) },
  );

/** What a campaign must have met of them. */
export const mustBeMet: ReadonlyArray<string> = [
  ...["Trigger ok", "Trigger unknown", "Backfill ok", "Backfill full", "Backfill unknown", "Cancel ok"],
  ...["queued", "manual", "backfill", "manual again", "backfill again", "key again", "key forgotten"],
];

/** Around the number of keys that a job remembers. */
export const keyAgo: fc.Arbitrary<KeyPlan> = fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1, 20, 21, 23, 26)
  .map((ago) => ({ ago }));

const keys = ["", "key", "a|b;c,d=e", "𝄞\ud800%"];

const keyOf = (plan: KeyPlan, { keysUsed }: Memory): string => {
  const known = typeof plan === "number"
    ? keys[plan] ?? `${plan}`
    : plan.ago === 0
    ? undefined
    : keysUsed.at(-plan.ago);
  const key = known ?? `key ${keysUsed.length}`;
  keysUsed.push(key);
  return key;
};

const commandOf = (plan: CommandPlan, memory: Memory): ControlRequest["command"] => {
  switch (plan.do) {
    case "destroy":
      return { _tag: "Destroy" };
    case "pause":
      return { _tag: "Pause", job: job(plan.job) };
    case "resume":
      return { _tag: "Resume", job: job(plan.job), missed: plan.skips ? "skip" : "catch-up" };
    case "cancel":
      return { _tag: "Cancel", job: job(plan.job) };
    case "trigger":
      return { _tag: "Trigger", job: job(plan.job), key: keyOf(plan.key, memory) };
    case "backfill": {
      const dueAts = Array.from({ length: plan.fires }, (_, index) => memory.now - 1_000 * (plan.fires - index));
      return { _tag: "Backfill", job: job(plan.job), key: keyOf(plan.key, memory), dueAts };
    }
  }
};

export const controlRequest = (plan: CommandPlan, memory: Memory): ControlRequest => ({
  _tag: "Control",
  service: memory.service,
  command: commandOf(plan, memory),
});

/** What a campaign met with a command. */
export const metWith = (
  { command }: ControlRequest,
  { dueAt, result }: ControlReply,
  { asked }: Memory,
): ReadonlyArray<string> => {
  const met = [`${command._tag} ${result}`];
  if (command._tag === "Destroy") asked.clear();
  if ((command._tag === "Trigger" || command._tag === "Backfill") && dueAt !== undefined) {
    const name = JSON.stringify([command.job, command.key]);
    const before = asked.get(name);
    if (before !== undefined) met.push(before === dueAt ? "key again" : "key forgotten");
    asked.set(name, dueAt);
  }
  return met;
};

/**
 * When the store applied a command, as far as that made a difference: no answer holds it, but what the command left behind
 * does. `look` is what was seen after it.
 */
export const momentOf = ({ command }: ControlRequest, reply: ControlReply, look: PeekReply): number => {
  const state = command._tag === "Destroy" ? undefined : look.jobs.find((it) => it.job === command.job);
  const queued = state?.active.filter((it) => it.attempt === 0) ?? [];
  const moments: ReadonlyArray<number | undefined> = (() => {
    switch (command._tag) {
      case "Resume":
        return [command.missed === "skip" ? state?.watermark : undefined];
      case "Trigger": {
        const run = queued.findLast((it) => it.dueAt === reply.dueAt);
        return [run && Math.min(run.fence, run.dueAt)];
      }
      case "Backfill":
        return [queued.at(-command.dueAts.length)?.fence];
      case "Cancel":
        return look.history.flatMap((it) =>
          it._tag === "Run" && it.outcome === "cancelled" && it.job === command.job ? [it.endedAt] : []
        );
      default:
        return [];
    }
  })();
  return moments.at(-1) ?? look.storeTime;
};
