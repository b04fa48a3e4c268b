/**
 * Requests side by side: in their order, no more at once than allowed, and none goes on once one has failed.
 */
import * as Context from "effect/Context";
import * as Deferred from "effect/Deferred";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Fiber from "effect/Fiber";
import { describe, expect, it } from "vitest";
import { sideBySide } from "../../src/shell/sideBySide.ts";

const Given = Context.Service<"given", string>("given");

const numbers = (count: number) => Array.from({ length: count }, (_, at) => at);

describe("side by side", () => {
  it("all are done, in their order, no more at once than allowed", async () => {
    let [now, most] = [0, 0];
    const work = (it: number) =>
      Effect.gen(function* () {
        most = Math.max(most, ++now);
        for (let left = 10 - it; left > 0; left--) yield* Effect.yieldNow;
        now--;
        return it * 2;
      });
    expect(await Effect.runPromise(sideBySide(numbers(10), work, 4))).toEqual(numbers(10).map((it) => it * 2));
    expect(most).toBe(4);
    expect(await Effect.runPromise(sideBySide([], work, 4))).toEqual([]);
  });

  it("once one fails the others are interrupted, and no other begins", async () => {
    const [begun, interrupted]: [Array<number>, Array<number>] = [[], []];
    const work = (it: number) => {
      begun.push(it);
      const waits = Effect.onInterrupt(Effect.never, () => Effect.sync(() => void interrupted.push(it)));
      return it === 2 ? Effect.andThen(Effect.yieldNow, Effect.fail("no")) : waits;
    };
    const exit = await Effect.runPromiseExit(sideBySide(numbers(10), work, 4));
    expect(exit).toEqual(Exit.fail("no"));
    expect([begun, interrupted]).toEqual([[0, 1, 2, 3], [0, 1, 3]]);
  });

  it("what waits for them may be interrupted, and they with it", async () => {
    const interrupted: Array<number> = [];
    const work = (it: number) => Effect.onInterrupt(Effect.never, () => Effect.sync(() => void interrupted.push(it)));
    await Effect.runPromise(Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(sideBySide(numbers(3), work, 4));
      yield* Effect.yieldNow;
      yield* Fiber.interrupt(fiber);
    }));
    expect(interrupted).toEqual([0, 1, 2]);
  });

  it("what need not wait is done at once, however many these are", () => {
    expect(Effect.runSync(sideBySide(numbers(100_000), Effect.succeed, 4))).toEqual(numbers(100_000));
  });

  it("they see the services of who asks", async () => {
    const program = Effect.gen(function* () {
      const done = yield* Deferred.make<string>();
      yield* sideBySide([1], () => Effect.flatMap(Given, (it) => Deferred.succeed(done, it)), 1);
      return yield* Deferred.await(done);
    });
    expect(await Effect.runPromise(Effect.provideService(program, Given, "seven"))).toBe("seven");
  });
});
