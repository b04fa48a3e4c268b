/**
 * What the laws of a driver are written with.
 */
import * as Data from "effect/Data";
import * as Effect from "effect/Effect";
import * as Equal from "effect/Equal";
import { leaseOf } from "../../core/ledger/lease.ts";
import { whole } from "../../carrier.ts";
import { Driver, type DriverError } from "../../Driver.ts";
import type {
  BeatReply,
  BeatRequest,
  ClaimReply,
  ClaimRequest,
  ClaimResult,
  CompleteReply,
  Completion,
  ControlReply,
  ControlRequest,
  HistoryEntry,
  JobState,
} from "../../core/words/Request.ts";
import type { ScheduleCommand, ScheduleReply } from "../../core/words/ScheduleRequest.ts";
import * as requests from "./requests.ts";

/** A driver broke a law. */
export class LawViolation extends Data.Error<{
  /** What was looked at. */
  readonly what: string;
  readonly found: unknown;
  readonly expected: unknown;
}> {
  /** Tag for `Effect.catchTag` and `switch`. */
  readonly _tag = "LawViolation" as const;
  override readonly name = "LawViolation";
  override get message(): string {
    return `${this.what}: found ${shown(this.found)}, expected ${shown(this.expected)}`;
  }
}

const shown = (value: unknown): string => {
  const text = JSON.stringify(
    value,
    (_, it) => it === undefined ? "undefined" : it instanceof Map ? Object.fromEntries(it) : it,
  );
  return text.length > 600 ? `${text.slice(0, 600)}…` : text;
};

/** A law of drivers: it holds if the effect succeeds. Each check uses a service of its own and removes it. */
export interface Law {
  readonly name: string;
  readonly check: Effect.Effect<void, LawViolation | DriverError, Driver>;
}

/** What a law may fail with, and needs. */
export type Checking<A> = Effect.Effect<A, LawViolation | DriverError, Driver>;

const freshService = (): string => `laws-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`;

/** Builds a law from what it does with a fresh service. */
export const law = (name: string, body: (store: Tested) => Checking<void>): Law => ({
  name,
  check: Effect.suspend(() => {
    const service = freshService();
    return Effect.flatMap(Effect.map(Driver, whole), (driver) =>
      Effect.ensuring(
        body(storeOf(driver, service)),
        Effect.ignore(driver.control({ _tag: "Control", service, command: { _tag: "Destroy" } })),
      ));
  }),
});

/** What is asked about schedules in the store. */
export type AskSchedules = (command: ScheduleCommand) => Checking<ScheduleReply>;

/** A law about schedules, which holds for a driver that keeps none. */
export const ofSchedules = (name: string, body: (store: Tested, ask: AskSchedules) => Checking<void>): Law =>
  law(name, (store) => {
    const { schedules } = store.driver;
    const { driver, service } = store;
    if (schedules === undefined) return Effect.void;
    return body(store, (command) => schedules.call(driver, { _tag: "Schedules", service, command }));
  });

/** Fails unless both are structurally equal. */
export const same = (what: string, found: unknown, expected: unknown): Effect.Effect<void, LawViolation> =>
  Equal.equals(found, expected) ? Effect.void : Effect.fail(new LawViolation({ what, found, expected }));

/** Fails unless the condition holds. */
export const holds = (
  what: string,
  condition: boolean,
  found: unknown = condition,
): Effect.Effect<void, LawViolation> =>
  condition ? Effect.void : Effect.fail(new LawViolation({ what, found, expected: "that it holds" }));

/** What beats with short promises were answered in the end, and how short these were. */
export interface Brief<R> {
  readonly reply: R;
  readonly briefMs: number;
}

/**
 * Beats of several members whose promises are soon over. On a slow machine one may be over before the next begins, so they are
 * made for longer until all of them are there together.
 */
export const briefly = <R, E, S>(
  beats: (briefMs: number) => Effect.Effect<R, E, S>,
  areTogether: (reply: R) => boolean,
): Effect.Effect<Brief<R>, E, S> => {
  const tried = (briefMs: number): Effect.Effect<Brief<R>, E, S> =>
    Effect.flatMap(
      beats(briefMs),
      (reply) => areTogether(reply) || briefMs > 5_000 ? Effect.succeed({ reply, briefMs }) : tried(2 * briefMs),
    );
  return tried(30);
};

/** A completion of a run. */
export const ended = (
  run: { readonly job: string; readonly fence: number; readonly dueAt: number; readonly attempt: number },
  overrides: Partial<Completion> = {},
): Completion => ({
  job: run.job,
  fence: run.fence,
  dueAt: run.dueAt,
  attempt: run.attempt,
  outcome: "succeeded",
  startedAt: run.dueAt,
  endedAt: run.dueAt + 1,
  rerun: false,
  ...overrides,
});

/** A driver that is tested, with most of each request filled in. */
export interface Tested {
  readonly driver: Driver;
  readonly service: string;
  readonly beat: (incarnation: string, overrides?: Partial<BeatRequest>) => Checking<BeatReply>;
  /** Claims one job. The claimant joins first, unless it is a member or has left: who is none is handed nothing. */
  readonly claim: (
    incarnation: string,
    job: string,
    item?: requests.ItemParts,
    overrides?: Partial<ClaimRequest>,
  ) => Checking<ClaimResult>;
  /** Claims several jobs. */
  readonly claims: (
    incarnation: string,
    items: ReadonlyArray<requests.ItemParts & { readonly job: string }>,
    overrides?: Partial<ClaimRequest>,
  ) => Checking<ClaimReply>;
  readonly complete: (...items: ReadonlyArray<Completion>) => Checking<CompleteReply["results"]>;
  /** Gives a command and tells what became of it. */
  readonly control: (command: ControlRequest["command"]) => Checking<ControlReply["result"]>;
  /** The same, with when the first of the fires that were asked for is due. */
  readonly queue: (
    command: ControlRequest["command"],
  ) => Checking<readonly [result: ControlReply["result"], dueAt: number | undefined]>;
  readonly peek: (...jobs: ReadonlyArray<string>) => Checking<ReadonlyArray<JobState>>;
  readonly history: Checking<ReadonlyArray<HistoryEntry>>;
  /** Registers a job and tells its watermark. */
  readonly register: (job: string) => Checking<number>;
}

let claimsMade = 0;

const storeOf = (driver: Driver, service: string): Tested => {
  const beaten = new Set<string>();
  const beat: Tested["beat"] = (incarnation, overrides = {}) =>
    Effect.suspend(() => {
      beaten.add(incarnation);
      return driver.beat(requests.beat(service, incarnation, overrides));
    });
  const claims: Tested["claims"] = (incarnation, items, overrides = {}) =>
    Effect.andThen(
      Effect.suspend(() =>
        beaten.has(incarnation) || leaseOf(incarnation) !== undefined ? Effect.void : Effect.asVoid(beat(incarnation))
      ),
      driver.claim({
        _tag: "Claim",
        service,
        incarnation,
        deployment: 1,
        expiresAt: Number.MAX_SAFE_INTEGER,
        items: items.map((it) => requests.item(it.job, `${incarnation}.${++claimsMade}`, it)),
        ...overrides,
      }),
    );
  const claim: Tested["claim"] = (incarnation, job, item = {}, overrides = {}) =>
    Effect.flatMap(
      claims(incarnation, [{ job, ...item }], overrides),
      ({ results: [result] }) =>
        result === undefined
          ? Effect.fail(new LawViolation({ what: "answers to one claim", found: 0, expected: 1 }))
          : Effect.succeed(result),
    );
  const peek = (jobs: ReadonlyArray<string>, history: boolean) => driver.peek({ _tag: "Peek", service, jobs, history });
  return {
    driver,
    service,
    claims,
    claim,
    beat,
    complete: (...items) =>
      Effect.map(
        driver.complete({ _tag: "Complete", service, incarnation: "anybody", items }),
        ({ results }) => results,
      ),
    queue: (command) =>
      Effect.map(
        driver.control({ _tag: "Control", service, command }),
        ({ dueAt, result }) => [result, dueAt] as const,
      ),
    control: (command) => Effect.map(driver.control({ _tag: "Control", service, command }), ({ result }) => result),
    peek: (...jobs) => Effect.map(peek(jobs, false), (reply) => reply.jobs),
    history: Effect.map(peek([], true), (reply) => reply.history),
    register: (job) =>
      Effect.flatMap(
        claim("registrar", job),
        ({ watermark }) =>
          watermark === undefined
            ? Effect.fail(new LawViolation({ what: "watermark of a new job", found: watermark, expected: "a number" }))
            : Effect.succeed(watermark),
      ),
  };
};
