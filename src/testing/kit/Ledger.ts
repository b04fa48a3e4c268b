/**
 * What happened in a fleet, put together from the events of its nodes.
 */
import type { Event } from "../../core/words/Event.ts";
import type { Outcome, Run } from "../../core/words/Fire.ts";

/** An event and the node it happened on. */
export type FleetEvent = Event & {
  /** The name of the node. */
  readonly node: string;
};

/** One attempt of a fire. */
export interface FleetRun extends Run {
  /** The node it was started on. */
  readonly node: string;
  /** Virtual time, epoch milliseconds. */
  readonly startedAt: number;
  /** Virtual time, epoch milliseconds; undefined while it goes on, and for ever if its node died. */
  readonly endedAt: number | undefined;
  /** How it ended; undefined while it goes on, and for ever if its node died (others may have recorded it as lost since). */
  readonly outcome: Outcome | undefined;
  /** What the handler failed with, in at most 1,000 characters. */
  readonly error: string | undefined;
}

/** Tokens grow within a job, or within a schedule, and no job has a `~` in its name. */
const keyOf = ({ fence, job, schedule = "" }: Run): string => `${fence} ${job}~${schedule}`;

/** Which nodes had which identity, the runs and the events, in the order in which they happened. */
export class Ledger {
  readonly events: Array<FleetEvent> = [];
  readonly #runs: Map<string, FleetRun> = new Map();
  readonly #names: Map<string, string> = new Map();

  get runs(): ReadonlyArray<FleetRun> {
    return [...this.#runs.values()];
  }

  /** The name of the node that had an identity. */
  nameOf(incarnation: string): string | undefined {
    return this.#names.get(incarnation);
  }

  add(event: Event, node: string): void {
    this.events.push({ ...event, node });
    switch (event._tag) {
      case "Joined":
        this.#names.set(event.incarnation, node);
        return;
      case "RunStarted":
        this.#runs.set(keyOf(event.run), {
          ...event.run,
          node,
          startedAt: event.at,
          endedAt: undefined,
          outcome: undefined,
          error: undefined,
        });
        return;
      case "RunEnded": {
        const key = keyOf(event.run);
        const run = this.#runs.get(key);
        const { endedAt, error, outcome } = event;
        if (run !== undefined) this.#runs.set(key, { ...run, endedAt, outcome, error });
      }
    }
  }
}
