/**
 * What a tick needs of the host it runs on: a clock, sleep, and somebody to carry its requests out. It is plain promises, so that a
 * bundle that only ticks holds no more of Effect than a store needs.
 */
import type * as Clock from "effect/Clock";
import type * as Effect from "effect/Effect";

/** The host. */
export interface Outside {
  readonly clock: Clock.Clock;
  readonly sleep: (ms: number) => Effect.Effect<void>;
  /** Carries out what has all it needs; interrupted when the signal aborts. Rejects with what it fails with. */
  readonly run: <A, E>(effect: Effect.Effect<A, E>, signal?: AbortSignal) => Promise<A>;
}

/** The end of a tick, which is the end of all that it has under way. One signal for all of it would have as many listeners. */
export class Over {
  readonly #underWay = new Set<AbortController>();
  #isOver = false;

  /** Ends what is under way, and whatever begins later. */
  end(): void {
    this.#isOver = true;
    for (const it of this.#underWay) it.abort();
  }

  /** Does some work, which is to end when `own` aborts; what is left of it is ended with it. */
  async within<A>(work: (own: AbortController) => Promise<A>): Promise<A> {
    const own = new AbortController();
    if (this.#isOver) own.abort();
    this.#underWay.add(own);
    try {
      return await work(own);
    } finally {
      this.#underWay.delete(own);
      own.abort();
    }
  }
}

/** What some work comes to, if it does in so many milliseconds; its signal aborts then. */
export const inTime = <A>(
  { run, sleep }: Outside,
  over: Over,
  ms: number,
  work: (signal: AbortSignal) => Promise<A>,
): Promise<{ readonly value: A } | undefined> =>
  over.within(({ signal }) => {
    const late = run(sleep(Math.max(1, ms)), signal).then(() => undefined);
    return Promise.race([work(signal).then((value) => ({ value })), late]);
  });

/** Does something again and again, until what it returns is called, which waits for the end of what is under way. */
export const every = (
  { run, sleep }: Outside,
  over: Over,
  ms: number,
  work: (signal: AbortSignal) => Promise<unknown>,
): () => Promise<void> => {
  let stop = (): void => {};
  const going = over.within(async (own) => {
    stop = () => own.abort();
    for (;;) {
      await run(sleep(ms), own.signal);
      await work(own.signal).catch(() => {});
    }
  }).catch(() => {});
  return async () => {
    stop();
    await going;
  };
};
