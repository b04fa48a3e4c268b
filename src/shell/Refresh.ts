/**
 * A look at the fleet right now, for those to whom the view of the last beat is too old.
 */
import * as Effect from "effect/Effect";
import { DriverError } from "../Driver.ts";
import { NodeStopped } from "./Lifecycle.ts";
import type { Node } from "./Node.ts";

const failure = (detail: string): DriverError =>
  new DriverError({ driver: "store", operation: "refresh", reason: "Unavailable", detail });

/** Done when an answer is there to a beat that was sent after the call. */
export const refresh = (node: Node): Effect.Effect<void, DriverError | NodeStopped> =>
  Effect.suspend(() => {
    const { config, phase } = node.state();
    const { nodeName, requestTimeoutMs } = config;
    if (phase === "leaving" || phase === "stopped") return Effect.fail(new NodeStopped({ nodeName }));
    if (phase === "idle") return Effect.fail(failure("this node is not a member; start it first"));
    const since = node.at().mono;
    let lastFailure = "no answer in time";
    const heard = Effect.callback<void, DriverError | NodeStopped>((resume) => {
      let hasAsked = false;
      const look = (): void => {
        const { lease, phase } = node.state();
        if (phase === "leaving" || phase === "stopped") return settle(Effect.fail(new NodeStopped({ nodeName })));
        if (phase !== "member") return;
        if (lease !== undefined && lease.sent.mono >= since) return settle(Effect.void);
        // A beat may be under way that left before the call, so another one is asked for.
        if (hasAsked) return;
        hasAsked = true;
        node.feed({ _tag: "Nudged" });
      };
      const endings = [
        node.watch(look),
        node.listen((event) => {
          if (event._tag === "StoreUnavailable") lastFailure = `${event.reason}: ${event.detail}`;
        }),
      ];
      const settle = (result: Effect.Effect<void, DriverError | NodeStopped>): void => {
        endings.forEach((end) => end());
        resume(result);
      };
      look();
      return Effect.sync(() => endings.forEach((end) => end()));
    });
    return Effect.timeoutOrElse(heard, {
      duration: requestTimeoutMs,
      orElse: () => Effect.fail(failure(`not heard of the store for ${requestTimeoutMs} ms; ${lastFailure}`)),
    });
  });
