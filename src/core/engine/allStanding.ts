/**
 * Where all jobs of a service stand. Their rows are looked at while the next page of names is listed, and only what is told of them is
 * kept: of ten thousand jobs the texts and what they are read as are a burden, which nobody needs again.
 */
import type { StoreReply, StoreRequest } from "../words/Exchange.ts";
import type { JobState } from "../words/Request.ts";
import { answerOf, type Operation } from "./Operation.ts";
import { definedBy, jobOf, recordIn, seen } from "./rows.ts";
import { lookAt, type Settling } from "./settle.ts";
import { stateOf } from "./state.ts";

/** What was found. */
export interface AllStanding {
  /** By name. */
  readonly jobs: ReadonlyArray<JobState>;
  /** Jobs whose records cannot be read, by name. */
  readonly unreadable: ReadonlyArray<string>;
  /** Jobs of which is kept what they are, by name. */
  readonly defined: ReadonlyArray<string>;
  /** The earliest instant of a look by the store's clock; `Infinity` without any. */
  readonly storeTime: number;
}

/** Finds all but some. Cost: a request for each page of keys, and one for each part of the rows, most of them beside the former. */
export function* allStanding(
  { known, limits, service }: Settling,
  except: ReadonlySet<string>,
  payloadsOf: string | undefined,
): Operation<AllStanding> {
  const listed = new Set<string>();
  const defined = new Set<string>();
  const jobs: Array<JobState> = [];
  const unreadable: Array<string> = [];
  let storeTime = Infinity;
  let waiting: Array<string> = [];
  const take = (key: string): void => {
    const told = definedBy(key);
    if (told !== undefined) defined.add(told);
    const job = jobOf(key);
    if (job === undefined || listed.has(key) || except.has(job)) return;
    listed.add(key);
    waiting.push(key);
  };
  const read = (key: string, text: string, version: string): void => {
    const row = seen(text, version);
    // Nobody is to remember the rows of all jobs for having looked at them once.
    if (known.row(key) !== undefined) known.see(key, row);
    const job = jobOf(key) ?? "";
    const record = recordIn(row);
    if (typeof record === "string") unreadable.push(job);
    else if (record !== undefined) jobs.push(stateOf(job, record, payloadsOf));
  };
  let page: { readonly cursor: string | undefined } | undefined = { cursor: undefined };
  while (page !== undefined || waiting.length > 0) {
    const parts: Array<ReadonlyArray<string>> = [];
    let from = 0;
    const whole = page === undefined ? waiting.length : waiting.length - waiting.length % limits.rows;
    for (; from < whole; from += limits.rows) parts.push(waiting.slice(from, from + limits.rows));
    waiting = waiting.slice(whole);
    const asked: ReadonlyArray<StoreRequest> = page === undefined
      ? []
      : [{ _tag: "Keys", service, cursor: page.cursor }];
    const replies: ReadonlyArray<StoreReply> = yield {
      requests: [...asked, ...parts.map((part) => lookAt(service, part))],
      conflicts: 0,
    };
    parts.forEach((part, index) => {
      const reply = answerOf(replies, asked.length + index, "Exchange");
      storeTime = Math.min(storeTime, reply.storeTime);
      const [looked] = reply.results;
      part.forEach((key, at) => {
        const found = looked?._tag === "Found" ? looked.found[at] : undefined;
        if (found === undefined) known.see(key, undefined);
        else read(key, found.text, found.version);
      });
    });
    if (page === undefined) continue;
    const listing: Extract<StoreReply, { readonly _tag: "Keys" }> = answerOf(replies, 0, "Keys");
    for (const key of listing.keys) take(key);
    page = listing.cursor === undefined ? undefined : { cursor: listing.cursor };
  }
  jobs.sort((a, b) => a.job < b.job ? -1 : 1);
  return { jobs, unreadable: unreadable.sort(), defined: [...defined].sort(), storeTime };
}
