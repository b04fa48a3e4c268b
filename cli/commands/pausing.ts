/**
 * `ringcron pause`, `ringcron resume`: of one job, or of all.
 */
import type { Command } from "commander";
import { wrongUse } from "../frame/exit.ts";
import { withFleet, withStore } from "../frame/fleet.ts";
import type { AddCommand } from "../frame/Session.ts";
import { by, byOf } from "../frame/values.ts";
import { counted } from "../print/words.ts";

interface PauseOptions {
  readonly all?: boolean;
  readonly reason?: string;
  readonly by?: string;
  readonly yes?: boolean;
}

interface ResumeOptions {
  readonly all?: boolean;
  readonly by?: string;
  readonly missed?: string;
}

/** Which job, or all of them. */
const whichOf = (job: string | undefined, isAll: boolean | undefined): string | undefined => {
  if ((job === undefined) === (isAll === true)) return job;
  throw wrongUse(job === undefined ? "which job? Name it, or say --all" : "a job and --all: say one of the two");
};

/** What is added where nobody declares a job. */
const undeclared = "; no member declares it at present";

/** Adds it. */
export const pause: AddCommand = (program, sessionOf) => {
  withStore(
    program.command("pause").description("start no further runs of a job, in the whole fleet")
      .argument("[job]", "its name")
      .option("--all", "of all jobs and schedules, also those that come while it lasts")
      .option("--reason <text>", "why, for people to read where the job is looked at")
      .option("--by <name>", "who does it; empty for nobody (default: USER)")
      .option("-y, --yes", "do not ask, with --all"),
  ).action(async (job: string | undefined, options: PauseOptions, command: Command) => {
    const session = sessionOf(command);
    const name = whichOf(job, options.all);
    const note = { by: byOf(options.by, session.host.env), reason: options.reason };
    await withFleet(session, command, async ({ client, service }) => {
      if (name === undefined) {
        await session.confirm(`Pause all jobs and schedules of ${service}?`, options.yes);
        const jobs = await client.pauseAll(note);
        session.show(
          { jobs, paused: true },
          () => `${counted(jobs, "job or schedule is", "jobs and schedules are")} paused\n`,
        );
        return;
      }
      const isDeclared = await client.pause(name, note);
      session.show({ job: name, paused: true, isDeclared }, () => `${name} is paused${isDeclared ? "" : undeclared}\n`);
    });
  });
};

/** Adds it. */
export const resume: AddCommand = (program, sessionOf) => {
  withStore(
    program.command("resume").description("let a paused job go on")
      .argument("[job]", "its name")
      .option("--all", "all that were paused with pause --all")
      .option("--missed <what>", "what becomes of fires of the pause: skip, or catch-up as the job says", "skip")
      .option(...by),
  ).action(async (job: string | undefined, options: ResumeOptions, command: Command) => {
    const session = sessionOf(command);
    const name = whichOf(job, options.all);
    const how = { by: byOf(options.by, {}), missed: options.missed as "skip" | "catch-up" | undefined };
    await withFleet(session, command, async ({ client }) => {
      if (name === undefined) {
        const jobs = await client.resumeAll(how);
        session.show(
          { jobs, paused: false },
          () => `${counted(jobs, "job or schedule goes", "jobs and schedules go")} on\n`,
        );
        return;
      }
      const isDeclared = await client.resume(name, how);
      session.show({ job: name, paused: false, isDeclared }, () => `${name} goes on${isDeclared ? "" : undeclared}\n`);
    });
  });
};
