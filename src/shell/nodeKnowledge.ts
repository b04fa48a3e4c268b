/**
 * What a node knows of the fleet.
 */
import * as Effect from "effect/Effect";
import { isLeft } from "../core/node/definition.ts";
import * as Machine from "../core/node/Machine.ts";
import { fits } from "../core/node/placement.ts";
import { isDeclared, isDeclaredJob } from "../core/node/role.ts";
import type { Declarations, Knowledge } from "./Knowledge.ts";
import type { Node } from "./Node.ts";
import { refresh } from "./Refresh.ts";

/** How long a job of a node that is on its way to the store is waited for. Milliseconds. */
const registrationMs = 2_000;

/** What it knows by its view, or by a beat where that may be too old. */
export const nodeKnowledge = (node: Node): Knowledge => {
  const ownEntry = (job: string) => {
    const entry = node.state().jobs.get(job);
    return entry !== undefined && isDeclared(entry.role) ? entry : undefined;
  };
  const isMember = (): boolean => node.state().phase === "member";
  const known = (): Declarations => {
    const names = new Set<string>();
    for (const [name, entry] of node.state().jobs) if (isDeclaredJob(entry)) names.add(name);
    for (const member of Machine.knownView(node.state(), node.at()).members) {
      for (const name of member.jobs.keys()) names.add(name);
    }
    return { names, now: node.now(), isDeclared: (job) => names.has(job) || (isMember() ? false : undefined) };
  };
  const isOnItsWay = (job: string): boolean => {
    const entry = ownEntry(job);
    if (!isMember() || entry === undefined || !fits(node.state().config, entry.spec)) return false;
    return entry.standing.watermark === undefined && !isLeft(entry.definition);
  };
  return {
    ownSchedule: (job) => ownEntry(job)?.spec.expression,
    known,
    look: Effect.suspend(() =>
      isMember()
        ? Effect.map(Effect.catchTag(refresh(node), "NodeStopped", () => Effect.void), known)
        : Effect.sync(known)
    ),
    mayBeOnItsWay: isMember,
    // Right after the start a job of this node would be unknown, which nobody expects.
    registered: (job) =>
      Effect.suspend(() =>
        !isOnItsWay(job) ? Effect.void : Effect.timeoutOrElse(
          Effect.callback<void>((resume) => {
            const unwatch = node.watch(() => {
              if (!isOnItsWay(job)) resume(Effect.void);
            });
            if (!isOnItsWay(job)) resume(Effect.void);
            return Effect.sync(unwatch);
          }),
          { duration: registrationMs, orElse: () => Effect.void },
        )
      ),
    nudge: (job) => node.feed({ _tag: "Nudged", job }),
  };
};
