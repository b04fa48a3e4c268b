/**
 * Ticks of effects that are interrupted, and those over drivers that throw.
 */
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Fiber from "effect/Fiber";
import * as Layer from "effect/Layer";
import { Driver, Job, Ticker } from "ringcron";
import { expect, it } from "vitest";
import { scene } from "./support/ticking.ts";

it("a tick that is interrupted asks nothing more, and starts nothing more", async () => {
  const { asked, layer } = scene();
  let started = 0;
  const program = Effect.gen(function* () {
    const ticker = yield* Ticker.make({ service: "edge", eager: true });
    for (const name of ["one", "two"]) {
      yield* ticker.add(Job.make(name, "@manual", () => Effect.andThen(Effect.sync(() => started++), Effect.never)));
    }
    yield* ticker.tick();
    for (const name of ["one", "two"]) yield* Ticker.commands(ticker).trigger(name);
    const fiber = yield* Effect.forkChild(ticker.tick());
    while (started < 2) yield* Effect.sleep(1);
    yield* Fiber.interrupt(fiber);
    const before = asked.length;
    // It would have reported, and looked whether somebody wants them cancelled, by then.
    yield* Effect.sleep(1_200);
    return [asked.length - before, started];
  });
  expect(await Effect.runPromise(Effect.provide(program, layer()))).toEqual([0, 2]);
});

it("a tick over a driver that throws dies of that, and one over a store that fails fails", async () => {
  const thrown = new TypeError("a driver of somebody's own");
  const { cutOff, layer, time } = scene();
  const no = () => {
    throw thrown;
  };
  const throwing = Layer.succeed(Driver.Driver, {
    ...Driver.whole(await Effect.runPromise(Effect.provide(Driver.Driver, layer()))),
    peek: no,
  });
  const tick = Effect.gen(function* () {
    const ticker = yield* Ticker.make({ service: "edge", eager: true });
    yield* ticker.add(Job.make("job", "* * * * *", () => Effect.void));
    time.now += 60_000;
    return yield* ticker.tick();
  });
  expect(await Effect.runPromiseExit(Effect.provide(tick, throwing))).toEqual(Exit.die(thrown));
  cutOff("claims");
  const exit = await Effect.runPromiseExit(Effect.provide(tick, layer()));
  expect(Exit.isFailure(exit) && exit.cause.reasons[0]).toMatchObject({
    _tag: "Fail",
    error: { reason: "Unavailable" },
  });
});
