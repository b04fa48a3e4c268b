/**
 * What fires were asked with: told to whoever is to start them, and removed when they are over.
 */
import * as Payload from "../ledger/Payload.ts";
import type { Open } from "../ledger/Moment.ts";
import type { JobRecord } from "../ledger/Record.ts";
import type { Run } from "../words/Fire.ts";
import type { Operation } from "./Operation.ts";
import { payloadKey } from "./rows.ts";
import { type Decision, type Grounds, look, type Settling } from "./settle.ts";

type Also = NonNullable<Decision<unknown>["also"]>;

/** The rows that go with a change of a record; undefined if none do. */
export const dropping = (
  job: string,
  before: JobRecord | undefined,
  after: JobRecord<Open> | undefined,
  { rest }: Pick<Grounds, "rest">,
): Also | undefined => {
  const fires = Payload.over(before, after);
  if (fires.length === 0) return undefined;
  const also = new Map<string, null>();
  for (const dueAt of fires) {
    const key = payloadKey(job, dueAt);
    if (rest(key) !== undefined) also.set(key, null);
  }
  return also;
};

/** The row of a fire that is queued. */
export const adding = (
  job: string,
  dueAt: number,
  json: string,
  { layout, rest }: Pick<Grounds, "rest" | "layout">,
): Also => {
  const key = payloadKey(job, dueAt);
  rest(key);
  return new Map([[key, Payload.payloadText(json, layout)]]);
};

/** Lists of runs with what they were asked with. Cost: nothing where none was; one look for what was not read before. */
export function* filled<R extends Run>(
  settling: Settling,
  lists: ReadonlyArray<ReadonlyArray<R>>,
): Operation<ReadonlyArray<ReadonlyArray<R>>> {
  const { known, limits } = settling;
  const isWanted = ({ payload }: R) => payload !== undefined;
  if (!lists.some((runs) => runs.some(isWanted))) return lists;
  const wanted = lists.flat().filter(isWanted);
  const keyOf = ({ dueAt, job }: R) => payloadKey(job, dueAt);
  const unread = [...new Set(wanted.map(keyOf).filter((key) => known.row(key) === undefined))];
  for (let start = 0; start < unread.length; start += limits.rows) {
    yield* look(settling, unread.slice(start, start + limits.rows));
  }
  return lists.map((runs) =>
    runs.map((run) => {
      if (run.payload === undefined) return run;
      const row = known.row(keyOf(run));
      return { ...run, payload: row === undefined ? "" : Payload.readPayload(row.text) };
    })
  );
}
