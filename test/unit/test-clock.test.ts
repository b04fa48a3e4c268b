/**
 * Effect's test clock drives a node: what is due at the instant it is set to has run.
 */
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import * as TestClock from "effect/testing/TestClock";
import { Cron, Job } from "ringcron";
import * as Memory from "ringcron/memory";
import { expect, it } from "vitest";

const runsWithin = (schedule: string, steps: ReadonlyArray<Parameters<typeof TestClock.adjust>[0]>) => {
  let runs = 0;
  const program = Effect.gen(function* () {
    const cron = yield* Cron.Cron;
    yield* cron.add(Job.make("job", schedule, () => Effect.sync(() => void (runs += 1))));
    yield* cron.start;
    for (const step of steps) yield* TestClock.adjust(step);
  });
  const layer = Layer.provide(Cron.layer({ service: "tested" }), Memory.layer());
  return Effect.runPromise(
    Effect.scoped(Effect.provide(Effect.provide(program, layer), TestClock.layer())),
  ).then(() => runs);
};

it.each(
  [
    ["0 * * * *", ["24 hours"], 24],
    ["0 * * * *", ["12 hours", "12 hours"], 24],
    ["* * * * *", ["1 hour"], 60],
    ["* * * * * *", ["1 minute"], 60],
    ["* * * * * *", ["1 second", "1 second", "1 second"], 3],
    ["0 0 * * *", ["23 hours", "59 minutes", "59 seconds", "999 millis", "1 millis"], 1],
  ] as const,
)("%s, after %j: %i runs", async (schedule, steps, expected) => {
  expect(await runsWithin(schedule, steps)).toBe(expected);
});
