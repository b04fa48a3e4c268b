/**
 * What is to come, in order: by time, and at the same time in the order in which it was planned.
 */

/** Something that is to happen. */
export interface Entry {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
}

const isBefore = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** A binary heap of entries. Adding and taking cost the logarithm of what is planned. */
export class Agenda {
  readonly #heap: Array<Entry> = [];
  #order: number = 0;

  /** Plans something. */
  add(at: number, act: () => void): void {
    const entry = { at, order: this.#order++, act };
    const heap = this.#heap;
    let place = heap.length;
    heap.push(entry);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(entry, heap[parent] as Entry)) break;
      heap[place] = heap[parent] as Entry;
      place = parent;
    }
    heap[place] = entry;
  }

  /** Takes the next entry if it is due by then. */
  take(upTo: number): Entry | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.at > upTo) return undefined;
    this.#removeFirst();
    return first;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop() as Entry;
    if (heap.length === 0) return;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Entry, heap[child] as Entry)) child += 1;
      if (!isBefore(heap[child] as Entry, last)) break;
      heap[place] = heap[child] as Entry;
      place = child;
    }
    heap[place] = last;
  }
}
