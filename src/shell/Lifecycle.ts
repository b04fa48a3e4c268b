/**
 * Starting and stopping a node: every call may be repeated, at any time, and none hangs.
 */
import * as Data from "effect/Data";
import * as Effect from "effect/Effect";
import { InvalidInput, wrongOptions } from "../core/words/InvalidInput.ts";
import { DriverError } from "../Driver.ts";
import type { Event } from "../core/words/Event.ts";
import type { CheckedOptions } from "./Options.ts";
import type { Node } from "./Node.ts";

/** A node was asked to start, or to take on a job, after it had been stopped. Make a new one. */
export class NodeStopped extends Data.Error<{
  /** The configured name of the node. */
  readonly nodeName: string;
}> {
  /** Tag for `Effect.catchTag` and `switch`. */
  readonly _tag = "NodeStopped" as const;
  /** The name of the class, as errors have it. */
  override readonly name = "NodeStopped";
  /** Says which node it was, and what to do. */
  override get message(): string {
    return `node ${this.nodeName} is stopped and cannot go on; make a new one`;
  }
}

/** Options of a start. */
export interface StartOptions {
  /**
   * Whether to go on trying until the node is a member or stopped: after each failure, which is a `JoinFailed` event, it is
   * tried again, at first within a second, later every half minute. Default false.
   */
  readonly retry?: boolean | undefined;
}

/** What can be done with a node; `E` is what a start may fail with besides. */
export interface Lifecycle<E = never> {
  /** Resolves when the node is a member. */
  readonly start: Effect.Effect<void, DriverError | NodeStopped | E>;
  /** The same, as often as it takes if that is wished for. */
  readonly startWith: (options?: StartOptions) => Effect.Effect<void, DriverError | InvalidInput | NodeStopped | E>;
  /** Resolves when it is gone. */
  readonly stop: (drainMs: number) => Effect.Effect<void>;
}

/** The longest pause from failure to failure, milliseconds. */
const longestPauseMs = 30_000;

/** Done when the node is a member; fails when it has given up or is stopped. Whether it is told to join, too. */
const becomingMember = (node: Node, joins: boolean): Effect.Effect<void, DriverError | NodeStopped> =>
  Effect.callback((resume) => {
    const { config, phase } = node.state();
    const stopped = new NodeStopped({ nodeName: config.nodeName });
    if (phase === "member") return resume(Effect.void);
    if (phase === "leaving" || phase === "stopped") return resume(Effect.fail(stopped));
    const unlisten = node.listen((event: Event) => {
      switch (event._tag) {
        case "Joined":
          return settle(Effect.void);
        case "JoinFailed": {
          const { detail, reason } = event;
          return settle(Effect.fail(new DriverError({ driver: "store", operation: "start", reason, detail })));
        }
        case "Stopped":
          return settle(Effect.fail(stopped));
      }
    });
    const settle = (result: Effect.Effect<void, DriverError | NodeStopped>): void => {
      unlisten();
      resume(result);
    };
    if (phase === "idle" && joins) node.join();
    return Effect.sync(unlisten);
  });

const starting = (
  node: Node,
  { startTimeoutMs }: CheckedOptions,
): Pick<Lifecycle, "start" | "startWith"> => {
  /** How many wait for the node to become a member. They wait for the same try, each as long as it may. */
  let waiting = 0;
  let lastFailure = "no answer yet";

  const start = Effect.suspend(() => {
    waiting += 1;
    let detail = "nobody waits for it any more";
    const unlisten = node.listen((event) => {
      if (event._tag === "StoreUnavailable") lastFailure = `${event.reason}: ${event.detail}`;
    });
    const timed = Effect.timeoutOrElse(becomingMember(node, true), {
      duration: startTimeoutMs,
      orElse: () => {
        detail = `not a member after ${startTimeoutMs} ms; ${lastFailure}`;
        return Effect.fail(new DriverError({ driver: "store", operation: "start", reason: "Unavailable", detail }));
      },
    });
    return Effect.ensuring(
      timed,
      Effect.sync(() => {
        unlisten();
        waiting -= 1;
        // A node that nobody waits for must not become a member behind everybody's back.
        if (waiting === 0) node.feed({ _tag: "JoinAbandoned", reason: "Unavailable", detail });
      }),
    );
  });

  const persist = (failures: number): Effect.Effect<void, NodeStopped> =>
    Effect.catchTag(start, "DriverError", () => {
      const pauseMs = Math.min(longestPauseMs, 1_000 * 2 ** failures) * (0.5 + 0.5 * Math.random());
      // Somebody else may start it meanwhile, and a failure of theirs is none of this.
      const pause = Effect.timeoutOrElse(
        Effect.catchTag(becomingMember(node, false), "DriverError", () => Effect.never),
        { duration: pauseMs, orElse: () => Effect.void },
      );
      return Effect.andThen(pause, persist(failures + 1));
    });

  return {
    start,
    startWith: (options) => {
      const wrong = wrongOptions(options, ["retry"]);
      if (wrong !== undefined) return Effect.fail(wrong);
      const { retry = false } = options ?? {};
      if (typeof retry !== "boolean") return Effect.fail(new InvalidInput("retry", retry, "true or false"));
      return retry ? persist(0) : start;
    },
  };
};

const stop = (node: Node, drainMs: number): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    if (node.state().phase === "stopped") return resume(Effect.void);
    const unlisten = node.listen((event) => {
      if (event._tag !== "Stopped") return;
      unlisten();
      resume(Effect.void);
    });
    node.feed({ _tag: "StopRequested", drainMs });
    return Effect.sync(unlisten);
  });

/** The lifecycle of a node. */
export const make = (node: Node, options: CheckedOptions): Lifecycle => ({
  ...starting(node, options),
  stop: (drainMs) => stop(node, drainMs),
});
