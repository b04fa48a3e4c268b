/**
 * Values of wrong types, and what a call with them has to come to: an error that says what is wrong, in bounded time.
 *
 * @module
 */
import * as Cause from "effect/Cause";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Layer from "effect/Layer";
import * as Result from "effect/Result";
import type * as Scope from "effect/Scope";
import fc from "fast-check";
import process from "node:process";
import { afterAll, beforeAll, expect } from "vitest";
import { Fault } from "../../src/core/engine/Operation.ts";
import type { Driver } from "../../src/Driver.ts";
import * as Cron from "../../src/shell/Cron.ts";
import * as Ticker from "../../src/shell/Ticker.ts";
import * as memory from "../../adapters/memory.ts";

const typed = new Set<unknown>([
  "InvalidInput",
  "CronExpressionError",
  "DriverError",
  "NodeStopped",
  "UnknownJob",
  "UnknownSchedule",
  "UnknownNode",
  "QueueFull",
  "JobInUse",
]);

/** What a call comes to in the end: nothing, or what it failed with. */
const failureOf = async (call: () => unknown): Promise<unknown> => {
  const failed = (exit: Exit.Exit<unknown, unknown>): unknown =>
    Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined;
  try {
    const answer = call();
    if (Layer.isLayer(answer)) {
      const both = Layer.mergeAll(Cron.layer({ service: "wrong" }), Ticker.layer({ service: "wrong" }));
      const around = Layer.provideMerge(both, memory.layer());
      const layer = Layer.provide(answer as Layer.Layer<unknown, unknown, Cron.Cron | Driver | Ticker.Ticker>, around);
      return failed(await Effect.runPromiseExit(Effect.scoped(Layer.build(layer))));
    }
    if (Effect.isEffect(answer)) {
      // Some give what a scope takes back.
      const scoped = Effect.scoped(answer as Effect.Effect<unknown, unknown, Scope.Scope | Driver>);
      return failed(await Effect.runPromiseExit(Effect.provide(scoped, memory.layer())));
    }
    if (Result.isResult(answer)) return Result.isFailure(answer) ? answer.failure : undefined;
    if (typeof answer === "object" && answer !== null && Symbol.iterator in answer) {
      let count = 0;
      for (const _ of answer as Iterable<unknown>) if (++count > 20) break;
    }
    await answer;
    return undefined;
  } catch (error) {
    return error;
  }
};

/** Fails unless a call ends soon, and well or with an error that says what is wrong. */
export const expectTold = async (name: string, call: () => unknown): Promise<void> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} hangs`)), 20_000);
  });
  const error = await Promise.race([failureOf(call), late]).finally(() => clearTimeout(timer)) as
    | (Error & { readonly _tag?: string })
    | undefined;
  if (error === undefined) return;
  // How the engine says that an answer is of another kind.
  if (error instanceof Fault) return;
  expect(typed.has(error?._tag), `${name}: ${error?.stack ?? String(error)}`).toBe(true);
  expect(error.message).not.toBe("");
};

export const wrong: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  undefined,
  null,
  true,
  0,
  -1,
  1.5,
  NaN,
  Infinity,
  5n,
  "",
  "x",
  "🦊",
  Symbol("s"),
  [],
  [null],
  [undefined, "x"],
  {},
  { _tag: "x" },
  Object.create(null),
  new Date(0),
  new Map(),
  () => undefined,
  Promise.resolve(5),
);

/** The same value without one of its parts, or with one of another type. */
export const halfBuilt = (value: object): fc.Arbitrary<unknown> => {
  const keys = Object.keys(value);
  if (keys.length === 0) return wrong;
  const part = fc.constantFrom(...keys);
  const without = part.map((key) => Object.fromEntries(Object.entries(value).filter(([name]) => name !== key)));
  const nulled = part.map((key) => ({ ...value, [key]: null }));
  return fc.oneof(without, nulled);
};

/** Arguments of which one is wrong, or some are left out. */
export const spoilt = (right: ReadonlyArray<unknown>, isDeep: boolean): fc.Arbitrary<ReadonlyArray<unknown>> => {
  const at = fc.nat(Math.max(0, right.length - 1));
  const one = at.chain((index) => {
    const value = right[index];
    const isPlain = isDeep && typeof value === "object" && value !== null &&
      Object.getPrototypeOf(value) === Object.prototype;
    return (isPlain ? fc.oneof(wrong, halfBuilt(value)) : wrong).map((it) => right.with(index, it));
  });
  return fc.oneof(one, fc.nat(right.length).map((length) => right.slice(0, length)), fc.array(wrong, { maxLength: 4 }));
};

/** What was rejected and handled by nobody while the tests of a file ran. */
export const collectRejections = (): ReadonlyArray<unknown> => {
  const unhandled: Array<unknown> = [];
  const note = (error: unknown): void => void unhandled.push(error);
  beforeAll(() => void process.on("unhandledRejection", note));
  afterAll(() => void process.off("unhandledRejection", note));
  return unhandled;
};
