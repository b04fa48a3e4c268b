/**
 * Starting and stopping a node: every call may be repeated, at any time, and none hangs.
 */
import * as Data from "effect/Data";
import * as Effect from "effect/Effect";
import { DriverError } from "../Driver.ts";
import type { Event } from "../Event.ts";
import type { CheckedOptions } from "../Options.ts";
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

/** What can be done with a node. */
export interface Lifecycle {
  /** Resolves when the node is a member. */
  readonly start: Effect.Effect<void, DriverError | NodeStopped>;
  /** Resolves when it is gone. */
  readonly stop: (drainMs: number) => Effect.Effect<void>;
}

const start = (node: Node, { config, startTimeoutMs }: CheckedOptions): Lifecycle["start"] => {
  let lastFailure = "no answer yet";
  const joined = Effect.callback<void, DriverError | NodeStopped>((resume) => {
    const { phase } = node.state();
    if (phase === "member") return resume(Effect.void);
    const stopped = new NodeStopped({ nodeName: config.nodeName });
    if (phase === "leaving" || phase === "stopped") return resume(Effect.fail(stopped));
    const unlisten = node.listen((event: Event) => {
      switch (event._tag) {
        case "StoreUnavailable":
          lastFailure = `${event.reason}: ${event.detail}`;
          return;
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
    if (phase === "idle") node.join();
    return Effect.sync(unlisten);
  });
  return Effect.timeoutOrElse(joined, {
    duration: startTimeoutMs,
    orElse: () => {
      // A node that nobody waits for must not become a member behind everybody's back.
      node.feed({ _tag: "StopRequested", drainMs: 0 });
      const detail = `not a member after ${startTimeoutMs} ms; ${lastFailure}`;
      return Effect.fail(new DriverError({ driver: "store", operation: "start", reason: "Unavailable", detail }));
    },
  });
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
  start: start(node, options),
  stop: (drainMs) => stop(node, drainMs),
});
