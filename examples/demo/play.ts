/**
 * The course of the play: the fleet comes up, a node dies in the middle of a run, the others carry on and leave.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Board } from "./board.ts";
import type { Display } from "./display.ts";
import type { Fleet } from "./fleet.ts";
import type { News } from "./news.ts";
import type { Observer } from "./observer.ts";
import { fragile, fragileEveryMs, intoRunMs, marginMs } from "./scenario.ts";
import type { Result } from "./verdict.ts";

/** Everything that takes part. */
export interface Cast {
  readonly fleet: Fleet;
  readonly board: Board;
  readonly observer: Observer;
  readonly display: Display;
  readonly seconds: number;
  /** Ends the play early. */
  readonly signal: AbortSignal;
}

const upWithinMs = 20_000;

/** Waits until the condition holds or the time has come; whether it holds. */
const until = async (holds: () => boolean, at: number, signal: AbortSignal): Promise<boolean> => {
  while (!holds() && Date.now() < at) await delay(10, undefined, { signal });
  return holds();
};

/** Starting cannot be interrupted, but it need not be waited for. */
const orAborted = <A>(work: Promise<A>, signal: AbortSignal): Promise<A> =>
  new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });

/** The node that dies: the one that has just begun a run of the fragile job. Waits for such a run. */
const findVictim = async ({ board, seconds, signal }: Cast, upAt: number): Promise<string> => {
  const row = board.jobs.get(fragile);
  // The start nearest to a third of the time, before or after it.
  const from = upAt + seconds * 1000 / 3 - fragileEveryMs / 2;
  const last = () => row?.starts.at(-1);
  await until(() => (last()?.startedAt ?? 0) > from, from + 2 * fragileEveryMs, signal);
  await delay(intoRunMs, undefined, { signal });
  return last()?.node ?? row?.owner ?? "";
};

/** Plays it, and returns what came of it. Rejects with the reason of the signal if that ends it. */
export const play = async (cast: Cast): Promise<Result> => {
  const { board, display, fleet, observer, seconds, signal } = cast;
  const hear = (news: News): void => {
    observer.note(news);
    board.learn(news);
  };
  await orAborted(fleet.start(hear), signal);
  if (!await until(() => board.isUp, Date.now() + upWithinMs, signal)) {
    throw new Error("the nodes do not find each other");
  }
  const upAt = Date.now();
  const requestsBefore = fleet.requests();
  observer.noteUp();
  display.markUp(upAt);

  const dead = await findVictim(cast, upAt);
  observer.noteDeath(dead);
  board.learnDeath(dead);
  await fleet.kill(dead);

  const endAt = upAt + seconds * 1000;
  await until(() => false, endAt, signal);
  const requests = fleet.requests() - requestsBefore;
  await orAborted(fleet.leave(), signal);
  return { totals: observer.totals(upAt, endAt - marginMs), dead, requests, lastedMs: endAt - upAt };
};
