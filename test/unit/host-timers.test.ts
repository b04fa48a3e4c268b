/**
 * Sleeping by promises: as long as it is to, and no longer than somebody waits.
 */
import { afterEach, expect, it, vi } from "vitest";
import { hostClocks, slept } from "../../src/shell/hostTimers.ts";

afterEach(() => void vi.useRealTimers());

it("a sleep is over when its time is, by the clocks of the host", async () => {
  const began = hostClocks.mono();
  await slept(30);
  expect(hostClocks.mono() - began).toBeGreaterThanOrEqual(30);
  expect(Math.abs(hostClocks.now() - Date.now())).toBeLessThan(1_000);
});

it("longer than a timer of the host can be, it is over no sooner", async () => {
  vi.useFakeTimers();
  let isOver = false;
  const sleeping = slept(2 ** 32).then(() => void (isOver = true));
  await vi.advanceTimersByTimeAsync(2 ** 31);
  expect(isOver).toBe(false);
  await vi.advanceTimersByTimeAsync(2 ** 31);
  await sleeping;
});

it("whoever gives up is told so at once, and no timer is left", async () => {
  vi.useFakeTimers();
  const over = new AbortController();
  const sleeping = slept(60_000, over.signal);
  expect(vi.getTimerCount()).toBe(1);
  over.abort(new Error("over"));
  await expect(sleeping).rejects.toThrow("over");
  await expect(slept(60_000, over.signal)).rejects.toThrow("over");
  expect(vi.getTimerCount()).toBe(0);
});
