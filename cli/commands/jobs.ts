/**
 * `ringcron jobs`, `ringcron job`: how jobs stand.
 */
import type { Command } from "commander";
import type { ActiveFire, HistoryPage } from "ringcron";
import { Stop } from "../frame/exit.ts";
import { withFleet, withStore } from "../frame/fleet.ts";
import { type JobSeen, lookAt } from "../frame/look.ts";
import type { AddCommand, Look } from "../frame/Session.ts";
import { historyTable } from "../print/history.ts";
import { tame } from "../print/paint.ts";
import { type Cell, facts, table } from "../print/table.ts";
import { away, counted, iso, wall } from "../print/words.ts";
import { runTable } from "./looking.ts";

const stateCell = ({ isOverdue, state }: JobSeen, { paint }: Look): Cell => {
  if (isOverdue) return ["overdue", paint.bad];
  const paints = {
    open: paint.good,
    paused: paint.warn,
    new: paint.accent,
    undeclared: paint.dim,
    unreadable: paint.bad,
  };
  return [state, paints[state]];
};

const nextCell = ({ nextDueAt, state }: JobSeen, { now, paint, zone }: Look): Cell =>
  nextDueAt === undefined
    ? [state === "paused" ? "when it goes on" : "-", paint.dim]
    : `${wall(nextDueAt, zone)}  ${away(nextDueAt, now)}`;

/** Jobs as a table. */
export const jobTable = (jobs: ReadonlyArray<JobSeen>, look: Look): string => {
  const some = (count: number): string => count === 0 ? "" : `${count}`;
  const rows = jobs.map((it): ReadonlyArray<Cell> => [
    [it.name, look.paint.bold],
    stateCell(it, look),
    nextCell(it, look),
    it.owner ?? "-",
    some(it.running),
    some(it.waiting + it.queued),
    tame([it.pauseReason, it.pausedBy === undefined ? undefined : `by ${it.pausedBy}`].filter(Boolean).join(", ")),
  ]);
  const head = ["job", "state", "next", "owner", "running", "waiting", "note"];
  return table({ head, rows, right: [4, 5], gives: [6, 0, 3] }, look.columns, look.paint);
};

interface JobsFlags {
  readonly match?: string;
  readonly paused?: boolean;
  readonly overdue?: boolean;
}

/** Adds it. */
export const jobs: AddCommand = (program, sessionOf) => {
  withStore(
    program.command("jobs").description("all jobs that the store or a member knows, and how they stand")
      .option("--match <text>", "those whose names hold it")
      .option("--paused", "those that are paused")
      .option("--overdue", "those whose fires nobody decides"),
  ).action(async (flags: JobsFlags, command: Command) => {
    const session = sessionOf(command);
    await withFleet(session, command, async (fleet) => {
      const { jobs } = await lookAt(fleet);
      const found = jobs.filter((it) =>
        it.name.includes(flags.match ?? "") && (flags.paused !== true || it.state === "paused") &&
        (flags.overdue !== true || it.isOverdue)
      );
      session.show(found, (look) => found.length === 0 ? "no such job\n" : jobTable(found, look));
    });
  });
};

const jobFacts = (job: JobSeen, look: Look): string => {
  const { paint, zone } = look;
  const told = job.declaredBy.length === 0 ? ["nobody", paint.warn] as const : job.declaredBy.join(", ");
  const note = tame(
    [job.pauseReason, job.pausedBy === undefined ? undefined : `by ${job.pausedBy}`].filter(Boolean).join(", "),
  );
  const rows: Array<readonly [string, Cell]> = [
    ["job", [job.name, paint.bold]],
    ["state", stateCell(job, look)],
    ...(note === "" ? [] : [["paused", note] as const]),
    ["next", nextCell(job, look)],
    ["owner", job.owner ?? "-"],
    ["after it", job.successor ?? "-"],
    ["declared by", told],
    ...(job.outdatedAt.length === 0 ? [] : [["outdated at", [job.outdatedAt.join(", "), paint.warn]] as const]),
    ["decided up to", job.decidedUpTo === undefined ? "-" : iso(job.decidedUpTo, zone)],
    ["definition", job.definition ?? "-"],
  ];
  return facts(rows, paint);
};

/** Adds it. */
export const job: AddCommand = (program, sessionOf) => {
  withStore(program.command("job").description("one job: how it stands, what runs of it, what ran").argument("<name>"))
    .action(async (name: string, _: unknown, command: Command) => {
      const session = sessionOf(command);
      await withFleet(session, command, async (fleet) => {
        const [seen, active, page]: [Awaited<ReturnType<typeof lookAt>>, ReadonlyArray<ActiveFire>, HistoryPage] =
          await Promise.all([
            lookAt(fleet, name),
            fleet.client.runs({ job: name }),
            fleet.client.history({ job: name, limit: 10 }),
          ]);
        const [found] = seen.jobs;
        if (found === undefined) {
          // No run has this token, so nothing is asked but what may be meant.
          await fleet.client.cancel(name, { fence: 1 });
          throw new Stop("unknown", "UnknownJob", `no job ${name} is known`);
        }
        session.show({ ...found, runs: active, history: page.lines }, (look) => {
          const { columns, paint } = look;
          const runs = active.length === 0
            ? ""
            : `\n${paint.bold(counted(active.length, "run"))}\n${runTable(active, look)}`;
          const ran = page.lines.length === 0
            ? ""
            : `\n${paint.bold("history")}\n${table(historyTable(page.lines, look), columns, paint)}`;
          return jobFacts(found, look) + runs + ran;
        });
      });
    });
};
