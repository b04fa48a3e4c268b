/**
 * What has become of fires: put down in the step in which they are over, and looked at by those who wait for it (R48).
 */
import { afterLayout } from "../ledger/layout.ts";
import type { Open } from "../ledger/Moment.ts";
import type { JobRecord, OpenHistory } from "../ledger/Record.ts";
import * as Results from "../ledger/Results.ts";
import type { Exchanged, StoreRequest } from "../words/Exchange.ts";
import type { Completion, ResultFound, ResultWanted } from "../words/Request.ts";
import type { Known } from "./Known.ts";
import { dropping } from "./payloads.ts";
import { jobKey, recordIn, resultHint, resultKey } from "./rows.ts";
import { type Decision, type Grounds, lookAt, readRows } from "./settle.ts";

/** The rows that go with a change of a record, and those that come; whoever waits for a result is told. */
export const following = (
  job: string,
  before: JobRecord | undefined,
  after: JobRecord<Open> | undefined,
  history: ReadonlyArray<OpenHistory>,
  ends: ReadonlyArray<Completion>,
  grounds: Pick<Grounds, "at" | "layout" | "rest">,
): Pick<Decision<unknown>, "also" | "hint"> | undefined => {
  if (before === undefined || after === before) return undefined;
  const dropped = dropping(job, before, after, grounds);
  const over = after === undefined ? [] : Results.over(before, after, history, ends, Math.floor(grounds.at));
  if (over.length === 0) return dropped === undefined ? undefined : { also: dropped };
  const also = new Map<string, string | null>(dropped);
  for (const it of over) {
    const key = resultKey(job, it.slot);
    const row = grounds.rest(key);
    if (row === undefined || afterLayout(row.text) !== "newer") also.set(key, Results.resultText(it, grounds.layout));
  }
  return { also, hint: resultHint(job) };
};

/** The rows of results that go with a record. */
export const forgetting = (
  job: string,
  record: JobRecord | undefined,
  rest: Grounds["rest"],
): ReadonlyMap<string, null> => {
  const also = new Map<string, null>();
  if (record?.nextSlot === undefined) return also;
  for (let slot = 0; slot < Results.slots; slot++) {
    const key = resultKey(job, slot);
    if (rest(key) !== undefined) also.set(key, null);
  }
  return also;
};

/** Each fire takes two rows, one of which may be as large as a result. */
const mostAtOnce = 20;

const keysOf = (part: ReadonlyArray<ResultWanted>): ReadonlyArray<string> => [
  ...new Set(part.flatMap(({ job, slot }) => [resultKey(job, slot), jobKey(job)])),
];

/** Some of the fires that are asked about, and the look that tells of them: of the row and of the record at one instant. */
export interface Asking {
  readonly part: ReadonlyArray<ResultWanted>;
  readonly keys: ReadonlyArray<string>;
  readonly request: StoreRequest;
}

/** What is to be sent. */
export const asking = (service: string, wanted: ReadonlyArray<ResultWanted>): ReadonlyArray<Asking> => {
  const all: Array<Asking> = [];
  for (let start = 0; start < wanted.length; start += mostAtOnce) {
    const part = wanted.slice(start, start + mostAtOnce);
    const keys = keysOf(part);
    all.push({ part, keys, request: lookAt(service, keys) });
  }
  return all;
};

/** What came of it. */
export const answered = (
  known: Known,
  { keys, part }: Asking,
  looked: Exchanged | undefined,
  now: number,
): ReadonlyArray<ResultFound> => {
  readRows(known, keys, looked);
  return part.map(({ dueAt, job, slot }) => {
    const record = recordIn(known.row(jobKey(job)));
    return Results.found(
      known.row(resultKey(job, slot))?.text,
      typeof record === "string" ? undefined : record,
      dueAt,
      now,
    );
  });
};
