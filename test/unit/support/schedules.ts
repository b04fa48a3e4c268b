/**
 * Schedules through an engine over the reference of a store, by whatever clock.
 *
 * @module
 */
import * as Engine from "../../../src/core/engine/Engine.ts";
import * as reference from "../../../src/core/ledger/reference-store.ts";
import * as Policy from "../../../src/core/words/Policy.ts";
import type { ClaimItem, ClaimResult, JobState, ShelfDue } from "../../../src/core/words/Request.ts";
import type {
  ScheduleCommand,
  ScheduleDefinition,
  ScheduleDone,
  ScheduleReply,
  ScheduleSeen,
} from "../../../src/core/words/ScheduleRequest.ts";
import * as Schedules from "../../../src/core/words/Schedules.ts";
import { beat, claim } from "../../conformance/support/requests.ts";
import { operate } from "../../support/operate.ts";

export { policies } from "./bench.ts";

/** The service. */
export const service = "billing";
/** When it begins. */
export const start: number = Date.UTC(2026, 0, 5, 8, 0, 30);
/** A minute. */
export const minute = 60_000;

/** A definition with most of it filled in. */
export const define = (rest: Partial<ScheduleDefinition> = {}): ScheduleDefinition => ({
  handler: "report",
  schedule: "* * * * *",
  policies: Policy.defaults,
  enabled: true,
  ...rest,
});

/** So many ids of schedules of `report` that stand on one shelf, with what they begin with. */
export const idsOn = (partition: number, count: number, prefix = ""): ReadonlyArray<string> => {
  const ids: Array<string> = [];
  const shelf = Schedules.shelf("report", partition);
  for (let n = 0; ids.length < count; n++) {
    const id = `${prefix}${n}`;
    if (Schedules.shelfOf({ handler: "report", id }) === shelf) ids.push(id);
  }
  return ids;
};

/** A store, and a process that asks. */
export class Scene {
  now: number = start;
  /** How far the clock of the process is ahead, as long as the store has not answered. */
  offMs: number = 0;
  readonly store: reference.Service = reference.empty();
  #engine = Engine.make({ rows: 400, bytes: 500_000 });

  /** Another process: it remembers nothing. */
  another(): this {
    this.#engine = Engine.make({ rows: 400, bytes: 500_000 });
    return this;
  }

  ask<Q extends Engine.EngineRequest>(request: Q): Engine.AnswerTo<Q> {
    let off = this.offMs;
    return operate(this.#engine, request, () => this.now + off, (it) => {
      off = 0;
      return reference.answer(this.store, it, this.now);
    });
  }

  command(command: ScheduleCommand): ScheduleReply {
    return this.ask({ _tag: "Schedules", service, command });
  }

  put(definition: ScheduleDefinition, id = "a", ifVersion?: number): ScheduleDone | undefined {
    return this.command({ _tag: "Put", puts: [{ id, definition, ifVersion }] }).done[0];
  }

  get(id = "a"): ScheduleSeen | undefined {
    return this.command({ _tag: "Get", ids: [id] }).schedules[0];
  }

  state(id = "a"): JobState {
    const found = this.get(id);
    if (found === undefined) throw new Error(`no ${id}`);
    return found.state;
  }

  /** The version that claims name. */
  definition(handler = "report"): string {
    return this.due(Number.MAX_SAFE_INTEGER, handler)?.schedules[0]?.definition ?? "";
  }

  due(until: number, handler = "report", id = "a", after: number = -1): ShelfDue | undefined {
    const shelf = Schedules.shelfOf({ handler, id });
    return this.ask({ _tag: "Due", service, asks: [{ shelf, after, until, limit: 10 }] }).shelves[0];
  }

  /** A node joins, and asks about a schedule. */
  claim(
    rest: Partial<ClaimItem> & { readonly definition: string },
    job: string = Schedules.nameOf("report", "a"),
    incarnation = "n",
  ): ClaimResult {
    const member = {
      name: "n",
      digest: "d",
      declared: new Map(),
      gapMs: 10_000,
      leaseMs: 10_000,
      longestMs: undefined,
    };
    this.ask(beat(service, incarnation, member));
    const item = {
      _tag: "Sync",
      job,
      claimId: "n.1",
      nextDueAt: undefined,
      floor: undefined,
      floorBy: undefined,
      overlap: "skip",
      rerun: false,
      take: 1,
      ...rest,
    } as ClaimItem;
    const [result] = this.ask(claim(service, incarnation, [item], { expiresAt: this.now + 60_000 })).results;
    if (result === undefined) throw new Error("no result");
    return result;
  }
}
