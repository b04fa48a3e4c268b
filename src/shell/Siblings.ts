/**
 * The schedulers of this process that were started: of two that are the same to whoever wrote them, the later one is meant.
 *
 * A development server evaluates a module again whenever it changes, this one perhaps along with it, and nothing stops what the
 * module had started before. So they are kept where every copy of this module finds them.
 */
import * as Data from "effect/Data";
import * as Effect from "effect/Effect";
import type { Carrier } from "../Driver.ts";
import type { CheckedOptions } from "./Options.ts";
import type { Lifecycle } from "./Lifecycle.ts";
import type { Kinds, Node } from "./Node.ts";

/** A scheduler was asked to start beside another one of its service, store and name, and with `ifRunning: "refuse"`. */
export class AlreadyRunning extends Data.Error<{
  /** The service of both. */
  readonly service: string;
  /** What the one that runs is called. */
  readonly nodeName: string;
}> {
  /** Tag for `Effect.catchTag` and `switch`. */
  readonly _tag = "AlreadyRunning" as const;
  /** The name of the class, as errors have it. */
  override readonly name = "AlreadyRunning";
  /** Says which one runs, and what to do. */
  override get message(): string {
    return `${this.nodeName} runs in this process for service ${this.service} already; stop it, or give the two nodeNames`;
  }
}

/** What copies of this module, perhaps of two releases, know of one another's schedulers. */
interface Started {
  readonly service: string;
  readonly store: ReadonlyArray<unknown>;
  readonly name: string | undefined;
  readonly nodeName: string;
  readonly replace: (by: string) => void;
}

const place = Symbol.for("ringcron/started");

/** In the order in which they were told to start. */
const started = (): Set<Started> => {
  const host = globalThis as { [place]?: Set<Started> };
  return host[place] ??= new Set();
};

const isSame = (one: ReadonlyArray<unknown>, other: ReadonlyArray<unknown>): boolean =>
  one.length === other.length && one.every((part, index) => part === other[index]);

const like = ({ name, service, store }: Started): ReadonlyArray<Started> =>
  [...started()].filter((it) => it.service === service && it.name === name && isSame(it.store, store));

const heard: Kinds = new Set(["Joined", "Leaving", "Stopped"]);

/**
 * A lifecycle that heeds those of this process. A scheduler replaces the earlier ones when it is a member, not before: one that
 * cannot start leaves the jobs to them.
 */
export const heeding = (
  lifecycle: Lifecycle,
  node: Node,
  driver: Carrier,
  { config, drainMs, givenName, ifRunning }: CheckedOptions,
): Lifecycle<AlreadyRunning> => {
  const { nodeName, service } = config;
  const me: Started = {
    service,
    store: driver.identity ?? [driver],
    name: givenName,
    nodeName,
    replace: (by) => node.feed({ _tag: "StopRequested", drainMs, replacedBy: by }),
  };
  let starting = 0;
  const forget = (): void => void started().delete(me);

  node.listen(({ _tag }) => {
    if (_tag !== "Joined") return forget();
    const same = like(me);
    for (const earlier of same.slice(0, Math.max(0, same.indexOf(me)))) earlier.replace(nodeName);
  }, heard);

  const heeded = <E>(start: Effect.Effect<void, E>): Effect.Effect<void, E | AlreadyRunning> =>
    Effect.suspend((): Effect.Effect<void, E | AlreadyRunning> => {
      const other = ifRunning === "refuse" ? like(me).find((it) => it !== me) : undefined;
      if (other !== undefined) return Effect.fail(new AlreadyRunning({ service, nodeName: other.nodeName }));
      starting += 1;
      started().add(me);
      return Effect.ensuring(
        start,
        Effect.sync(() => {
          starting -= 1;
          if (starting === 0 && node.phase() !== "member") forget();
        }),
      );
    });

  return {
    start: heeded(lifecycle.start),
    startWith: (options) => heeded(lifecycle.startWith(options)),
    stop: lifecycle.stop,
  };
};
