/**
 * Modules that a runtime brings along, reached without an import: what has them answers (Node from 20.16, Deno, Bun, a Worker
 * with Node's modules), what has not does without.
 */

interface Host {
  readonly process?: { readonly getBuiltinModule?: (name: string) => unknown };
}

/** A module of the runtime; undefined where there is none of that name. */
export const builtin = <M>(name: string): M | undefined => {
  try {
    return (globalThis as Host).process?.getBuiltinModule?.(name) as M | undefined;
  } catch {
    return undefined;
  }
};
