/**
 * An Effect `Schedule` as `retry` of a job (R42): what it comes to, and what is refused.
 */
import * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import * as Schedule from "effect/Schedule";
import { describe, expect, it } from "vitest";
import * as Job from "../../src/shell/Job.ts";
import { due } from "./support/machine.ts";
import { alone, minute } from "./support/machine.ts";

const specOf = (retry: unknown) =>
  Job.spec(Job.make("job", "* * * * *", () => Effect.void, { retry: retry as Schedule.Schedule<unknown, unknown> }));
const waits = (retry: Schedule.Schedule<unknown, unknown>) => {
  const spec = specOf(retry);
  return spec._tag === "Success" ? spec.success.policies.retry?.waits : spec.failure;
};
const exponential = (times: number) => Schedule.exponential("1 second").pipe(Schedule.upTo({ times }));

describe("a schedule for retries", () => {
  it("is stepped once, as if each attempt failed at once", () => {
    expect(waits(exponential(4))).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(waits(Schedule.recurs(3))).toEqual([0, 0, 0]);
    expect(waits(Schedule.spaced("0.5 millis").pipe(Schedule.upTo({ times: 2 })))).toEqual([1, 1]);
    // What is elapsed is the waits.
    const within = waits(Schedule.spaced("10 seconds").pipe(Schedule.upTo({ duration: "1 minute" })));
    expect(within).toEqual(Array((within as ReadonlyArray<number>).length).fill(10_000));
    expect((within as ReadonlyArray<number>).length).toBeGreaterThanOrEqual(5);
    const random = waits(exponential(3).pipe(Schedule.jittered)) as ReadonlyArray<number>;
    expect(random.map((ms, n) => ms >= 800 * 2 ** n && ms <= 1_200 * 2 ** n)).toEqual([true, true, true]);
  });

  it("says when each attempt is made", () => {
    const spec = specOf(Schedule.spaced("3 seconds").pipe(Schedule.upTo({ times: 2 })));
    if (spec._tag === "Failure") throw spec.failure;
    const { bench, node } = alone({}, { ...spec.success, name: "minutely" });
    node.ends = () => ({ outcome: "failed", error: "no" });
    bench.until(minute + 40_000);
    expect(bench.started.map(({ at, run }) => [run.attempt, Math.round(at - due(1))])).toEqual([
      [1, 0],
      [2, 3_010],
      [3, 6_020],
    ]);
  });

  it.each<[what: string, schedule: unknown]>([
    ["without an end", Schedule.exponential("1 second")],
    ["with too many", Schedule.recurs(101)],
    ["with none", Schedule.recurs(0)],
    ["that waits too long", Schedule.spaced("8 days").pipe(Schedule.upTo({ times: 1 }))],
    ["that waits for ever", Schedule.spaced(Duration.infinity).pipe(Schedule.upTo({ times: 1 }))],
    ["that fails", Schedule.fromStep(Effect.succeed(() => Effect.fail("no") as never))],
    ["that throws", Schedule.fromStep(Effect.die(new Error("no")) as never)],
    ["that waits in between", Schedule.fromStep(Effect.succeed(() => Effect.never as never))],
  ])("%s is refused by name", (_, schedule) => {
    const spec = specOf(schedule);
    expect(spec._tag === "Failure" && spec.failure).toMatchObject({
      _tag: "InvalidInput",
      field: "retry",
      value: expect.stringContaining("a schedule"),
      allowed: expect.stringMatching(/1 to 100|at most 604800000 ms/),
    });
  });

  it("leaves the other options checked, and a list of waits is nothing that people give", () => {
    const spec = Job.spec(Job.make("job", "* * * * *", () => Effect.void, { retry: exponential(2), timeoutMs: 0 }));
    expect(spec._tag === "Failure" && spec.failure).toMatchObject({ field: "timeoutMs" });
    const own = specOf({ waits: [1, 2] });
    expect(own._tag === "Failure" && own.failure).toMatchObject({ field: "retry.waits" });
  });
});
