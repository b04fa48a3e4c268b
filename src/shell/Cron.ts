/**
 * The scheduler: jobs are added, the node is started, and each due run starts on exactly one node of the fleet.
 */
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import * as Result from "effect/Result";
import type * as Scope from "effect/Scope";
import type { CronExpressionError } from "../core/schedule/CronExpression.ts";
import { demand, InvalidInput, wrongOptions } from "../core/words/InvalidInput.ts";
import * as Machine from "../core/node/Machine.ts";
import { isDeclaredJob, isNowhere } from "../core/node/role.ts";
import { nextFire } from "../core/node/standing.ts";
import { placingOf } from "../core/ring/remembered.ts";
import * as commands from "./commands.ts";
import * as Schedules from "./Schedules.ts";
import type { Control, Forget } from "./Control.ts";
import { Driver, type DriverError } from "../Driver.ts";
import type { Event } from "../core/words/Event.ts";
import { decodingBy } from "./decodedHandler.ts";
import { effectHandler } from "./effectHandler.ts";
import * as Handlers from "./Handlers.ts";
import * as Handling from "./handling.ts";
import type { HandleOptions, ScheduledRun } from "./handling.ts";
import { PlainHandler } from "./plainHandler.ts";
import * as Health from "./Health.ts";
import * as Hints from "./Hints.ts";
import * as Insight from "./Insight.ts";
import * as Lifecycle from "./Lifecycle.ts";
import type { StartOptions } from "./Lifecycle.ts";
import * as Node from "./Node.ts";
import { nodeKnowledge } from "./nodeKnowledge.ts";
import * as Siblings from "./Siblings.ts";
import * as Telling from "./telling.ts";
import type { AlreadyRunning } from "./Siblings.ts";
import { usableDriver } from "./usableDriver.ts";
import * as Job from "./Job.ts";
import * as NodePool from "./NodePool.ts";
import { observed, type Observer, Observers } from "./Observer.ts";
import * as Options from "./Options.ts";
import * as PlainJob from "./plainJob.ts";
import type { StandardSchema } from "./StandardSchema.ts";

export type { HandleOptions, ScheduledRun } from "./handling.ts";
export type { StartOptions } from "./Lifecycle.ts";
export type { SchemaIssue, SchemaResult, StandardSchema } from "./StandardSchema.ts";
export type { Health } from "./Health.ts";
export { AlreadyRunning } from "./Siblings.ts";

/** How a job of this node stands. */
export interface JobStatus {
  /** The job's name. */
  readonly name: string;
  /** The schedule as it was given. */
  readonly schedule: string;
  /** The zone its wall-clock times are in: an IANA name, an offset such as `+02:00`, or `UTC`. */
  readonly timeZone: string;
  /** The next instant the job is due, epoch milliseconds; undefined if there is none. */
  readonly nextDueAt: number | undefined;
  /** The configured name of the node that tries its fires first; undefined where the fleet is not known, see `NodePool`. */
  readonly owner: string | undefined;
  /** Whether this node is the one that tries its fires first; false where the fleet is not known. */
  readonly ownedHere: boolean;
  /** As far as this node knows. */
  readonly paused: boolean;
  /** By whom it is paused, as they said; undefined where nobody did. */
  readonly pausedBy: string | undefined;
  /** Why it is paused, as they said. */
  readonly pauseReason: string | undefined;
  /**
   * Why no member can run it: `no member has the labels gpu, zone:eu`, as far as this node knows, which could not run it either.
   * Undefined otherwise.
   */
  readonly unplaced: string | undefined;
  /**
   * The schedule has no instant to come, or had as many runs as its `limit` allows, and none is still to be decided, as far as this
   * node knows. Never so of a job that only people start.
   */
  readonly finished: boolean;
  /**
   * Every fire at or before this instant is decided, as the store last told this node, epoch milliseconds; undefined before it did.
   * Where it lies far ahead of the clock (the store's clock was ahead once), nothing fires before it; see `rewind`.
   */
  readonly decidedUpTo: number | undefined;
}

/** The scheduler. */
export interface Cron extends Control, Insight.Insight {
  /** Who is in the fleet, and who owns a key. */
  readonly pool: NodePool.NodePool;
  /**
   * Adds a job, before or after the start. Fails with `InvalidInput` (a bad name or policy, or a name that is taken),
   * `CronExpressionError` or `NodeStopped`; nothing is changed then.
   */
  readonly add: <R>(
    job: Job.Job<R>,
  ) => Effect.Effect<void, InvalidInput | CronExpressionError | NodePool.NodeStopped, R>;
  /**
   * Gives this node a handler for schedules in the store, before or after the start: whatever fires of them is started on one of the
   * nodes that have their handler. `payload` checks what a schedule gives before each run: where that does not fit, the run fails
   * with the reason, and what the schema makes of it is `run.payload`. Fails with `InvalidInput` (a bad or taken name, no schema, a
   * driver that keeps no schedules) or `NodeStopped`; nothing is changed then. Cost, from then on: a request as this node joins, and
   * then as often as schedules are due.
   */
  readonly handle: <R, A = unknown>(
    name: string,
    handler: (run: ScheduledRun<A>) => Effect.Effect<unknown, unknown, R>,
    options?: HandleOptions<A>,
  ) => Effect.Effect<void, InvalidInput | NodePool.NodeStopped, R>;
  /**
   * Removes a job from this node; whether it was there. Runs that have started go on. Dies with `InvalidInput`, as `on` does, of
   * what is of another type.
   */
  readonly remove: (name: string) => Effect.Effect<boolean>;
  /** What a client calls `remove`. */
  readonly forget: Forget;
  /** Schedules in the store. */
  readonly schedules: Schedules.Schedules;
  /** How this node is, for probes. */
  readonly health: Effect.Effect<Health.Health>;
  /** The jobs of this node, in the order in which they were added. */
  readonly jobs: Effect.Effect<ReadonlyArray<JobStatus>>;
  /**
   * What a client calls `jobs`: all jobs that the store or a member knows, by name. Fails with `DriverError`. Cost: as `runs`, and a request for each 100 to 400
   * jobs whose definitions were not read before.
   */
  readonly allJobs: Effect.Effect<ReadonlyArray<Insight.JobInfo>, DriverError>;
  /**
   * Joins the fleet; done when the node is a member. Fails with `DriverError` (the store cannot be used, or did not answer
   * within `startTimeoutMs`), `NodeStopped`, or `AlreadyRunning` (see `ifRunning` of the options). After a failure, or when it
   * is interrupted, the node is as it was before, with its jobs: it becomes no member behind anybody's back, and may be started
   * again.
   */
  readonly start: Effect.Effect<void, DriverError | NodePool.NodeStopped | AlreadyRunning>;
  /**
   * The same with options: `{ retry: true }` goes on trying until the node is a member or stopped, `startTimeoutMs` each time.
   * Every failure is a `JoinFailed` event. Fails with `InvalidInput`, and as `start` does unless it retries.
   */
  readonly startWith: (
    options?: StartOptions,
  ) => Effect.Effect<void, DriverError | InvalidInput | NodePool.NodeStopped | AlreadyRunning>;
  /**
   * Leaves the fleet: announces it, hands over, waits for handlers, tells the rest to stop. Done when the node is gone,
   * at most `drainMs` and about a second later. Fails with `InvalidInput` only.
   */
  readonly stop: (options?: { readonly drainMs?: number | undefined }) => Effect.Effect<void, InvalidInput>;
  /** Calls the listener for each event until the scope closes. */
  readonly on: (listener: (event: Event) => void) => Effect.Effect<void, never, Scope.Scope>;
  /**
   * Lets somebody measure this scheduler until the scope closes: `Metrics.layer` does. Dies with `InvalidInput` of what is no observer.
   * Cost: none while nobody does.
   */
  readonly observe: (observer: Observer) => Effect.Effect<void, never, Scope.Scope>;
}

/** The service tag of a `Cron`. */
export const Cron: Context.Service<Cron, Cron> = Context.Service("ringcron/Cron");

/** What runs: a plain function, or one that answers with an effect, which is provided with what that needs. */
const handlerOf = <R>(
  given: object,
  handler: (run: Job.JobRun) => Effect.Effect<unknown, unknown, R>,
  context: Context.Context<R>,
): Handlers.Handler => PlainJob.isPlain(given) ? new PlainHandler(handler) : effectHandler(handler, context);

const statusOf = (node: Node.Node): ReadonlyArray<JobStatus> => {
  const state = node.state();
  const now = node.now();
  const view = Machine.knownView(state, node.at());
  const { placeOf } = placingOf(view);
  const names = new Map(view.members.map((member) => [member.incarnation, member.name]));
  const declared = [...state.jobs.values()].filter(isDeclaredJob);
  return declared.sort((a, b) => a.ordinal - b.ordinal).map(
    ({ role, spec, standing, standing: { condition, pause, startsAt, watermark } }): JobStatus => {
      const isDecidedAhead = watermark !== undefined && watermark > now + Machine.farAheadMs;
      const nextDueAt = nextFire(spec, standing, isDecidedAhead ? watermark : now);
      const isManual = spec.expression.plan._tag === "Manual";
      const owner = placeOf(spec.name)?.owner;
      return {
        name: spec.name,
        schedule: spec.expression.text,
        timeZone: spec.expression.timeZone,
        nextDueAt,
        owner: owner === undefined ? undefined : names.get(owner),
        ownedHere: owner !== undefined && owner === state.incarnation,
        paused: condition === "paused",
        pausedBy: pause?.by,
        pauseReason: pause?.reason,
        unplaced: isNowhere(role) ? `no member has the labels ${spec.policies.runOn?.join(", ")}` : undefined,
        // What the last fire comes to is seen by owner and successor only.
        finished: !isManual && nextDueAt === undefined && (startsAt === undefined || role._tag === "Bystander"),
        decidedUpTo: watermark,
      };
    },
  );
};

/**
 * A scheduler and its pool. It joins when it is started and leaves when the layer is released.
 *
 * Fails with `InvalidInput` if an option is wrong. Nothing is sent before `start`.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as Layer from "effect/Layer";
 * import { Cron, Job } from "ringcron";
 * import * as Memory from "ringcron/memory";
 *
 * const program = Effect.gen(function* () {
 *   const cron = yield* Cron.Cron;
 *   yield* cron.add(Job.make("invoices", "0 9 * * MON-FRI", (run) => Effect.log(run.id), { timeZone: "Europe/Berlin" }));
 *   yield* cron.start;
 *   console.log((yield* cron.jobs)[0]?.ownedHere); // true
 * });
 * const layer = Layer.provide(Cron.layer({ service: "billing" }), Memory.layer());
 * await Effect.runPromise(Effect.provide(program, layer));
 * ```
 */
export const layer = (
  options: Options.NodeOptions,
): Layer.Layer<Cron | NodePool.NodePool, InvalidInput, Driver> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const checked = yield* NodePool.checkOptions(options);
      const { config, payloadCodec } = checked;
      const driver = yield* usableDriver;
      const observers = new Observers();
      const watched = observed(driver, observers);
      const handlers = Handlers.make(config, observers, {
        redactError: checked.redactError,
        decode: decodingBy(payloadCodec),
      });
      const schemas = new Map<string, StandardSchema>();
      const node = yield* Effect.provideService(Node.make(config, handlers, observers), Driver, watched);
      const lifecycle = Siblings.heeding(Lifecycle.make(node, checked), node, driver, checked);
      const pool = NodePool.fromNode(node);
      yield* Hints.heed(node, driver);
      yield* Telling.tell(node, watched);
      yield* Effect.addFinalizer(() => lifecycle.stop(checked.drainMs));

      const whileAlive = Effect.suspend(() => {
        const phase = node.phase();
        return phase === "leaving" || phase === "stopped"
          ? Effect.fail(new NodePool.NodeStopped({ nodeName: config.nodeName }))
          : Effect.void;
      });

      const add: Cron["add"] = Effect.fnUntraced(function* (job) {
        const spec = yield* Effect.fromResult(Job.spec(job));
        yield* whileAlive;
        const context = yield* Effect.context<Effect.Services<ReturnType<typeof job.handler>>>();
        if (handlers.has(spec.name)) {
          return yield* Effect.fail(new InvalidInput("job", spec.name, "a name that no other job of this node has"));
        }
        handlers.set(spec.name, handlerOf(job, job.handler, context));
        node.declare(spec);
      });

      const taker = { handlers, whose: "node", driver };
      const handle: Cron["handle"] = Effect.fnUntraced(function* (name, handler, options) {
        const called = handler as (run: Job.JobRun) => ReturnType<typeof handler>;
        const wrong = Handling.wrongHandler(taker, name, handler, options);
        if (wrong !== undefined) return yield* Effect.fail(wrong);
        yield* whileAlive;
        const context = yield* Effect.context<Effect.Services<ReturnType<typeof handler>>>();
        yield* Effect.fromResult(Handling.takeOn(taker, name, options, handlerOf(handler, called, context)));
        if (options?.payload !== undefined) schemas.set(name, options.payload);
        node.handle(name);
      });

      const { jobs: allJobs, ...seen } = Insight.make(config.service, watched, config.nodeName);
      const { fleet: _, jobsNamed: __, members: ___, overview: ____, overviewNamed: _____, ...insight } = seen;
      const knowledge = nodeKnowledge(node);
      const cron: Cron = {
        pool,
        ...insight,
        allJobs,
        add,
        handle,
        remove: (name) =>
          Effect.sync(() => {
            demand(typeof name === "string", "job", name, "a string");
            if (!handlers.has(name)) return false;
            node.withdraw(name);
            handlers.delete(name);
            return true;
          }),
        health: Effect.sync(Health.make(node, checked.missedAfterMs)),
        jobs: Effect.sync(() => statusOf(node)),
        start: lifecycle.start,
        startWith: lifecycle.startWith,
        stop: (stopOptions) =>
          Effect.suspend(() => {
            const { drainMs = checked.drainMs } = stopOptions ?? {};
            const wrong = wrongOptions(stopOptions, ["drainMs"]);
            const drain = wrong === undefined ? Options.drain(drainMs) : Result.fail(wrong);
            return Effect.flatMap(Effect.fromResult(drain), lifecycle.stop);
          }),
        on: (listener) =>
          Effect.asVoid(
            Effect.acquireRelease(
              Effect.sync(() => {
                demand(typeof listener === "function", "listener", listener, "a function");
                return node.listen(listener);
              }),
              (unlisten) => Effect.sync(unlisten),
            ),
          ),
        observe: (observer) =>
          Effect.asVoid(
            Effect.acquireRelease(Effect.sync(() => observers.add(observer)), (end) => Effect.sync(end)),
          ),
        ...commands.make(config.service, watched, knowledge, payloadCodec),
        schedules: Schedules.make(config.service, watched, {
          nudge: knowledge.nudge,
          schemaOf: (handler) => schemas.get(handler),
          payloadCodec,
        }),
      };
      return Context.add(Context.make(Cron, cron), NodePool.NodePool, pool);
    }),
  );
