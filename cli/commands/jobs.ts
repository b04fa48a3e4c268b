/**
 * `ringcron jobs`, `ringcron job`: how jobs stand.
 */
import type { Command } from "commander";
import type { JobInfo } from "ringcron";
import { withFleet, withStore } from "../frame/fleet.ts";
import { jobData, lookAt } from "../frame/look.ts";
import type { AddCommand, Look } from "../frame/Session.ts";
import { historyTable } from "../print/history.ts";
import { tame } from "../print/paint.ts";
import { policiesText } from "../print/policies.ts";
import { type Cell, facts, table } from "../print/table.ts";
import { away, counted, iso, wall } from "../print/words.ts";
import { runTable } from "./looking.ts";

const stateCell = ({ isOverdue, state }: JobInfo, { paint }: Look): Cell => {
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

const nextCell = ({ nextDueAt, state }: JobInfo, { now, paint, zone }: Look): Cell =>
  nextDueAt === undefined
    ? [state === "paused" ? "when it goes on" : "-", paint.dim]
    : `${wall(nextDueAt, zone)}  ${away(nextDueAt, now)}`;

/** Jobs as a table. */
export const jobTable = (jobs: ReadonlyArray<JobInfo>, look: Look): string => {
  const some = (count: number): string => count === 0 ? "" : `${count}`;
  const rows = jobs.map((it): ReadonlyArray<Cell> => [
    [it.name, look.paint.bold],
    stateCell(it, look),
    nextCell(it, look),
    tame(it.schedule ?? "-"),
    it.timeZone ?? "-",
    it.owner ?? (it.isTicked ? "ticks" : "-"),
    some(it.running),
    some(it.waiting + it.queued),
    tame([it.pauseReason, it.pausedBy === undefined ? undefined : `by ${it.pausedBy}`].filter(Boolean).join(", ")),
  ]);
  const head = ["job", "state", "next", "schedule", "zone", "owner", "running", "waiting", "note"];
  return table({ head, rows, right: [6, 7], gives: [8, 0, 5, 3, 4] }, look.columns, look.paint);
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
      const none = jobs.length === 0 ? "no jobs yet\n" : "no such job\n";
      session.show(found.map(jobData), (look) => found.length === 0 ? none : jobTable(found, look));
    });
  });
};

const jobFacts = (job: JobInfo, look: Look): string => {
  const { paint, zone } = look;
  const told = job.declaredBy.length > 0
    ? job.declaredBy.join(", ")
    : job.isTicked
    ? "no member; ticks run it"
    : ["nobody", paint.warn] as const;
  const note = tame(
    [job.pauseReason, job.pausedBy === undefined ? undefined : `by ${job.pausedBy}`].filter(Boolean).join(", "),
  );
  const rows: Array<readonly [string, Cell]> = [
    ["job", [job.name, paint.bold]],
    ["state", stateCell(job, look)],
    ...(note === "" ? [] : [["paused", note] as const]),
    ["runs", job.words ?? ["its schedule is not told yet", paint.dim]],
    ...(job.schedule === undefined ? [] : [["schedule", tame(job.schedule)] as const]),
    ["next", nextCell(job, look)],
    ["owner", job.owner ?? "-"],
    ["after it", job.successor ?? "-"],
    ["declared by", told],
    ...(job.outdatedAt.length === 0 ? [] : [["outdated at", [job.outdatedAt.join(", "), paint.warn]] as const]),
    ...(job.otherPoliciesAt.length === 0
      ? []
      : [["other policies at", [job.otherPoliciesAt.join(", "), paint.warn]] as const]),
    ["policies", job.policies === undefined ? "-" : policiesText(job.policies)],
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
        const { history, ...found } = await fleet.client.job(name);
        const { runs: active } = found;
        session.show({ ...jobData(found), runs: active, history }, (look) => {
          const { columns, paint } = look;
          const runs = active.length === 0
            ? ""
            : `\n${paint.bold(counted(active.length, "run"))}\n${runTable(active, look)}`;
          const ran = history.length === 0
            ? ""
            : `\n${paint.bold("history")}\n${table(historyTable(history, look), columns, paint)}`;
          return jobFacts(found, look) + runs + ran;
        });
      });
    });
};
