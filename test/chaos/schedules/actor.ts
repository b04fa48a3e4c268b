/**
 * The part of a process that asks for something all the time: what it asks is told before the call, and what it was answered right
 * after.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Schedules } from "ringcron/promise";
import { makeRandom } from "../campaign/random.ts";
import { draw, type Op, optionsOf } from "./plan.ts";

/** What somebody saw of a schedule. */
export interface Look {
  readonly put: string;
  readonly version: number;
  readonly paused: boolean;
  readonly enabled: boolean;
}

/** What somebody was told: the result of the call, or `error`, after which nobody knows. */
export interface Told {
  readonly told:
    | "created"
    | "updated"
    | "unchanged"
    | "conflict"
    | "removed"
    | "none"
    | "ok"
    | "unknown"
    | "disabled"
    | "full"
    | "seen"
    | "error";
  /** Of a look; null: there was none. */
  readonly seen?: Look | null | undefined;
  /** Of a trigger. */
  readonly dueAt?: number | undefined;
  /** Of an error. */
  readonly error?: string | undefined;
}

/** A process that asks. */
export interface Actor {
  /** Asks for nothing new. */
  readonly rest: () => void;
  /** Done when all that was asked has ended. */
  readonly done: Promise<void>;
}

/** How one asks. */
export interface ActorOptions {
  /** The name of the process; no other one has it. */
  readonly name: string;
  readonly seed: number;
  /** How long it waits between two, from and up to. Milliseconds. */
  readonly gapMs: readonly [from: number, upTo: number];
}

/** How many are under way at once. */
const atOnce = 4;

/** Carries out one. */
export const carryOut = async (schedules: Schedules, op: Op): Promise<Told> => {
  try {
    switch (op.kind) {
      case "put": {
        const { content, id, ifVersion } = op;
        return { told: await schedules.put({ id, ...optionsOf(content), ifVersion }) };
      }
      case "remove":
        return { told: await schedules.remove(op.id, { ifVersion: op.ifVersion }) ? "removed" : "none" };
      case "pause":
        await schedules.pause(op.id);
        return { told: "ok" };
      case "resume":
        await schedules.resume(op.id, { missed: op.missed });
        return { told: "ok" };
      case "trigger":
        return { told: "ok", dueAt: (await schedules.trigger(op.id)).dueAt };
      case "get": {
        const found = await schedules.get(op.id);
        if (found === undefined) return { told: "seen", seen: null };
        const { enabled, paused, payload, version } = found;
        return { told: "seen", seen: { put: (payload as { put: string }).put, version, paused, enabled } };
      }
    }
  } catch (error) {
    const { _tag, field, reason } = error as { _tag?: string; field?: string; reason?: string };
    if (_tag === "UnknownSchedule") return { told: "unknown" };
    if (_tag === "QueueFull") return { told: "full" };
    if (_tag === "InvalidInput" && field === "enabled") return { told: "disabled" };
    return { told: "error", error: `${_tag ?? error} ${reason ?? field ?? ""}` };
  }
};

/** Begins to ask, now of one and now of another of those that can be asked. */
export const act = (
  ways: ReadonlyArray<Schedules>,
  { gapMs: [from, upTo], name, seed }: ActorOptions,
  note: (line: object) => void,
): Actor => {
  const random = makeRandom(seed);
  const seen = new Map<string, { readonly put: string; readonly version: number } | undefined>();
  const under = new Set<Promise<void>>();
  let isResting = false;
  const ask = async (op: Op, ask: string, schedules: Schedules): Promise<void> => {
    note({ ask, at: Date.now(), ...op });
    const answer = await carryOut(schedules, op);
    note({ answer: ask, at: Date.now(), ...answer });
    if (answer.seen !== undefined) seen.set(op.id, answer.seen ?? undefined);
  };
  const work = async (): Promise<void> => {
    for (let n = 1; !isResting; n++) {
      await delay(random.between(from, upTo));
      if (under.size >= atOnce) continue;
      const op = draw(random, `${name}.${n}`, seen, Date.now());
      const asking = ask(op, `${name}.${n}`, random.pick(ways));
      under.add(asking);
      void asking.finally(() => under.delete(asking));
      // Who is not sure that something was done does it once more, now and then.
      if (op.kind !== "put" || op.ifPut !== undefined || !random.chance(0.1)) continue;
      await delay(random.between(0, 300));
      await ask(op, `${name}.${n}.again`, random.pick(ways));
    }
    await Promise.all(under);
  };
  return { rest: () => void (isResting = true), done: work() };
};
