/**
 * Schedules in the store as people are told them, and their payloads on the way to the store and back.
 */
import * as Effect from "effect/Effect";
import type { DstRule } from "../core/schedule/CronExpression.ts";
import type { InvalidInput } from "../core/words/InvalidInput.ts";
import type { Policies } from "../core/words/Policy.ts";
import type { PastRun, ScheduleDefinition, SchedulePut, ScheduleSeen } from "../core/words/ScheduleRequest.ts";
import type { DriverError } from "../Driver.ts";
import { isTicked, overdueMs } from "./JobInfo.ts";
import * as Codec from "./payloadCodec.ts";
import type { PayloadCodec } from "./payloadCodec.ts";

/** A schedule as the store has it. */
export interface ScheduleInfo {
  /** Which one it is. */
  readonly id: string;
  /** The handler that it starts. */
  readonly handler: string;
  /** A cron expression as it was written, or `@at` with an instant. */
  readonly schedule: string;
  /** The zone it is in; undefined: UTC, or what its text says. */
  readonly timeZone: string | undefined;
  /** Its DST rule; undefined: `default`, or what its text says. */
  readonly dst: DstRule | undefined;
  /** From when on it counts, epoch milliseconds; undefined: from ever. */
  readonly startAt: number | undefined;
  /** Up to when, epoch milliseconds; undefined: for ever. */
  readonly endAt: number | undefined;
  /** Its policies, complete. */
  readonly policies: Policies;
  /** What its handler is given; undefined if nobody here can read it. */
  readonly payload: unknown;
  /** Why its payload cannot be read, by the `payloadCodec` that is used here; undefined if it can. */
  readonly payloadError: string | undefined;
  /** Whether it starts anything, as it was put. */
  readonly enabled: boolean;
  /** Whether it is paused: by `pause`, with all jobs, or as it is not enabled. */
  readonly paused: boolean;
  /** By whom it is paused, as they said. */
  readonly pausedBy: string | undefined;
  /** Why it is paused, as they said. */
  readonly pauseReason: string | undefined;
  /** Whether it is paused with all jobs of the service. */
  readonly pausedWithAll: boolean;
  /** Which put made it what it is; grows with every change. */
  readonly version: number;
  /** Its first fire that is not decided, epoch milliseconds; undefined if there is none. */
  readonly nextDueAt: number | undefined;
  /** When that one starts, epoch milliseconds: when it is due, or later by what `jitterMs` gives; undefined as `nextDueAt`. */
  readonly nextStartsAt: number | undefined;
  /** That fire should have started more than 30 s ago, it is not paused, no run of it is active, and ticks do not look after it. */
  readonly isOverdue: boolean;
  /** Whether ticks look after it: one decided something of it last, and it is not overdue by a day. */
  readonly isTicked: boolean;
  /** Every fire at or before it is decided, epoch milliseconds. */
  readonly decidedUpTo: number;
  /** How many of its runs are under way, or wait. */
  readonly active: number;
  /** How many of its last runs are kept. */
  readonly keepRuns: number;
  /** Its last runs, the newest first, also those that failed and were tried again. */
  readonly lastRuns: ReadonlyArray<PastRun>;
}

/** How a payload was read. */
interface ToldPayload {
  readonly payload: unknown;
  readonly payloadError?: string;
}

const startsAtOf = ({ nextDueAt, nextStartsAt }: ScheduleSeen["state"]): number | undefined =>
  nextDueAt === undefined ? undefined : nextStartsAt ?? nextDueAt;

const infoOf = (
  { definition, id, lastRuns, state, version }: ScheduleSeen,
  storeTime: number,
  { payload, payloadError }: ToldPayload,
): ScheduleInfo => ({
  id,
  handler: definition.handler,
  schedule: definition.schedule,
  timeZone: definition.timeZone,
  dst: definition.dst,
  startAt: definition.startAt,
  endAt: definition.endAt,
  policies: definition.policies,
  payload,
  payloadError,
  enabled: definition.enabled,
  paused: state.paused,
  pausedBy: state.pause?.by,
  pauseReason: state.pause?.reason,
  pausedWithAll: definition.enabled && state.pausedWithAll === true,
  version,
  nextDueAt: state.nextDueAt,
  nextStartsAt: startsAtOf(state),
  isOverdue: !state.paused && state.active.length === 0 && (startsAtOf(state) ?? Infinity) < storeTime - overdueMs &&
    !isTicked(state, storeTime),
  isTicked: isTicked(state, storeTime),
  decidedUpTo: state.watermark,
  active: state.active.length,
  keepRuns: definition.keepRuns ?? 1,
  lastRuns,
});

/** How many payloads are read or written at once where that takes time. */
const sideBySide = 16;

/** Looks at schedules. */
type Look = (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<ScheduleSeen>, DriverError>;

/** What is done with payloads, by a codec or none. */
export interface Payloads {
  /** A schedule as people are told it, as of an instant of the store's clock. */
  readonly shown: (seen: ScheduleSeen, storeTime: number) => Effect.Effect<ScheduleInfo>;
  /** Schedules as people are told them. */
  readonly allShown: (
    seen: ReadonlyArray<ScheduleSeen>,
    storeTime: number,
  ) => Effect.Effect<ReadonlyArray<ScheduleInfo>>;
  /** Schedules as they go to the store. */
  readonly coded: (
    puts: ReadonlyArray<SchedulePut>,
    look: Look,
  ) => Effect.Effect<ReadonlyArray<SchedulePut>, InvalidInput | DriverError>;
}

/** For a service. */
export const payloadsOf = (service: string, codec: PayloadCodec | undefined): Payloads => {
  const ofSchedule = (id: string, { handler }: Pick<ScheduleDefinition, "handler">) => ({
    service,
    job: handler,
    schedule: id,
  });

  const shown = (seen: ScheduleSeen, storeTime: number): Effect.Effect<ScheduleInfo> => {
    const { definition, id } = seen;
    if (definition.payload === undefined) return Effect.succeed(infoOf(seen, storeTime, { payload: undefined }));
    return Effect.match(Codec.told(codec, definition.payload, ofSchedule(id, definition)), {
      onSuccess: (payload) => infoOf(seen, storeTime, { payload }),
      onFailure: ({ message }) => infoOf(seen, storeTime, { payload: undefined, payloadError: message }),
    });
  };

  const allShown = (seen: ReadonlyArray<ScheduleSeen>, storeTime: number) =>
    Effect.forEach(seen, (it) => shown(it, storeTime), { concurrency: sideBySide });

  /**
   * What goes to the store. A codec may make another text of the same payload each time, and no digest of it is kept, which would tell
   * what is equal: so it is what is there that goes there again, if that says the same. Cost: with a codec a look more.
   */
  const coded = Effect.fnUntraced(function* (puts: ReadonlyArray<SchedulePut>, look: Look) {
    const ids = puts.flatMap(({ definition, id }) => definition.payload === undefined ? [] : [id]);
    if (codec === undefined || ids.length === 0) return puts;
    const found = yield* look(ids);
    const before = new Map(found.map((it) => [it.id, it.definition]));
    return yield* Effect.forEach(puts, (put) => {
      const { definition, id } = put;
      const { handler, payload: json } = definition;
      if (json === undefined) return Effect.succeed(put);
      const of = ofSchedule(id, definition);
      const there = before.get(id);
      const same = there?.payload === undefined || there.handler !== handler || !Codec.isMade(there.payload)
        ? Effect.succeed(undefined)
        : Effect.match(Codec.decoded(codec, there.payload, of), {
          onSuccess: (text) => text === json ? there.payload : undefined,
          onFailure: () => undefined,
        });
      return Effect.map(
        Effect.flatMap(same, (text) => text === undefined ? Codec.stored(codec, json, of) : Effect.succeed(text)),
        (payload): SchedulePut => ({ ...put, definition: { ...definition, payload } }),
      );
    }, { concurrency: sideBySide });
  });

  return { shown, allShown, coded };
};
