/**
 * What people ask of a ticker's jobs, which it knows itself, and of all others of the service.
 */
import { carrierOf } from "./carried.ts";
import { clientKnowledge } from "./clientKnowledge.ts";
import * as commands from "./commands.ts";
import type { Control } from "./Control.ts";
import type { Ticking } from "./ticking.ts";

/** The commands. */
export const tickerCommands = (ticking: Ticking): Control => {
  const { payloadCodec, service, specs } = ticking;
  const driver = carrierOf(ticking);
  const { forget: _, ...control } = commands.make(
    service,
    driver,
    clientKnowledge(service, driver, specs),
    payloadCodec,
  );
  return control;
};
