/**
 * What is to come, in order: by time, and at the same time in the order in which it was planned.
 */
import { push, take } from "../../core/ring/heap.ts";

/** Something that is to happen. */
export interface Entry {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
}

const isBefore = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** What is planned. Adding and taking cost the logarithm of it. */
export class Agenda {
  readonly #heap: Array<Entry> = [];
  #order: number = 0;

  /** Plans something. */
  add(at: number, act: () => void): void {
    push(this.#heap, { at, order: this.#order++, act }, isBefore);
  }

  /** Takes the next entry if it is due by then. */
  take(upTo: number): Entry | undefined {
    const first = this.#heap[0];
    return first === undefined || first.at > upTo ? undefined : take(this.#heap, isBefore);
  }
}
