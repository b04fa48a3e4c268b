/**
 * A store that forgets the last of what it acknowledged, as a promoted replica does that lagged behind.
 */
import type { Service } from "../../internal/reference-store.ts";
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

/** Remembers the store every quarter of a second, for two seconds, and can put it back there. */
export class Amnesia {
  readonly #world: World;
  readonly #snapshots: Array<Snapshot> = [];

  constructor(world: World) {
    this.#world = world;
    this.#keep();
  }

  #keep(): void {
    const world = this.#world;
    const { amnestyUntil, declared, lastBeatAt, members, rows, version, waits } = world.service;
    const { commits, issues } = world.history;
    this.#snapshots.unshift({
      at: world.now,
      service: {
        rows: new Map(rows),
        waits: new Map(waits),
        members: new Map(members),
        declared: new Map(declared),
        version,
        lastBeatAt,
        amnestyUntil,
      },
      commits: commits.length,
      issues: issues.length,
    });
    this.#snapshots.length = Math.min(this.#snapshots.length, 8);
    world.after(250, () => this.#keep());
  }

  /** The store forgets. */
  strike(): void {
    const { fate, history, now, service } = this.#world;
    const snapshot = this.#snapshots[fate.below(8) % Math.max(1, this.#snapshots.length)];
    if (snapshot === undefined) return;
    if (!this.#world.strike("loss of acknowledged writes", { forMs: now - snapshot.at })) return;
    history.regressions.push({
      at: now,
      to: snapshot.at,
      commits: history.commits.length - snapshot.commits,
      issues: history.issues.length - snapshot.issues,
    });
    this.#world.promised.clear();
    Object.assign(service, snapshot.service);
    mend(this.#world);
    this.#snapshots.length = 0;
  }
}
