/**
 * What is said, in words for somebody who has never heard of ringcron.
 *
 * @module
 */
import type { Entry } from "./board.ts";
import { isLate } from "./observer.ts";
import { pad, padLeft, type Paint } from "./paint.ts";
import { fragile, jobs, nodeNames } from "./scenario.ts";

/** How the play is called and what there is to see. */
export interface Playbill {
  /** Where the nodes live and what they share. */
  readonly where: string;
  /** What has to be waited for at first. */
  readonly opening: string;
  /** How the node dies. */
  readonly death: string;
  readonly seconds: number;
}

/** The two lines that say what this is. */
export const introduction = ({ where }: Playbill): readonly [string, string] => [
  `ringcron: ${where}.`,
  `All know the same ${jobs.length} jobs. Whenever one is due, exactly one node must start it.`,
];

/** What there will be to see. */
export const announcement = ({ death, seconds }: Playbill): string =>
  `After about ${Math.round(seconds / 3)} s one dies without a word (${death}). Watch the others carry on.`;

const two = (value: number): string => String(value).padStart(2, "0");

/** Local time; the seconds are what schedules such as "every 5 seconds" are about. */
export const clockOf = (at: number): string => {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
};

const preciseClockOf = (at: number): string => `${clockOf(at)}.${String(Math.floor(at) % 1000).padStart(3, "0")}`;

/** Names in a row. */
export const listOf = (names: ReadonlyArray<string>): string =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;

/** A time span for people. */
export const spanOf = (ms: number): string => ms < 1_000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;

const reasons: Readonly<Record<string, string>> = {
  "lost with its node": "was in the hands of a node when that died, and is recorded as lost",
  overlap: "is left out, because the run before it is still open",
  coalesced: "is left out, because a newer one ran in its place",
  window: "is left out, because it would be too late",
  "catch-up": "is left out, because missed ones are not all caught up on",
};

const jobWidth = Math.max(...jobs.map(({ name }) => name.length));
const nodeWidth = Math.max(...nodeNames.map((name) => name.length));

const owning = (owned: ReadonlyMap<string, ReadonlyArray<string>>, paint: Paint): string =>
  [...owned].filter(([, names]) => names.length > 0)
    .map(([node, names]) => `${paint.node(node)} owns ${listOf(names)}`).join("; ");

const sentence = (entry: Entry, paint: Paint): string => {
  switch (entry._tag) {
    case "Run": {
      const { insteadOf, movedFrom, run } = entry;
      const late = padLeft(`${run.startedAt - run.dueAt} ms`, 7);
      const plain = `${pad(paint.node(run.node), nodeWidth)}  starts ${pad(run.job, jobWidth)} ${
        isLate(run) ? paint.strong(late) : late
      } late`;
      if (movedFrom !== undefined) return `${plain} (moved from ${paint.node(movedFrom)}, for balance)`;
      if (insteadOf === undefined) return plain;
      return insteadOf === run.node ? plain : `${plain}, ${paint.strong("in place of")} ${paint.node(insteadOf)}`;
    }
    case "Rerun": {
      const { dueAt, job, node } = entry.run;
      const why = entry.insteadOf === undefined ? "" : `: ${paint.node(entry.insteadOf)} died during it`;
      return `${paint.node(node)}  ${paint.strong(`runs ${job} of ${clockOf(dueAt)} again`)}${why}`;
    }
    case "Up":
      return `The fleet is up: ${owning(entry.owned, paint)}.`;
    case "Died":
      return `${paint.bad(paint.strong(`${entry.node} dies now, without a word`))}, while it runs ${fragile}`;
    case "Noticed":
      return `The others notice after ${spanOf(entry.afterMs)}: now ${owning(entry.heirs, paint)}.`;
    case "Joined":
      return `${paint.node(entry.node)}  joins the fleet`;
    case "Leaving":
      return `${paint.node(entry.node)}  says that it leaves`;
    case "Left":
      return `${paint.node(entry.node)}  has left in good order`;
    case "Trouble":
      return `${paint.node(entry.node)}  ${paint.bad(entry.what)}`;
    case "Dropped": {
      const which = entry.firstDueAt === entry.lastDueAt
        ? clockOf(entry.firstDueAt)
        : `${clockOf(entry.firstDueAt)} to ${clockOf(entry.lastDueAt)}`;
      return `${entry.job} of ${which} ${paint.strong(reasons[entry.reason] ?? `is left out: ${entry.reason}`)}`;
    }
  }
};

/** One line about what happened. */
export const lineOf = (entry: Entry, paint: Paint): string =>
  `${paint.faint(preciseClockOf(entry.at))}  ${sentence(entry, paint)}`;
