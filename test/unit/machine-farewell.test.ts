import { expect, it } from "vitest";
import type { ControlRequest } from "../../src/core/words/Request.ts";
import { Bench } from "./support/bench.ts";
import { due, everyMinute, minute, roleOf } from "./support/machine.ts";

// What a node that leaves must not leave behind.

const name = everyMinute.name;

const control = (bench: Bench, command: ControlRequest["command"]) => bench.control(command);

const since = (bench: Bench): number => Math.round(bench.now - due(0));

it("a node whose farewell had no answer claims nothing any more, as the farewell may arrive late", () => {
  const bench = new Bench();
  const nodes = ["a", "b"].map((it) => bench.node(it).join(everyMinute));
  bench.until(5_000);
  control(bench, { _tag: "Pause", job: name });
  for (const node of nodes) node.feed({ _tag: "Nudged", job: name });
  bench.until(10_000);
  const leaver = nodes.find((node) => roleOf(node, name) === "Successor");
  const stayer = nodes.find((node) => node !== leaver);
  if (leaver === undefined || stayer === undefined) throw new Error("nobody succeeds the owner");
  leaver.fate = (request) => request._tag === "Beat" && request.state === "gone" ? "lost" : undefined;
  // By now both have promised to be silent for long, so the leaver's hand-over lasts as long.
  bench.until(minute + 100);
  stayer.isFrozen = true;
  leaver.feed({ _tag: "StopRequested", drainMs: 5_000 });
  bench.until(minute + 500);
  const farewell = leaver.sent.findIndex(({ request }) => request._tag === "Beat" && request.state === "gone");
  expect(farewell).toBeGreaterThan(0);
  // From now on the fire that was due in the pause is overdue, and a beat of the node that leaves tells it so.
  control(bench, { _tag: "Resume", job: name, missed: "catch-up" });
  bench.until(minute + 10_000);
  const later = leaver.sent.slice(farewell + 1).map(({ request }) => request._tag);
  expect(later).toContain("Beat");
  expect(later).not.toContain("Claim");
  expect(leaver.isHalted).toBe(true);
});

it("a queued fire that a sync hands to a node that leaves, as it arrives late, is run there", () => {
  const bench = new Bench();
  const node = bench.node("a").join(everyMinute);
  node.lasts = () => 200;
  bench.until(10_000);
  control(bench, { _tag: "Trigger", job: name, key: "k" });
  node.fate = (request) => request._tag === "Claim" ? "lost" : undefined;
  node.feed({ _tag: "Nudged", job: name });
  const [sync] = node.requests("Claim", 10_000);
  if (sync === undefined) throw new Error("nobody asked");
  node.feed({ _tag: "StopRequested", drainMs: 20_000 });
  bench.until(10_500);
  node.fate = () => undefined;
  expect(bench.record(name)?.queue.length).toBe(1);
  bench.apply(sync);
  expect(bench.record(name)?.queue).toEqual([]);
  bench.until(since(bench) + 10_000);
  expect(bench.started.map(({ run }) => run.kind)).toEqual(["manual"]);
  expect(node.isHalted).toBe(true);
  expect(bench.record(name)?.active).toEqual([]);
  expect(bench.history.flatMap((it) => it._tag === "Run" ? it.outcome : [])).toEqual(["succeeded"]);
});

it.each([["Misconfigured", 1_500, true], ["Unavailable", 1_500, false], ["Unavailable", 8_000, true]] as const)(
  "a report that cannot be sent is waited with only where it may be sent yet: %s, after %i ms",
  (reason, afterMs, isOver) => {
    const bench = new Bench();
    const node = bench.node("a").join(everyMinute);
    node.lasts = () => 200;
    bench.until(minute + 100);
    node.fate = () => ({ reason, detail: "for the test", retryAfterMs: undefined });
    node.feed({ _tag: "StopRequested", drainMs: 5_000 });
    bench.until(minute + 100 + afterMs);
    expect(bench.started.length).toBe(1);
    expect(node.isHalted).toBe(isOver);
  },
);
