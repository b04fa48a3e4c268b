/**
 * `ringcron why`: why a job stands as it does, in sentences. `ringcron upcoming`: what is to run.
 */
import type { Command } from "commander";
import { withFleet, withStore } from "../frame/fleet.ts";
import { jobData } from "../frame/look.ts";
import type { AddCommand } from "../frame/Session.ts";
import { instantOf, wholeNumber } from "../frame/values.ts";
import { tame } from "../print/paint.ts";
import { type Cell, table } from "../print/table.ts";
import { away, counted, wall } from "../print/words.ts";

/** Adds it. */
export const why: AddCommand = (program, sessionOf) => {
  withStore(
    program.command("why").description("why a job stands as it does, in sentences").argument("<job>", "its name"),
  )
    .action(async (name: string, _: unknown, command: Command) => {
      const session = sessionOf(command);
      await withFleet(session, command, async ({ client }) => {
        const explained = await client.explain(name);
        session.show(
          { ...explained, job: jobData(explained.job) },
          ({ paint }) => explained.words.map((it, at) => `${at === 0 ? paint.bold(tame(it)) : tame(it)}\n`).join(""),
        );
      });
    });
};

interface Flags {
  readonly from: string;
  readonly to?: string;
  readonly limit: string;
}

/** Adds it. */
export const upcoming: AddCommand = (program, sessionOf) => {
  withStore(
    program.command("upcoming").description("the fires that are to come of all jobs, the earliest first")
      .option("--from <instant>", "those after this", "now")
      .option("--to <instant>", "those up to and including this: +2h (from now on)")
      .option("-n, --limit <count>", "how many at most", "20"),
  ).action(async (flags: Flags, command: Command) => {
    const session = sessionOf(command);
    const now = session.host.now();
    const span = {
      ...(flags.from === "now" ? {} : { from: instantOf("--from", flags.from, now) }),
      ...(flags.to === undefined ? {} : { to: instantOf("--to", flags.to, now) }),
      limit: wholeNumber("--limit", flags.limit, 1, 1_000),
    };
    await withFleet(session, command, async ({ client }) => {
      const found = await client.nextFires(span);
      session.show(found, (look) => {
        const { columns, paint, zone } = look;
        const rows = found.fires.map((it): ReadonlyArray<Cell> => [
          wall(it.dueAt, zone),
          away(it.dueAt, look.now),
          [it.job, paint.bold],
          it.owner ?? ["-", paint.dim],
        ]);
        const head = ["due", "", "job", "owner"];
        const listed = rows.length === 0
          ? "nothing is to come\n"
          : table({ head, rows, gives: [2, 3] }, columns, paint);
        return listed +
          (found.unknown.length === 0
            ? ""
            : `\n${counted(found.unknown.length, "job")} whose schedule nobody has told yet\n`);
      });
    });
  });
};
