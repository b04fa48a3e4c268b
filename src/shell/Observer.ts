/**
 * Whoever measures a scheduler: `ringcron/otel` and `Metrics` do. Nothing is measured, and nothing spent, while nobody does.
 */
import * as Effect from "effect/Effect";
import { demand, strangeField } from "../core/words/InvalidInput.ts";
import type { Event } from "../core/words/Event.ts";
import type { Run } from "../core/words/Fire.ts";
import { type Carrier, Observed, type StoreContact } from "../Driver.ts";
import type { JobRun } from "./Job.ts";
import { settle } from "./settle.ts";

/**
 * What an observer is told, each part of it if it has it. It must be quick, as the scheduler waits for it. What it throws is
 * swallowed: no run and no request suffers by it.
 */
export interface Observer {
  /** Told of each event, as a listener is, and before them. */
  readonly event?: ((event: Event) => void) | undefined;
  /**
   * Starts the handler of a run: is to call `work` once, before it returns, in whatever async context the handler is to have.
   */
  readonly around?: ((run: JobRun, work: () => void) => void) | undefined;
  /** Told of a run whose handler was told to stop, as it is to start again elsewhere: no event tells its end. */
  readonly givenBack?: ((run: Run) => void) | undefined;
  /** Told of each request to the store, once it is answered or has failed. */
  readonly request?: ((contact: StoreContact) => void) | undefined;
}

const parts = ["event", "around", "givenBack", "request"] as const;

const ignore = (): void => {};

/** The observers of one scheduler. */
export class Observers {
  #all: ReadonlyArray<Observer> = [];

  /** Adds one; the result removes it. Throws `InvalidInput` for what is none. */
  add(observer: Observer): () => void {
    const allowed = `an object with some of ${parts.join(", ")}`;
    demand(typeof observer === "object" && observer !== null, "observer", observer, allowed);
    const strange = strangeField(observer, parts);
    if (strange !== undefined) throw strange;
    for (const part of parts) {
      const it = observer[part];
      demand(it === undefined || typeof it === "function", part, it, "a function");
    }
    this.#all = [...this.#all, observer];
    return () => {
      this.#all = this.#all.filter((it) => it !== observer);
    };
  }

  get isEmpty(): boolean {
    return this.#all.length === 0;
  }

  #tell<A>(part: "event" | "givenBack" | "request", it: A): void {
    for (const observer of this.#all) {
      const told = observer[part] as ((it: A) => void) | undefined;
      if (told !== undefined) settle(() => told(it), ignore, ignore);
    }
  }

  event(event: Event): void {
    this.#tell("event", event);
  }

  givenBack(run: Run): void {
    this.#tell("givenBack", run);
  }

  request(contact: StoreContact): void {
    this.#tell("request", contact);
  }

  /** Calls `work` once, in the contexts of all of them. */
  around<A>(run: JobRun, work: () => A): A {
    let isMade = false;
    let made: A | undefined;
    const once = (): void => {
      if (isMade) return;
      isMade = true;
      made = work();
    };
    let inner: () => void = once;
    for (const { around } of this.#all) {
      if (around === undefined) continue;
      const within = inner;
      const told = (): void => around(run, within);
      inner = () => {
        settle(told, ignore, ignore);
        within();
      };
    }
    inner();
    return made as A;
  }
}

/** What a store answers, with its requests told to observers. */
export const observed = (driver: Carrier, observers: Observers): Carrier => {
  const told = (contact: StoreContact): void => observers.request(contact);
  return {
    ...driver,
    carry: (procedure, request) => {
      const answer = driver.carry(procedure, request);
      return observers.isEmpty || !Effect.isEffect(answer) ? answer : Effect.provideService(answer, Observed, told);
    },
  };
};
