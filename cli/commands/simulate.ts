/**
 * `ringcron simulate`: who would own what if nodes left, joined or had other weights. Nothing is changed.
 */
import type { Command } from "commander";
import { UnknownNode } from "ringcron";
import { whatIf } from "ringcron/core";
import { wrongUse } from "../frame/exit.ts";
import { withFleet, withStore } from "../frame/fleet.ts";
import { lookAt } from "../frame/look.ts";
import type { AddCommand } from "../frame/Session.ts";
import { type Cell, table } from "../print/table.ts";
import { counted } from "../print/words.ts";

interface Flags {
  readonly leave: ReadonlyArray<string>;
  readonly join: ReadonlyArray<string>;
  readonly weight: Readonly<Record<string, number>>;
  readonly moved?: boolean;
}

const gathered = (name: string, before: ReadonlyArray<string>): ReadonlyArray<string> => [...before, name];

const weighed = (text: string, before: Readonly<Record<string, number>>): Readonly<Record<string, number>> => {
  const at = text.lastIndexOf("=");
  const weight = Number(text.slice(at + 1));
  if (at < 1 || !Number.isInteger(weight) || weight < 1 || weight > 1_000) {
    throw wrongUse(`--weight ${text}: give the name of a node and a whole number from 1 to 1000, such as web-1=2`);
  }
  return { ...before, [text.slice(0, at)]: weight };
};

/** Adds it. */
export const simulate: AddCommand = (program, sessionOf) => {
  withStore(
    program.command("simulate").description(
      "who would own what if nodes left, joined or weighed more; nothing is changed",
    )
      .option("--leave <node>", "a node that would leave; may be given again", gathered, [])
      .option("--join <node>", "a node that would join with all jobs; may be given again", gathered, [])
      .option("--weight <node=weight>", "another weight of a node; may be given again", weighed, {})
      .option("--moved", "list the jobs that would move"),
  ).action(async (flags: Flags, command: Command) => {
    const session = sessionOf(command);
    const changes = flags.leave.length + flags.join.length + Object.keys(flags.weight).length;
    if (changes === 0) throw wrongUse("what would change? Give --leave, --join or --weight");
    await withFleet(session, command, async (fleet) => {
      const { view } = await lookAt(fleet);
      const names = view.members.map(({ name }) => name);
      for (const node of [...flags.leave, ...Object.keys(flags.weight)]) {
        if (!names.includes(node)) throw new UnknownNode({ node, nearest: names.slice(0, 3) });
      }
      const join = flags.join.map((name) => ({ name }));
      const found = whatIf(view, { leave: flags.leave, join, weights: flags.weight });
      const members = found.members.map(({ name, owns = 0, wouldOwn }) => ({ node: name, owns, wouldOwn }));
      const moved = found.moved.map(({ from, job, to }) => ({ job, from: from?.name, to: to?.name }));
      const { jobs, withoutOwner } = found;
      session.show({ members, jobs, moved, withoutOwner }, ({ columns, paint }) => {
        const rows = members.map(({ node, owns, wouldOwn }): ReadonlyArray<Cell> => [
          [node, paint.bold],
          `${owns}`,
          wouldOwn === undefined ? ["gone", paint.warn] : `${wouldOwn}`,
        ]);
        const summary = `${moved.length} of ${counted(jobs, "job")} would move` +
          (withoutOwner === 0 ? "" : paint.bad(`, ${counted(withoutOwner, "job")} without an owner`));
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
