/**
 * `ringcron simulate`: who would own what if nodes left or joined. Nothing is changed.
 */
import type { Command } from "commander";
import { UnknownNode, type View } from "ringcron";
import { Ownership } from "ringcron/core";
import { wrongUse } from "../frame/exit.ts";
import { withFleet, withStore } from "../frame/fleet.ts";
import { lookAt, ownedBy } from "../frame/look.ts";
import type { AddCommand } from "../frame/Session.ts";
import { type Cell, table } from "../print/table.ts";
import { counted } from "../print/words.ts";

interface Flags {
  readonly leave: ReadonlyArray<string>;
  readonly join: ReadonlyArray<string>;
  readonly moved?: boolean;
}

const gathered = (name: string, before: ReadonlyArray<string>): ReadonlyArray<string> => [...before, name];

/** The view without those who leave, and with newcomers that declare what is in force. */
const after = (view: View.View, { join, leave }: Flags): View.View => {
  const { definitions } = Ownership.of(view);
  const newcomers = join.map((name): View.Member => ({
    incarnation: `new:${name}`,
    name,
    weight: 1,
    state: "active",
    deployment: 0,
    nextBeatAt: view.storeTime,
    leaseEndsAt: view.storeTime,
    jobs: definitions,
  }));
  const members = [...view.members.filter(({ name }) => !leave.includes(name)), ...newcomers]
    .sort((a, b) => a.incarnation < b.incarnation ? -1 : 1);
  return { ...view, members };
};

/** Adds it. */
export const simulate: AddCommand = (program, sessionOf) => {
  withStore(
    program.command("simulate").description("who would own what if nodes left or joined; nothing is changed")
      .option("--leave <node>", "a node that would leave; may be given again", gathered, [])
      .option("--join <node>", "a node that would join with all jobs; may be given again", gathered, [])
      .option("--moved", "list the jobs that would move"),
  ).action(async (flags: Flags, command: Command) => {
    const session = sessionOf(command);
    if (flags.leave.length + flags.join.length === 0) throw wrongUse("what would change? Give --leave, --join or both");
    await withFleet(session, command, async (fleet) => {
      const { view } = await lookAt(fleet);
      const names = view.members.map(({ name }) => name);
      for (const node of flags.leave) {
        if (!names.includes(node)) throw new UnknownNode({ node, nearest: names.slice(0, 3) });
      }
      const then = after(view, flags);
      const [now, next] = [Ownership.of(view), Ownership.of(then)];
      const nameIn = ({ members }: View.View, incarnation: string | undefined): string | undefined =>
        members.find((it) => it.incarnation === incarnation)?.name;
      const moved = [...now.places].flatMap(([job, { owner }]) => {
        const to = next.places.get(job)?.owner;
        return to === owner ? [] : [{ job, from: nameIn(view, owner), to: nameIn(then, to) }];
      }).sort((a, b) => a.job < b.job ? -1 : 1);
      const [owned, wouldOwn] = [ownedBy(view), ownedBy(then)];
      const everyone = new Map([...view.members, ...then.members].map((it) => [it.incarnation, it.name]));
      const members = [...everyone].map(([incarnation, name]) => ({
        node: name,
        owns: owned.get(incarnation) ?? 0,
        wouldOwn: wouldOwn.get(incarnation),
      }));
      const orphans = moved.filter(({ to }) => to === undefined).length;
      session.show({ members, jobs: now.places.size, moved, withoutOwner: orphans }, ({ columns, paint }) => {
        const rows = members.map(({ node, owns, wouldOwn }): ReadonlyArray<Cell> => [
          [node, paint.bold],
          `${owns}`,
          wouldOwn === undefined ? ["gone", paint.warn] : `${wouldOwn}`,
        ]);
        const summary = `${moved.length} of ${counted(now.places.size, "job")} would move` +
          (orphans === 0 ? "" : paint.bad(`, ${orphans} of them to nobody`));
        const listed = flags.moved !== true || moved.length === 0 ? "" : "\n" + table(
          {
            head: ["job", "from", "to"],
            rows: moved.map((it) => [it.job, it.from ?? "-", it.to ?? ["nobody", paint.bad]]),
          },
          columns,
          paint,
        );
        return `${
          table({ head: ["node", "owns", "would own"], rows, right: [1, 2] }, columns, paint)
        }\n${summary}\n${listed}`;
      });
    });
  });
};
