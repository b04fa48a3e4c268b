/**
 * What the processes wrote down: what they asked and were told, and what their handlers were started for.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import type { Told } from "./actor.ts";
import type { Op } from "./plan.ts";

/** Something was asked; without an answer nobody knows what came of it. */
export interface Asked {
  readonly name: string;
  readonly node: string;
  readonly op: Op;
  readonly at: number;
  readonly answer: (Told & { readonly at: number }) | undefined;
}

/** A handler began. */
export interface Start {
  readonly node: string;
  readonly handler: string;
  readonly id: string;
  readonly dueAt: number;
  readonly attempt: number;
  readonly fence: number;
  readonly kind: string;
  /** What was in force as its payload tells. */
  readonly put: string;
  readonly at: number;
}

/** Everything that was written down. */
export interface Seen {
  readonly asked: ReadonlyArray<Asked>;
  readonly starts: ReadonlyArray<Start>;
  readonly events: ReadonlyMap<string, number>;
  /** The processes that ask for nothing any more. */
  readonly resting: ReadonlySet<string>;
}

/** Reads what was written down, by the names of those who did so. */
export const readLines = (sheets: Iterable<readonly [node: string, lines: Iterable<string>]>): Seen => {
  const asked = new Map<string, Asked>();
  const starts: Array<Start> = [];
  const events = new Map<string, number>();
  const resting = new Set<string>();
  for (const [node, lines] of sheets) {
    for (const line of lines) {
      const { answer, ask, at, event, resting: isResting, start, ...rest } = JSON.parse(line);
      if (start !== undefined) starts.push({ ...rest, node, handler: start, at });
      else if (ask !== undefined) asked.set(ask, { name: ask, node, op: rest as Op, at, answer: undefined });
      else if (answer !== undefined) asked.set(answer, { ...asked.get(answer) as Asked, answer: { ...rest, at } });
      else if (event !== undefined) events.set(event, (events.get(event) ?? 0) + 1);
      else if (isResting === true) resting.add(node);
    }
  }
  return {
    asked: [...asked.values()].sort((x, y) => x.at - y.at),
    starts: starts.sort((x, y) => x.at - y.at),
    events,
    resting,
  };
};

/** Reads the files of processes, by their names. The last line of one that was killed may be half a line. */
export const readSheets = (files: ReadonlyMap<string, string>): Seen =>
  readLines([...files].map(([node, file]) => {
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    return [node, text.slice(0, text.lastIndexOf("\n") + 1).split("\n").filter((line) => line !== "")] as const;
  }));
