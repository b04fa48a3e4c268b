/**
 * What a node of the Go ancestor decides: a pool that polls the list of nodes, and a memory of fires it could not judge.
 *
 * A new list of nodes makes the pool "upgrade", and while it does no job runs; it is steady again when a poll shows the
 * list it has. The stored list keeps the store's order while the compared one is sorted, so a change of size takes two
 * polls. With the stable mode switched on, a fire that comes due meanwhile is kept, and looked at again when a later fire
 * finds the pool steady.
 *
 * @module
 */
import { crc32, makeRing, type Ring } from "./ring.ts";

/** A fire that was kept. */
export interface Kept {
  readonly job: string;
  readonly slot: number;
}

const points = 50;

/** The pool of one node. */
export class DcronPool {
  readonly #self: string;
  #nodes: ReadonlyArray<string> = [];
  #ring: Ring = makeRing([], points, crc32);
  #isSteady = false;

  constructor(self: string) {
    this.#self = self;
  }

  get isSteady(): boolean {
    return this.#isSteady;
  }

  /** A poll brought this list, in the store's order. */
  polled(nodes: ReadonlyArray<string>): void {
    const isSameSize = nodes.length === this.#nodes.length;
    const compared = isSameSize ? [...nodes].sort() : nodes;
    if (isSameSize && compared.every((it, n) => it === this.#nodes[n])) {
      this.#isSteady = true;
      return;
    }
    this.#isSteady = false;
    this.#nodes = compared;
    this.#ring = makeRing(compared, points, crc32);
  }

  /** Whether this node runs a job now. An empty ring says no, without a doubt. */
  check(job: string): "mine" | "not mine" | "upgrading" {
    if (this.#nodes.length === 0) return "not mine";
    if (!this.#isSteady) return "upgrading";
    return this.#ring.owner(job) === this.#self ? "mine" : "not mine";
  }
}

/** What a node does with the fires that come due. */
export class DcronFires {
  readonly #pool: DcronPool;
  readonly #stableMs: number;
  #kept: Array<Kept> = [];
  #isUpgrading = false;

  constructor(pool: DcronPool, stableMs: number) {
    this.#pool = pool;
    this.#stableMs = stableMs;
  }

  /** A fire is due: which fires this node runs now, kept ones included. */
  due(job: string, slot: number, now: number): ReadonlyArray<Kept> {
    const found = this.#pool.check(job);
    if (found === "upgrading") {
      this.#isUpgrading = true;
      this.#kept.push({ job, slot });
      this.#kept = this.#kept.filter((it) => it.slot >= now - this.#stableMs);
      return [];
    }
    const again = this.#isUpgrading ? this.#kept : [];
    if (this.#isUpgrading) this.#kept = [];
    this.#isUpgrading = false;
    const mine = again.filter((it) => this.#pool.check(it.job) === "mine");
    return found === "mine" ? [...mine, { job, slot }] : mine;
  }
}
