/**
 * Waiting for what becomes of fires: one look at a time for all that whoever gives commands waits for, sooner where a hint says so.
 */
import * as Effect from "effect/Effect";
import type * as Fiber from "effect/Fiber";
import type { FireResult } from "../core/words/Fire.ts";
import { InvalidInput, wrongOptions } from "../core/words/InvalidInput.ts";
import type { ResultFound, ResultWanted } from "../core/words/Request.ts";
import { peek } from "../core/engine/commands.ts";
import { type Carrier, DriverError } from "../Driver.ts";
import { labelOf } from "../core/words/Schedules.ts";
import { type ResultOptions, ResultUnavailable, RunFailed, type Triggered } from "./Control.ts";
import * as HostContext from "./hostContext.ts";

/** The pause after the first look, each of which is twice as long as the one before, and the longest; milliseconds. */
const firstPauseMs = 250;
const longestPauseMs = 5_000;

/** The longest where a channel tells: hints may be lost. Milliseconds. */
const longestHintedMs = 15_000;

/** Between two looks, whatever hints say. Milliseconds. */
const leastPauseMs = 100;

/** How long is waited, and the longest that may be. Milliseconds. */
const defaultMs = 30_000;
const mostMs = 86_400_000;

/** What is waited for. */
interface Waiter {
  readonly wanted: ResultWanted;
  readonly settle: (found: Effect.Effect<FireResult | "gone", DriverError>) => void;
  /** What the last look has found, or why there was none. */
  last: ResultFound | DriverError | undefined;
}

const isLasting = ({ reason }: DriverError): boolean => reason !== "Unavailable" && reason !== "RateLimited";

/** Waits for fires of a service. */
export type Wait = (
  fire: ResultWanted,
  id: string,
  options: ResultOptions | undefined,
) => Effect.Effect<unknown, DriverError | InvalidInput | ResultUnavailable | RunFailed>;

/** What is under way while something is waited for. */
interface Session {
  looks: Fiber.Fiber<void> | undefined;
  channel: Fiber.Fiber<void> | undefined;
}

type Fork = <A>(effect: Effect.Effect<A>) => Fiber.Fiber<A>;

const looking = (service: string, driver: Carrier) => {
  const waiters = new Set<Waiter>();
  let session: Session | undefined;
  let isHeard = false;
  let isOpen = false;
  let pauseMs = firstPauseMs;
  let wake = (): void => {};

  const hurry = (): void => {
    isHeard = true;
    wake();
  };
  const heard = (job: string | undefined): void => {
    for (const { wanted } of waiters) if (job === undefined || job === wanted.job) return hurry();
  };
  const listening: Effect.Effect<void> = Effect.ensuring(
    // `Effect.ignoreCause` would bring the logger of Effect into the bundle of every client.
    Effect.asVoid(Effect.exit(Effect.suspend(() => {
      const hearing = {
        opened: () => {
          isOpen = true;
          hurry();
        },
        heard: (job: string | undefined) => job === undefined ? undefined : heard(job),
        over: heard,
      };
      return driver.hints?.(service, hearing) ?? Effect.void;
    }))),
    Effect.sync(() => void (isOpen = false)),
  );

  const take = (waiter: Waiter, found: ResultFound | DriverError): void => {
    waiter.last = found;
    if (found instanceof DriverError) {
      if (isLasting(found)) waiter.settle(Effect.fail(found));
    } else if (typeof found === "object" || found === "gone") waiter.settle(Effect.succeed(found));
  };

  const look = Effect.suspend(() => {
    const asked = [...waiters];
    const results = asked.map(({ wanted }) => wanted);
    const tell = (found: ReadonlyArray<ResultFound | DriverError | undefined>): void =>
      asked.forEach((waiter, index) => take(waiter, found[index] ?? "gone"));
    return Effect.match(driver.carry(peek, { _tag: "Peek", service, jobs: [], history: false, results }), {
      onSuccess: (reply) => {
        tell(reply.results ?? []);
        return 0;
      },
      onFailure: (error) => {
        tell(asked.map(() => error));
        return error.retryAfterMs ?? 0;
      },
    });
  });

  const woken = Effect.callback<void>((resume) => {
    wake = () => resume(Effect.void);
    if (isHeard) wake();
  });

  const looks = (own: Session, fork: Fork): Effect.Effect<void> =>
    Effect.gen(function* () {
      while (session === own) {
        isHeard = false;
        const askedMs = yield* look;
        if (session !== own) return;
        own.channel ??= fork(listening);
        yield* Effect.sleep(Math.max(leastPauseMs, askedMs));
        yield* Effect.raceFirst(woken, Effect.sleep(pauseMs));
        pauseMs = Math.min(2 * pauseMs, isOpen ? longestHintedMs : longestPauseMs);
      }
    });

  const add = (waiter: Waiter, fork: Fork): void => {
    waiters.add(waiter);
    pauseMs = firstPauseMs;
    if (session !== undefined) return hurry();
    const own: Session = { looks: undefined, channel: undefined };
    session = own;
    own.looks = fork(looks(own, fork));
  };
  const remove = (waiter: Waiter): void => {
    waiters.delete(waiter);
    if (waiters.size > 0) return;
    const over = session;
    session = undefined;
    over?.looks?.interruptUnsafe();
    over?.channel?.interruptUnsafe();
  };
  return { add, remove };
};

const valueOf = (found: FireResult | "gone", job: string, id: string) => {
  const unavailable = (reason: ResultUnavailable["reason"]) => Effect.fail(new ResultUnavailable({ job, id, reason }));
  if (found === "gone") return unavailable("gone");
  const { attempt, error, outcome, returned } = found;
  if (outcome !== "succeeded") return Effect.fail(new RunFailed({ job, id, outcome, attempt, error }));
  if (returned === undefined) return Effect.succeed(undefined);
  if (!("json" in returned)) return unavailable(returned.unkept);
  const { json } = returned;
  return Effect.catch(Effect.try((): unknown => JSON.parse(json)), () => unavailable("gone"));
};

/** For one client, or one node. Nothing is kept open, and nothing sent, while nothing is waited for. */
export const make = (service: string, driver: Carrier): Wait => {
  const { add, remove } = looking(service, driver);
  return Effect.fnUntraced(function* (wanted, id, options) {
    const wrong = wrongOptions(options, ["timeoutMs"]);
    if (wrong !== undefined) return yield* Effect.fail(wrong);
    const { timeoutMs = defaultMs } = options ?? {};
    if (!(Number.isSafeInteger(timeoutMs) && timeoutMs >= 1 && timeoutMs <= mostMs)) {
      const allowed = `whole milliseconds, 1 to ${mostMs}`;
      return yield* Effect.fail(new InvalidInput("timeoutMs", timeoutMs, allowed));
    }
    const job = labelOf(wanted.job);
    const runFork = Effect.runForkWith(yield* Effect.context());
    const fork: Fork = (effect) => HostContext.nobody(() => runFork(effect));
    const waiter: { -readonly [K in keyof Waiter]: Waiter[K] } = { wanted, settle: () => {}, last: undefined };
    const over = Effect.callback<FireResult | "gone", DriverError>((resume) => {
      waiter.settle = (found) => {
        remove(waiter);
        resume(found);
      };
      add(waiter, fork);
      return Effect.sync(() => remove(waiter));
    });
    const tooLong = Effect.andThen(
      Effect.sleep(timeoutMs),
      Effect.suspend((): Effect.Effect<never, DriverError | ResultUnavailable> => {
        const { last } = waiter;
        if (typeof last === "string") return Effect.fail(new ResultUnavailable({ job, id, reason: last }));
        const { name } = driver;
        const silent = { driver: name, operation: "peek", reason: "Unavailable", detail: "no answer in time" } as const;
        return Effect.fail(last instanceof DriverError ? last : new DriverError(silent));
      }),
    );
    return yield* valueOf(yield* Effect.raceFirst(over, tooLong), job, id);
  });
};

/** What whoever asked for a fire is told, with the way to its result. `slot`: undefined where that is not kept. */
export const triggered = (
  wait: Wait,
  id: string,
  { dueAt, job, slot }: Omit<ResultWanted, "slot"> & { readonly slot: number | undefined },
): Triggered => {
  const result: Triggered["result"] = (waiting) =>
    slot === undefined
      ? Effect.fail(new ResultUnavailable({ job: labelOf(job), id, reason: "not-kept" }))
      : wait({ job, dueAt, slot }, id, waiting);
  return Object.defineProperty({ dueAt, id } as Triggered, "result", { value: result });
};
