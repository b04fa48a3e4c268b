/**
 * The context in which a handler runs: the one around it, with the span of its run.
 */
import { type Context, ROOT_CONTEXT, trace } from "@opentelemetry/api";

/** A context and one value more. Those of the API copy all that is in them for each, which takes as long as all else here. */
export class Further implements Context {
  readonly #outer: Context;
  readonly #key: symbol;
  readonly #value: unknown;

  constructor(outer: Context, key: symbol, value: unknown) {
    this.#outer = outer;
    this.#key = key;
    this.#value = value;
  }

  getValue(key: symbol): unknown {
    return key === this.#key ? this.#value : this.#outer.getValue(key);
  }

  /** One of the API, so that a value that is set again and again makes no chain. */
  setValue(key: symbol, value: unknown): Context {
    return this.#outer.setValue(this.#key, this.#value).setValue(key, value);
  }

  deleteValue(key: symbol): Context {
    return this.#outer.setValue(this.#key, this.#value).deleteValue(key);
  }
}

/** What the API keeps the active span by, which it tells nobody but a context. */
export const keyOfSpans = (): symbol => {
  let found = Symbol();
  trace.getSpan({
    getValue: (key) => {
      found = key;
    },
    setValue: () => ROOT_CONTEXT,
    deleteValue: () => ROOT_CONTEXT,
  });
  return found;
};
