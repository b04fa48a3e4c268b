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
import { Board, type Seat } from "./match.ts";
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

const namesOf = (jobs: Iterable<string>): ReadonlyArray<string> => {
  demand(isIterable(jobs), "jobs", jobs, "a list of strings");
  const names = [...new Set(jobs)];
  for (const name of names) demand(typeof name === "string", "jobs", name, "a list of strings");
  return names.sort();
};

const score = (jobHash: number, seat: Seat): number => mix(jobHash ^ Math.imul(seat.hash, 0x9e3779b1));

/**
 * Assigns every job to one member that may own it. Jobs nobody may own are left out.
 *
 * The order of members and jobs does not matter, nor do repetitions. Where all members may own all jobs, loads differ by
 * at most one (per unit of weight); a job that few may own takes precedence over one that many may own.
 *
 * Cost: O(jobs × members), about 10 ns each; `track` costs less where members come and go.
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
  const seats = seatsOf(members);
  const board = new Board(namesOf(jobs));
  board.assign(seats);
  const owners = new Map<string, string>();
  board.names.forEach((name, job) => {
    const owner = seats[board.owners[job] as number];
    if (owner !== undefined) owners.set(name, owner.id);
  });
  return owners;
};

/** Jobs whose owners are known while members come and go. It is written in place: keep it to yourself. */
export interface Tracked {
  /**
   * Assigns all jobs to these members, exactly as `Ring.assign` does. Where no member is limited to some jobs, what was known of
   * those who stay is used again. Cost after one member has come or gone: linear in the jobs, about 0.1 µs each.
   */
  readonly assign: (members: Iterable<RingMember>) => void;
  /** The member that owns a job; undefined if none does, or the job is not one of these. Cost: a look into a map. */
  readonly owner: (job: string) => string | undefined;
  /** The best of the others; undefined if there is none. */
  readonly successor: (job: string) => string | undefined;
  /** Owner and successor of each job that somebody owns, as `Ring.places` tells them. Cost: linear in the jobs. */
  readonly places: () => ReadonlyMap<string, Place>;
}

const placesOn = (board: Board): ReadonlyMap<string, Place> => {
  const found = new Map<string, Place>();
  // Few pairs come up again and again: each is one place.
  const pairs = new Map<number, Place>();
  board.names.forEach((name, job) => {
    const index = board.owners[job] as number;
    const owner = board.seats[index];
    if (owner === undefined) return;
    const successor = board.successor(job);
    const pair = index * (board.seats.length + 1) + successor + 1;
    const known = pairs.get(pair);
    const place = known ?? { owner: owner.id, successor: board.seats[successor]?.id };
    if (known === undefined) pairs.set(pair, place);
    found.set(name, place);
  });
  return found;
};

/**
 * Keeps who owns which of these jobs while members come and go, for who asks often: `assign` begins anew each time.
 *
 * Cost: linear in the jobs; it keeps about 50 bytes for each.
 *
 * @example
 * ```ts
 * import { Ring } from "ringcron";
 *
 * const tracked = Ring.track(["a", "b", "c"]);
 * tracked.assign([{ id: "n1" }, { id: "n2" }]);
 * tracked.assign([{ id: "n1" }]);
 * console.log(tracked.owner("b"), tracked.successor("b")); // n1 undefined
 * ```
 */
export const track = (jobs: Iterable<string>): Tracked => {
  const board = new Board(namesOf(jobs));
  let indexes: ReadonlyMap<string, number> | undefined;
  const indexOf = (job: string): number | undefined => {
    indexes ??= new Map(board.names.map((name, index) => [name, index]));
    return indexes.get(job);
  };
  const seatOf = (index: number): string | undefined => board.seats[index]?.id;
  return {
    assign: (members) => board.assign(seatsOf(members)),
    owner: (job) => {
      const index = indexOf(job);
      return index === undefined ? undefined : seatOf(board.owners[index] as number);
    },
    successor: (job) => {
      const index = indexOf(job);
      return index === undefined ? undefined : seatOf(board.successor(index));
    },
    places: () => placesOn(board),
  };
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
  const board = new Board(namesOf(jobs));
  board.assign(seatsOf(members));
  return placesOn(board);
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
