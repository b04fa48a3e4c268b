/**
 * Whoever measures a ticker: it is beside the ticker, as most tickers are measured by nobody.
 */
import type { Observer } from "./Observer.ts";
import { of } from "./ticking.ts";
import { toldRuns } from "./toldRuns.ts";

/** Tells an observer of what a ticker does; the result ends that. Throws `InvalidInput` of what is no ticker or no observer. */
export const observeTicker = (ticker: object, observer: Observer): () => void => {
  const { hooks, observers, specs } = of(ticker);
  const end = observers.add(observer);
  hooks.handlers ??= (handlers, mono) => observers.isEmpty ? handlers : toldRuns(handlers, observers, specs, mono);
  return end;
};
