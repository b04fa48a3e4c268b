import { expect, it } from "vitest";
import { Bench, job } from "./support/bench.ts";
import { unavailable } from "./support/machine.ts";

it.each([["refuses at once", unavailable], ["does not answer", "lost"]] as const)(
  "a store that %s for a minute is not stormed, whatever is due meanwhile",
  (_, fate) => {
    const bench = new Bench();
    const jobs = Array.from({ length: 200 }, (_, index) => job(`job-${index}`, "* * * * * *"));
    const node = bench.node("a").join(...jobs);
    bench.until(10_000);
    const healthy = node.sent.length;
    node.fate = () => fate;
    bench.until(70_000);
    const away = node.sent.length - healthy;
    console.log(`a store away for 60 s, 200 jobs due every second: ${away} requests, ${healthy} in 10 s before`);
    expect(away).toBeLessThan(30);
    expect(bench.started.filter(({ at }) => at > bench.now - 50_000)).toEqual([]);
    node.fate = () => undefined;
    bench.until(95_000);
    expect(node.happened("StoreBack").length).toBe(1);
    expect(bench.started.filter(({ at }) => at > bench.now - 5_000).length).toBeGreaterThanOrEqual(200);
  },
);
