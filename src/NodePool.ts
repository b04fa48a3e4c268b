/**
 * The pool of nodes as one of them sees it: who is a member, who owns a key, what changes.
 */
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import type * as Scope from "effect/Scope";
import type { InvalidInput } from "./core/InvalidInput.ts";
import * as Ring from "./core/Ring.ts";
import type { Driver, DriverError } from "./Driver.ts";
import * as Handlers from "./internal/Handlers.ts";
import * as Lifecycle from "./internal/Lifecycle.ts";
import * as Node from "./internal/Node.ts";
import * as Options from "./Options.ts";
import type { Member, View } from "./View.ts";

export { NodeStopped } from "./internal/Lifecycle.ts";

/** The pool. Everything it tells is as fresh as the node's last contact with the store. */
export interface NodePool {
  /** The configured name of this node. */
  readonly nodeName: string;
  /** The identity of this node: changes when the process stood still for longer than its lease; empty before it joins. */
  readonly nodeId: Effect.Effect<string>;
  /** The view of the moment. */
  readonly view: Effect.Effect<View>;
  /** The members, sorted by identity. */
  readonly members: Effect.Effect<ReadonlyArray<Member>>;
  /** Who owns a key of your own choosing, among all active members; undefined while there are none. A hint, not a lock. */
  readonly owner: (key: string) => Effect.Effect<Member | undefined>;
  /** Whether this node owns a key of your own choosing. A hint, not a lock. */
  readonly owns: (key: string) => Effect.Effect<boolean>;
  /** Calls the listener with each new view until the scope closes. */
  readonly onChange: (listener: (view: View) => void) => Effect.Effect<void, never, Scope.Scope>;
}

/** The service tag of a `NodePool`. */
export const NodePool: Context.Service<NodePool, NodePool> = Context.Service("ringcron/NodePool");

/** What a random name ends in. */
const suffix = (): string => String(crypto.getRandomValues(new Uint16Array(1))[0] ?? 0).padStart(5, "0");

/**
 * Checks options, naming the node if it has no name. Fails with `InvalidInput`.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { NodePool } from "ringcron";
 *
 * const { config } = await Effect.runPromise(NodePool.checkOptions({ service: "billing" }));
 * console.log(config.nodeName.startsWith("node-")); // true
 * ```
 */
export const checkOptions = (options: Options.NodeOptions): Effect.Effect<Options.CheckedOptions, InvalidInput> =>
  Effect.suspend(() => Effect.fromResult(Options.check(options, `node-${suffix()}`)));

/** The pool of a node that lives. For those who build services of their own around a node. */
export const fromNode = (node: Node.Node): NodePool => {
  const { nodeName } = node.state().config;
  const ownerOf = (key: string): Member | undefined => {
    const active = node.state().view.members.filter((member) => member.state === "active");
    const [first] = Ring.rank(active.map(({ incarnation, weight }) => ({ id: incarnation, weight })), key);
    return active.find((member) => member.incarnation === first);
  };
  return {
    nodeName,
    nodeId: Effect.sync(() => node.state().incarnation),
    view: Effect.sync(() => node.state().view),
    members: Effect.sync(() => node.state().view.members),
    owner: (key) => Effect.sync(() => ownerOf(key)),
    owns: (key) => Effect.sync(() => ownerOf(key)?.incarnation === node.state().incarnation),
    onChange: (listener) =>
      Effect.acquireRelease(
        Effect.sync(() =>
          node.listen((event) => event._tag === "ViewChanged" ? listener(node.state().view) : undefined)
        ),
        (unlisten) => Effect.sync(unlisten),
      ),
  };
};

/**
 * A node that takes part in the pool and runs no jobs: joins when the layer is built, leaves when it is released.
 *
 * Fails with `InvalidInput` (options) or `DriverError` (the store cannot be used). Cost: a beat per `maxSilenceMs`.
 *
 * @example
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as Layer from "effect/Layer";
 * import { NodePool } from "ringcron";
 * import * as Memory from "ringcron/memory";
 *
 * const program = Effect.gen(function* () {
 *   const pool = yield* NodePool.NodePool;
 *   console.log((yield* pool.members).length, yield* pool.owns("any key")); // 1 true
 * });
 * const layer = Layer.provide(NodePool.layer({ service: "billing" }), Memory.layer());
 * await Effect.runPromise(Effect.provide(program, layer));
 * ```
 */
export const layer = (
  options: Options.NodeOptions,
): Layer.Layer<NodePool, InvalidInput | DriverError | Lifecycle.NodeStopped, Driver> =>
  Layer.effect(
    NodePool,
    Effect.gen(function* () {
      const checked = yield* checkOptions(options);
      const node = yield* Node.make(checked.config, Handlers.make(checked.config));
      const lifecycle = Lifecycle.make(node, checked);
      yield* Effect.addFinalizer(() => lifecycle.stop(checked.drainMs));
      yield* lifecycle.start;
      return fromNode(node);
    }),
  );
