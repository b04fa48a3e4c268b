/**
 * R57: schedules in the store as one tick finds them, by the shelves of its handlers: what it asks about them, and those that it has
 * taken on, each of which is a job of this tick from then on. Plain data and arithmetic.
 */
import type { DueReply, DueRequest, JobState, PeekReply, PeekRequest, ShelfAsk } from "../words/Request.ts";
import * as Schedules from "../words/Schedules.ts";
import { specOf, toldUpTo } from "./loaded.ts";
import type { JobSpec } from "./State.ts";

/** So many schedules are read at once at the least, whatever there are places for: not all that wait may be started. */
const leastRead = 16;

/** The names of so many are asked for, of which those that wait longest are read: they may stand on few shelves. */
const mostNames = 4_000;

/** Of one shelf never more at once than a store tells. */
const mostOfShelf = 4_000;

/** A shelf of one of the handlers. */
interface Shelf {
  /** What waits since this instant or an earlier one was told of; -1: nothing was. */
  readonly after: number;
  /** How many are asked for. */
  readonly limit: number;
  /** Since when the next one waits, as far as it is known; Infinity: none does. */
  readonly next: number;
  /** It was asked about in vain: whatever waits there is for a later tick. */
  readonly isStuck: boolean;
}

/** The shelves of a tick. */
export class TickShelves {
  readonly #shelves: Map<string, Shelf> = new Map();
  readonly #taken: Map<string, JobSpec> = new Map();
  #most: number;

  /** Those of some handlers, for an invocation that runs so many handlers at once. */
  constructor(handlers: Iterable<string>, places: number) {
    this.#most = Math.max(leastRead, places);
    const names = [...handlers].flatMap(Schedules.shelvesOf);
    const limit = Math.max(leastRead, Math.ceil(mostNames / names.length));
    for (const name of names) this.#shelves.set(name, { after: -1, limit, next: -Infinity, isStuck: false });
  }

  /** What one was taken on as. */
  specOf(name: string): JobSpec | undefined {
    return this.#taken.get(name);
  }

  /** Those of some states that were taken on. */
  among(states: ReadonlyMap<string, JobState>): ReadonlyArray<JobSpec> {
    return [...this.#taken.values()].filter(({ name }) => states.has(name));
  }

  /** A look at what wants something by an instant, of shelves and of those that were taken on; `next` tells when these do. */
  look(peek: PeekRequest, until: number, next: ReadonlyMap<string, number>): PeekRequest | DueRequest {
    const taken = [...this.#taken.keys()].filter((name) => (next.get(name) ?? Infinity) <= until);
    const jobs = [...peek.jobs, ...taken];
    const asks = this.#asks(until);
    if (asks.length === 0) return { ...peek, jobs };
    const isAlone = jobs.length === 0 && peek.told === undefined;
    const { service } = peek;
    // R59: as long as nothing was told of any shelf, what a store keeps of all of them will do.
    const isWhole = asks.length === this.#shelves.size && asks.every(({ after }) => after === -1);
    return { _tag: "Due", service, asks, most: this.#most, isWhole, ...(isAlone ? {} : { peek: { ...peek, jobs } }) };
  }

  /**
   * Takes the answer, and adds to the states those that it takes on. The names of those that are not any more what they were taken for:
   * somebody has changed or removed them since.
   */
  looked(
    request: PeekRequest | DueRequest,
    reply: PeekReply | DueReply,
    states: Map<string, JobState>,
    now: number,
  ): ReadonlyArray<string> {
    const { jobs = [] } = (request._tag === "Peek" ? request : request.peek) ?? {};
    const changed = jobs.filter((name) => {
      const spec = this.#taken.get(name);
      return spec !== undefined && states.get(name)?.definition !== spec.definition;
    });
    for (const name of changed) this.forget(name, now);
    if (request._tag === "Due" && reply._tag === "Due") this.#learn(request.asks, reply, states);
    return changed;
  }

  /** What is asked: each shelf on which something waits since an instant, and at first each. */
  #asks(until: number): ReadonlyArray<ShelfAsk> {
    const asks: Array<ShelfAsk> = [];
    for (const [shelf, { after, isStuck, limit, next }] of this.#shelves) {
      if (next <= until && !isStuck) asks.push({ shelf, after, until: Math.max(0, until), limit });
    }
    return asks;
  }

  /** What is due is taken on. */
  #learn(asks: ReadonlyArray<ShelfAsk>, { shelves }: DueReply, states: Map<string, JobState>): void {
    let isShort = false;
    asks.forEach((ask, index) => {
      const { after, limit, shelf, until } = ask;
      const { next = Infinity, schedules = [] } = shelves[index] ?? {};
      const before = this.#taken.size;
      for (const stored of schedules) {
        const spec = specOf(stored);
        if (spec === undefined) continue;
        this.#taken.set(spec.name, spec);
        states.set(spec.name, stored.state);
      }
      const at = toldUpTo(ask, next);
      const isAgain = next <= until && at === after;
      isShort ||= isAgain;
      const isStuck = isAgain && this.#taken.size === before && limit === mostOfShelf;
      this.#shelves.set(shelf, { after: at, limit: isAgain ? Math.min(mostOfShelf, 2 * limit) : limit, next, isStuck });
    });
    if (isShort) this.#most = Math.min(mostOfShelf, 2 * this.#most);
  }

  /** One is not any more what it was taken for: its shelf is asked about anew. Its runs go on as what they were. */
  forget(name: string, now: number): void {
    const shelf = this.#taken.get(name)?.shelf;
    const known = shelf === undefined ? undefined : this.#shelves.get(shelf);
    if (shelf !== undefined && known !== undefined) this.#shelves.set(shelf, { ...known, after: -1, next: now });
  }

  /** On how many shelves something waits since an instant that was not taken on. */
  waiting(instant: number): number {
    let count = 0;
    for (const { isStuck, next } of this.#shelves.values()) if (next <= instant && !isStuck) count += 1;
    return count;
  }

  /** Since when the first of what was not taken on waits, or will, epoch milliseconds; Infinity if there is none. */
  get next(): number {
    let first = Infinity;
    for (const { next } of this.#shelves.values()) first = Math.min(first, next);
    return first;
  }
}
