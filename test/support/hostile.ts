/**
 * Values that were made to break whoever looks at them: what a handler may throw, answer with, or reject with.
 *
 * @module
 */
import fc from "fast-check";
import { runInNewContext } from "node:vm";

/** A value with a name that can be printed without touching it. */
export interface Hostile {
  readonly name: string;
  readonly value: unknown;
}

/** How often code that belongs to a value was run. */
export const touched = { traps: 0, getters: 0 };

const fail = (): never => {
  throw new Error("no");
};

const traps = [
  "get",
  "has",
  "ownKeys",
  "getPrototypeOf",
  "getOwnPropertyDescriptor",
  "isExtensible",
  "set",
  "apply",
  "construct",
] as const;

const proxy = (target: object, trap: () => unknown): object => {
  const counted = () => {
    touched.traps += 1;
    return trap();
  };
  return new Proxy(target, Object.fromEntries(traps.map((name) => [name, counted])));
};
const endless = (): object => proxy(() => {}, endless);
const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

const chain = (length: number): Error => {
  let error = new Error("the first");
  for (let index = 0; index < length; index++) error = new Error(`after ${index}`, { cause: error });
  return error;
};
const cyclic = (): Error => {
  const error = new Error("cyclic");
  return Object.assign(error, { cause: new AggregateError([error, error], "all of it", { cause: error }) });
};
const ancestors = (count: number): object => {
  let at: object | null = null;
  for (let index = 0; index < count; index++) at = Object.create(at) as object;
  return at as unknown as object;
};

const huge = "x".repeat(20_000_000);
const text = fc.oneof(
  fc.constantFrom("", huge, "\ud800".repeat(600), "\n    at nowhere".repeat(900), "\u0000\u001b[31m"),
  fc.string({ unit: "binary", maxLength: 600 }),
);

/** Single values, the nastiest ones there are names for. */
const made: Readonly<Record<string, () => unknown>> = {
  "undefined": () => undefined,
  "null": () => null,
  "NaN": () => NaN,
  "a bigint": () => 42n,
  "a huge bigint": () => 1n << 4_000_000n,
  "a symbol": () => Symbol("why"),
  "a symbol of a huge name": () => Symbol(huge),
  "a function": () => fail,
  "a class": () => class Thrown {},
  "a huge text": () => huge,
  "a boxed huge text": () => new String(huge),
  "a huge array": () => new Array(4_000_000_000),
  "many bytes": () => new Uint8Array(20_000_000),
  "an object of many keys": () => Object.fromEntries(Array.from({ length: 100_000 }, (_, key) => [`key${key}`, key])),
  "nothing to inherit": () => Object.create(null),
  "a revoked proxy": revoked,
  "a proxy that throws": () => proxy({}, fail),
  "a proxy of an error that throws": () => proxy(new Error("inside"), fail),
  "a proxy that answers with proxies": endless,
  "a proxy that answers nothing": () => proxy({}, () => undefined),
  "an heir of a proxy": () => Object.create(endless()),
  "an heir of a revoked proxy": () => Object.setPrototypeOf(new Error("heir"), revoked()),
  "one of many ancestors": () => ancestors(100_000),
  "a chain of 100,000 causes": () => chain(100_000),
  "a cycle of causes": cyclic,
  "100,000 errors": () =>
    new AggregateError(Array.from({ length: 100_000 }, (_, index) => new Error(`${index}`)), huge),
  "errors in errors": () => {
    let error: Error = new Error("leaf");
    for (let depth = 0; depth < 1_000; depth++) error = new AggregateError([error, error, error], "branch");
    return error;
  },
  "an error of another realm": () => runInNewContext("new TypeError('elsewhere', { cause: { code: 42 } })"),
  "a DOMException": () => new DOMException("gone", "AbortError"),
  "an invalid date": () => new Date(NaN),
  "a promise": () => new Promise(() => {}),
  "a generator": () => (function* () {})(),
  "its own array": () => {
    const list: Array<unknown> = [];
    list.push(list, [list]);
    return list;
  },
};

const known = new Map<string, Hostile>();
/** Made once: some take their time. */
const named = (name: string): Hostile => {
  const before = known.get(name);
  if (before !== undefined) return before;
  const it = { name, value: made[name]?.() };
  known.set(name, it);
  return it;
};

const keys: ReadonlyArray<PropertyKey> = [
  "name",
  "message",
  "stack",
  "cause",
  "errors",
  "code",
  "constructor",
  "detail",
  "toString",
  "toJSON",
  "valueOf",
  "then",
  "_tag",
  "~effect/Cause",
  "~effect/Effect",
  Symbol.toPrimitive,
  Symbol.toStringTag,
  Symbol.iterator,
  Symbol.hasInstance,
  Symbol.for("nodejs.util.inspect.custom"),
];

const bases: Readonly<Record<string, () => object>> = {
  "an object": () => ({}),
  "an error": () => new Error("plain"),
  "a heir of error": () => new (class Refused extends Error {})("refused"),
  "an imitation": () => Object.create(Error.prototype),
  "several errors": () => new AggregateError([new Error("one")], "several"),
  "an array": () => [1, 2],
  "a function": () => () => {},
  "an orphan": () => Object.create(null),
};

const simple: fc.Arbitrary<Hostile> = fc.oneof(
  fc.constantFrom(...Object.keys(made)).map(named),
  text.map((value) => ({ name: `a text of ${value.length}`, value })),
  fc.anything({ maxDepth: 3, withBigInt: true, withDate: true, withNullPrototype: true, withTypedArray: true })
    .map((value) => ({ name: "anything", value })),
);

/** An object that has something wicked in places where people look. */
const armed: fc.Arbitrary<Hostile> = fc.tuple(
  fc.constantFrom(...Object.keys(bases)),
  fc.uniqueArray(fc.tuple(fc.constantFrom(...keys), fc.constantFrom("holds", "gets", "throws"), simple), {
    maxLength: 5,
    selector: ([key]) => key,
  }),
  fc.boolean(),
).map(([base, places, isFrozen]) => {
  const value = bases[base]?.() as object;
  const names = places.map(([key, how, item]) => {
    const get = () => {
      touched.getters += 1;
      return how === "throws" ? fail() : item.value;
    };
    const property = how === "holds" ? { value: item.value, writable: true } : { get };
    try {
      Object.defineProperty(value, key, { ...property, configurable: true, enumerable: true });
    } catch {
      // V8 writes the stack of an error before it lets it be replaced, which its name may not survive.
    }
    return `${String(key)} ${how} ${item.name}`;
  });
  if (isFrozen) Object.freeze(value);
  return { name: `${base} (${names.join("; ")})`, value };
});

/** Anything a handler may throw. */
export const hostile: fc.Arbitrary<Hostile> = fc.oneof(simple, armed);

/** Each of the single values once. */
export const each = (): ReadonlyArray<Hostile> => Object.keys(made).map(named);
