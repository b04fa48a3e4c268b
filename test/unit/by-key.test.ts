/**
 * What is taken of Effect by its key, so that a bundle does not hold the module: it is what the module means.
 */
import * as Clock from "effect/Clock";
import * as Context from "effect/Context";
import * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import * as Schedule from "effect/Schedule";
import { describe, expect, it } from "vitest";
import { clock, hostClock, millisOf } from "../../src/shell/hostClock.ts";
import { isSchedule } from "../../src/shell/retrySchedule.ts";

it("the clock is the one that is provided, and that of the host where none is", async () => {
  const own: Clock.Clock = { ...hostClock };
  expect(clock.key).toBe(Clock.Clock.key);
  expect(await Effect.runPromise(clock)).toBe(hostClock);
  expect(await Effect.runPromiseWith(Context.make(Clock.Clock, own))(clock)).toBe(own);
});

describe("durations in milliseconds", () => {
  it.each([
    ["zero", Duration.zero],
    ["millis", Duration.millis(12.5)],
    ["nanos", Duration.nanos(1_500_000n)],
    ["days", Duration.days(400)],
    ["infinity", Duration.infinity],
    ["minus infinity", Duration.fromInputUnsafe("-Infinity")],
  ])("%s", (_, duration) => {
    expect(millisOf(duration)).toBe(Duration.toMillis(duration));
  });
});

it("schedules are told from everything else", () => {
  const others = [undefined, null, 0, "schedule", {}, [], { times: 3 }, Schedule.recurs, Duration.zero, Effect.void];
  for (const it of [Schedule.forever, Schedule.recurs(3), Schedule.exponential("1 second"), ...others]) {
    expect(isSchedule(it)).toBe(Schedule.isSchedule(it));
  }
});
