/**
 * Schedules in the store of a bench.
 *
 * @module
 */
import type { ScheduleDefinition, ScheduleDone } from "../../../src/core/words/ScheduleRequest.ts";
import { type Bench, type BenchNode, config, epoch } from "./bench.ts";
import { define } from "./schedules.ts";

/** A node that has the handler `report` and nothing else. */
export const reporter = (
  bench: Bench,
  name: string,
  handlers: ReadonlyArray<string> = ["report"],
  rest: Parameters<Bench["node"]>[1] = {},
): BenchNode => {
  const node = bench.node(name, rest);
  node.feed({ _tag: "Declared", jobs: [], handlers });
  return node.join();
};

/** What somebody puts, at this instant. */
export const put = (
  bench: Bench,
  id: string,
  schedule: string,
  rest: Partial<ScheduleDefinition> = {},
): ScheduleDone | undefined => {
  const command = { _tag: "Put", puts: [{ id, definition: define({ schedule, ...rest }) }] } as const;
  return bench.ask({ _tag: "Schedules", service: config.service, command }).done[0];
};

/** What somebody removes, at this instant. */
export const remove = (bench: Bench, id: string): ScheduleDone | undefined =>
  bench.ask({ _tag: "Schedules", service: config.service, command: { _tag: "Remove", id } }).done[0];

/** Every node hears of it. */
export const heed = (bench: Bench, id?: string): void => {
  const name = id === undefined ? "~report#" : `~report~${id}`;
  for (const node of bench.nodes) node.feed({ _tag: "Nudged", job: [name] });
};

/** When handlers were started, since the beginning; whole milliseconds. */
export const startsOf = (bench: Bench): ReadonlyArray<number> => bench.started.map(({ at }) => Math.floor(at - epoch));
