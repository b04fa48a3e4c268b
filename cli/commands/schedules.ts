/**
 * `ringcron schedules`: those in the store, looked at, put, changed and removed.
 */
import type { Command } from "commander";
import { type PastRun, Policy, type ScheduleExplanation, type ScheduleInfo } from "ringcron";
import { InvalidInput } from "ringcron/core";
import type { Client } from "ringcron/promise";
import { Stop, wrongUse } from "../frame/exit.ts";
import { withFleet, withStore } from "../frame/fleet.ts";
import { jsonGiven, jsonOf } from "../frame/json.ts";
import type { AddCommand, Look, Session } from "../frame/Session.ts";
import { by, byOf, instantOf, wholeNumber } from "../frame/values.ts";
import { tame } from "../print/paint.ts";
import { policiesText } from "../print/policies.ts";
import { type Cell, facts, table } from "../print/table.ts";
import { away, iso, wall } from "../print/words.ts";

type Put = Parameters<Client["schedules"]["put"]>[0];

interface ListFlags {
  readonly handler?: string;
  readonly begins?: string;
  readonly limit: string;
  readonly cursor?: string;
}

interface PutFlags {
  readonly handler: string;
  readonly schedule?: string;
  readonly at?: string;
  readonly tz?: string;
  readonly dst?: string;
  readonly from?: string;
  readonly until?: string;
  readonly payload?: string;
  readonly policies?: string;
  readonly keepRuns?: string;
  readonly disabled?: boolean;
  readonly ifVersion?: string;
  readonly by?: string;
}

const unknown = (id: string): Stop =>
  new Stop("unknown", "UnknownSchedule", `no schedule ${JSON.stringify(id)} is in the store`);

const stateCell = ({ enabled, paused }: ScheduleInfo, { paint }: Look): Cell =>
  !enabled ? ["disabled", paint.dim] : paused ? ["paused", paint.warn] : ["open", paint.good];

const pauseText = ({ pauseReason, pausedBy, pausedWithAll }: ScheduleInfo): string =>
  tame(
    [pausedWithAll ? "with all jobs" : undefined, pauseReason, pausedBy === undefined ? undefined : `by ${pausedBy}`]
      .filter(Boolean).join(", "),
  );

const nextCell = ({ nextDueAt, paused }: ScheduleInfo, { now, paint, zone }: Look): Cell =>
  nextDueAt === undefined || paused ? ["-", paint.dim] : `${wall(nextDueAt, zone)}  ${away(nextDueAt, now)}`;

const scheduleTable = (found: ReadonlyArray<ScheduleInfo>, look: Look): string => {
  const rows = found.map((it): ReadonlyArray<Cell> => [
    [tame(it.id), look.paint.bold],
    it.handler,
    stateCell(it, look),
    nextCell(it, look),
    tame(it.schedule),
    it.timeZone ?? "-",
    it.active === 0 ? "" : `${it.active}`,
  ]);
  const head = ["schedule", "handler", "state", "next", "when", "zone", "active"];
  return table({ head, rows, right: [6], gives: [0, 4, 1, 5] }, look.columns, look.paint);
};

const runCell = ({ attempt, dueAt, error, outcome }: PastRun, { paint, zone }: Look): Cell => {
  const said = `${attempt === 1 ? "" : `, attempt ${attempt}`}${error === undefined ? "" : `: ${tame(error)}`}`;
  return [`${iso(dueAt, zone)}  ${outcome}${said}`, outcome === "succeeded" ? paint.good : paint.bad];
};

const scheduleFacts = ({ handledBy, holdups, schedule: it }: ScheduleExplanation, look: Look): string => {
  const { paint, zone } = look;
  const bound = (name: string, at: number | undefined): ReadonlyArray<readonly [string, Cell]> =>
    at === undefined ? [] : [[name, iso(at, zone)]];
  return facts([
    ["schedule", [tame(it.id), paint.bold]],
    ["handler", it.handler],
    ["handled by", handledBy.length === 0 ? ["no member", paint.warn] : handledBy.join(", ")],
    ["state", stateCell(it, look)],
    ...(pauseText(it) === "" ? [] : [["paused", pauseText(it)] as const]),
    ["when", tame(it.schedule)],
    ["zone", it.timeZone ?? "UTC, or as it says"],
    ...(it.dst === undefined ? [] : [["dst", it.dst] as const]),
    ...bound("from", it.startAt),
    ...bound("until", it.endAt),
    ["next", nextCell(it, look)],
    ["decided up to", iso(it.decidedUpTo, zone)],
    ["active", `${it.active}`],
    ...it.lastRuns.map((run) => ["last run", runCell(run, look)] as const),
    ["policies", policiesText(it.policies)],
    ["payload", it.payloadError ?? (it.payload === undefined ? "-" : tame(JSON.stringify(it.payload)))],
    ["version", `${it.version}`],
    ...holdups.map(({ words }): readonly [string, Cell] => ["held up", [words, paint.warn]]),
  ], paint);
};

const policyNames: ReadonlySet<string> = new Set([...Object.keys(Policy.defaults), "maxQueued", "limit", "jitterMs"]);

const policiesOf = (text: string): Partial<Put> => {
  const given = jsonOf("--policies", text);
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw wrongUse(`--policies: is no object; allowed: JSON such as '{"overlap":"queue"}'`);
  }
  const strange = Object.keys(given).find((it) => !policyNames.has(it));
  if (strange !== undefined) throw new InvalidInput("--policies", strange, [...policyNames].join(", "));
  return given;
};

const versionOf = (text: string | undefined) =>
  text === undefined ? {} : { ifVersion: wholeNumber("--if-version", text, 0, Number.MAX_SAFE_INTEGER) };

const putOf = async (id: string, flags: PutFlags, session: Session, command: Command): Promise<Put> => {
  const { at, disabled, dst, from, handler, keepRuns, payload, policies, schedule, tz, until } = flags;
  if ((at === undefined) === (schedule === undefined)) {
    throw wrongUse("when? Give --schedule or --at, one of the two");
  }
  const now = session.host.now();
  return {
    ...(policies === undefined ? {} : policiesOf(policies)),
    id,
    handler,
    ...(schedule === undefined ? {} : { schedule }),
    ...(at === undefined ? {} : { at: instantOf("--at", at, now) }),
    timeZone: tz,
    dst: dst as Put["dst"],
    startAt: from === undefined ? undefined : instantOf("--from", from, now),
    endAt: until === undefined ? undefined : instantOf("--until", until, now),
    ...(payload === undefined ? {} : { payload: await jsonGiven(session, command, payload) }),
    ...(keepRuns === undefined ? {} : { keepRuns: wholeNumber("--keep-runs", keepRuns, 0, 10) }),
    enabled: disabled !== true,
    ...versionOf(flags.ifVersion),
  };
};

const addLooking: AddCommand = (schedules, sessionOf) => {
  withStore(
    schedules.command("list").description("those that there are, by id")
      .option("--handler <name>", "of this handler alone")
      .option("--begins <text>", "those whose ids begin so")
      .option("-n, --limit <number>", "how many are looked at", "100")
      .option("--cursor <cursor>", "goes on behind a page, whose cursor this is"),
  ).action(async (flags: ListFlags, command: Command) => {
    const session = sessionOf(command);
    const { begins: prefix, cursor, handler } = flags;
    const limit = wholeNumber("--limit", flags.limit, 1, 1_000);
    await withFleet(session, command, async ({ client }) => {
      const page = await client.schedules.list({ cursor, handler, limit, prefix });
      session.show(page, (look) => {
        const { paint } = look;
        const isAll = cursor === undefined && handler === undefined && prefix === undefined;
        const none = isAll ? "no schedules yet\n" : "no such schedule\n";
        const found = page.schedules.length === 0 ? none : scheduleTable(page.schedules, look);
        const unreadable = page.unreadable.map((id) => `${paint.bad("!")} ${tame(id)} cannot be read\n`).join("");
        const more = page.cursor === undefined ? "" : `${paint.dim(`more: --cursor ${tame(page.cursor)}`)}\n`;
        return found + unreadable + more;
      });
    });
  });
  withStore(schedules.command("get").description("one of them: when, for which handler, with what").argument("<id>"))
    .action(async (id: string, _: unknown, command: Command) => {
      const session = sessionOf(command);
      await withFleet(session, command, async ({ client }) => {
        const found = await client.schedules.explain(id);
        const { handledBy, holdups, schedule } = found;
        session.show({ ...schedule, handledBy, holdups }, (look) => scheduleFacts(found, look));
      });
    });
};

const addPutting: AddCommand = (schedules, sessionOf) => {
  withStore(
    schedules.command("put").description("have one be as it is said here; the same again changes nothing")
      .argument("<id>", "which one")
      .requiredOption("--handler <name>", "what it starts, as nodes name it")
      .option("--schedule <expression>", "when: a cron expression")
      .option("--at <instant>", "or once: 2026-03-01T09:00:00Z, +2h (from now)")
      .option("--tz <zone>", "the zone of its schedule (default: UTC)")
      .option("--dst <rule>", "its rule for changes of clocks")
      .option("--from <instant>", "nothing of its schedule before this")
      .option("--until <instant>", "nothing of its schedule at this or later")
      .option("--payload <json>", "what its handler gets; - reads it from standard input")
      .option("--policies <json>", "catchUp, overlap, retry and so on, as in a program")
      .option("--keep-runs <number>", "how many of its last runs get tells, 0 to 10 (default: 1)")
      .option("--disabled", "it starts nothing until it is put otherwise")
      .option("--if-version <version>", "only if it has this version, as get tells; 0: only if it is not there")
      .option(...by),
  ).action(async (id: string, flags: PutFlags, command: Command) => {
    const session = sessionOf(command);
    const put = await putOf(id, flags, session, command);
    await withFleet(session, command, async ({ client }) => {
      const result = await client.schedules.put(put, { by: byOf(flags.by, {}) });
      if (result === "conflict") {
        throw new Stop(
          "refused",
          "Conflict",
          `schedule ${JSON.stringify(id)} has another version; nothing was changed`,
        );
      }
      session.show({ id, result }, () => `${tame(id)} is ${result}\n`);
    });
  });
  withStore(
    schedules.command("remove").description("remove one; a run that is under way goes on")
      .argument("<id>", "which one")
      .option("--if-version <version>", "only if it has this version, as get tells")
      .option(...by)
      .option("-y, --yes", "do not ask"),
  ).action(
    async (id: string, flags: Pick<PutFlags, "by" | "ifVersion"> & { readonly yes?: boolean }, command: Command) => {
      const session = sessionOf(command);
      const options = { ...versionOf(flags.ifVersion), by: byOf(flags.by, {}) };
      await withFleet(session, command, async ({ client }) => {
        await session.confirm(`Remove schedule ${tame(id)}?`, flags.yes);
        if (!await client.schedules.remove(id, options)) {
          if (flags.ifVersion === undefined || await client.schedules.get(id) === undefined) throw unknown(id);
          throw new Stop("refused", "Conflict", `schedule ${JSON.stringify(id)} has another version; it was left`);
        }
        session.show({ id, removed: true }, () => `${tame(id)} is removed\n`);
      });
    },
  );
};

const addHolding: AddCommand = (schedules, sessionOf) => {
  withStore(
    schedules.command("pause").description("start no further runs of it, whatever is put")
      .argument("<id>", "which one")
      .option("--reason <text>", "why, for people to read")
      .option("--by <name>", "who does it; empty for nobody (default: USER)"),
  ).action(async (id: string, flags: { readonly reason?: string; readonly by?: string }, command: Command) => {
    const session = sessionOf(command);
    const note = { by: byOf(flags.by, session.host.env), reason: flags.reason };
    await withFleet(session, command, async ({ client }) => {
      await client.schedules.pause(id, note);
      session.show({ id, paused: true }, () => `${tame(id)} is paused\n`);
    });
  });
  withStore(
    schedules.command("resume").description("let a paused one go on")
      .argument("<id>", "which one")
      .option("--missed <what>", "what becomes of fires of the pause: skip, or catch-up as it says", "skip")
      .option(...by),
  ).action(async (id: string, flags: { readonly by?: string; readonly missed: string }, command: Command) => {
    const session = sessionOf(command);
    await withFleet(session, command, async ({ client }) => {
      await client.schedules.resume(id, {
        by: byOf(flags.by, {}),
        missed: flags.missed as "skip" | "catch-up",
      });
      session.show({ id, paused: false }, () => `${tame(id)} goes on\n`);
    });
  });
  withStore(
    schedules.command("trigger").description("run it once, now, on a node with its handler, also while it is paused")
      .argument("<id>", "which one")
      .option(...by),
  ).action(async (id: string, flags: { readonly by?: string }, command: Command) => {
    const session = sessionOf(command);
    await withFleet(session, command, async ({ client }) => {
      const { dueAt, id: run } = await client.schedules.trigger(id, { by: byOf(flags.by, {}) });
      session.show({ id, run, dueAt }, () => `${tame(id)} is asked for: ${tame(run)}\n`);
    });
  });
};

/** Adds it, with what can be done to them. */
export const schedules: AddCommand = (program, sessionOf) => {
  const group = program.command("schedules").description("schedules in the store: look at them, put and remove them");
  for (const add of [addLooking, addPutting, addHolding]) add(group, sessionOf);
};
