/**
 * What has become of fires that people asked for (R48): each in a row of its own, of which a job has some, used in turn.
 *
 * Which row it is was said when the fire was queued, and stands in its entry of the record for as long as the fire is not over. So no
 * list of them is kept, no claim grows, and a job leaves no more behind than it has rows.
 */
import { type FireResult, type Outcome, outcomes, type Returned } from "../words/Fire.ts";
import type { Completion, ResultFound } from "../words/Request.ts";
import { afterLayout } from "./layout.ts";
import * as Moment from "./Moment.ts";
import type { Open } from "./Moment.ts";
import { decode, encode, readWhole } from "./packed.ts";
import { asciiJson } from "./Payload.ts";
import type { JobRecord, OpenHistory, StoredRun } from "./Record.ts";

/** How many rows a job has for results. */
export const slots = 64;

/** How long a result is told. Milliseconds. */
export const keptMs = 3_600_000;

/** The row of the next fire. */
export const slotAfter = (slot: number): number => (slot + 1) % slots;

type Fires = Pick<JobRecord<Open>, "active" | "queue">;

/** A fire that is over. */
export interface Over {
  readonly dueAt: number;
  readonly slot: number;
  readonly result: Omit<FireResult, "endedAt"> & { readonly endedAt: Open };
}

/** A run that is over while its handler goes on, and that no attempt follows. */
const isOver = ({ heldUntil, notBefore }: StoredRun<Open>): boolean =>
  heldUntil !== undefined && notBefore === undefined;

/** A fire that is not over, and whose result is to be kept. */
interface Awaited {
  readonly dueAt: number;
  readonly resultSlot?: number | undefined;
  readonly attempt?: number | undefined;
}

const none: ReadonlyArray<never> = [];

const awaitedIn = ({ active, queue }: Fires): ReadonlyArray<Awaited> => {
  let found: Array<Awaited> | undefined;
  for (const run of active) if (run.resultSlot !== undefined && !isOver(run)) (found ??= []).push(run);
  for (const fire of queue) if (fire.resultSlot !== undefined) (found ??= []).push(fire);
  return found ?? none;
};

/**
 * R48: the fires that a change of a record ends, and how, by the lines that it adds to the history. `ends` are the reports that it
 * was made for. Cost: linear in the fires of the record, and nothing where no result is kept.
 */
export const over = (
  before: Fires,
  after: Fires,
  history: ReadonlyArray<OpenHistory>,
  ends: ReadonlyArray<Completion>,
  now: number,
): ReadonlyArray<Over> => {
  const awaited = awaitedIn(before);
  if (awaited.length === 0) return none;
  const left = new Set(awaitedIn(after).map(({ dueAt }) => dueAt));
  return awaited.flatMap(({ attempt = 0, dueAt, resultSlot: slot }) => {
    if (left.has(dueAt) || slot === undefined) return [];
    const line = history.findLast((it) => it._tag === "Run" && it.dueAt === dueAt);
    // Without a line the attempt before was the last: one after it waited for a handler to settle, and is called off.
    if (line?._tag !== "Run") return [{ dueAt, slot, result: { outcome: "timed-out", attempt, endedAt: now } }];
    const { endedAt, fence, outcome } = line;
    const end = ends.find((it) => it.fence === fence);
    const { error, returned } = end ?? {};
    const said = { ...(returned === undefined ? {} : { returned }), ...(error === undefined ? {} : { error }) };
    return [{ dueAt, slot, result: { outcome, attempt: line.attempt, endedAt, ...said } }];
  });
};

const contentText = ({ error, returned }: Pick<FireResult, "returned" | "error">): string => {
  if (returned === undefined) return error === undefined ? "" : `e${encode(error)}`;
  return "json" in returned ? `v${asciiJson(returned.json)}` : returned.unkept === "too-large" ? "l" : "j";
};

/** Writes a row: `layout|dueAt|endedAt|outcome|attempt|content`, which is `v` and JSON, `e` and an error, `l`, `j` or nothing. */
export const resultText = ({ dueAt, result }: Over, layout: number): string => {
  const { attempt, endedAt, outcome } = result;
  return `${layout}|${Moment.text(dueAt)}|${Moment.text(endedAt)}|${outcome}|${attempt}|${contentText(result)}`;
};

const known: ReadonlySet<string> = new Set<string>(outcomes);

const readContent = (text: string): Pick<FireResult, "returned" | "error"> | undefined => {
  const rest = text.slice(1);
  const unkept = (why: Extract<Returned, { unkept: unknown }>["unkept"]) =>
    rest === "" ? { returned: { unkept: why } } : undefined;
  switch (text[0]) {
    case undefined:
      return {};
    case "v":
      return { returned: { json: rest } };
    case "l":
      return unkept("too-large");
    case "j":
      return unkept("not-json");
  }
  const error = text[0] === "e" ? decode(rest) : undefined;
  return error === undefined ? undefined : { error };
};

/** A row as it was read. */
export interface Row {
  readonly dueAt: number;
  readonly result: FireResult;
}

/** Reads a row; undefined if it is none. */
export const readResult = (text: string): Row | undefined => {
  const start = afterLayout(text);
  if (typeof start === "string") return undefined;
  const [due, ended, outcome = "", tries, ...rest] = text.slice(start).split("|");
  const [dueAt, endedAt, attempt] = [readWhole(due), readWhole(ended), readWhole(tries)];
  const content = rest.length === 0 ? undefined : readContent(rest.join("|"));
  if (dueAt === undefined || endedAt === undefined || attempt === undefined || content === undefined) return undefined;
  return known.has(outcome)
    ? { dueAt, result: { outcome: outcome as Outcome, attempt, endedAt, ...content } }
    : undefined;
};

const stateIn = ({ active, queue }: Fires, dueAt: number): ResultFound => {
  if (queue.some((fire) => fire.resultSlot !== undefined && fire.dueAt === dueAt)) return "queued";
  const run = active.find((it) => it.resultSlot !== undefined && it.dueAt === dueAt);
  if (run === undefined || isOver(run)) return "gone";
  return run.claimId === undefined ? "waiting" : "running";
};

/** What has become of a fire, by its row and the record of its job, at an instant of the store's clock. */
export const found = (
  text: string | undefined,
  record: Fires | undefined,
  dueAt: number,
  now: number,
): ResultFound => {
  const row = text === undefined ? undefined : readResult(text);
  if (row?.dueAt === dueAt) return row.result.endedAt > now - keptMs ? row.result : "gone";
  return record === undefined ? "gone" : stateIn(record, dueAt);
};
