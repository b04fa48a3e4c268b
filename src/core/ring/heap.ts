/**
 * Binary heaps in plain arrays: what comes first is at index 0. Adding and taking cost the logarithm of what is held.
 */

/** Whether one item comes before another. */
export type IsBefore<A> = (one: A, other: A) => boolean;

/** Adds an item. */
export const push = <A>(heap: Array<A>, item: A, isBefore: IsBefore<A>): void => {
  let at = heap.length;
  heap.push(item);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(item, heap[parent] as A)) break;
    heap[at] = heap[parent] as A;
    at = parent;
  }
  heap[at] = item;
};

/** Puts an item in the place of the first, and lets it sink to where it belongs. The heap must not be empty. */
export const replaceFirst = <A>(heap: Array<A>, item: A, isBefore: IsBefore<A>): void => {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1] as A, heap[child] as A)) child += 1;
    if (!isBefore(heap[child] as A, item)) break;
    heap[at] = heap[child] as A;
    at = child;
  }
  heap[at] = item;
};

/** Takes the first item; undefined if there is none. */
export const take = <A>(heap: Array<A>, isBefore: IsBefore<A>): A | undefined => {
  const first = heap[0];
  const last = heap.pop();
  if (last !== undefined && heap.length > 0) replaceFirst(heap, last, isBefore);
  return first;
};
