/**
 * The comparison's own instruments: what they count, and what the models of the ancestors decide. Nothing of it needs a
 * server or a peer; the comparison itself is `npm run compare`.
 */
import { connect, createServer, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { waitFor } from "../support/wait.ts";
import { skewed } from "./clock.ts";
import { contenders } from "./contenders.ts";
import { commandsIn, count, quantile, slotOf, type Start, type Window } from "./counting.ts";
import { nextAfter, SleepingCron, TickingCron } from "./models/cron.ts";
import { DcronFires, DcronPool } from "./models/dcron.ts";
import { fatalErrors, Heart, SchedulerPool } from "./models/distributed-scheduler.ts";
import { crc32, makeRing, mixed } from "./models/ring.ts";
import { startProxy } from "./proxy.ts";
import { cell, grid, line, violations } from "./report.ts";
import type { Outcome } from "./round.ts";
import { scenarios } from "./scenarios.ts";

const window: Window = { jobs: ["x", "y"], periodMs: 2_000, from: 1_000, to: 7_000 };
const start = (job: string, slot: number | undefined, at: number, attempt?: number): Start => ({
  job,
  slot,
  at,
  by: "a",
  attempt,
});
const each: ReadonlyArray<Start> = ["x", "y"].flatMap((job) =>
  [2_000, 4_000, 6_000].map((slot) => start(job, slot, slot + 5))
);

describe("counting", () => {
  test("every slot once", () => {
    expect(count(each, window)).toEqual({
      due: 6,
      never: 0,
      once: 6,
      more: 0,
      sameAttempt: 0,
      latenessMs: [5, 5, 5, 5, 5, 5],
    });
  });

  test("a slot that ran twice is counted as such, by whomever and however late", () => {
    const counted = count([...each, start("x", 4_000, 4_100), start("y", 4_000, 60_000)], window);
    expect(counted).toMatchObject({ never: 0, once: 4, more: 2, sameAttempt: 2 });
    expect(counted.latenessMs, "the first start of a slot is the one that is late or not").toEqual([5, 5, 5, 5, 5, 5]);
  });

  test("a further attempt makes the slot run twice, but is no second start of the same attempt", () => {
    const [first, ...rest] = each as [Start, ...Array<Start>];
    const again = (attempt: number) =>
      count([{ ...first, attempt: 1 }, start("x", 2_000, 9_000, attempt), ...rest], window);
    expect(again(2)).toMatchObject({ more: 1, sameAttempt: 0 });
    expect(again(1)).toMatchObject({ more: 1, sameAttempt: 1 });
  });

  test("a slot that did not run, and nothing at all", () => {
    expect(count(each.slice(1), window)).toMatchObject({ never: 1, once: 5, more: 0 });
    expect(count([], window)).toMatchObject({ due: 6, never: 6, once: 0, more: 0, latenessMs: [] });
  });

  test("the window holds its first instant and not its last, and starts of other slots and jobs do not count", () => {
    const edge: Window = { ...window, from: 2_000, to: 6_000 };
    expect(count([], edge).due).toBe(4);
    const outside = [start("x", 0, 3_000), start("x", 6_000, 5_999), start("z", 2_000, 2_000)];
    expect(count(outside, edge)).toMatchObject({ never: 4, once: 0, more: 0 });
    // By the slot it ran for, not by the time it ran at.
    expect(count([start("x", 4_000, 100_000)], edge)).toMatchObject({ never: 3, once: 1, latenessMs: [96_000] });
  });

  test("who tells no slot, or none that is due, ran for the nearest one", () => {
    expect(slotOf(start("x", undefined, 4_999), 2_000)).toBe(4_000);
    expect(slotOf(start("x", undefined, 5_001), 2_000)).toBe(6_000);
    expect(slotOf(start("x", 3_990, 9_999), 2_000)).toBe(4_000);
  });

  test("quantiles", () => {
    expect(quantile([], 0.5)).toBeUndefined();
    expect(quantile([7], 0.99)).toBe(7);
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2);
    expect(quantile(Array.from({ length: 100 }, (_, n) => n + 1), 0.99)).toBe(99);
  });

  test("commands: those of scripts too, those of the harness not", () => {
    const stats = "# Commandstats\r\ncmdstat_eval:calls=2,usec=9\r\ncmdstat_time:calls=3,usec=1\r\n" +
      "cmdstat_info:calls=7,usec=1\r\ncmdstat_config|resetstat:calls=1,usec=1\r\ncmdstat_config|get:calls=4,usec=1\r\n";
    expect(commandsIn(stats)).toBe(9);
    expect(commandsIn("")).toBe(0);
  });
});

describe("report", () => {
  const outcome = (name: string, starts: ReadonlyArray<Start>): Outcome => ({
    contender: contenders.find((it) => it.name === name) as Outcome["contender"],
    scenario: scenarios[0] as Outcome["scenario"],
    count: count(starts, window),
    commandsPerRun: 3.25,
    died: [],
  });
  const twice = [...each, start("x", 4_000, 4_100)];

  test("a cell is never / once / more, and a round that failed leaves a hole that says so", () => {
    expect(cell(outcome("BullMQ", twice))).toBe("0 / 5 / 1");
    expect(line(outcome("BullMQ", twice))).toContain("6 slots, ran 0x / 1x / 2+x 0 / 5 / 1");
    const other = { ...outcome("node-cron", each), scenario: scenarios[1] as Outcome["scenario"] };
    const rows = grid([outcome("BullMQ", each), other], cell).split("\n");
    expect(rows).toHaveLength(4);
    expect(rows[2]).toMatch(/BullMQ .* 0 \/ 6 \/ 0 .* failed/);
  });

  test("only ringcron must not run a slot twice", () => {
    expect(violations([outcome("BullMQ", twice), outcome("ringcron", each)])).toEqual([]);
    expect(violations([outcome("ringcron", twice)])).toHaveLength(1);
  });
});

describe("harness", () => {
  test("scenarios leave the ends of the window alone, and their steps are in order", () => {
    for (const { name, skewMs = [], steps } of scenarios) {
      const times = steps.map(([atMs]) => atMs);
      expect(times, name).toEqual([...times].sort((x, y) => x - y));
      for (const atMs of times) expect(atMs > 2_000 && atMs < 20_000, `${name}: ${atMs}`).toBe(true);
      for (const off of skewMs) expect(Math.abs(off)).toBeLessThanOrEqual(5_000);
    }
  });

  test("a wrong clock is wrong for whoever asks for now, and for nobody else", () => {
    const Wrong = skewed(-5_000);
    const off = Wrong.now() - Date.now();
    expect(off).toBeGreaterThan(-5_100);
    expect(off).toBeLessThan(-4_000);
    expect(Math.abs(new Wrong().getTime() - Wrong.now())).toBeLessThan(1_000);
    expect(new Wrong(7).getTime()).toBe(7);
    expect(Wrong.UTC(1970, 0, 1)).toBe(0);
    expect(new Wrong()).toBeInstanceOf(Date);
  });

  test("the proxy delays replies in order, and cuts", async () => {
    const echo = createServer((socket) => void socket.on("error", () => {}).pipe(socket));
    await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", () => resolve()));
    await using proxy = await startProxy((echo.address() as { port: number }).port);
    const open = () => {
      const seen = { text: "", closed: false };
      const socket: Socket = connect(proxy.port, "127.0.0.1");
      socket.setNoDelay(true).on("error", () => {}).on("close", () => seen.closed = true);
      socket.setEncoding("utf8").on("data", (text) => void (seen.text += text));
      return { socket, seen };
    };
    const one = open();
    one.socket.write("1");
    await waitFor(() => one.seen.text === "1", 5_000, "an echo");
    proxy.delay(60, 40);
    const began = performance.now();
    for (const digit of "23456") {
      one.socket.write(digit);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await waitFor(() => one.seen.text.length === 6, 5_000, "all echoes");
    expect(one.seen.text).toBe("123456");
    expect(performance.now() - began).toBeGreaterThan(50);

    proxy.cut();
    await waitFor(() => one.seen.closed, 5_000, "the cut");
    const refused = open();
    await waitFor(() => refused.seen.closed, 5_000, "the refusal");
    proxy.mend();
    proxy.delay(0, 0);
    const again = open();
    again.socket.write("x");
    await waitFor(() => again.seen.text === "x", 5_000, "an echo after the cut");
    again.socket.destroy();
    await new Promise<void>((resolve) => echo.close(() => resolve()));
  });
});

describe("models of the ancestors", () => {
  const nodes = ["n1", "n2", "n3"];
  const jobs = Array.from({ length: 30 }, (_, n) => `job-${n}`);

  test("a ring gives each key one node, the same on every node, and moves only what must move", () => {
    expect(crc32("123456789")).toBe(0xcbf43926);
    for (const [points, hash] of [[50, crc32], [1, mixed]] as const) {
      const ring = makeRing(nodes, points, hash);
      const reversed = makeRing([...nodes].reverse(), points, hash);
      const fewer = makeRing(nodes.slice(0, 2), points, hash);
      for (const job of jobs) {
        const owner = ring.owner(job);
        expect(nodes).toContain(owner);
        expect(reversed.owner(job)).toBe(owner);
        if (owner !== "n3") expect(fewer.owner(job)).toBe(owner);
      }
      expect(makeRing([], points, hash).owner("job")).toBeUndefined();
    }
  });

  test("a sleeping cron runs the instant it slept for and forgets what it overslept", () => {
    expect(nextAfter(2_000, 2_000)).toBe(4_000);
    const cron = new SleepingCron(1_000, 2_000);
    expect(cron.sleepMs(1_500)).toBe(500);
    expect(cron.wake(1_999)).toBeUndefined();
    expect(cron.wake(2_001)).toBe(2_000);
    expect(cron.wake(9_100)).toBe(4_000);
    expect(cron.sleepMs(9_100)).toBe(900);
  });

  test("a ticking cron runs one instant a tick and forgets the others", () => {
    const cron = new TickingCron(2_000);
    expect(cron.tick(1_500)).toBeUndefined();
    expect(cron.tick(2_500)).toBe(2_000);
    expect(cron.tick(3_500)).toBeUndefined();
    expect(cron.tick(9_500)).toBe(4_000);
    expect(cron.tick(9_500)).toBeUndefined();
    // A clock that is set back runs what it has run before.
    expect(cron.tick(5_500)).toBeUndefined();
    expect(cron.tick(6_500)).toBe(6_000);
  });

  test("dcron: a new list makes the pool upgrade, for one poll or two, and then every job has one node", () => {
    const pools = nodes.map((self) => new DcronPool(self));
    for (const pool of pools) {
      pool.polled(["n3", "n1", "n2"]);
      expect(pool.check("job-1")).toBe("upgrading");
      pool.polled(["n3", "n1", "n2"]);
      expect(pool.isSteady, "the list it kept was not sorted").toBe(false);
      pool.polled(["n2", "n3", "n1"]);
      expect(pool.isSteady).toBe(true);
    }
    for (const job of jobs) expect(pools.filter((it) => it.check(job) === "mine")).toHaveLength(1);
    // A scan that failed shows nobody: no job is anybody's then, and no doubt is told.
    pools[0]?.polled([]);
    expect(jobs.map((job) => pools[0]?.check(job))).toEqual(jobs.map(() => "not mine"));
  });

  test("dcron: what came due while the pool was upgrading runs with a later fire, within the window it is kept for", () => {
    const pool = new DcronPool("n1");
    const fires = new DcronFires(pool, 5_000);
    pool.polled(["n1"]);
    expect(fires.due("x", 2_000, 2_000)).toEqual([]);
    expect(fires.due("x", 4_000, 4_000)).toEqual([]);
    expect(fires.due("x", 8_000, 8_000)).toEqual([]);
    pool.polled(["n1"]);
    expect(fires.due("x", 10_000, 10_000).map(({ slot }) => slot)).toEqual([4_000, 8_000, 10_000]);
    expect(fires.due("x", 12_000, 12_000).map(({ slot }) => slot)).toEqual([12_000]);
  });

  test("distributed-scheduler: two rings differ and both nodes run a job, or neither; the heart stops after five errors", () => {
    const one = new SchedulerPool("n1");
    const two = new SchedulerPool("n2");
    expect(one.isMine("job-1")).toBe(false);
    one.polled(["n1"]);
    two.polled(["n2"]);
    expect(one.isMine("job-1") && two.isMine("job-1"), "each sees itself alone").toBe(true);
    two.polled(["n1", "n2"]);
    one.polled(["n1", "n2"]);
    for (const job of jobs) expect([one, two].filter((it) => it.isMine(job))).toHaveLength(1);

    const heart = new Heart();
    for (let n = 0; n < fatalErrors; n++) {
      expect(heart.beats).toBe(true);
      heart.failed();
    }
    expect(heart.beats).toBe(false);
  });
});
