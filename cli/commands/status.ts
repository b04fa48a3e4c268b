/**
 * `ringcron status`: a service at a glance.
 */
import type { Command } from "commander";
import type { HistoryPage } from "ringcron";
import { Stop } from "../frame/exit.ts";
import { type Fleet, withFleet, withStore } from "../frame/fleet.ts";
import { lookAt, overdueSchedules, type Seen } from "../frame/look.ts";
import { attention } from "../frame/state.ts";
import type { AddCommand, Look } from "../frame/Session.ts";
import { type Cell, facts } from "../print/table.ts";
import { away, counted, wall } from "../print/words.ts";

const hourMs = 3_600_000;

/** How often what became of runs in the last hour, as far as that is kept. */
const tally = ({ lines }: HistoryPage): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const line of lines) {
    const outcome = line._tag === "Run" ? line.outcome : "skipped";
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
};

const countsOf = ({ jobs, members, runs }: Seen) => {
  const ofState = (state: string): number => jobs.filter((it) => it.state === state).length;
  const ofRuns = (state: string): number => runs.filter((it) => it.state === state).length;
  return {
    members: members.length,
    late: members.filter(({ isLate }) => isLate).length,
    leaving: members.filter(({ state }) => state === "leaving").length,
    jobs: jobs.length,
    paused: ofState("paused"),
    undeclared: ofState("undeclared"),
    overdue: jobs.filter(({ isOverdue }) => isOverdue).length,
    running: ofRuns("running"),
    waiting: ofRuns("waiting"),
    queued: ofRuns("queued"),
  };
};

const nextOf = ({ jobs }: Seen) =>
  jobs.reduce<Seen["jobs"][number] | undefined>(
    (first, it) => it.nextDueAt !== undefined && it.nextDueAt < (first?.nextDueAt ?? Infinity) ? it : first,
    undefined,
  );

const some = (parts: ReadonlyArray<readonly [count: number, what: string]>): string =>
  parts.filter(([count]) => count > 0).map(([count, what]) => `, ${count} ${what}`).join("");

const text = (
  fleet: Fleet,
  seen: Seen,
  hour: Readonly<Record<string, number>>,
  problems: ReadonlyArray<string>,
  { paint, now, zone }: Look,
): string => {
  const it = countsOf(seen);
  const next = nextOf(seen);
  const became = Object.entries(hour).map(([outcome, count]) => `${count} ${outcome}`).join(", ");
  const rows: Array<readonly [string, Cell]> = [
    ["service", [fleet.service, paint.bold]],
    [
      "store",
      `${fleet.store.driver.name} at ${fleet.store.way.address.urls.map((url) => new URL(url).host).join(", ")}`,
    ],
    ["members", `${it.members}${some([[it.late, "late"], [it.leaving, "leaving"]])}`],
    [
      "jobs",
      `${it.jobs}${some([[it.paused, "paused"], [it.undeclared, "declared by nobody"], [it.overdue, "overdue"]])}`,
    ],
    ["runs", `${it.running} running${some([[it.waiting, "waiting"], [it.queued, "queued"]])}`],
    ["last hour", became === "" ? "nothing ran" : became],
    [
      "next",
      next?.nextDueAt === undefined
        ? "-"
        : `${next.name} at ${wall(next.nextDueAt, zone)}, ${away(next.nextDueAt, now)}`,
    ],
  ];
  const said = problems.length === 0
    ? paint.good("all is well\n")
    : problems.map((problem) => `${paint.bad("!")} ${problem}\n`).join("");
  return `${facts(rows, paint)}\n${said}`;
};

/** Adds it. */
export const status: AddCommand = (program, sessionOf) => {
  withStore(
    program.command("status").description("the service at a glance, and what needs attention")
      .option("--check", "end with exit code 7 if something needs attention, for monitors"),
  ).action(async (flags: { readonly check?: boolean }, command: Command) => {
    const session = sessionOf(command);
    await withFleet(session, command, async (fleet) => {
      const [seen, page] = await Promise.all([
        lookAt(fleet),
        fleet.client.history({ from: session.host.now() - hourMs, limit: 1_000 }),
      ]);
      const hour = tally(page);
      const problems = attention(seen, await overdueSchedules(fleet, seen));
      const data = {
        service: fleet.service,
        driver: fleet.store.driver.name,
        ...countsOf(seen),
        lastHour: hour,
        problems,
      };
      session.show(data, (look) => text(fleet, seen, hour, problems, look));
      if (flags.check === true && problems.length > 0) {
        throw new Stop("attention", "Attention", `${counted(problems.length, "thing needs", "things need")} attention`);
      }
    });
  });
};
