/**
 * Whoever measures a ticker: it is beside the ticker, as most tickers are measured by nobody.
 */
import { observed, type Observer } from "./Observer.ts";
import { of, type Ticking } from "./ticking.ts";
import { toldRuns } from "./toldRuns.ts";

/** Tells an observer of what a ticker does; the result ends that. Throws `InvalidInput` of what is no observer. */
export const observeTicking = ({ bare, hooks, observers, specs }: Ticking, observer: Observer): () => void => {
  const end = observers.add(observer);
  hooks.driver ??= observed(bare, observers);
  hooks.handlers ??= (handlers, mono) => observers.isEmpty ? handlers : toldRuns(handlers, observers, specs, mono);
  return end;
};

/** The same of what `createTicker` or `Ticker.make` made. Throws `InvalidInput` of what is none. */
export const observeTicker = (ticker: object, observer: Observer): () => void => observeTicking(of(ticker), observer);
