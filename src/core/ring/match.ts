/**
 * Who owns which job: jobs and seats matched as in the stable-marriage problem, jobs proposing. Its answer does not depend on any
 * order, nor on what was known before; what is kept between two of them is the seats that each job likes best.
 */
import { hashOf, mix } from "../words/hash.ts";

/** A member as it is matched. */
export interface Seat {
  readonly id: string;
  readonly hash: number;
  readonly weight: number;
  readonly jobs: { readonly has: (job: string) => boolean } | undefined;
}

/** So many of the seats that a job likes best are kept; who is refused by all of them goes through all seats again. */
const kept = 4;

const score = (jobHash: number, key: number): number => mix(jobHash ^ key);

/**
 * How many jobs each member owns: its weight's share rounded down, and one more for as many members as it takes.
 * Who gets the one more follows from the largest remainder, then from the hash, so that it moves little.
 */
const quotas = (seats: ReadonlyArray<Seat>, jobs: number): Array<number> => {
  const total = seats.reduce((sum, seat) => sum + seat.weight, 0);
  const base = seats.map((seat) => Math.floor((jobs * seat.weight) / total));
  let left = jobs - base.reduce((sum, quota) => sum + quota, 0);
  const order = seats
    .map((seat, index) => ({ index, remainder: (jobs * seat.weight) % total, hash: seat.hash }))
    .sort((a, b) => b.remainder - a.remainder || b.hash - a.hash || a.index - b.index);
  for (const { index } of order) {
    if (left === 0) break;
    base[index] = (base[index] ?? 0) + 1;
    left -= 1;
  }
  return base;
};

/** Jobs, and what is known of the seats that they like best. */
export class Board {
  /** Sorted, each once. */
  readonly names: ReadonlyArray<string>;
  #seats: ReadonlyArray<Seat> = [];
  /** Whether each seat may own each job. */
  #isFree = true;
  /** What each seat's hash is multiplied with, once. */
  #keys: Int32Array = new Int32Array(0);
  readonly #hashes: Int32Array;
  /** For each job the seats it likes best, best first, and how many of them are told. */
  readonly #liked: Int32Array;
  readonly #told: Uint8Array;
  /** For each job how many seats may own it. */
  readonly #choices: Int32Array;
  /** For each job the seat that owns it, or -1. */
  owners: Int32Array;

  constructor(names: ReadonlyArray<string>) {
    const count = names.length;
    this.names = names;
    this.#hashes = new Int32Array(count);
    for (let job = 0; job < count; job++) this.#hashes[job] = hashOf(names[job] as string);
    this.#liked = new Int32Array(count * kept);
    this.#told = new Uint8Array(count);
    this.#choices = new Int32Array(count);
    this.owners = new Int32Array(count).fill(-1);
  }

  get seats(): ReadonlyArray<Seat> {
    return this.#seats;
  }

  /** Assigns all jobs to seats, which are sorted by their ids. */
  assign(seats: ReadonlyArray<Seat>): void {
    const before = this.#seats;
    this.#seats = seats;
    this.#keys = Int32Array.from(seats, (seat) => Math.imul(seat.hash, 0x9e3779b1));
    const wasFree = this.#isFree;
    this.#isFree = seats.every((seat) => seat.jobs === undefined);
    const indexes = new Map(seats.map((seat, index) => [seat.id, index]));
    const moved = Int32Array.from(before, (seat) => indexes.get(seat.id) ?? -1);
    const was = new Set(before.map((seat) => seat.id));
    const added = seats.flatMap((seat, index) => was.has(seat.id) ? [] : [index]);
    if (before.length > 0 && wasFree && this.#isFree && 4 * added.length <= seats.length) {
      this.#likeAfter(moved, added);
    } else for (let job = 0; job < this.names.length; job++) this.#like(job);
    this.#match();
  }

  /** The best of the seats that may own a job and do not; -1 if there is none. */
  successor(job: number): number {
    const owner = this.owners[job] as number;
    const first = this.#after(job, -1);
    return first === owner ? this.#after(job, first) : first;
  }

  #isAllowed(job: number, index: number): boolean {
    if (this.#isFree) return true;
    const { jobs } = this.#seats[index] as Seat;
    return jobs === undefined || jobs.has(this.names[job] as string);
  }

  /** Goes through all seats for those that a job likes best. */
  #like(job: number): void {
    const hash = this.#hashes[job] as number;
    const from = job * kept;
    let [told, choices, least] = [0, 0, -1];
    for (let index = 0; index < this.#keys.length; index++) {
      if (!this.#isAllowed(job, index)) continue;
      choices += 1;
      const value = score(hash, this.#keys[index] as number);
      if (told === kept && value <= least) continue;
      let at = told === kept ? kept - 1 : told++;
      // Of two that are liked alike the first comes first.
      for (; at > 0 && score(hash, this.#keys[this.#liked[from + at - 1] as number] as number) < value; at--) {
        this.#liked[from + at] = this.#liked[from + at - 1] as number;
      }
      this.#liked[from + at] = index;
      least = score(hash, this.#keys[this.#liked[from + told - 1] as number] as number);
    }
    this.#told[job] = told;
    this.#choices[job] = choices;
  }

  /** The same for all jobs, from what was known: where each seat is now, or -1, and which seats are new. */
  #likeAfter(moved: Int32Array, added: ReadonlyArray<number>): void {
    const count = this.#keys.length;
    const remaining = count - added.length;
    for (let job = 0; job < this.names.length; job++) {
      const from = job * kept;
      const known = this.#told[job] as number;
      let told = 0;
      for (let at = 0; at < known; at++) {
        const index = moved[this.#liked[from + at] as number] as number;
        if (index >= 0) this.#liked[from + told++] = index;
      }
      // Nothing is known of those behind the ones that were told.
      if (told < Math.min(2, remaining)) {
        this.#like(job);
        continue;
      }
      const hash = this.#hashes[job] as number;
      let isAll = told === remaining;
      for (const index of added) {
        const value = score(hash, this.#keys[index] as number);
        const isBefore = (other: number): boolean => {
          const theirs = score(hash, this.#keys[other] as number);
          return value > theirs || (value === theirs && index < other);
        };
        let at = told;
        while (at > 0 && isBefore(this.#liked[from + at - 1] as number)) at -= 1;
        if (at === told && !isAll) continue;
        if (at === kept) {
          isAll = false;
          continue;
        }
        if (told === kept) isAll = false;
        else told += 1;
        for (let to = told - 1; to > at; to--) this.#liked[from + to] = this.#liked[from + to - 1] as number;
        this.#liked[from + at] = index;
      }
      this.#told[job] = told;
      this.#choices[job] = count;
    }
  }

  /** The seat that a job likes best after another one, which may be -1 for none; -1 if there is none. */
  #after(job: number, last: number): number {
    const from = job * kept;
    const told = this.#told[job] as number;
    let at = 0;
    if (last >= 0) {
      while (at < told && this.#liked[from + at] !== last) at += 1;
      at += 1;
    }
    if (at < told) return this.#liked[from + at] as number;
    if (told === this.#choices[job]) return -1;
    const hash = this.#hashes[job] as number;
    const lastScore = last < 0 ? Infinity : score(hash, this.#keys[last] as number);
    let [best, bestScore] = [-1, -1];
    for (let index = 0; index < this.#keys.length; index++) {
      const value = score(hash, this.#keys[index] as number);
      if (value <= bestScore || value > lastScore || (value === lastScore && index <= last)) continue;
      if (!this.#isAllowed(job, index)) continue;
      [best, bestScore] = [index, value];
    }
    return best;
  }

  #match(): void {
    const [seats, choices, keys, hashes] = [this.#seats, this.#choices, this.#keys, this.#hashes];
    const count = this.names.length;
    const owners = new Int32Array(count).fill(-1);
    this.owners = owners;
    if (seats.length === 0) return;
    let takers = 0;
    for (let job = 0; job < count; job++) if ((choices[job] as number) > 0) takers += 1;
    const capacity = quotas(seats, takers);
    // Each seat has a heap of those it holds, the one it would give up first on top.
    const heaps = capacity.map((most) => new Int32Array(most));
    const sizes = new Int32Array(seats.length);
    const scores = new Float64Array(count);
    const homeless: Array<number> = [];
    /** The fewer seats could take a job, the more wanted it is. */
    const isLessWanted = (one: number, other: number): boolean => {
      const difference = (choices[one] as number) - (choices[other] as number);
      if (difference !== 0) return difference > 0;
      const more = (scores[one] as number) - (scores[other] as number);
      return more !== 0 ? more < 0 : one > other;
    };
    const rise = (heap: Int32Array, size: number, job: number): void => {
      let at = size;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (!isLessWanted(job, heap[parent] as number)) break;
        heap[at] = heap[parent] as number;
        at = parent;
      }
      heap[at] = job;
    };
    const sink = (heap: Int32Array, size: number, job: number): void => {
      let at = 0;
      for (let child = 1; child < size; child = 2 * at + 1) {
        if (child + 1 < size && isLessWanted(heap[child + 1] as number, heap[child] as number)) child += 1;
        if (!isLessWanted(heap[child] as number, job)) break;
        heap[at] = heap[child] as number;
        at = child;
      }
      heap[at] = job;
    };
    for (let start = 0; start < count; start++) {
      let [job, last] = [start, -1];
      for (;;) {
        const index = this.#after(job, last);
        if (index < 0) {
          if ((choices[job] as number) > 0) homeless.push(job);
          break;
        }
        scores[job] = score(hashes[job] as number, keys[index] as number);
        const [heap, size] = [heaps[index] as Int32Array, sizes[index] as number];
        if (size < heap.length) {
          rise(heap, size, job);
          sizes[index] = size + 1;
          owners[job] = index;
          break;
        }
        last = index;
        const worst = heap[0];
        if (worst === undefined || !isLessWanted(worst, job)) continue;
        sink(heap, size, job);
        owners[job] = index;
        owners[worst] = -1;
        job = worst;
      }
    }
    for (const job of homeless.sort((a, b) => a - b)) {
      let least = -1;
      for (let index = 0; index < seats.length; index++) {
        if (!this.#isAllowed(job, index)) continue;
        const isLess = least < 0 ||
          (sizes[index] as number) * (seats[least] as Seat).weight <
            (sizes[least] as number) * (seats[index] as Seat).weight;
        if (isLess) least = index;
      }
      owners[job] = least;
      sizes[least] = (sizes[least] as number) + 1;
    }
  }
}
