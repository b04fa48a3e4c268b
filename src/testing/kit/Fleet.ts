/**
 * A fleet in one process for tests of one's own jobs: real schedulers over a store in memory, on time that passes only when
 * the test lets it. A day takes milliseconds.
 *
 * @module
 */
import * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import * as Option from "effect/Option";
import * as Memory from "../../../adapters/memory.ts";
import type { FireEntry, HistoryEntry } from "../../core/words/Request.ts";
import { demand, InvalidInput, wrongOptions } from "../../core/words/InvalidInput.ts";
import { readIso } from "../../core/schedule/readInstant.ts";
import * as Engine from "../../shell/engine.ts";
import type { JobRun, NodeOptions, Scheduler } from "../../shell/promise.ts";
import { type FleetEvent, type FleetRun, Ledger } from "./Ledger.ts";
import { type Declare, launch, type Process, type World } from "./Process.ts";
import { Quiet } from "./Quiet.ts";
import type { Reach } from "./reach.ts";
import { VirtualTime } from "./VirtualTime.ts";

export type { FleetEvent, FleetRun } from "./Ledger.ts";
export type { Declare } from "./Process.ts";

/** How long something lasts: milliseconds, or a text such as `"90 seconds"`, `"2 hours"`, `"1 day"`. */
export type Span = number | `${number} ${string}`;

/** An instant: epoch milliseconds, a `Date`, or an ISO text with `Z` or an offset. */
export type InstantInput = number | Date | string;

/** Options of `createFleet`. */
export interface FleetOptions {
  /** How many nodes, called `a`, `b`, `c` and so on, or their names. 1 to 26; default 1. */
  readonly nodes?: number | ReadonlyArray<string> | undefined;
  /** The virtual time at the beginning. Default: 2026-01-01T00:00:00Z. */
  readonly startAt?: InstantInput | undefined;
  /** Declares the jobs of each node, as the program does: `(cron, node) => cron.add(…)`. */
  readonly declare: Declare;
  /** The name of the service. Default `fleet`. */
  readonly service?: string | undefined;
  /** Other options of the nodes, as in production. Idle nodes cost less time with a long `maxSilenceMs`. */
  readonly options?: Omit<NodeOptions, "service" | "nodeName"> | undefined;
  /**
   * How long a handler is waited for that does something real, in real milliseconds; then virtual time goes on without it. 0 to
   * 600,000; default 2,000.
   */
  readonly patienceMs?: number | undefined;
}

/** A node of the fleet. What happens to it begins now; time passes with `advance`. */
export interface FleetNode {
  /** Its name. */
  readonly name: string;
  /** Its scheduler, that of its last life. */
  readonly cron: Scheduler;
  /** Whether its process lives. */
  readonly isAlive: boolean;
  /** Its process dies, as by `kill -9`: nothing more of it happens. Handlers that run cannot be stopped, and nobody heeds them. */
  readonly kill: () => void;
  /** Its process stands still for so long, as by `kill -STOP`, then goes on. */
  readonly pause: (span: Span) => void;
  /** Nothing that it sends to the store is answered for so long. */
  readonly cutOff: (span: Span) => void;
  /** It leaves, as the program would by `stop()`: resolves when it is gone, and as much virtual time has passed as that takes. */
  readonly stop: (options?: { readonly drainMs?: number | undefined }) => Promise<void>;
}

/** A fleet. */
export interface Fleet {
  /** The virtual time, epoch milliseconds. */
  readonly now: () => number;
  /** Lets time pass; resolves when everything due on the way has run. Handlers that await real things are waited for. */
  readonly advance: (span: Span) => Promise<void>;
  /** The same, up to an instant. */
  readonly advanceTo: (instant: InstantInput) => Promise<void>;
  /** For handlers: waits for virtual time, that of the run's node if the run is given. */
  readonly sleep: (span: Span, run?: JobRun) => Promise<void>;
  /** All attempts so far, or those of one job, in the order in which they were started. */
  readonly runs: (job?: string) => ReadonlyArray<FleetRun>;
  /** What happened so far on all nodes, in order. */
  readonly events: () => ReadonlyArray<FleetEvent>;
  /** What the store has recorded of the fires of a job, oldest first, within the bounds of a store's history. */
  readonly history: (job: string) => Promise<ReadonlyArray<FireEntry & { readonly node?: string | undefined }>>;
  /** A node by its name. Throws `InvalidInput` if there is none. */
  readonly node: (name: string) => FleetNode;
  /** One more node, or one that was killed or stopped once more; resolves when it is a member. */
  readonly add: (name: string, declare?: Declare) => Promise<FleetNode>;
  /** Deploys a node: it leaves, and comes back with other declarations. */
  readonly deploy: (name: string, declare: Declare) => Promise<FleetNode>;
  /** What happens to the store. */
  readonly store: {
    /** It refuses everything for so long. */
    readonly outage: (span: Span) => void;
  };
  /** All nodes leave. */
  readonly stop: () => Promise<void>;
  /** `stop()`, so that `await using` ends the fleet with its block. */
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

const spanOf = (span: unknown): number => {
  const read = typeof span === "number" || typeof span === "string"
    ? Option.map(Duration.fromInput(span as Duration.Input), Duration.toMillis)
    : Option.none<number>();
  const ms = Option.getOrElse(read, () => NaN);
  demand(ms >= 0 && ms <= 8.64e15, "span", span, 'milliseconds, or a text such as "90 seconds" or "1 day"');
  return Math.ceil(ms);
};

const instantOf = (field: string, value: unknown): number => {
  const at = typeof value === "string" ? readIso(value) : value instanceof Date ? value.getTime() : value;
  if (Number.isFinite(at)) return Math.floor(at as number);
  throw new InvalidInput(field, value, "epoch milliseconds, a Date or an ISO text with Z or an offset");
};

const namesOf = (nodes: unknown = 1): ReadonlyArray<string> => {
  if (Array.isArray(nodes) && nodes.length > 0 && new Set(nodes).size === nodes.length) return nodes;
  if (Number.isInteger(nodes) && (nodes as number) >= 1 && (nodes as number) <= 26) {
    return Array.from({ length: nodes as number }, (_, index) => String.fromCharCode(97 + index));
  }
  throw new InvalidInput("nodes", nodes, "1 to 26, or different names");
};

/** How much virtual time a node is given to join or to leave before the test goes on without it. */
const mostMs = 60_000;

/** After how many steps without anything but sleep the fleet is given time to rest all the same. */
const mostIdle = 100;

const known = ["nodes", "startAt", "declare", "service", "options", "patienceMs"];

const check = (options: FleetOptions): void => {
  const wrong = options === undefined
    ? new InvalidInput("options", options, "an object with declare")
    : wrongOptions(options, known);
  if (wrong !== undefined) throw wrong;
  const { declare, patienceMs = 0 } = options;
  demand(typeof declare === "function", "declare", declare, "a function of a scheduler and the name of its node");
  const isPatience = Number.isInteger(patienceMs) && patienceMs >= 0 && patienceMs <= 600_000;
  demand(isPatience, "patienceMs", patienceMs, "a whole number from 0 to 600000");
};

/**
 * Makes a fleet: real schedulers in this process, over a store in memory, on virtual time. Resolves when all nodes are members.
 *
 * Rejects with `InvalidInput` for options that are wrong, and with whatever `declare` or an `add` in it rejects with.
 *
 * @example
 * ```ts
 * import { createFleet } from "ringcron/testing";
 *
 * const sent: Array<string> = [];
 * const fleet = await createFleet({
 *   nodes: 3,
 *   startAt: "2026-03-01T00:00:00Z",
 *   declare: (cron) => cron.add("report", "0 9 * * *", async (run) => void sent.push(run.id)),
 * });
 * await fleet.advance("7 days");
 * console.log(sent.length, fleet.runs("report")[0]?.outcome); // 7 succeeded
 * await fleet.stop();
 * ```
 */
export const createFleet = async (options: FleetOptions): Promise<Fleet> => {
  check(options);
  const { declare, patienceMs = 2_000, service = "fleet", startAt = Date.UTC(2026, 0, 1) } = options;
  const names = namesOf(options.nodes);
  const time = new VirtualTime(instantOf("startAt", startAt));
  const ledger = new Ledger();
  let moves = 0;
  const move = (): void => {
    moves += 1;
  };
  const quiet = new Quiet(() => moves, () => time.planned, patienceMs);
  const store = Memory.store({ now: () => time.now });
  let storeReach: Reach = "open";
  const world: World = {
    time,
    quiet,
    store,
    storeReach: () => storeReach,
    options: { ...options.options, service },
    move,
    tell: (event, node) => {
      move();
      ledger.add(event, node);
    },
  };
  const processes = new Map<string, Process>();

  /** Only one call at a time lets time pass. */
  let passing: Promise<unknown> = Promise.resolve();
  const alone = <A>(pass: () => Promise<A>): Promise<A> => {
    const passed = passing.then(pass, pass);
    passing = passed.catch(() => {});
    return passed;
  };

  /** Goes from step to step while `goesOn`. One after which a node only sleeps again needs no rest, but for now and then. */
  const pass = async (upTo: number, goesOn: () => boolean): Promise<void> => {
    await quiet.rest();
    for (let idle = 0; goesOn();) {
      const before = quiet.moves;
      if (!time.step(upTo)) return;
      idle = quiet.moves === before ? idle + 1 : 0;
      if (idle % mostIdle === 0) await quiet.rest();
    }
  };

  const passTo = async (instant: number): Promise<void> => {
    await pass(instant, () => true);
    await quiet.rest();
    time.now = Math.max(time.now, instant);
  };

  /** Lets as much time pass as something takes, and no more. */
  const passUntil = async <A>(promise: Promise<A>): Promise<A> => {
    let isSettled = false;
    const settled = (): void => {
      isSettled = true;
      move();
    };
    promise.then(settled, settled);
    await pass(time.now + mostMs, () => !isSettled);
    return await promise;
  };

  const begin = async (name: string, declared: Declare): Promise<Process> => {
    const process = await launch(world, name, declared);
    processes.set(name, process);
    return process;
  };

  const node = (name: string): FleetNode => {
    const process = processes.get(name);
    if (process === undefined) throw new InvalidInput("name", name, [...processes.keys()].join(", "));
    return nodeOf(name);
  };

  const nodeOf = (name: string): FleetNode => {
    const current = (): Process => processes.get(name) as Process;
    return {
      name,
      get cron() {
        return current().cron;
      },
      get isAlive() {
        return current().clock.condition !== "is dead";
      },
      kill: () => {
        current().clock.condition = "is dead";
      },
      pause: (span) => {
        const { clock } = current();
        const ms = spanOf(span);
        clock.condition = "stands still";
        time.after(ms, () => {
          clock.condition = "runs";
        });
      },
      cutOff: (span) => {
        const { cut } = current();
        const ms = spanOf(span);
        cut(true);
        time.after(ms, () => cut(false));
      },
      stop: (stopOptions) => alone(() => leave(current(), stopOptions)),
    };
  };

  const leave = async (
    { clock, cron }: Process,
    stopOptions?: { readonly drainMs?: number | undefined },
  ): Promise<void> => {
    if (clock.condition === "is dead") return;
    await passUntil(cron.stop(stopOptions));
    clock.condition = "is dead";
  };

  const join = (name: string, declared: Declare): Promise<FleetNode> =>
    alone(async () => {
      const before = processes.get(name);
      if (before !== undefined && before.clock.condition !== "is dead") {
        throw new InvalidInput("name", name, "the name of no node that lives");
      }
      const { cron } = await begin(name, declared);
      await passUntil(cron.start());
      return nodeOf(name);
    });

  const stop = (): Promise<void> =>
    alone(async () => {
      await passUntil(Promise.all([...processes.values()].map(({ clock, cron }) =>
        clock.condition === "is dead" ? undefined : cron.stop()
      )));
      for (const { clock } of processes.values()) {
        clock.condition = "is dead";
      }
    });

  const fleet: Fleet = {
    now: () => time.now,
    advance: (span) => alone(async () => await passTo(time.now + spanOf(span))),
    advanceTo: (instant) =>
      alone(async () => {
        const at = instantOf("instant", instant);
        demand(at >= time.now, "instant", instant, `not before ${new Date(time.now).toISOString()}`);
        await passTo(at);
      }),
    sleep: (span, run) => {
      const ms = spanOf(span);
      const sleeper = run === undefined ? time : processes.get(run.node)?.clock ?? time;
      const awake = quiet.sleeps();
      return new Promise((resolve) => {
        sleeper.after(ms, () => {
          awake();
          resolve();
        });
      });
    },
    runs: (job) => job === undefined ? ledger.runs : ledger.runs.filter((run) => run.job === job),
    events: () => [...ledger.events],
    history: async (job) => {
      const look = Engine.driver(store).peek({ _tag: "Peek", service, jobs: [], history: true });
      const { history } = await Effect.runPromise(look);
      const isOfFires = (entry: HistoryEntry): entry is FireEntry => entry._tag !== "Action" && entry.job === job;
      return history.filter(isOfFires).map((entry) =>
        entry._tag === "Run" ? { ...entry, node: ledger.nameOf(entry.incarnation) } : entry
      );
    },
    node,
    add: (name, declared = declare) => join(name, declared),
    deploy: async (name, declared) => {
      await node(name).stop();
      return await join(name, declared);
    },
    store: {
      outage: (span) => {
        const ms = spanOf(span);
        storeReach = "refused";
        time.after(ms, () => {
          storeReach = "open";
        });
      },
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };

  const begun: Array<Process> = [];
  for (const name of names) begun.push(await begin(name, declare));
  await alone(() => passUntil(Promise.all(begun.map(({ cron }) => cron.start()))));
  return fleet;
};
