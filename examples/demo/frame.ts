/**
 * The live picture: the board as lines that fit a terminal of 80 by 24 and use what more there is.
 *
 * @module
 */
import type { Board, JobRow, NodeRow } from "./board.ts";
import { isLate } from "./observer.ts";
import { clip, pad, padLeft, type Paint, wrap } from "./paint.ts";
import { announcement, clockOf, introduction, lineOf, listOf, type Playbill, spanOf } from "./words.ts";

/** What is drawn, and on what. */
export interface Scene {
  readonly bill: Playbill;
  readonly board: Board;
  readonly paint: Paint;
  readonly now: number;
  /** When the fleet was up. */
  readonly upAt: number | undefined;
  readonly columns: number;
  readonly rows: number;
}

/** How long a start stands out. */
const freshMs = 700;

const phaseOf = ({ bill, board, now, paint, upAt }: Scene): string => {
  const nodes = [...board.nodes.values()];
  if (upAt === undefined) return bill.opening;
  if (nodes.every(({ status }) => status === "left" || status === "dead")) return "over";
  const passed = `${((now - upAt) / 1000).toFixed(1)} of ${bill.seconds} s`;
  if (nodes.some(({ status }) => status === "leaving" || status === "left")) return "the others leave in good order";
  const dead = nodes.find(({ status }) => status === "dead");
  if (dead === undefined) return `${passed}, all well`;
  return dead.noticedAt === undefined
    ? `${passed}, ${paint.bad(`${dead.name} is dead and nobody knows`)}`
    : `${passed}, the others carry on`;
};

const signs = { starting: "○", alive: "●", dead: "×", leaving: "●", left: "○" } as const;

const nodeLine = (row: NodeRow, { board, paint }: Scene): string => {
  const { diedAt, name, noticedAt, status } = row;
  const owned = board.ownedBy(name);
  const about = status === "dead"
    ? `since ${clockOf(diedAt ?? 0)}, ${
      noticedAt === undefined
        ? `still owns ${listOf(owned)}`
        : `noticed by the others after ${spanOf(noticedAt - (diedAt ?? 0))}`
    }`
    : owned.length > 0 && status === "alive"
    ? `owns ${listOf(owned)}`
    : "";
  const shown = pad(status, 8);
  return ` ${paint.node(name, signs[status])} ${paint.node(name)}  ${
    status === "dead" ? paint.bad(shown) : status === "alive" ? paint.good(shown) : shown
  }  ${about}`;
};

/** Who started a job, one letter for each start, so that one sees the job move. */
const trail = ({ starts }: JobRow, paint: Paint, room: number): string =>
  starts.slice(-room).map((run) => {
    const letter = run.node.slice(-1);
    return isLate(run) ? paint.strong(paint.node(run.node, letter.toUpperCase())) : paint.node(run.node, letter);
  }).join("");

const jobLine = (row: JobRow, { columns, now, paint }: Scene): string => {
  const { job, owner, starts } = row;
  const last = starts.at(-1);
  const isFresh = last !== undefined && now - last.startedAt < freshMs;
  const lateness = last === undefined ? "" : spanOf(last.startedAt - last.dueAt);
  const cells = [
    pad(isFresh ? paint.strong(job.name) : job.name, 10),
    pad(paint.faint(job.schedule), 15),
    pad(owner === undefined ? "" : paint.node(owner), 7),
    pad(last === undefined ? "" : isFresh ? paint.strong(clockOf(last.startedAt)) : clockOf(last.startedAt), 8),
    padLeft(last !== undefined && isLate(last) ? paint.strong(lateness) : lateness, 7),
    trail(row, paint, columns - 62),
  ];
  return ` ${isFresh ? paint.strong("▸") : " "} ${cells.join("  ")}`;
};

/** The lines of the picture, at most as many as there are rows, none wider than the terminal. */
export const frameOf = (scene: Scene): ReadonlyArray<string> => {
  const { bill, board, columns, paint, rows } = scene;
  const [what, rule] = introduction(bill);
  const heading = `   ${pad("JOB", 10)}  ${pad("SCHEDULE", 15)}  ${pad("OWNER", 7)}  ${pad("STARTED", 8)}  ${
    padLeft("LATE", 7)
  }  BY (CAPITAL: LATE)`;
  const lines = [
    ` ${paint.strong(what)}`,
    ` ${rule}`,
    ` ${announcement(bill)}`,
    "",
    `${paint.faint(" NODES")}   ${phaseOf(scene)}`,
    ...[...board.nodes.values()].map((row) => nodeLine(row, scene)),
    "",
    paint.faint(heading),
    ...[...board.jobs.values()].map((row) => jobLine(row, scene)),
    "",
    paint.faint(" WHAT HAPPENS"),
  ];
  const events = board.entries.filter((it) => it._tag !== "Run" || it.insteadOf !== undefined);
  const room = Math.max(1, rows - lines.length);
  const told: Array<string> = [];
  for (const entry of events.toReversed()) {
    const text = wrap(lineOf(entry, paint), columns - 2, " ".repeat(14));
    // No entry is cut in two.
    if (told.length > 0 && told.length + text.length > room) break;
    told.unshift(...text);
  }
  return [...lines, ...told.map((line) => ` ${line}`)].slice(0, rows).map((line) => clip(line, columns));
};
