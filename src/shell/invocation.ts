/**
 * One tick at work: sends what the invocation asks for, waits, starts handlers and tells them when their time is up.
 */
import { claim, complete } from "../core/engine/claims.ts";
import { standing } from "../core/engine/standing.ts";
import { Invocation } from "../core/node/Invocation.ts";
import type { TickShelves } from "../core/node/TickShelves.ts";
import type { JobSpec, RunEnd } from "../core/node/Machine.ts";
import { settlingMs } from "../core/node/said.ts";
import type * as Fire from "../core/words/Fire.ts";
import type { ClaimRequest, DueReply, DueRequest, PeekReply, PeekRequest } from "../core/words/Request.ts";
import type { TickReport } from "../core/words/TickReport.ts";
import { drawBits } from "./bits.ts";
import type { Handlers } from "./Node.ts";
import { type Ask, every, inTime, type Outside, type Over } from "./outside.ts";
import type { Telling } from "./tickTelling.ts";
import type { CheckedTick, CheckedTicker } from "./tickerOptions.ts";

/** How often ends are reported while other runs go on. Milliseconds. */
const reportMs = 1_000;

/** How often it looks whether somebody wants one of them cancelled: in each fifth of its time, within these bounds. Milliseconds. */
const heedMs = ({ options: { maxMs } }: Parts): number => Math.max(1_000, Math.min(10_000, maxMs / 5));

/** How often a tick looks again at what it could not get to at once. */
const mostRounds = 50;

/** Schedules in the store as a ticker has to do with them. */
export interface Scheduled {
  readonly handlers: ReadonlySet<string>;
  /** The shelves of those, for so many handlers at once. */
  readonly shelves: (places: number) => TickShelves;
  /** The store's clock by that of the host, which may be wrong, epoch milliseconds; and what hears what it was in the end. */
  readonly wall: (host: number) => number;
  readonly reckoned: (now: number, host: number) => void;
  readonly survey: (ask: Ask, request: DueRequest) => Promise<DueReply>;
}

/** What a tick is made with. */
export interface Parts {
  readonly config: CheckedTicker;
  readonly options: CheckedTick;
  readonly specs: ReadonlyMap<string, JobSpec>;
  /** What runs them, and the schedules of its handlers. */
  readonly handlers: Handlers;
  /** Its handlers for schedules in the store, and what asks which of those are due; undefined: it has none. */
  readonly scheduled: Scheduled | undefined;
  /** What its jobs are, for others. */
  readonly telling: Telling;
  readonly outside: Outside;
  /** Ends what the tick has under way. */
  readonly over: Over;
}

/** Asks the store, for as long as the tick goes on. */
const asking = ({ outside, over }: Parts): Ask => (procedure, request) =>
  over.within(({ signal }) => outside.ask(procedure, request, signal));

/** Asks for all of it. */
const claimAll = async (
  parts: Parts,
  invocation: Invocation,
  requests: ReadonlyArray<ClaimRequest>,
): Promise<ReadonlyArray<Fire.Run>> => {
  const claims = requests.map(async (request) => {
    const reply = await asking(parts)(claim, request);
    return invocation.claimed(request, reply, parts.outside.mono());
  });
  return (await Promise.all(claims)).flat();
};

/** A run at work, and how it is told that it is not to wait for its end or its time any longer. */
interface AtWork {
  readonly ended: Promise<RunEnd>;
  readonly wake: () => void;
  readonly woken: Promise<undefined>;
}

const starting = (start: (resolve: (end: RunEnd) => void) => void): AtWork => {
  let wake = (): void => {};
  const woken = new Promise<undefined>((resolve) => wake = () => resolve(undefined));
  return { ended: new Promise<RunEnd>(start), wake, woken };
};

/** Runs one, from before it is due until it is over or its time is up. */
const run = async (
  parts: Parts,
  { runs }: Invocation,
  it: Fire.Run,
  atWork: Map<Fire.Run, AtWork>,
): Promise<void> => {
  const { handlers, outside, over } = parts;
  const { ask, mono, sleep } = outside;
  let turn = runs.turn(it, mono());
  while (turn._tag === "Wait") {
    const { ms } = turn;
    await over.within(({ signal }) => sleep(ms, signal));
    turn = runs.turn(it, mono());
  }
  if (turn._tag === "Over") return;
  const { startedAt } = turn;
  const extend = async (ms: number): Promise<boolean> => {
    const askedAt = mono();
    const request = runs.extension(it, startedAt, ms, askedAt);
    if (request === undefined) return false;
    return runs.extended(it, ms, askedAt, await ask(complete, request));
  };
  const here = starting((resolve) => handlers.start(it, startedAt, resolve, extend));
  const { ended, woken } = here;
  atWork.set(it, here);
  let bound = runs.bound(it, startedAt, mono());
  // It may ask for more time meanwhile, or somebody may want it cancelled.
  while (bound.ms > 0) {
    const end = await inTime(outside, over, bound.ms, () => Promise.race([ended, woken]));
    if (end?.value !== undefined) return runs.ended(it, startedAt, end.value, mono());
    bound = runs.bound(it, startedAt, mono());
  }
  handlers.abort(it.job, it.fence, bound.reason);
  const settled = await inTime(outside, over, settlingMs, () => ended);
  runs.overran(it, startedAt, bound.reason, settled !== undefined, mono());
  if (settled === undefined) void ended.then(() => runs.settled(it, startedAt, mono()));
};

/** Reports what has ended, all of it. What could not be reported stays to be. */
const report = async (parts: Parts, { runs }: Invocation): Promise<void> => {
  const sent = await Promise.allSettled(
    runs.reports().map(async (request) => {
      try {
        await asking(parts)(complete, request);
      } catch (error) {
        runs.unreported(request);
        throw error;
      }
    }),
  );
  for (const it of sent) if (it.status === "rejected") throw it.reason;
};

/** Looks whether somebody wants a run cancelled whose handler goes on. What one look could not tell the next one may. */
const heed = async (
  parts: Parts,
  { runs }: Invocation,
  atWork: ReadonlyMap<Fire.Run, AtWork>,
  signal: AbortSignal,
): Promise<void> => {
  const request = runs.heeds();
  if (request === undefined) return;
  const reply = await parts.outside.ask(standing, request, signal);
  for (const it of runs.heeded(reply)) atWork.get(it)?.wake();
};

/** Runs all of them at once, and reports. */
const runAll = async (parts: Parts, invocation: Invocation, runs: ReadonlyArray<Fire.Run>): Promise<void> => {
  const { outside, over } = parts;
  const atWork = new Map<Fire.Run, AtWork>();
  const reported = () => report(parts, invocation);
  const aside = [
    // Not by its own signal: one that was cut off in the middle would have told nothing, and left nothing to tell.
    every(outside, over, reportMs, reported),
    every(outside, over, heedMs(parts), (signal) => heed(parts, invocation, atWork, signal)),
  ];
  try {
    await Promise.all(runs.map((it) => run(parts, invocation, it, atWork)));
  } finally {
    for (const end of aside) await end();
  }
  // Twice more.
  await reported().catch(reported).catch(reported);
};

/** Looks where jobs stand, and which schedules of its handlers are due. Whether all is told that others are to know of its jobs. */
const look = async (parts: Parts, invocation: Invocation): Promise<boolean | undefined> => {
  const { outside: { mono }, scheduled } = parts;
  const request = invocation.look(mono());
  const ask = asking(parts);
  const reply: PeekReply | DueReply = request._tag === "Peek" || scheduled === undefined
    ? await ask(standing, request as PeekRequest)
    : await scheduled.survey(ask, request);
  return invocation.looked(request, reply, mono());
};

/** Looks and claims until nothing is due any more, or the time is up. */
export const invoke = async (parts: Parts): Promise<TickReport> => {
  const { config, options, outside, over, scheduled, telling } = parts;
  const { mono, now } = outside;
  const given = {
    shelves: scheduled?.shelves(config.concurrency),
    told: telling.digest(),
    wall: scheduled?.wall(now()),
  };
  const began = mono();
  const invocation = new Invocation({ ...config, ...options }, parts.specs, drawBits(), began, given);
  const isTold = await look(parts, invocation);
  for (let round = 0; round < mostRounds; round++) {
    if (round > 0) await look(parts, invocation);
    const runs = await claimAll(parts, invocation, invocation.claims(mono()));
    if (runs.length > 0) await runAll(parts, invocation, runs);
    if (!invocation.goesOn(runs.length, mono())) break;
  }
  scheduled?.reckoned(invocation.now(mono()), now());
  await telling.tell(isTold, outside, over, began + options.maxMs - mono());
  return invocation.told(mono());
};
