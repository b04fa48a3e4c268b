/**
 * Hints: somebody gave a command about a job, so a node looks now and not when it beats next.
 *
 * A hint is believed nothing but the name of a job, or that it is about the fleet, and what comes of it is a look or a beat, which
 * ask the store. So hints that are lost,
 * repeated, late or made up change nothing but what is asked, and how much that is has a bound. The owner of the job looks at once,
 * the next in rank a grace later each, in case that those before it are gone.
 */
import * as Cause from "effect/Cause";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import type * as Fiber from "effect/Fiber";
import type * as Machine from "../core/node/Machine.ts";
import * as Ownership from "../core/ring/Ownership.ts";
import { turnAmong } from "../core/ring/turn.ts";
import * as Schedules from "../core/words/Schedules.ts";
import type * as View from "../core/words/View.ts";
import { type Carrier, DriverError, type Hearing } from "../Driver.ts";
import * as HostContext from "./hostContext.ts";
import type { Node } from "./Node.ts";

/** From one look at a job to the next, milliseconds. */
const sameJobMs = 300;

/** How many looks may follow at once, and how long it is until there may be one more. A look is one request. */
const burst = 10;
const refillMs = 500;

/** How many jobs one look is about. */
const maxJobs = 100;

/** Who comes later in rank hears of it by its beats. */
const lastRank = 3;

/** What is waited for after a channel that was refused, until somebody has changed the rules of the store. Milliseconds. */
const refusedPauseMs = 1_800_000;

/** An answer that makes no sense is waited for as long only when it came so often in a row. */
const maxCorrupt = 3;

/** The longest pause after any other failure, and after a channel that was open. Milliseconds. */
const longestPauseMs = 300_000;
const longestGapMs = 5_000;

/** A channel that is lost sooner is none, and so often in a row is told. What stood for a second is missed no longer than it stood. */
const steadyMs = 10_000;
const maxLosses = 3;
const somewhatMs = 1_000;

/** What is on a shelf is its owner's to look at; of all that a handler has each owner looks at its own. */
const rankOnShelf = ({ handlers, shelves }: Machine.State["shelving"], name: string): number | undefined => {
  const parts = Schedules.partsOf(name);
  const role = shelves.get(parts === undefined ? name : Schedules.shelfOf(parts))?.role;
  if (role === undefined) return handlers.has(Schedules.handlerOf(name) ?? "") ? 0 : undefined;
  return role._tag === "Owner" ? 0 : role._tag === "Successor" ? 1 : undefined;
};

/** How many graces a node waits before it looks at a job; undefined: it does not. Found out once for each view. */
const ranking = (node: Node): (job: string) => number | undefined => {
  let among: View.View["members"] = [];
  let places: Ownership.Ownership["places"] = new Map();
  const ranks = new Map<Machine.JobSpec, number>();
  return (job) => {
    const { incarnation, jobs, shelving, view } = node.state();
    const { members } = view;
    if (job.startsWith("~")) return rankOnShelf(shelving, job);
    const entry = jobs.get(job);
    // Whoever runs it is told soonest that it is cancelled.
    if (entry?.role._tag === "Owner" || (entry !== undefined && entry.handed.active > 0)) return 0;
    if (entry?.role._tag === "Successor") return 1;
    if (entry?.role._tag !== "Bystander") return undefined;
    if (among !== members) {
      ranks.clear();
      ({ places } = Ownership.of(view));
    }
    among = members;
    const rank = ranks.get(entry.spec) ?? turnAmong(view, places.get(job), incarnation, entry.spec);
    ranks.set(entry.spec, rank);
    return rank <= lastRank ? rank : undefined;
  };
};

/** Runs something by itself. */
type Fork = <A>(effect: Effect.Effect<A>) => Fiber.Fiber<A>;

/** What is done about hints, and what ends that. */
interface Looks {
  /** Undefined: of the fleet. */
  readonly heard: (job: string | undefined) => void;
  readonly forget: () => void;
}

/** Turns hints into looks, no more than there may be. */
const looking = (node: Node, graceMs: number, fork: Fork): Looks => {
  /** The jobs that are to be looked at, and when, monotonic. */
  const waiting = new Map<string | undefined, number>();
  const looked = new Map<string | undefined, number>();
  const rankOf = ranking(node);
  let [left, countedAt] = [burst, -Infinity];
  let timer: Fiber.Fiber<void> | undefined;
  let timerAt = Infinity;

  const plan = (at: number): void => {
    if (timerAt <= at) return;
    timer?.interruptUnsafe();
    timerAt = at;
    timer = fork(Effect.andThen(Effect.sleep(Math.max(0, at - node.at().mono)), Effect.sync(look)));
  };

  const look = (): void => {
    timerAt = Infinity;
    const { mono } = node.at();
    left = Math.min(burst, left + (mono - countedAt) / refillMs);
    countedAt = mono;
    for (const [job, at] of looked) if (mono - at >= sameJobMs) looked.delete(job);
    const due = [...waiting].filter(([, at]) => at <= mono).slice(0, maxJobs).map(([job]) => job);
    if (due.length > 0 && left < 1) return plan(mono + Math.ceil((1 - left) * refillMs));
    if (due.length > 0) {
      left -= 1;
      for (const job of due) {
        waiting.delete(job);
        looked.set(job, mono);
      }
      const jobs = due.filter((it) => it !== undefined);
      if (jobs.length > 0) node.feed({ _tag: "Nudged", job: jobs });
      if (jobs.length < due.length) node.feed({ _tag: "Nudged" });
    }
    plan([...waiting.values()].reduce((first, at) => Math.min(first, at), Infinity));
  };

  return {
    heard: (job) => {
      if (waiting.has(job)) return;
      // What is about the fleet is found by a beat, and each node is to make its own.
      const rank = job === undefined ? 0 : rankOf(job);
      if (rank === undefined) return;
      const at = Math.max(node.at().mono + rank * graceMs, (looked.get(job) ?? -Infinity) + sameJobMs);
      waiting.set(job, at);
      plan(at);
    },
    forget: () => {
      timer?.interruptUnsafe();
      timerAt = Infinity;
      waiting.clear();
    },
  };
};

const isLasting = ({ reason }: DriverError): boolean => reason !== "Unavailable" && reason !== "RateLimited";

/** What came of one channel. */
interface Ended {
  readonly error: DriverError;
  /** How long it was open; undefined: it never was. Milliseconds. */
  readonly stoodMs: number | undefined;
}

/** Opens a channel, and tells how it ended. */
const opening = (
  node: Node,
  driver: Carrier,
  hearing: Hearing,
): Effect.Effect<Ended> =>
  Effect.suspend(() => {
    const strange = new DriverError({
      driver: driver.name,
      operation: "hints",
      reason: "Corrupt",
      detail: "the driver failed",
    });
    let openedAt: number | undefined;
    const opened = (): void => {
      if (openedAt !== undefined) return;
      openedAt = node.at().mono;
      hearing.opened();
    };
    // A driver of somebody's own may throw, or answer with something else.
    const listening = Effect.suspend(() => {
      const answer = driver.hints?.(node.state().config.service, { ...hearing, opened });
      return Effect.isEffect(answer) ? answer : Effect.fail(strange);
    });
    return Effect.map(Effect.exit(listening), (exit): Ended => {
      const found = Exit.isFailure(exit) ? exit.cause.reasons.find(Cause.isFailReason)?.error : undefined;
      return {
        error: found instanceof DriverError ? found : strange,
        stoodMs: openedAt === undefined ? undefined : node.at().mono - openedAt,
      };
    });
  });

/** Keeps a channel open, and tells when there is none. */
const keeping = (
  node: Node,
  driver: Carrier,
  heard: Looks["heard"],
  fork: Fork,
): Effect.Effect<never> =>
  Effect.gen(function* () {
    let [losses, corrupt] = [0, 0];
    let toldAt: number | undefined;
    let later: ReadonlyArray<Fiber.Fiber<void>> = [];
    const after = (ms: number, act: () => void) => fork(Effect.andThen(Effect.sleep(ms), Effect.sync(act)));
    const opened = (): void => {
      const openedAt = node.at().mono;
      const stands = (): void => {
        if (toldAt !== undefined) node.tell({ _tag: "HintsBack", downMs: Math.round(openedAt - toldAt) });
        toldAt = undefined;
      };
      // What was told before is found by a beat, when whoever heard it has had the time to act.
      later = [after(node.state().config.graceMs, () => node.feed({ _tag: "Nudged" })), after(steadyMs, stands)];
    };
    const forget = Effect.sync(() => later.forEach((fiber) => fiber.interruptUnsafe()));
    while (true) {
      const { error, stoodMs } = yield* Effect.ensuring(opening(node, driver, { opened, heard }), forget);
      losses = stoodMs !== undefined && stoodMs >= steadyMs ? 0 : losses + 1;
      corrupt = error.reason === "Corrupt" ? corrupt + 1 : 0;
      // One that stood and is lost is opened again first: runtimes and proxies cut what is silent for long.
      if (toldAt === undefined && (stoodMs === undefined || losses >= maxLosses)) {
        toldAt = node.at().mono;
        node.tell({ _tag: "HintsUnavailable", reason: error.reason, detail: error.detail });
      }
      const longest = stoodMs === undefined ? longestPauseMs : stoodMs < somewhatMs ? longestGapMs : stoodMs / 2;
      const pauseMs = isLasting(error) && (corrupt === 0 || corrupt >= maxCorrupt)
        ? refusedPauseMs
        : Math.min(longest, 250 * 2 ** Math.min(losses, 16));
      yield* Effect.sleep(Math.max(error.retryAfterMs ?? 0, pauseMs * (0.5 + 0.5 * Math.random())));
    }
  });

/**
 * Lets a node listen while it is a member, where its driver has a channel. Cost: one subscription, a beat a grace after each time that
 * it is opened, and looks at what is told.
 */
export const heed = (node: Node, driver: Carrier): Effect.Effect<void> =>
  Effect.map(Effect.context(), (context) => {
    if (typeof driver.hints !== "function") return;
    const runFork = Effect.runForkWith(context);
    const fork: Fork = (effect) => HostContext.nobody(() => runFork(effect));
    const looks = looking(node, node.state().config.graceMs, fork);
    let listening: Fiber.Fiber<never> | undefined;
    node.watch(() => {
      const isMember = node.phase() === "member";
      if (isMember === (listening !== undefined)) return;
      if (isMember) {
        listening = fork(keeping(node, driver, looks.heard, fork));
      } else {
        listening?.interruptUnsafe();
        listening = undefined;
        looks.forget();
      }
    });
  });
