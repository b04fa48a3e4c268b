/**
 * `ringcron watch`: what happens, line by line, until somebody interrupts it.
 */
import type { Command } from "commander";
import type { HistoryLine, MemberStatus } from "ringcron";
import { failureOf } from "../frame/exit.ts";
import { type Fleet, withFleet, withStore } from "../frame/fleet.ts";
import { type AddCommand, jsonText, type Session } from "../frame/Session.ts";
import { wholeNumber } from "../frame/values.ts";
import { historyTable, instantOf } from "../print/history.ts";
import { wall } from "../print/words.ts";

interface Flags {
  readonly every: string;
  readonly job?: string;
}

/** Something that has happened, since the look before. */
type Happened =
  | { readonly _tag: "Line"; readonly line: HistoryLine }
  | {
    readonly _tag: "Joined" | "Left" | "Late";
    readonly at: number;
    readonly node: string;
    readonly incarnation: string;
  };

const keyOf = (line: HistoryLine): string => JSON.stringify({ ...line, node: undefined });

/** What differs between two looks at the members. */
const membersBetween = (
  before: ReadonlyMap<string, MemberStatus>,
  after: ReadonlyMap<string, MemberStatus>,
  at: number,
): ReadonlyArray<Happened> => {
  const said = (_tag: "Joined" | "Left" | "Late", { incarnation, name }: MemberStatus): Happened => ({
    _tag,
    at,
    node: name,
    incarnation,
  });
  return [
    ...[...after.values()].filter((it) => !before.has(it.incarnation)).map((it) => said("Joined", it)),
    ...[...before.values()].filter((it) => !after.has(it.incarnation)).map((it) => said("Left", it)),
    ...[...after.values()].filter((it) => it.isLate && before.get(it.incarnation)?.isLate === false)
      .map((it) => said("Late", it)),
  ];
};

const print = (session: Session, happened: Happened): void => {
  const { host, isJson, look, secrets } = session;
  const { paint, zone } = look;
  if (isJson) return host.out(secrets.without(jsonText(happened, false)));
  if (happened._tag !== "Line") {
    const words = { Joined: paint.good("joined"), Left: paint.warn("left"), Late: paint.bad("is late") }[happened._tag];
    return host.out(`${paint.dim(wall(happened.at, zone))}  ${paint.bold(happened.node)} ${words}\n`);
  }
  const [cells = []] = historyTable([happened.line], look).rows;
  const [, job = "", became = "", how = ""] = cells.map((it) => typeof it === "string" ? it : it[1](it[0]));
  host.out(
    secrets.without(`${paint.dim(wall(instantOf(happened.line), zone))}  ${paint.bold(job)} ${became}, ${how}\n`),
  );
};

const looking = (fleet: Fleet, job: string | undefined) => async () => {
  const { client } = fleet;
  const [page, members] = await Promise.all([
    client.history({ limit: 200, ...(job === undefined ? {} : { job }) }),
    client.members(),
  ]);
  return { lines: page.lines, members: new Map(members.map((it) => [it.incarnation, it])) };
};

/** Adds it. */
export const watch: AddCommand = (program, sessionOf) => {
  withStore(
    program.command("watch").description("what happens, line by line, until it is interrupted")
      .option("--every <ms>", "how often it looks: three requests each time", "2000")
      .option("--job <name>", "of the history this job alone"),
  ).action(async (flags: Flags, command: Command) => {
    const session = sessionOf(command);
    const { host, look: { paint } } = session;
    const everyMs = wholeNumber("--every", flags.every, 200, 3_600_000);
    session.isPatient();
    await withFleet(session, command, async (fleet) => {
      const look = looking(fleet, flags.job);
      let before = await look();
      let known = new Set(before.lines.map(keyOf));
      if (host.isTerminal) {
        session.say(paint.dim(`watching ${fleet.service}: ${before.members.size} members; Ctrl-C ends it`));
      }
      let isAway = false;
      while (await host.pause(everyMs)) {
        const after = await look().catch((error: unknown) => {
          // A store that is away for a while is what somebody who watches wants to see, and to see the end of.
          if (!isAway) session.say(paint.bad(failureOf(error).message));
          isAway = true;
        });
        if (after === undefined) continue;
        isAway = false;
        for (const it of membersBetween(before.members, after.members, host.now())) print(session, it);
        const lines = after.lines.filter((line) => !known.has(keyOf(line)));
        for (const line of [...lines].reverse()) print(session, { _tag: "Line", line });
        known = new Set(after.lines.map(keyOf));
        before = after;
      }
    });
  });
};
