/**
 * What a tick needs of the host it runs on: clocks, sleep, and somebody to ask the store. It is plain promises, so that a bundle that
 * only ticks holds no runtime of effects.
 */
import type { Asked, Procedure } from "../core/engine/bare.ts";
import type { Clocks } from "../Driver.ts";

/** Asks the store, as the procedure says. Rejects with what that fails with, and when the signal aborts. */
export type Ask = <Q extends Asked, A>(procedure: Procedure<Q, A>, request: Q, signal?: AbortSignal) => Promise<A>;

/** The host. */
export interface Outside extends Clocks {
  /** Rejects when the signal aborts. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly ask: Ask;
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
  { sleep }: Pick<Outside, "sleep">,
  over: Over,
  ms: number,
  work: (signal: AbortSignal) => Promise<A>,
): Promise<{ readonly value: A } | undefined> =>
  over.within(({ signal }) => {
    const late = sleep(Math.max(1, ms), signal).then(() => undefined);
    return Promise.race([work(signal).then((value) => ({ value })), late]);
  });

/** Does something again and again, until what it returns is called, which waits for the end of what is under way. */
export const every = (
  { sleep }: Pick<Outside, "sleep">,
  over: Over,
  ms: number,
  work: (signal: AbortSignal) => Promise<unknown>,
): () => Promise<void> => {
  let stop = (): void => {};
  const going = over.within(async (own) => {
    stop = () => own.abort();
    for (;;) {
      await sleep(ms, own.signal);
      await work(own.signal).catch(() => {});
    }
  }).catch(() => {});
  return async () => {
    stop();
    await going;
  };
};
