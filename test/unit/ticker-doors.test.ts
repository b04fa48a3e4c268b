/**
 * What is tested of tickers of `ringcron/edge` holds for those of `ringcron/ticks`, over the same store.
 */
import { throughTicks } from "./support/ticking.ts";

throughTicks();
await import("./ticker.test.ts");
await import("./ticker-cancel.test.ts");
await import("./ticker-entry.test.ts");
await import("./ticker-schedules.test.ts");
await import("./ticker-told.test.ts");
await import("./ticker-versions.test.ts");
