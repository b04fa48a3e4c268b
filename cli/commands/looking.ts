/**
 * `ringcron members`, `runs`, `history`: what is there, runs and ran.
 */
import { type Command, Option } from "commander";
import { type ActiveFire, Fire, type HistoryOptions, type MemberStatus } from "ringcron";
import { withFleet, withStore } from "../frame/fleet.ts";
import { ownedBy } from "../frame/look.ts";
import type { AddCommand, Look } from "../frame/Session.ts";
import { instantOf, wholeNumber } from "../frame/values.ts";
import { historyTable } from "../print/history.ts";
import { tame } from "../print/paint.ts";
import { type Cell, table } from "../print/table.ts";
import { away, duration, wall } from "../print/words.ts";

/** What is known of a member, as JSON. What it declares is in `jobs`. */
const memberData = ({ jobs, ...member }: MemberStatus, owns: number) => ({ ...member, declares: jobs.size, owns });

/** The members as a table. */
export const memberTable = (members: ReadonlyArray<MemberStatus>, { columns, now, paint }: Look): string => {
  const owned = ownedBy({ version: 1, storeTime: now, members });
  const stateOf = ({ isLate, state }: MemberStatus): Cell =>
    isLate ? ["late", paint.bad] : state === "leaving" ? ["leaving", paint.warn] : ["active", paint.good];
  const rows = [...members].sort((a, b) => a.name < b.name ? -1 : 1).map((it): ReadonlyArray<Cell> => [
    [it.name, paint.bold],
    stateOf(it),
    `${owned.get(it.incarnation) ?? 0}`,
    `${it.jobs.size}`,
    `${it.weight}`,
    it.isLate
      ? [`since ${duration(now - it.nextBeatAt)}`, paint.bad]
      : away(it.nextBeatAt, now).replace("in ", "within "),
    [it.incarnation.slice(0, 8), paint.dim],
  ]);
  const head = ["node", "state", "owns", "declares", "weight", "heard of again", "id"];
  return table({ head, rows, right: [2, 3, 4], gives: [0] }, columns, paint);
};

/** Adds it. */
export const members: AddCommand = (program, sessionOf) => {
  withStore(program.command("members").description("who is in the fleet, and how much each of them owns"))
    .action(async (_: unknown, command: Command) => {
      const session = sessionOf(command);
      await withFleet(session, command, async ({ client, service }) => {
        const found = await client.members();
        const owned = ownedBy({ version: 1, storeTime: session.host.now(), members: found });
        session.show(
          found.map((it) => memberData(it, owned.get(it.incarnation) ?? 0)),
          (look) => found.length === 0 ? `nobody is a member of ${service}\n` : memberTable(found, look),
        );
      });
    });
};

/** Runs as a table. */
export const runTable = (runs: ReadonlyArray<ActiveFire>, { columns, now, paint, zone }: Look): string => {
  const painted: Readonly<Record<ActiveFire["state"], (text: string) => string>> = {
    running: paint.good,
    over: paint.warn,
    orphaned: paint.bad,
    waiting: paint.warn,
    queued: paint.accent,
  };
  const rows = runs.map((it): ReadonlyArray<Cell> => [
    it.job,
    [it.state, painted[it.state]],
    it.kind,
    wall(it.dueAt, zone),
    it.since > now ? away(it.since, now) : duration(now - it.since),
    it.node ?? "-",
    it.attempt === 0 ? "-" : `${it.attempt}`,
    [it.fence === undefined ? "-" : `${it.fence}`, paint.dim],
    it.notBefore !== undefined && it.state === "waiting"
      ? `again ${away(it.notBefore, now)} after ${tame(it.previousError?.split("\n")[0] ?? "a failure")}`
      : tame(it.previousError?.split("\n")[0] ?? ""),
  ]);
  const head = ["job", "state", "kind", "due", "for", "node", "attempt", "fence", "before it"];
  return table({ head, rows, right: [6], gives: [8, 0, 5] }, columns, paint);
};

/** Adds it. */
export const runs: AddCommand = (program, sessionOf) => {
  withStore(
    program.command("runs").description("what runs now, waits for another attempt or is queued")
      .option("--job <name>", "of this job alone"),
  ).action(async (options: { readonly job?: string }, command: Command) => {
    const session = sessionOf(command);
    await withFleet(session, command, async ({ client }) => {
      const found = await client.runs(options.job === undefined ? {} : { job: options.job });
      session.show(found, (look) => found.length === 0 ? "nothing runs, waits or is queued\n" : runTable(found, look));
    });
  });
};

interface HistoryFlags {
  readonly job?: string;
  readonly schedule?: string;
  readonly outcome?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: string;
  readonly cursor?: string;
}

/** Adds it. */
export const history: AddCommand = (program, sessionOf) => {
  withStore(
    program.command("history").description("what ran, was skipped or done by whom, the newest first")
      .option("--job <name>", "of this job alone")
      .option("--schedule <id>", "what was done with this schedule in the store by people who were named")
      .addOption(
        new Option("--outcome <which>", "what became so; action: what people did who were named").choices([
          ...Fire.outcomes,
          "skipped",
          "action",
        ]),
      )
      .option("--from <instant>", "what ended at this instant or later: 2h (ago), 2026-03-01T09:00:00Z")
      .option("--to <instant>", "what ended before this instant")
      .option("-n, --limit <number>", "how many lines", "20")
      .option("--cursor <cursor>", "goes on behind a page, whose cursor this is"),
  ).action(async (flags: HistoryFlags, command: Command) => {
    const session = sessionOf(command);
    const now = session.host.now();
    const options: HistoryOptions = {
      job: flags.job,
      schedule: flags.schedule,
      outcome: flags.outcome as HistoryOptions["outcome"],
      from: flags.from === undefined ? undefined : instantOf("--from", flags.from, now),
      to: flags.to === undefined ? undefined : instantOf("--to", flags.to, now),
      limit: wholeNumber("--limit", flags.limit, 1, 1_000),
      cursor: flags.cursor,
    };
    await withFleet(session, command, async ({ client }) => {
      const page = await client.history(options);
      session.show(page, (look) => {
        if (page.lines.length === 0) return "nothing of the kind is kept\n";
        const more = page.cursor === undefined ? "" : `${look.paint.dim(`more: --cursor ${page.cursor}`)}\n`;
        return table(historyTable(page.lines, look), look.columns, look.paint) + more;
      });
    });
  });
};
