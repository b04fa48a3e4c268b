/**
 * What a scheduler tells of itself, as numbers for the instruments.
 */
import type { Event } from "../core/words/Event.ts";
import type { Health } from "./Health.ts";
import type { AttributeName, InstrumentId } from "./instruments.ts";
import type { StoreContact } from "../Driver.ts";

/** What a number is told of. */
export type Attributes = Readonly<Partial<Record<AttributeName, string>>>;

/** Takes a number: adds it to a counter, or records it in a histogram. */
export type Take = (instrument: InstrumentId, value: number, attributes: Attributes) => void;

/** The parts of an observer that numbers come from. */
interface Measuring {
  readonly event: (event: Event) => void;
  readonly request: (contact: StoreContact) => void;
}

/** As many sets of attributes are told apart; names of jobs may go on for ever. */
const most = 10_000;

/** The same attributes are the same object, so that whoever takes them need not make anything of them anew. */
class Known {
  readonly #base: Attributes;
  readonly #overflow: Attributes;
  readonly #byOther = new Map<string, Map<string, Attributes>>();
  #count = 0;

  constructor(base: Attributes) {
    this.#base = base;
    this.#overflow = { ...base, "otel.metric.overflow": "true" };
  }

  /** What is told of a job, if one is given, and of something else, if that is. */
  of(job: string | undefined, other?: AttributeName, its = ""): Attributes {
    let byJob = this.#byOther.get(its);
    if (byJob === undefined) this.#byOther.set(its, byJob = new Map());
    const found = byJob.get(job ?? "");
    if (found !== undefined) return found;
    if (this.#count >= most) return this.#overflow;
    this.#count += 1;
    const made = {
      ...this.#base,
      ...(job === undefined ? {} : { "ringcron.job": job }),
      ...(other === undefined ? {} : { [other]: its }),
    };
    byJob.set(job ?? "", made);
    return made;
  }
}

/** An observer that hands numbers on; `perJob` says whether those of runs are told job by job. */
export const measuring = (
  base: Attributes,
  perJob: boolean,
  take: Take,
): Measuring => {
  const known = new Known(base);
  const contacts = new Map<string, Attributes>();
  const ofJob = (job: string, other?: AttributeName, its?: string): Attributes =>
    // There may be a million schedules: events tell their handler as the job, and the id is left out here.
    known.of(perJob ? job : undefined, other, its);
  const event = (happened: Event): void => {
    switch (happened._tag) {
      case "RunStarted":
        return take("lateness", Math.max(0, happened.latenessMs) / 1_000, ofJob(happened.run.job));
      case "RunEnded": {
        const attributes = ofJob(happened.run.job, "ringcron.outcome", happened.outcome);
        take("runs", 1, attributes);
        // One that was never started took no time.
        if (happened.startedAt > 0) {
          take("duration", Math.max(0, happened.endedAt - happened.startedAt) / 1_000, attributes);
        }
        return;
      }
      case "RunLost":
        return take("runs", 1, ofJob(happened.run.job, "ringcron.outcome", "lost"));
      case "FireSkipped":
        return take(
          "skipped",
          Math.max(1, happened.count),
          ofJob(happened.job, "ringcron.skip.reason", happened.reason),
        );
      case "FireMissed":
        return take("missed", 1, ofJob(happened.job));
      case "TakenOver":
        return take("takeovers", 1, ofJob(happened.job));
      default:
    }
  };
  return {
    event,
    request: ({ commands, operation, result, store, tripMs }) => {
      const key = `${operation} ${result}`;
      let attributes = contacts.get(key);
      if (attributes === undefined) {
        const told = { "ringcron.store": store, "ringcron.operation": operation, "ringcron.result": result };
        attributes = { ...base, ...told };
        contacts.set(key, attributes);
      }
      take("requests", 1, attributes);
      take("commands", commands, attributes);
      take("roundTrip", tripMs / 1_000, attributes);
    },
  };
};

/** What the gauges show. */
export const shown = ({ members, overdue, owned, store }: Health): ReadonlyArray<readonly [InstrumentId, number]> => [
  ["members", members],
  ["owned", owned],
  ["overdue", overdue.length],
  ...(store.clockOffsetMs === undefined ? [] : [["clockOffset", store.clockOffsetMs / 1_000] as const]),
];
