/**
 * The Redis drivers for those who do nothing but tick: looks and changes of rows over HTTP, and nothing of membership, lists and TCP, by
 * promises, so that their bundles are smaller.
 */
import type { TickDriver } from "../../src/Driver.ts";
import { tickDriver } from "../../src/shell/ticksEngine.ts";
import { asking, exchanging, type Options } from "./asking.ts";
import { exchange } from "./scripts/exchange.ts";

/** Builds it. */
export const make = (options: Options): TickDriver =>
  tickDriver(exchanging(options, asking(options), exchange(options.kind)));
