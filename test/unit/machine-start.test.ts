/**
 * A node whose start is given up, and started again.
 */
import { describe, expect, it } from "vitest";
import { Bench, type Request } from "./support/bench.ts";
import { alone, everyMinute, minute, starts, unavailable } from "./support/machine.ts";

const abandoned = { _tag: "JoinAbandoned", reason: "Unavailable", detail: "too late" } as const;

describe("a start that is given up", () => {
  it("says farewell, and no answer that comes later makes it a member", () => {
    const bench = new Bench();
    const node = bench.node("a");
    bench.latency = 400;
    node.join(everyMinute);
    bench.until(200);
    const commands = node.feed(abandoned);
    // What is under way is called off before anything else is sent.
    expect(commands.map(({ _tag }) => _tag)).toEqual(["CallOff", "Send", "Emit"]);
    expect(node.happened("JoinFailed")).toMatchObject([{ reason: "Unavailable", detail: "too late" }]);
    bench.until(5 * minute);
    expect(node.happened("Joined")).toEqual([]);
    expect(node.state.phase).toBe("idle");
    expect(bench.members).toEqual([]);
    expect(node.requests("Beat").map(({ state }) => state)).toEqual(["active", "gone"]);
    expect(bench.started).toEqual([]);
  });

  it("can be made again, with its jobs and another identity", () => {
    const bench = new Bench();
    const node = bench.node("a");
    node.fate = () => "lost";
    node.join(everyMinute);
    bench.until(3_000);
    node.feed(abandoned);
    node.feed({ _tag: "Declared", jobs: [] });
    node.fate = () => undefined;
    node.join();
    bench.until(3 * minute + 500);
    expect(node.happened("Joined").map(({ incarnation }) => incarnation)).toEqual(["ai2"]);
    expect(starts(bench)).toEqual([1, 2, 3]);
    expect(bench.members).toEqual(["ai2"]);
  });

  it("again waits for nothing of the first try, neither for its farewell nor for its back-off", () => {
    const bench = new Bench();
    const node = bench.node("a");
    const isFarewell = (request: Request) => request._tag === "Beat" && request.state === "gone";
    node.fate = (request) => isFarewell(request) ? "lost" : unavailable;
    node.join(everyMinute);
    bench.until(60_000);
    node.feed(abandoned);
    node.fate = (request) => isFarewell(request) ? "lost" : undefined;
    node.join();
    bench.until(60_100);
    expect(node.happened("Joined").length).toBe(1);
    expect(node.happened("StoreBack")).toEqual([]);
  });

  it("means nothing to a node that is or was a member", () => {
    const { bench, node } = alone();
    node.feed(abandoned);
    bench.until(minute);
    node.isFrozen = true;
    bench.until(5 * minute);
    node.isFrozen = false;
    node.feed({ _tag: "Wake" });
    expect(node.state.phase).toBe("joining");
    node.feed(abandoned);
    bench.until(6 * minute);
    expect(node.state.phase).toBe("member");
    expect(node.happened("JoinFailed")).toEqual([]);
  });

  it("means nothing to one that was not started", () => {
    const node = new Bench().node("a");
    expect(node.feed(abandoned)).toEqual([]);
  });
});
