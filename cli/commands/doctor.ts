/**
 * `ringcron doctor`: whether a fleet can work with this store, and what to change.
 */
import type { Command } from "commander";
import { Stop } from "../frame/exit.ts";
import { type Fleet, withFleet, withStore } from "../frame/fleet.ts";
import { lookAt, overdueSchedules } from "../frame/look.ts";
import type { AddCommand, Look } from "../frame/Session.ts";
import { attention } from "../frame/state.ts";
import { bad, type Finding, good, note } from "../doctor/finding.ts";
import { counted, wrapped } from "../print/words.ts";

/** The members and the jobs, as far as something is wrong with them. */
const fleetOf = async (fleet: Fleet): Promise<ReadonlyArray<Finding>> => {
  const seen = await lookAt(fleet);
  const says = `${counted(seen.members.length, "member")}, ${counted(seen.jobs.length, "job")}`;
  const overdue = await overdueSchedules(fleet, seen);
  const problems = attention(seen, overdue);
  if (seen.members.length + seen.jobs.length + overdue.length === 0) {
    return [note("fleet", `nothing of ${fleet.service} is here yet`, "start a node, or check the name of the service")];
  }
  return problems.length === 0
    ? [good("fleet", says)]
    : problems.map((problem) => bad("fleet", problem, "see status, jobs and members"));
};

/** All that is looked at, one after the other, so that each has the store for itself. */
async function* examine(fleet: Fleet, isReadOnly: boolean): AsyncGenerator<Finding> {
  const { store } = fleet;
  // Loaded here: no other command needs any of it, and a node is most of it.
  const [redis, etcd, { clock }, { trial }] = await Promise.all([
    import("../doctor/redis.ts"),
    import("../doctor/etcd.ts"),
    import("../doctor/clock.ts"),
    import("../doctor/trial.ts"),
  ]);
  yield good(
    "connection",
    `${store.driver.name} at ${store.way.address.urls.map((url) => new URL(url).host).join(", ")}`,
  );
  yield* store.command === undefined ? await etcd.askEtcd(store.way) : await redis.askRedis(store.command);
  yield* await clock(fleet);
  if (!isReadOnly) yield* await trial(store);
  yield* await fleetOf(fleet);
}

const line = ({ change, is, says, what }: Finding, { columns, paint }: Look): string => {
  const mark = { good: paint.good("✓"), note: paint.warn("•"), bad: paint.bad("✗"), unknown: paint.dim("?") }[is];
  const indent = 15;
  const said = wrapped(says, columns - indent).join(`\n${" ".repeat(indent)}`);
  const todo = wrapped(change ?? "", columns - indent - 2)
    .map((text, at) => `${" ".repeat(indent)}${at === 0 ? "→" : " "} ${text}\n`).join("");
  return `${mark} ${paint.bold(what.padEnd(12))} ${said}\n${todo}`;
};

/** Adds it. */
export const doctor: AddCommand = (program, sessionOf) => {
  withStore(
    program.command("doctor").description("whether a fleet can work with this store, and what to change")
      .option("--read-only", "nothing is written: no trial of what a node does, under a service of its own"),
  ).action(async (flags: { readonly readOnly?: boolean }, command: Command) => {
    const session = sessionOf(command);
    await withFleet(session, command, async (fleet) => {
      const findings: Array<Finding> = [];
      for await (const finding of examine(fleet, flags.readOnly === true)) {
        findings.push(finding);
        if (!session.isJson) session.show(finding, (look) => line(finding, look));
      }
      const wrong = findings.filter(({ is }) => is === "bad").length;
      if (session.isJson) session.show({ healthy: wrong === 0, findings }, () => "");
      if (wrong > 0) throw new Stop("attention", "Attention", `${counted(wrong, "thing")} to change`);
    });
  });
};
