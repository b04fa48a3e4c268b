/**
 * A store that forgets: the last of what it acknowledged, as a promoted replica does that lagged behind, or everything, as
 * one does that is restarted empty or put back to a copy.
 */
import { empty, type Service } from "../../core/ledger/reference-store.ts";
import { allPausedForgotten } from "./AllPaused.ts";
import * as Random from "./Random.ts";
import { mend } from "./Records.ts";
import type { World } from "./World.ts";

/** The store as it was. */
interface Snapshot {
  readonly at: number;
  readonly service: Omit<Service, "history">;
  /** How much had been seen by then. Counted, as instants in the history are cut to whole milliseconds. */
  readonly commits: number;
  readonly issues: number;
}

/** How often the store is remembered, and for how long. Milliseconds. */
const everyMs = 250;
const lastMs = 2_000;

/** How often a copy is made, and for how long it is kept. Milliseconds. */
const copiedEveryMs = 5_000;
const copiesMs = 60_000;

/** A loss that follows another one at once says nothing new. Milliseconds. */
const restMs = 10_000;

const copyOf = (
  { amnestyUntil, backSince, declared, groups, lastBeatAt, members, rows, shelves, version, waits }:
    Snapshot["service"],
): Snapshot["service"] => ({
  rows: new Map(rows),
  waits: new Map(waits),
  shelves: new Map([...shelves].map(([shelf, of]) => [shelf, new Map(of)])),
  groups: new Map(groups),
  members: new Map(members),
  declared: new Map(declared),
  version,
  lastBeatAt,
  amnestyUntil,
  backSince,
});

/** Remembers the store, and can put it back to what it was. */
export class Amnesia {
  readonly #world: World;
  readonly #random: Random.Random;
  readonly #snapshots: Array<Snapshot> = [];
  readonly #copies: Array<Snapshot> = [];
  #struckAt: number = 0;

  constructor(world: World) {
    this.#world = world;
    this.#random = Random.stream(world.seed, 8);
    this.#keep();
  }

  #snapshot(): Snapshot {
    const world = this.#world;
    const { commits, issues } = world.history;
    return { at: world.now, service: copyOf(world.service), commits: commits.length, issues: issues.length };
  }

  #keep(): void {
    const { now } = this.#world;
    const snapshot = this.#snapshot();
    this.#snapshots.unshift(snapshot);
    this.#snapshots.length = Math.min(this.#snapshots.length, lastMs / everyMs);
    const [copy] = this.#copies;
    if (copy === undefined || now >= copy.at + copiedEveryMs) this.#copies.unshift(snapshot);
    this.#copies.length = Math.min(this.#copies.length, copiesMs / copiedEveryMs);
    this.#world.after(everyMs, () => this.#keep());
  }

  /** The store forgets the last of what it acknowledged. */
  strike(): void {
    const { fate, now } = this.#world;
    const snapshot = this.#snapshots[fate.below(8) % Math.max(1, this.#snapshots.length)];
    if (snapshot === undefined) return;
    if (!this.#world.strike("loss of acknowledged writes", { forMs: now - snapshot.at })) return;
    this.#putBack(snapshot, false);
  }

  /** Now and then the store forgets everything, or all since a copy was made. */
  strikeAll(): void {
    const { faults, now, service } = this.#world;
    if (faults.emptied === 0 || !this.#random.chance(faults.emptied / 10) || now < this.#struckAt + restMs) return;
    const isEmptied = this.#random.chance(500);
    const copy = this.#copies[this.#random.below(Math.max(1, this.#copies.length))];
    if (copy === undefined || service.version === 0) return;
    const what = isEmptied ? "store emptied" : "store put back to a copy";
    if (!this.#world.strike(what, isEmptied ? {} : { forMs: now - copy.at })) return;
    this.#struckAt = now;
    this.#putBack(isEmptied ? { at: 0, service: empty(), commits: 0, issues: 0 } : copy, true);
    // Later copies are of a store that is no more.
    this.#copies.length = 0;
  }

  #putBack(snapshot: Snapshot, isWhole: boolean): void {
    const { history, now, promised, service } = this.#world;
    history.regressions.push({
      at: now,
      to: snapshot.at,
      commits: history.commits.length - snapshot.commits,
      issues: history.issues.length - snapshot.issues,
      isWhole,
      isEmptied: snapshot.service.version === 0,
    });
    promised.clear();
    Object.assign(service, copyOf(snapshot.service));
    mend(this.#world);
    this.#world.witness?.regressed();
    allPausedForgotten(this.#world);
    this.#snapshots.length = 0;
  }
}
