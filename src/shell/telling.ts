/**
 * Tells the store what the jobs of a node are, for people and tools that do not declare them. Nothing of the node's own work rests on
 * it: it is done beside, and tried again while it fails.
 *
 * It is due whenever the node has told the store anew what it declares: once it has joined, when its jobs change, and when the store
 * was emptied. Those who declare the same find by a look that it is done. Nodes that come together look one after the other.
 */
import * as Effect from "effect/Effect";
import type * as Fiber from "effect/Fiber";
import type { JobSpec } from "../core/node/Machine.ts";
import { isDeclared } from "../core/node/role.ts";
import { isJob } from "../core/words/Schedules.ts";
import { control } from "../core/engine/commands.ts";
import type { Carrier } from "../Driver.ts";
import { digestOf, tellingOf } from "./definitions.ts";
import * as HostContext from "./hostContext.ts";
import type { Node } from "./Node.ts";

/** After a node has told what it declares: what it asks about its jobs goes first. Milliseconds. */
const afterMs = 1_000;

/** From one node to the next, and how many of them wait for one another at most. */
const stepMs = 200;
const mostSteps = 20;

/** From one try to the next, and at most. Milliseconds. */
const againMs = 5_000;
const longestAgainMs = 300_000;

/** Those that are declared here, also where other nodes must run them. */
const specsOf = (node: Node): ReadonlyArray<JobSpec> =>
  [...node.state().jobs.values()].filter(({ role, spec }) => isDeclared(role) && isJob(spec.name)).map(({ spec }) =>
    spec
  );

const telling = (node: Node, driver: Carrier): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { config: { service }, incarnation, view } = node.state();
    const place = view.members.findIndex((it) => it.incarnation === incarnation);
    yield* Effect.sleep(afterMs + stepMs * Math.min(mostSteps, Math.max(0, place)));
    const specs = specsOf(node);
    if (specs.length === 0) return;
    const command = tellingOf(specs, digestOf(specs));
    // A driver of somebody's own may throw, or know no such command.
    const told = Effect.map(
      Effect.exit(Effect.suspend(() => driver.carry(control, { _tag: "Control", service, command }))),
      (exit) => exit._tag === "Success",
    );
    for (let pauseMs = againMs; !(yield* told); pauseMs = Math.min(2 * pauseMs, longestAgainMs)) {
      yield* Effect.sleep(pauseMs);
    }
  });

/** Lets a node tell. Cost: one look each time that it is due, and what `Tell` costs where nobody has told before. */
export const tell = (node: Node, driver: Carrier): Effect.Effect<void> =>
  Effect.map(Effect.context(), (context) => {
    const runFork = Effect.runForkWith(context);
    let fiber: Fiber.Fiber<void> | undefined;
    let times = 0;
    node.watch(() => {
      const isMember = node.phase() === "member";
      const { timesDeclared } = node.state();
      const isDue = isMember && timesDeclared !== times;
      if (!isDue && (isMember || fiber === undefined)) return;
      times = timesDeclared;
      fiber?.interruptUnsafe();
      fiber = isDue ? HostContext.nobody(() => runFork(telling(node, driver))) : undefined;
    });
  });
