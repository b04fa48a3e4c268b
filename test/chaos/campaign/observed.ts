/**
 * What the processes wrote down themselves: starts, ends, what they were asked, events; one file per process.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import type { RunKind } from "../../../src/core/words/Fire.ts";
import type { Answer } from "./client.ts";
import type { Command } from "./workload.ts";

/** A handler began. */
export interface SeenStart {
  readonly node: string;
  readonly job: string;
  /** The identity of the fire. */
  readonly id: string;
  readonly dueAt: number;
  readonly attempt: number;
  readonly fence: number;
  readonly kind: RunKind;
  readonly incarnation: string;
  /** When the node decided so, on the fleet's clock. */
  readonly decidedAt: number;
  /** When the handler did its first act, by this machine's clock. */
  readonly at: number;
}

/** Something happened on a node. */
export interface SeenEvent {
  readonly node: string;
  readonly what: string;
  readonly job: string | undefined;
  /** The reason of a failure, or the size of a step. */
  readonly detail: string | number | undefined;
  readonly at: number;
}

/** Somebody asked a process for something, and was told something unless the process or the campaign ended before. */
export interface SeenAsk extends Command {
  readonly node: string;
  readonly number: number;
  readonly at: number;
  readonly answer: (Answer & { readonly at: number }) | undefined;
}

/** Everything that processes wrote down. */
export interface Seen {
  readonly starts: ReadonlyArray<SeenStart>;
  readonly ends: number;
  readonly asks: ReadonlyArray<SeenAsk>;
  readonly events: ReadonlyArray<SeenEvent>;
  /** The process behind an incarnation. */
  readonly nodes: ReadonlyMap<string, string>;
}

/** Reads the files of processes, by their names. The last line of one that was killed may be half a line. */
export function readSheets(files: ReadonlyMap<string, string>): Seen {
  const starts: Array<SeenStart> = [];
  const events: Array<SeenEvent> = [];
  const nodes = new Map<string, string>();
  const asks = new Map<number, SeenAsk>();
  let ends = 0;
  for (const [node, file] of files) {
    if (!existsSync(file)) continue;
    const text = readFileSync(file, "utf8");
    for (const line of text.slice(0, text.lastIndexOf("\n") + 1).split("\n")) {
      if (line === "") continue;
      const { answer, ask, end, event, joined, start, ...rest } = JSON.parse(line);
      if (start !== undefined) starts.push({ ...rest, node, job: start });
      else if (end !== undefined) ends += 1;
      else if (event !== undefined) events.push({ node, what: event, job: rest.job, detail: rest.detail, at: rest.at });
      else if (ask !== undefined) asks.set(ask, { ...rest, node, number: ask, answer: undefined });
      else if (answer !== undefined) asks.set(answer, { ...asks.get(answer) as SeenAsk, answer: rest });
      else if (joined !== undefined) nodes.set(joined, node);
    }
  }
  starts.sort((x, y) => x.at - y.at);
  events.sort((x, y) => x.at - y.at);
  return { starts, ends, asks: [...asks.values()].sort((x, y) => x.at - y.at), events, nodes };
}
