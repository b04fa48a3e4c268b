/**
 * The shell around the state machine: reads the clocks, sleeps, talks to the driver, runs handlers. It decides nothing.
 */
import * as Cause from "effect/Cause";
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import type * as Fiber from "effect/Fiber";
import * as LogLevel from "effect/LogLevel";
import * as References from "effect/References";
import { mostInStep } from "../core/node/Draft.ts";
import * as Machine from "../core/node/Machine.ts";
import { drawBits } from "./bits.ts";
import { carrierOf } from "../carrier.ts";
import { beat } from "../core/engine/beats.ts";
import { claim, complete } from "../core/engine/claims.ts";
import { peek } from "../core/engine/commands.ts";
import { due } from "../core/engine/schedules/due.ts";
import { Answered, type Carrier, Driver, DriverError } from "../Driver.ts";
import type { Event, Happening } from "../core/words/Event.ts";
import type { Run } from "../core/words/Fire.ts";
import type { Reply } from "../core/words/Request.ts";
import { namedEvent } from "./named.ts";
import { isNoteworthy, logEvent } from "./Telemetry.ts";
import { instantOf } from "./instant.ts";
import { Observers } from "./Observer.ts";
import { settle } from "./settle.ts";
import * as HostContext from "./hostContext.ts";
import * as Thrown from "./thrown.ts";

/** What the shell needs to run a handler. */
export interface Handlers {
  /** Starts a handler; `ended` is called once it is over. `extend` asks that the run may go on for so long; default: it may. */
  readonly start: (
    run: Run,
    startedAt: number,
    ended: (end: Machine.RunEnd) => void,
    extend?: (ms: number) => Promise<boolean>,
  ) => void;
  /** Tells a handler to stop. */
  readonly abort: (job: string, fence: number, reason: Machine.AbortReason) => void;
}

/** Kinds of events. */
export type Kinds = ReadonlySet<Event["_tag"]>;

/** Who is told of events, and of which. */
interface Listener {
  readonly told: (event: Event) => unknown;
  readonly only: Kinds | undefined;
}

/** A state machine that lives. */
export interface Node {
  readonly state: () => Machine.State;
  /** The fleet's time, epoch milliseconds. */
  readonly now: () => number;
  /** This node's clocks. */
  readonly at: () => Machine.Instant;
  /** Asks to become a member. */
  readonly join: () => void;
  /** The phase of the machine, without a look at what was declared meanwhile. Cost: constant. */
  readonly phase: () => Machine.State["phase"];
  /** Declares a job. Cost: constant, whatever else is declared. */
  readonly declare: (spec: Machine.JobSpec) => void;
  /** Tells that this node has a handler for schedules in the store. */
  readonly handle: (handler: string) => void;
  /** Declares a job no longer. Cost: constant. */
  readonly withdraw: (job: string) => void;
  readonly feed: (input: MachineInput) => void;
  /** Tells what happened beside the machine. */
  readonly tell: (happening: Happening) => void;
  /** Calls the listener for each event, or for those of some kinds only; the result ends that. */
  readonly listen: (listener: (event: Event) => unknown, only?: Kinds) => () => void;
  /** Calls `look` whenever the machine has made its steps, events or not; the result ends that. */
  readonly watch: (look: () => void) => () => void;
}

/** An input without its time, which the shell adds. */
export type MachineInput = WithoutTime<Machine.Input>;

type WithoutTime<T> = T extends unknown ? Omit<T, "at"> : never;

const dispatch = (
  { carry }: Carrier,
  request: Machine.NodeRequest,
): Effect.Effect<Reply, DriverError> => {
  switch (request._tag) {
    case "Beat":
      return carry(beat, request);
    case "Claim":
      return carry(claim, request);
    case "Complete":
      return carry(complete, request);
    case "Peek":
      return carry(peek, request);
    case "Due":
      return carry(due, request);
  }
};

const failureOf = ({ detail, reason, retryAfterMs }: DriverError): Machine.Failure => ({
  reason,
  detail,
  retryAfterMs,
});

const unanswered = (driver: Carrier, operation: string): DriverError =>
  new DriverError({ driver: driver.name, operation, reason: "Unavailable", detail: "no answer in time" });

const defective = (driver: Carrier, operation: string): DriverError =>
  new DriverError({
    driver: driver.name,
    operation,
    reason: "Corrupt",
    detail: "the driver failed in an unforeseen way",
  });

/** What a clock shows may be less by so little than what it slept for: fractions have last digits. Milliseconds. */
const indistinctMs = 0.001;

/** Whoever moves the time knows when a process stands still, and need not have it look. Default: what the machine does. */
export const LongestSleepMs: Context.Reference<number | undefined> = Context.Reference("ringcron/LongestSleepMs", {
  defaultValue: (): number | undefined => undefined,
});

/**
 * Brings a machine to life. Nothing is sent before it is told to join.
 */
export const make = (
  checked: Machine.Config,
  handlers: Handlers,
  observers: Observers = new Observers(),
): Effect.Effect<Node, never, Driver> =>
  Effect.gen(function* () {
    const driver = carrierOf(yield* Driver);
    const longestSleepMs = yield* LongestSleepMs;
    const config = longestSleepMs === undefined ? checked : { ...checked, longestSleepMs };
    const clock = yield* Effect.clockWith(Effect.succeed);
    const runFork = Effect.runForkWith(yield* Effect.context());
    const fork = <A>(effect: Effect.Effect<A>): Fiber.Fiber<A> => HostContext.nobody(() => runFork(effect));
    const isVerbose = LogLevel.isGreaterThanOrEqualTo("Debug", yield* References.MinimumLogLevel);
    const listeners = new Set<Listener>();
    const watchers = new Set<() => void>();
    const inbox: Array<MachineInput> = [];
    const requests = new Set<Fiber.Fiber<void>>();
    let ends: Array<Machine.RunEnd> = [];
    let isStepping = false;
    let timer: Fiber.Fiber<void> | undefined;
    let timerAt = Infinity;

    let reached = -Infinity;
    const at = (): Machine.Instant => {
      const shown = driver.at?.(clock) ?? instantOf(clock);
      return shown.mono < reached && reached - shown.mono < indistinctMs ? { ...shown, mono: reached } : shown;
    };
    let current = Machine.initial(config, at());
    const declared = new Map<string, Machine.JobSpec>();
    const withdrawn = new Set<string>();
    let handlersAdded: Array<string> = [];
    let isGathering = false;
    const isGatheredAny = (): boolean => declared.size + withdrawn.size + handlersAdded.length > 0;

    /**
     * Jobs that are added and removed one by one reach the machine together, and the store: with whatever happens next, at the
     * latest when the program lets go. Each input copies the table of jobs, and each change of it is told to the store.
     */
    const gathered = (): void => {
      if (!isGatheredAny()) return;
      const some = handlersAdded.length === 0 ? {} : { handlers: handlersAdded };
      inbox.push({ _tag: "Declared", jobs: [...declared.values()], withdrawn: [...withdrawn], ...some });
      handlersAdded = [];
      declared.clear();
      withdrawn.clear();
    };

    const gather = (): void => {
      if (current.phase === "idle" || isGathering) return;
      isGathering = true;
      fork(Effect.andThen(
        Effect.sleep(0),
        Effect.sync(() => {
          isGathering = false;
          state();
        }),
      ));
    };

    const state = (): Machine.State => {
      if (isGatheredAny() && !isStepping) feed(undefined);
      return current;
    };

    /** Whoever calls, what is set in motion is nobody's: no timer and no request keeps the context of a caller. */
    const feed = (input: MachineInput | undefined): void => HostContext.nobody(() => step(input));

    const advance = (input: Machine.Input): ReturnType<typeof Machine.step> => {
      try {
        return Machine.step(current, input);
      } catch (error) {
        if (input._tag !== "Replied") throw error;
        // An answer that lacks what it should tell, of a driver of somebody's own.
        const failure = failureOf(defective(driver, input.reply._tag.toLowerCase()));
        return Machine.step(current, { _tag: "Failed", at: input.at, id: input.id, failure });
      }
    };

    const step = (input: MachineInput | undefined): void => {
      gathered();
      if (input !== undefined) inbox.push(input);
      // Carrying out a command may feed the machine again, before the commands of this step are all carried out.
      if (isStepping) return;
      isStepping = true;
      try {
        for (let next = inbox.shift(); next !== undefined; next = inbox.shift()) {
          const [after, commands] = advance({ ...next, at: at() } as Machine.Input);
          current = after;
          for (const command of commands) {
            try {
              carryOut(command);
            } catch (error) {
              // What belongs to strangers is guarded where it is called. Should anything slip through, the rest is still done.
              fork(Effect.logError(`${command._tag} failed: ${Thrown.textOf([error])}`));
            }
          }
        }
      } finally {
        isStepping = false;
      }
      for (const look of [...watchers]) look();
    };

    const tellEnds: Effect.Effect<void> = Effect.suspend(() => {
      const told = ends.slice(0, mostInStep);
      ends = ends.slice(mostInStep);
      feed({ _tag: "RunsEnded", ends: told });
      return ends.length === 0 ? Effect.void : tellEndsSoon;
    });
    const tellEndsSoon = Effect.andThen(Effect.sleep(0), tellEnds);

    /** Handlers that end in the same moment are reported together. */
    const ended = (end: Machine.RunEnd): void => {
      ends.push(end);
      if (ends.length === 1) fork(tellEndsSoon);
    };

    const send = ({ id, request, timeoutMs }: Extract<Machine.Command, { _tag: "Send" }>): void => {
      const operation = request._tag.toLowerCase();
      const fail = (error: DriverError): void => feed({ _tag: "Failed", id, failure: failureOf(error) });
      let answers = 0;
      // An operation may take several requests: it is the silence of the store that is bounded.
      const silence: Effect.Effect<never, DriverError> = Effect.suspend(() => {
        const before = answers;
        const listened = Effect.sleep(timeoutMs);
        return Effect.flatMap(
          listened,
          () => answers === before ? Effect.fail(unanswered(driver, operation)) : silence,
        );
      });
      // A driver of somebody's own may throw, or answer with a promise, which may be rejected.
      const asked = Effect.suspend(() => {
        const answer = dispatch(driver, request);
        if (Effect.isEffect(answer)) return answer;
        settle(() => answer, () => {}, () => {});
        return Effect.fail(defective(driver, operation));
      });
      const operating = Effect.provideService(asked, Answered, () => {
        answers += 1;
      });
      const bounded = Effect.raceFirst(operating, silence);
      const fiber = fork(Effect.matchCause(bounded, {
        onSuccess: (reply) => {
          if (reply?._tag === request._tag) feed({ _tag: "Replied", id, reply });
          else fail(defective(driver, operation));
        },
        onFailure: (cause) => {
          const error = cause.reasons.find(Cause.isFailReason)?.error;
          const isOurs = error?._tag === "DriverError";
          if (!Cause.hasInterruptsOnly(cause)) fail(isOurs ? error : defective(driver, operation));
        },
      }));
      requests.add(fiber);
      fiber.addObserver(() => requests.delete(fiber));
    };

    const wakeAt = (mono: number): void => {
      // A timer that fires too early only asks the machine again, which is cheaper than to replace it each time.
      if (timer !== undefined && timerAt <= mono) return;
      timer?.interruptUnsafe();
      timerAt = mono;
      timer = fork(Effect.andThen(
        Effect.sleep(Math.max(0, mono - at().mono)),
        Effect.sync(() => {
          timer = undefined;
          timerAt = Infinity;
          reached = mono;
          feed({ _tag: "Wake" });
        }),
      ));
    };

    const listenerFailed = (error: unknown): void => {
      fork(Effect.logWarning(`a listener failed: ${Thrown.textOf([error])}`));
    };

    const tell = (happened: Event): void => {
      const event = namedEvent(happened);
      if (isVerbose || isNoteworthy(event)) fork(logEvent(config, event));
      const present = [...listeners].filter(({ only }) => only === undefined || only.has(event._tag));
      // Most events are those of runs, and often nobody listens to them.
      if (present.length === 0 && observers.isEmpty) return;
      // The machine goes on with the run it tells about: a listener must not change it.
      Object.freeze(event);
      if ("run" in event) Object.freeze(event.run);
      observers.event(event);
      // An asynchronous listener must not end the process by a rejection that nobody handles.
      for (const { told } of present) settle(() => told(event), () => {}, listenerFailed);
    };

    const callOff = (): void => {
      for (const request of [...requests]) request.interruptUnsafe();
    };

    const carryOut = (command: Machine.Command): void => {
      switch (command._tag) {
        case "Send":
          return send(command);
        case "Start":
          return handlers.start(command.run, command.startedAt, ended);
        case "Abort":
          return handlers.abort(command.job, command.fence, command.reason);
        case "WakeAt":
          return wakeAt(command.mono);
        case "Incarnate":
          return feed({ _tag: "Incarnated", incarnation: drawBits() });
        case "Emit":
          return tell(command.event);
        case "CallOff":
          return callOff();
        case "Halt":
          timer?.interruptUnsafe();
          callOff();
      }
    };

    const now = (): number => Machine.fleetTime(current, at());

    return {
      state,
      phase: () => current.phase,
      now,
      at,
      join: () => {
        state();
        feed({ _tag: "Incarnated", incarnation: drawBits() });
      },
      declare: (spec) => {
        declared.set(spec.name, spec);
        gather();
      },
      handle: (handler) => {
        handlersAdded.push(handler);
        gather();
      },
      withdraw: (job) => {
        declared.delete(job);
        withdrawn.add(job);
        gather();
      },
      feed,
      tell: (happening) => tell({ ...happening, at: now() }),
      listen: (listener, only) => {
        const within = HostContext.capture();
        const added: Listener = { told: (event) => within(() => listener(event)), only };
        listeners.add(added);
        return () => listeners.delete(added);
      },
      watch: (look) => {
        watchers.add(look);
        return () => watchers.delete(look);
      },
    };
  });
