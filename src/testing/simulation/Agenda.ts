/**
 * What is to come, in order: by time, and at the same time in the order in which it was planned.
 */
import { push, take } from "../../core/ring/heap.ts";

/** Something that is to happen. */
export interface Entry<R = void> {
  readonly at: number;
  readonly order: number;
  readonly act: () => R;
}

const isBefore = (a: Entry<unknown>, b: Entry<unknown>): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** What is planned. Adding and taking cost the logarithm of it. */
export class Agenda<R = void> {
  readonly #heap: Array<Entry<R>> = [];
  #order: number = 0;

  /** Plans something. */
  add(at: number, act: () => R): void {
    push(this.#heap, { at, order: this.#order++, act }, isBefore);
  }

  /** Takes the next entry if it is due by then. */
  take(upTo: number): Entry<R> | undefined {
    const first = this.#heap[0];
    return first === undefined || first.at > upTo ? undefined : take(this.#heap, isBefore);
  }
}
