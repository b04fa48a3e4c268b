/**
 * Ownership: which member tries a job's fires first, and who tries next.
 *
 * Rendezvous hashing with an exactly bounded load: every member owns ⌊J/N⌋ or ⌈J/N⌉ of the jobs, and a member that joins
 * or leaves moves little more than its own share. Members propose nothing; jobs and members are matched as in the
 * stable-marriage problem, whose answer does not depend on any order. Integers only, so every runtime agrees.
 *
 * Ownership is a hint. Who may start a fire is decided by the store.
 */
import { hashOf, mix } from "../words/hash.ts";
import { push, replaceFirst } from "./heap.ts";
import { demand, demandParts } from "../words/InvalidInput.ts";

/** A member as ownership sees it. */
export interface RingMember {
  /** What tells it from the others: its incarnation, or any unique text. */
  readonly id: string;
  /** Its share relative to the others, a positive whole number. Default: 1. */
  readonly weight?: number | undefined;
  /** The jobs it may own; all of them if left out. */
  readonly jobs?: { readonly has: (job: string) => boolean } | undefined;
}

interface Seat {
  readonly id: string;
  readonly hash: number;
  readonly weight: number;
  readonly jobs: RingMember["jobs"];
}

const isIterable = (value: unknown): boolean =>
  typeof value === "object" && typeof (value as Partial<Iterable<unknown>> | null)?.[Symbol.iterator] === "function";

const seatsOf = (members: Iterable<RingMember>): Array<Seat> => {
  demand(isIterable(members), "members", members, "a list of { id }");
  const byId = new Map<string, Seat>();
  for (const member of members) {
    demandParts("members", member, "id");
    const { id, jobs, weight = 1 } = member;
    demand(typeof id === "string", "id", id, "a string");
    demand(typeof weight === "number" && weight < Infinity, "weight", weight, "a positive whole number");
    demand(jobs === undefined || typeof jobs?.has === "function", "jobs", jobs, "an object that has(job)");
    byId.set(id, { id, hash: hashOf(id), weight: Math.max(1, Math.trunc(weight)), jobs });
  }
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
};

const score = (jobHash: number, seat: Seat): number => mix(jobHash ^ Math.imul(seat.hash, 0x9e3779b1));

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

/** A heap of proposals held by one member, the least wanted on top. */
interface Proposal {
  readonly job: number;
  readonly score: number;
  /** How many members could take the job: the fewer, the more wanted it is. */
  readonly choices: number;
}

const isLessWanted = (a: Proposal, b: Proposal): boolean =>
  a.choices !== b.choices ? a.choices > b.choices : a.score !== b.score ? a.score < b.score : a.job > b.job;

/** The best seat for a job after the one at (bestScore, bestIndex), or -1. */
const nextSeat = (
  seats: ReadonlyArray<Seat>,
  job: string,
  hash: number,
  lastScore: number,
  lastSeat: number,
): number => {
  let best = -1;
  let bestScore = -1;
  for (let index = 0; index < seats.length; index++) {
    const seat = seats[index] as Seat;
    if (seat.jobs !== undefined && !seat.jobs.has(job)) continue;
    const value = score(hash, seat);
    const isAfter = value < lastScore || (value === lastScore && index > lastSeat);
    if (isAfter && value > bestScore) {
      best = index;
      bestScore = value;
    }
  }
  return best;
};

/** For each job the index of the seat that owns it, or -1. */
const match = (seats: ReadonlyArray<Seat>, names: ReadonlyArray<string>): Int32Array => {
  const owner = new Int32Array(names.length).fill(-1);
  if (seats.length === 0) return owner;
  const isRestricted = seats.some((seat) => seat.jobs !== undefined);
  const choices = names.map((job) =>
    isRestricted
      ? seats.reduce((n, seat) => n + (seat.jobs === undefined || seat.jobs.has(job) ? 1 : 0), 0)
      : seats.length
  );
  const capacity = quotas(seats, choices.reduce((n, count) => n + (count > 0 ? 1 : 0), 0));
  const heaps: Array<Array<Proposal>> = seats.map(() => []);
  const homeless: Array<number> = [];

  for (let start = 0; start < names.length; start++) {
    let job = start;
    let lastScore = Number.MAX_SAFE_INTEGER;
    let lastSeat = -1;
    for (;;) {
      const name = names[job] as string;
      const hash = hashOf(name);
      const index = nextSeat(seats, name, hash, lastScore, lastSeat);
      if (index < 0) {
        if ((choices[job] as number) > 0) homeless.push(job);
        break;
      }
      const heap = heaps[index] as Array<Proposal>;
      const proposal = { job, score: score(hash, seats[index] as Seat), choices: choices[job] as number };
      lastScore = proposal.score;
      lastSeat = index;
      if (heap.length < (capacity[index] as number)) {
        push(heap, proposal, isLessWanted);
        owner[job] = index;
        break;
      }
      const worst = heap[0];
      if (worst !== undefined && isLessWanted(worst, proposal)) {
        replaceFirst(heap, proposal, isLessWanted);
        owner[job] = index;
        owner[worst.job] = -1;
        job = worst.job;
        lastScore = worst.score;
      }
    }
  }

  const load = heaps.map((heap) => heap.length);
  for (const job of homeless.sort((a, b) => a - b)) {
    const name = names[job] as string;
    let least = -1;
    seats.forEach((seat, index) => {
      if (seat.jobs !== undefined && !seat.jobs.has(name)) return;
      const isLess = least < 0 ||
        (load[index] as number) * (seats[least] as Seat).weight < (load[least] as number) * seat.weight;
      if (isLess) least = index;
    });
    owner[job] = least;
    load[least] = (load[least] as number) + 1;
  }
  return owner;
};

/**
 * Assigns every job to one member that may own it. Jobs nobody may own are left out.
 *
 * The order of members and jobs does not matter, nor do repetitions. Where all members may own all jobs, loads differ by
 * at most one (per unit of weight); a job that few may own takes precedence over one that many may own.
 *
 * Cost: O(jobs × members), about 10 ns each.
 *
 * @example
 * ```ts
 * import { Ring } from "ringcron";
 *
 * const owners = Ring.assign([{ id: "n1" }, { id: "n2" }, { id: "n3" }], ["a", "b", "c"]);
 * console.log(new Set(owners.values()).size); // 3
 * ```
 */
export const assign = (members: Iterable<RingMember>, jobs: Iterable<string>): ReadonlyMap<string, string> => {
  const owners = new Map<string, string>();
  for (const [job, place] of places(members, jobs)) owners.set(job, place.owner);
  return owners;
};

/** Who tries a job's fires first, and who looks after it. */
export interface Place {
  /** The `id` of the member that tries first. */
  readonly owner: string;
  /** The best of the others; undefined if there is none. */
  readonly successor: string | undefined;
}

/**
 * Like `assign`, with the successor of each owner: the member that looks whether the owner did its part.
 *
 * Cost: O(jobs × members).
 *
 * @example
 * ```ts
 * import { Ring } from "ringcron";
 *
 * console.log(Ring.places([{ id: "n1" }], ["a"]).get("a")?.successor); // undefined
 * ```
 */
export const places = (members: Iterable<RingMember>, jobs: Iterable<string>): ReadonlyMap<string, Place> => {
  const seats = seatsOf(members);
  demand(isIterable(jobs), "jobs", jobs, "a list of strings");
  const names = [...new Set(jobs)];
  for (const name of names) demand(typeof name === "string", "jobs", name, "a list of strings");
  names.sort();
  const found = new Map<string, Place>();
  match(seats, names).forEach((owner, job) => {
    if (owner < 0) return;
    const name = names[job] as string;
    const hash = hashOf(name);
    let index = nextSeat(seats, name, hash, Number.MAX_SAFE_INTEGER, -1);
    if (index === owner) index = nextSeat(seats, name, hash, score(hash, seats[index] as Seat), index);
    found.set(name, { owner: (seats[owner] as Seat).id, successor: seats[index]?.id });
  });
  return found;
};

/**
 * The members that may own a job in the order of its hash, whatever their load.
 *
 * Cost: O(members × log members).
 *
 * @example
 * ```ts
 * import { Ring } from "ringcron";
 *
 * console.log(Ring.rank([{ id: "n1" }, { id: "n2" }], "invoices").length); // 2
 * ```
 */
export const rank = (members: Iterable<RingMember>, job: string): ReadonlyArray<string> => {
  demand(typeof job === "string", "job", job, "a string");
  const hash = hashOf(job);
  return seatsOf(members)
    .filter((seat) => seat.jobs === undefined || seat.jobs.has(job))
    .map((seat) => ({ id: seat.id, score: score(hash, seat) }))
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
    .map((seat) => seat.id);
};
