/**
 * The pool of nodes as one of them sees it: who is a member, who owns a key, what changes.
 */
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import type * as Scope from "effect/Scope";
import { demand, demandParts, type InvalidInput } from "../core/words/InvalidInput.ts";
import * as Machine from "../core/node/Machine.ts";
import * as Ring from "../core/ring/Ring.ts";
import type { Driver, DriverError } from "../Driver.ts";
import type { Event } from "../core/words/Event.ts";
import * as Handlers from "./Handlers.ts";
import * as Lifecycle from "./Lifecycle.ts";
import * as Node from "./Node.ts";
import { refresh } from "./Refresh.ts";
import { usableDriver } from "./usableDriver.ts";
import * as Options from "./Options.ts";
import type { Member, View } from "../core/words/View.ts";

export { NodeStopped } from "./Lifecycle.ts";

/**
 * The pool. What it tells is as fresh as the node's last contact with the store: while jobs are due some seconds, on a quiet
 * fleet up to `maxSilenceMs`; a member that died is told as one until it has broken its promise to be heard of, which may take
 * as long again and `leaseMs` more. `refresh` asks now.
 *
 * Where nothing can be known (before this node is a member, from `LeaseLost` to `LeaseRegained`, and once it has stopped)
 * there are no members, and nobody owns anything.
 */
export interface NodePool {
  /** The name that the fleet shares. */
  readonly service: string;
  /** The configured name of this node. */
  readonly nodeName: string;
  /** The identity of this node: changes when the process stood still for longer than its lease; empty before it joins. */
  readonly nodeId: Effect.Effect<string>;
  /** The view of the moment; `View.empty` where nothing can be known. */
  readonly view: Effect.Effect<View>;
  /** The members, sorted by identity; none where nothing can be known. */
  readonly members: Effect.Effect<ReadonlyArray<Member>>;
  /**
   * Who owns a key of your own choosing, among all active members; undefined while there are none. A hint, not a lock. Dies, as
   * `owns` and `onChange` do, with `InvalidInput` of what is of another type.
   */
  readonly owner: (key: string) => Effect.Effect<Member | undefined>;
  /** Whether this node owns a key of your own choosing. A hint, not a lock. */
  readonly owns: (key: string) => Effect.Effect<boolean>;
  /**
   * Asks the store who is there: done when the view is that of now. One request. Fails with `DriverError` (no answer within
   * `requestTimeoutMs`, or the node was not started) or `NodeStopped`.
   */
  readonly refresh: Effect.Effect<void, DriverError | Lifecycle.NodeStopped>;
  /** Calls the listener with each new view until the scope closes; with `View.empty` when nothing can be known any more. */
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

/** After these the view may be another one. */
const changing: ReadonlySet<Event["_tag"]> = new Set([
  "ViewChanged",
  "LeaseLost",
  "LeaseRegained",
  "Suspended",
  "Stopped",
]);

/** The pool of a node that lives. For those who build services of their own around a node. */
export const fromNode = (node: Node.Node): NodePool => {
  demandParts("node", node, "state", "at", "listen", "watch");
  const { nodeName, service } = node.state().config;
  const known = (): View => Machine.knownView(node.state(), node.at());
  const ownerOf = (key: string): Member | undefined => {
    demand(typeof key === "string", "key", key, "a string");
    const active = known().members.filter((member) => member.state === "active");
    const [first] = Ring.rank(active.map(({ incarnation, weight }) => ({ id: incarnation, weight })), key);
    return active.find((member) => member.incarnation === first);
  };
  return {
    service,
    nodeName,
    nodeId: Effect.sync(() => node.state().incarnation),
    view: Effect.sync(known),
    members: Effect.sync(() => known().members),
    owner: (key) => Effect.sync(() => ownerOf(key)),
    owns: (key) => Effect.sync(() => ownerOf(key)?.incarnation === node.state().incarnation),
    refresh: refresh(node),
    onChange: (listener) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          demand(typeof listener === "function", "listener", listener, "a function");
          let told = known().version;
          return node.listen(() => {
            const view = known();
            if (view.version === told) return undefined;
            told = view.version;
            return listener(view);
          }, changing);
        }),
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
      yield* usableDriver;
      const node = yield* Node.make(checked.config, Handlers.make(checked.config));
      const lifecycle = Lifecycle.make(node, checked);
      yield* Effect.addFinalizer(() => lifecycle.stop(checked.drainMs));
      yield* lifecycle.start;
      return fromNode(node);
    }),
  );
