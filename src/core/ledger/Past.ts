/**
 * The last runs of a schedule in the store: some, in its record, so that keeping them costs no request and they go with it.
 *
 * As text `<how many are kept>` and, behind a `!` each, the oldest first, `dueAt/attempt/outcome/startedAt/endedAt[/error]`, where of the
 * outcome there is the first letter.
 */
import { type Outcome, outcomes } from "../words/Fire.ts";
import type { PastRun } from "../words/ScheduleRequest.ts";
import * as Moment from "./Moment.ts";
import type { Open } from "./Moment.ts";
import { decode, mostText, readAll, readWhole } from "./packed.ts";

/** How much of an error is kept with each. Bytes. */
const mostErrorBytes = 150;

/** The last runs of a schedule, and how many of them are kept. */
export interface Past<N = number> {
  readonly keeps: number;
  /** The oldest first. */
  readonly runs: ReadonlyArray<Omit<PastRun, "endedAt"> & { readonly endedAt: N }>;
}

/** A line of the history. */
type Line =
  | (Omit<PastRun, "endedAt"> & { readonly _tag: "Run"; readonly endedAt: Open })
  | { readonly _tag: "Skip" };

/** As many as are kept; nothing where none are. */
export const keeping = <N>(past: Past<N> | undefined, keeps: number): Past<N> | undefined =>
  keeps === 0 ? undefined : { keeps, runs: past?.runs.slice(-keeps) ?? [] };

/** With the runs that ended by a change of the record, by its lines for the history. */
export const grown = (past: Past<Open> | undefined, lines: ReadonlyArray<Line>): Past<Open> | undefined => {
  if (past === undefined || lines.length === 0) return past;
  const runs = lines.flatMap((line) => {
    if (line._tag !== "Run") return [];
    const { attempt, dueAt, endedAt, error, outcome, startedAt } = line;
    return [{ dueAt, attempt, outcome, startedAt, endedAt, ...(error === undefined ? {} : { error }) }];
  });
  return runs.length === 0 ? past : keeping({ keeps: past.keeps, runs: [...past.runs, ...runs] }, past.keeps);
};

/** As it is once a store has filled in its clock. */
export const resolvedAt = (past: Past<Open> | undefined, now: number): Past | undefined =>
  past && { ...past, runs: past.runs.map((run) => ({ ...run, endedAt: Moment.at(run.endedAt, now) })) };

/** Whether nothing is left to be filled in. */
export const isResolved = (past: Past<Open> | undefined): boolean =>
  past === undefined || past.runs.every(({ endedAt }) => typeof endedAt === "number");

/** Writes it. */
export const text = ({ keeps, runs }: Past<Open>): string =>
  [
    Moment.text(keeps),
    ...runs.map(({ attempt, dueAt, endedAt, error, outcome, startedAt }) =>
      [
        ...[Moment.text(dueAt), attempt, outcome[0], Moment.text(startedAt), Moment.text(endedAt)],
        ...(error === undefined ? [] : [mostText(error, mostErrorBytes)]),
      ].join("/")
    ),
  ].join("!");

const outcomeOf = (letter: string | undefined): Outcome | undefined => outcomes.find((it) => it[0] === letter);

const readRun = (part: string): PastRun | undefined => {
  const [due, tries, letter, started, ended, said, ...rest] = part.split("/");
  const [dueAt, attempt, startedAt, endedAt] = [due, tries, started, ended].map(readWhole);
  const [outcome, error] = [outcomeOf(letter), said === undefined || said === "" ? undefined : decode(said)];
  if (dueAt === undefined || attempt === undefined || startedAt === undefined || endedAt === undefined) {
    return undefined;
  }
  if (outcome === undefined || rest.length > 0 || (said !== undefined && error === undefined)) return undefined;
  return { dueAt, attempt, outcome, startedAt, endedAt, ...(error === undefined ? {} : { error }) };
};

/** Reads it; undefined of any other text. */
export const read = (written: string): Past | undefined => {
  const [many, ...parts] = written.split("!");
  const keeps = readWhole(many);
  const runs = readAll(parts, readRun);
  return keeps === undefined || keeps === 0 || runs === undefined || runs.length > keeps ? undefined : { keeps, runs };
};
