/**
 * The async context of the host: what `AsyncLocalStorage` shows belongs to whoever calls, and must not travel with what a call
 * happens to set in motion.
 *
 * A handler runs in the context in which its job was added, a listener in that in which it was registered, everything else in
 * that in which this module was loaded. A runtime without such contexts has nothing to keep apart.
 */

/** Runs something in a context that was captured. */
export type Within = <A>(run: () => A) => A;

interface Storage {
  readonly snapshot?: () => Within;
}

/** A piece of work of its own, which begins in the context in which it is made. */
type Resource = new (type: string) => { readonly runInAsyncScope: Within };

interface Hooks {
  readonly AsyncLocalStorage?: Storage;
  readonly AsyncResource?: Resource;
}

interface Host extends Hooks {
  readonly process?: { readonly getBuiltinModule?: (name: string) => Hooks | undefined };
}

const host = globalThis as unknown as Host;

const find = (): Hooks | undefined => {
  try {
    return host.process?.getBuiltinModule?.("node:async_hooks") ?? host;
  } catch {
    return undefined;
  }
};

const { AsyncLocalStorage: storage, AsyncResource: Own } = find() ?? {};

const anywhere: Within = (run) => run();

/** A resource shows the same as a snapshot, and costs a third of it where code is not warm: each second, for some runs. */
const snapshot = (): Within => {
  if (Own === undefined) return storage?.snapshot?.() ?? anywhere;
  const own = new Own("ringcron");
  return (run) => own.runInAsyncScope(run);
};

/**
 * The context of now, for strangers' code. Each time it runs in a copy: what one run enters (`enterWith`) is not seen by the next.
 * Cost: about a microsecond, and as much for each run.
 */
export const capture = (): Within => {
  const captured = new Captured();
  return (run) => captured.within(run);
};

/** What remembers the context in which it was made. */
const Remembering: Resource = Own ?? class {
  readonly runInAsyncScope: Within = snapshot();
};

/**
 * The same as an object that remembers the context by itself, as there is one for each job: a function that has caught what it needs
 * takes twice as much.
 */
export class Captured extends Remembering {
  constructor() {
    super("ringcron");
  }

  /** Runs something in a copy of the context. */
  within<A>(run: () => A): A {
    return this.runInAsyncScope(() => Own === undefined ? snapshot()(run) : new Own("ringcron").runInAsyncScope(run));
  }
}

/** The context of nobody who calls, for code of our own. */
export const nobody: Within = snapshot();
