/**
 * Who stands beside the store and sees what each request makes of schedules.
 */
import type { EngineRequest } from "../../../core/engine/Engine.ts";
import { scheduleIdOf, scheduleKey, seen } from "../../../core/engine/rows.ts";
import { rowsOf, type Stored, storedIn } from "../../../core/engine/schedules/stored.ts";
import * as JobRecord from "../../../core/ledger/JobRecord.ts";
import type { Service } from "../../../core/ledger/reference-store.ts";
import type { Run } from "../../../core/words/Fire.ts";
import { nameOf } from "../../../core/words/Schedules.ts";
import type { ExchangeItem } from "../../../Store.ts";
import { areAllPaused } from "../AllPaused.ts";
import { noteClaim } from "../Claims.ts";
import { type Commit, isAsked, type Issue, logOf } from "../History.ts";
import type { Sight, World } from "../World.ts";
import type { Change, ScheduleHistory, Standing } from "./ScheduleHistory.ts";

/** A schedule as its rows tell it; undefined if there is none that can be read. */
export const storedAt = ({ rows }: Service, id: string): Stored | undefined => {
  const stored = storedIn(
    rowsOf(id).map((key) => {
      const text = rows.get(key);
      return text === undefined ? undefined : seen(text, text);
    }),
  );
  return typeof stored === "string" ? undefined : stored;
};

/** Where a record stands. */
export const standingOf = (
  { active, counted = 0, paused, queue, waiting = [], watermark }: JobRecord.JobRecord,
): Standing => ({
  watermark,
  counted,
  isPaused: paused,
  active: active.map(({ fence }) => fence),
  waiting,
  queued: queue.length,
});

const whatOf = (before: Standing, after: Standing): Change["what"] | undefined => {
  if (before.isPaused !== after.isPaused) return after.isPaused ? "paused" : "resumed";
  return after.queued > before.queued ? "asked for" : undefined;
};

/** The schedule that an item changes; undefined if it changes none. */
export const scheduleIn = (item: ExchangeItem): string | undefined => {
  const [row] = item._tag === "Change" ? item.rows : [];
  return row?.put === undefined ? undefined : scheduleIdOf(row.key);
};

/** A run that was handed out. */
interface Handed {
  readonly life: string;
  readonly payload: string | undefined;
  readonly at: number;
}

/** Sees and notes. */
export class Witness implements Sight {
  readonly #world: World;
  readonly #history: ScheduleHistory;
  /** The name of the life of each schedule that is there, by its id. */
  readonly #lives: Map<string, string> = new Map();
  /** The same by its id and the version of each put. */
  readonly #putAs: Map<string, string> = new Map();
  #begun = 0;
  /** When what is seen now was sent. */
  #sentAt = 0;
  /** Which life each run is of and what it is to be given, by the name of the schedule and its token. */
  readonly #handedOut: Map<string, Handed> = new Map();
  readonly #ended: Set<string> = new Set();
  /** Hears of each change that people made, by the name of the schedule. */
  onChange: (job: string) => void = () => {};

  constructor(world: World, history: ScheduleHistory) {
    this.#world = world;
    this.#history = history;
  }

  /** The store has forgotten something: what is there is what it was when it was put. */
  regressed(): void {
    this.#lives.clear();
    for (const key of this.#world.service.rows.keys()) {
      const id = scheduleIdOf(key);
      const stored = id === undefined ? undefined : storedAt(this.#world.service, id);
      const life = this.#putAs.get(`${id} ${stored?.version}`);
      if (id !== undefined && life !== undefined) this.#lives.set(id, life);
    }
  }

  /** A change was made of a schedule that was asked for at `sentAt`. `storeNow` is the store's clock. */
  changed(id: string, before: Stored | undefined, cause: EngineRequest, storeNow: number, sentAt: number): void {
    this.#sentAt = Math.floor(sentAt);
    const after = storedAt(this.#world.service, id);
    if (after === undefined) {
      if (this.#world.service.rows.has(scheduleKey(id))) {
        const at = Math.floor(this.#world.now);
        this.#history.spoilt.push({ at, life: this.#lives.get(id) ?? id, cause: cause._tag });
      }
      if (before !== undefined) this.#removed(id, before, storeNow);
      return;
    }
    const job = nameOf(after.definition.handler, id);
    if (cause._tag === "Schedules") this.onChange(job);
    if (before?.version !== after.version) return this.#put(id, before, after, storeNow);
    const life = this.#lives.get(id) ?? id;
    if (cause._tag === "Claim") {
      const item = cause.items.find((it) => it.job === job);
      const { issues } = this.#history;
      const known = issues.length;
      const log = logOf(this.#history, life);
      if (item !== undefined) noteClaim(this.#world, cause, item, before.record, after.record, log);
      for (const { at, fence } of issues.slice(known)) {
        this.#handedOut.set(`${job} ${fence}`, { life, payload: after.definition.payload, at });
      }
      this.#noteCount(life, issues.slice(known), before, after);
      this.#noteLost(life, before, after);
    } else if (cause._tag === "Complete") this.#noteEnds(life, job, cause.items, before, after);
    else if (cause._tag === "Schedules") this.#noteControl(id, life, before, after, storeNow);
  }

  #note(
    { definition, hash, record, version }: Stored,
    rest: Pick<Change, "after" | "before" | "id" | "life" | "storeNow" | "what">,
  ): void {
    const at = Math.floor(this.#world.now);
    const sentAt = this.#sentAt;
    this.#history.changes.push({ at, sentAt, definition, hash, named: record.definition, version, ...rest });
  }

  #removed(id: string, before: Stored, storeNow: number): void {
    const life = this.#lives.get(id) ?? id;
    this.#lives.delete(id);
    this.onChange(nameOf(before.definition.handler, id));
    this.#note(before, { id, life, storeNow, what: "removed", before: standingOf(before.record), after: undefined });
  }

  #put(id: string, before: Stored | undefined, after: Stored, storeNow: number): void {
    const isSame = before?.definition.handler === after.definition.handler;
    if (before !== undefined && !isSame) this.#removed(id, before, storeNow);
    const known = isSame ? this.#lives.get(id) : undefined;
    const life = known ?? `${nameOf(after.definition.handler, id)}~${++this.#begun}`;
    this.#lives.set(id, life);
    this.#putAs.set(`${id} ${after.version}`, life);
    const stood = isSame ? standingOf(before.record) : undefined;
    const stands = standingOf(after.record);
    this.#notePause(life, isSame ? before : undefined, after);
    this.#note(after, { id, life, storeNow, what: "put", before: stood, after: stands });
    const at = Math.floor(this.#world.now);
    for (const dueAt of stands.waiting) {
      if (!(stood?.waiting ?? []).includes(dueAt)) this.#history.waited.push({ at, job: life, dueAt });
    }
    for (const dueAt of stood?.waiting ?? []) {
      if (!stands.waiting.includes(dueAt)) this.#history.gone.push({ at, job: life, dueAt });
    }
    this.#noteMove(life, stood?.watermark ?? stands.watermark, after, { claimId: "put", reason: "definition" });
  }

  /** What begins, or starts something from now on, is paused while all are. */
  #notePause(life: string, before: Stored | undefined, { record: { paused } }: Stored): void {
    const begins = before === undefined || before.record.pausedWithAll === true;
    if (paused || !begins || !areAllPaused(this.#world)) return;
    const at = Math.floor(this.#world.now);
    this.#world.history.incidents.push({ at, what: "registered while all are paused", job: life, incarnation: "" });
  }

  /** The watermark moves, and nobody has claimed anything. */
  #noteMove(
    life: string,
    from: number,
    { record }: Stored,
    { claimId, reason }: Pick<Commit, "claimId" | "reason">,
  ): void {
    this.#history.commits.push({
      at: Math.floor(this.#world.now),
      job: life,
      kind: "register",
      claimId,
      definition: record.definition,
      from,
      to: record.watermark,
      runs: [],
      skips: [],
      reason,
    });
  }

  #noteControl(id: string, life: string, before: Stored, after: Stored, storeNow: number): void {
    const [stood, stands] = [standingOf(before.record), standingOf(after.record)];
    const what = whatOf(stood, stands);
    if (what !== undefined) this.#note(after, { id, life, storeNow, what, before: stood, after: stands });
    if (stood.watermark === stands.watermark) return;
    this.#noteMove(life, stood.watermark, after, { claimId: "control", reason: "control" });
  }

  #end(life: string, { attempt, dueAt, fence }: JobRecord.StoredRun, outcome: string, endedAt?: number): void {
    const key = `${life} ${fence}`;
    if (this.#ended.has(key)) return;
    this.#ended.add(key);
    this.#history.ends.push({ at: Math.floor(this.#world.now), job: life, dueAt, attempt, fence, outcome, endedAt });
  }

  #noteEnds(
    life: string,
    job: string,
    items: Extract<EngineRequest, { readonly _tag: "Complete" }>["items"],
    before: Stored,
    after: Stored,
  ): void {
    for (const item of items) {
      const run = item.job === job ? before.record.active.find(({ fence }) => fence === item.fence) : undefined;
      if (run === undefined || item.extendsTo !== undefined) continue;
      const left = after.record.active.find(({ fence }) => fence === item.fence);
      const isSame = left?.claimId === run.claimId && left?.heldUntil === run.heldUntil;
      const goesOn = left !== undefined && (item.rerun || isSame);
      if (!goesOn) this.#end(life, run, item.outcome, item.endedAt);
    }
  }

  #noteCount(life: string, issues: ReadonlyArray<Issue>, before: Stored, after: Stored): void {
    const [{ counted: was = 0 }, { counted: is = 0 }] = [before.record, after.record];
    const issued = issues.filter((issue) => issue.attempt === 1 && !isAsked(issue)).length;
    const { policies: { limit } } = after.definition;
    if (was === is && (limit === undefined || issued === 0)) return;
    this.#history.countings.push({ at: Math.floor(this.#world.now), life, limit, before: was, after: is, issued });
  }

  /** Runs that a claim finds in the hands of who is gone and hands to nobody, and fires that do not wait any more. */
  #noteLost(life: string, before: Stored, after: Stored): void {
    const at = Math.floor(this.#world.now);
    const { active } = after.record;
    for (const run of before.record.active) {
      const goesOn = active.some(({ dueAt, fence }) => fence >= run.fence && dueAt === run.dueAt);
      if (!goesOn) this.#end(life, run, "lost");
    }
    const still = after.record.waiting ?? [];
    for (const dueAt of before.record.waiting ?? []) {
      if (still.includes(dueAt) || active.some((run) => run.dueAt === dueAt && run.kind === "late")) continue;
      this.#history.gone.push({ at, job: life, dueAt });
    }
  }

  /** A run of a schedule is started. */
  started({ attempt, dueAt, fence, job, kind, payload }: Run, incarnation: string, uncertaintyMs: number): void {
    const at = this.#world.now;
    const handed = this.#handedOut.get(`${job} ${fence}`);
    if (handed === undefined) {
      this.#history.unwarranted.push({ at, job, fence, incarnation });
      return;
    }
    const { life } = handed;
    this.#history.given.push({ at, life, fence, payload, wanted: handed.payload, handedAt: handed.at });
    this.#history.starts.push({ at, job: life, dueAt, attempt, fence, kind, payload, incarnation, uncertaintyMs });
  }

  /** Notes how schedules are left. */
  leave(isPlaced: (handler: string) => boolean): void {
    this.#history.left = [...this.#lives].flatMap(([id, life]) => {
      const stored = storedAt(this.#world.service, id);
      if (stored === undefined) return [];
      const { definition: { handler }, record, version } = stored;
      const held = record.active.map(({ claimId, dueAt, fence, notBefore, startsAt = dueAt }) => ({
        fence,
        holder: JobRecord.holder(claimId),
        since: notBefore ?? Math.max(startsAt, fence),
      }));
      return [{ id, life, handler, version, standing: standingOf(record), held, isPlaced: isPlaced(handler) }];
    });
  }
}
