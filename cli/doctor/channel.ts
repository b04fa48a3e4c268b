/**
 * Whether hints go through: somebody listens, and hears of a command that is given.
 */
import * as Effect from "effect/Effect";
import type { Reached } from "../frame/Reached.ts";
import { duration } from "../print/words.ts";
import { type Finding, good, note } from "./finding.ts";

const boundMs = 5_000;
const slowly = "nodes hear of commands with their next contact, within maxSilenceMs";

/** Somebody who listens. */
export interface Listener {
  /** Resolves once the channel is open, or will not be. */
  readonly ready: Promise<void>;
  /** Called when a command was given that is to be heard. Resolves to what came of it. */
  readonly finding: () => Promise<Finding>;
  readonly close: () => void;
}

/** Begins to listen at the channel of a service. */
export const listen = ({ driver }: Reached, service: string): Listener => {
  const what = "hints";
  if (driver.hints === undefined) {
    const finding = () => Promise.resolve(note(what, "this way nobody listens", slowly));
    return { ready: Promise.resolve(), finding, close: () => {} };
  }
  let [opened, told]: [() => void, (why: string | undefined) => void] = [() => {}, () => {}];
  const ready = new Promise<void>((resolve) => opened = resolve);
  const heard = new Promise<string | undefined>((resolve) => told = resolve);
  const fail = (why: string): void => {
    told(why);
    opened();
  };
  const timer = setTimeout(() => fail("the channel was not open in time"), boundMs);
  const listening = driver.hints(service, {
    opened: () => {
      clearTimeout(timer);
      opened();
    },
    heard: () => told(undefined),
  });
  const fiber = Effect.runFork(Effect.matchEffect(listening, {
    onSuccess: () => Effect.void,
    onFailure: ({ detail }) => Effect.sync(() => fail(detail)),
  }));
  return {
    ready,
    finding: async () => {
      const began = Date.now();
      const late = setTimeout(() => told("nothing was heard"), boundMs);
      const why = await heard;
      clearTimeout(late);
      return why === undefined
        ? good(what, `a command is heard ${duration(Date.now() - began)} after it was given`)
        : note(what, why, slowly);
    },
    close: () => {
      clearTimeout(timer);
      fiber.interruptUnsafe();
    },
  };
};
