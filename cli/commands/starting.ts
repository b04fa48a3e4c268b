/**
 * `ringcron trigger`, `ringcron backfill`: runs that people ask for.
 */
import type { Command } from "commander";
import { Stop, wrongUse } from "../frame/exit.ts";
import { withFleet, withStore } from "../frame/fleet.ts";
import { jsonGiven } from "../frame/json.ts";
import type { AddCommand } from "../frame/Session.ts";
import { by, byOf, instantOf, wholeNumber } from "../frame/values.ts";
import { counted } from "../print/words.ts";

interface TriggerOptions {
  readonly payload?: string;
  readonly key?: string;
  readonly by?: string;
  readonly wait?: boolean;
  readonly within: string;
}

interface BackfillOptions {
  readonly from: string;
  readonly to: string;
  readonly schedule?: string;
  readonly tz?: string;
  readonly dst?: string;
  readonly key?: string;
  readonly by?: string;
}

const nobody = (job: string): Stop =>
  new Stop("refused", "Undeclared", `no member declares ${job} at present, so nobody could run it; nothing was queued`);

const noSchedule = (job: string): Stop =>
  wrongUse(
    `which fires? Give --schedule, and --tz, as the nodes declare ${job}: none of them has told its schedule yet`,
  );

/** Adds it. */
export const trigger: AddCommand = (program, sessionOf) => {
  withStore(
    program.command("trigger").description("run a job once, now, on one node, also while it is paused")
      .argument("<job>", "its name")
      .option("--payload <json>", "what its handler gets; - reads it from standard input")
      .option("--key <key>", "the same key within a day queues nothing twice, so that asking again is safe")
      .option(...by)
      .option("--wait", "wait until it is over, and show what its handler returned")
      .option("--within <ms>", "with --wait: how long at most", "30000"),
  ).action(async (job: string, { by: who, key, payload, wait, within }: TriggerOptions, command: Command) => {
    const session = sessionOf(command);
    const timeoutMs = wholeNumber("--within", within, 1, 86_400_000);
    const given = payload === undefined ? {} : { payload: await jsonGiven(session, command, payload) };
    await withFleet(session, command, async ({ client }) => {
      const asked = await client.trigger(job, {
        ...given,
        ...(key === undefined ? {} : { key }),
        by: byOf(who, {}),
      });
      if (asked === undefined) throw nobody(job);
      const { dueAt, id } = asked;
      if (wait !== true) return session.show({ job, dueAt, id }, () => `${job} is asked for: ${id}\n`);
      const result = await asked.result({ timeoutMs });
      const shown = result === undefined ? "it returned nothing" : JSON.stringify(result);
      session.show({ job, dueAt, id, result: result ?? null }, () => `${id} succeeded: ${shown}\n`);
    });
  });
};

/** Adds it. */
export const backfill: AddCommand = (program, sessionOf) => {
  withStore(
    program.command("backfill").description("run the fires that a job had in a span of the past, oldest first")
      .argument("<job>", "its name")
      .requiredOption("--from <instant>", "the fires later than this: 2026-03-01T09:00:00Z, 2h (ago)")
      .option("--to <instant>", "the fires up to and including this", "now")
      .option("--schedule <expression>", "the schedule whose fires they are, as the nodes declare it")
      .option("--tz <zone>", "with --schedule: its zone (default: UTC)")
      .option("--dst <rule>", "with --schedule: its rule for changes of clocks")
      .option("--key <key>", "as for trigger (default: made of the span, so that it is not filled in twice)")
      .option(...by),
  ).action(async (job: string, options: BackfillOptions, command: Command) => {
    const session = sessionOf(command);
    const { dst, from, key, schedule, to, tz } = options;
    const now = session.host.now();
    const afterMs = instantOf("--from", from, now);
    // The clock of the store may be a little behind.
    const upToMs = to === "now" ? now - 5_000 : instantOf("--to", to, now);
    await withFleet(session, command, async ({ client }) => {
      const asked = { key, schedule, timeZone: tz, dst: dst as "default" | undefined, by: byOf(options.by, {}) };
      const fires = await client.backfill(job, { afterMs, upToMs, ...asked }).catch((error) => {
        throw schedule === undefined && error?.field === "schedule" ? noSchedule(job) : error;
      });
      if (fires === undefined) throw nobody(job);
      session.show({ job, afterMs, upToMs, fires }, () => `${counted(fires, "fire")} of ${job} to fill in\n`);
    });
  });
};
