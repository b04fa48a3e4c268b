/**
 * Where all jobs of a service stand. Their rows are looked at while the next page of names is listed, those of jobs that members declare
 * before they are listed, and only what is told of them is kept: of ten thousand jobs the texts and what they are read as are a burden,
 * which nobody needs again.
 */
import type { StoreReply, StoreRequest } from "../words/Exchange.ts";
import type { JobState } from "../words/Request.ts";
import { isJob } from "../words/Schedules.ts";
import type { Declared } from "../words/View.ts";
import { answerOf, type Operation } from "./Operation.ts";
import { definedBy, jobKey, jobOf, recordIn, seen } from "./rows.ts";
import { lookAt, type Settling } from "./settle.ts";
import { stateOf } from "./state.ts";

/** What was found. */
export interface AllStanding {
  /** By name. */
  readonly jobs: ReadonlyArray<JobState>;
  /** Jobs whose records cannot be read, by name. */
  readonly unreadable: ReadonlyArray<string>;
  /** Jobs without such a record of which is kept what they are, by name. */
  readonly defined: ReadonlyArray<string>;
  /** The earliest instant of a look by the store's clock; `Infinity` without any. */
  readonly storeTime: number;
}

/** So many looks go beside a page of names: pages come one after the other, and are not to wait for more. */
const besides = 3;

/**
 * Finds all but some. What members declare is taken from `declared` as soon as it is there. Cost: a request for each page of keys, and
 * one for each part of the rows, most of them beside the former.
 */
export function* allStanding(
  { known, limits, service }: Settling,
  except: ReadonlySet<string>,
  payloadsOf: string | undefined,
  declared: Array<Declared>,
): Operation<AllStanding> {
  /** Whose record a row is, of those that are looked at. */
  const listed = new Map<string, string>();
  const defined: Array<string> = [];
  const jobs: Array<JobState> = [];
  const unreadable: Array<string> = [];
  let storeTime = Infinity;
  let waiting: Array<string> = [];
  const wait = (key: string, job: string): void => {
    listed.set(key, job);
    waiting.push(key);
  };
  const take = (key: string): void => {
    // Of most jobs there is a record, and it is known already: their names are not read again.
    if (listed.has(key) || listed.has(`j${key.slice(1)}`)) return;
    const [job, about] = [jobOf(key), definedBy(key)];
    if (about !== undefined) defined.push(about);
    if (job !== undefined && !except.has(job)) wait(key, job);
  };
  const read = (key: string, text: string, version: string): void => {
    const row = seen(text, version);
    // Nobody is to remember the rows of all jobs for having looked at them once.
    if (known.row(key) !== undefined) known.see(key, row);
    const job = listed.get(key) ?? "";
    const record = recordIn(row);
    if (typeof record === "string") unreadable.push(job);
    else if (record !== undefined) jobs.push(stateOf(job, record, payloadsOf));
  };
  let page: { readonly cursor: string | undefined } | undefined = { cursor: undefined };
  while (page !== undefined || waiting.length > 0) {
    for (const names of declared.splice(0)) {
      for (const job of names.keys()) {
        const key = jobKey(job);
        if (isJob(job) && !listed.has(key) && !except.has(job)) wait(key, job);
      }
    }
    const parts: Array<ReadonlyArray<string>> = [];
    const whole = page === undefined
      ? waiting.length
      : Math.min(besides * limits.rows, waiting.length - waiting.length % limits.rows);
    for (let from = 0; from < whole; from += limits.rows) {
      parts.push(waiting.slice(from, Math.min(whole, from + limits.rows)));
    }
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
  const bare = new Set(defined.filter((job) => !listed.has(jobKey(job))));
  return { jobs, unreadable: unreadable.sort(), defined: [...bare].sort(), storeTime };
}
