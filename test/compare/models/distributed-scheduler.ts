/**
 * What a node of the Rust ancestor decides: whoever the ring shows at the moment of the fire runs it.
 *
 * @module
 */
import { makeRing, mixed, type Ring } from "./ring.ts";

/** How long a heartbeat counts. Seconds, as all its times. */
export const timeoutS = 3;

/** After so many failed heartbeats in its whole life a node sends none any more, and does not say so. */
export const fatalErrors = 5;

/** The ring of one node. */
export class SchedulerPool {
  readonly #self: string;
  #ring: Ring = makeRing([], 1, mixed);

  constructor(self: string) {
    this.#self = self;
  }

  /** A poll brought this list. A poll that fails brings nothing, and the last ring stays. */
  polled(nodes: ReadonlyArray<string>): void {
    this.#ring = makeRing(nodes, 1, mixed);
  }

  isMine(job: string): boolean {
    return this.#ring.owner(job) === this.#self;
  }
}

/** Counts the failures of heartbeats. */
export class Heart {
  #errors = 0;

  get beats(): boolean {
    return this.#errors < fatalErrors;
  }

  failed(): void {
    this.#errors += 1;
  }
}
