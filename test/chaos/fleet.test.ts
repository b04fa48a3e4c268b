/**
 * Fleets of real processes over a real Redis, reached by HTTP.
 */
import { createClient } from "ringcron/promise";
import * as RedisZset from "ringcron/redis-zset";
import { describe, expect, test } from "vitest";
import type { FleetNode } from "../support/fleet-node.ts";
import { createFleet, type Fleet, type FleetProcess, type Line } from "../support/processes.ts";
import { useRedisOverHttp } from "../support/redis-over-http.ts";
import { startNode } from "../support/start-node.ts";
import { startUpstash } from "../support/upstash.ts";
import { waitFor } from "../support/wait.ts";

const served = useRedisOverHttp();

const start = (
  fleet: Fleet,
  name: string,
  node: FleetNode,
  endpoint: { url: string; token: string } = served.endpoint,
) => startNode(fleet, endpoint, name, node);

const startThree = async (fleet: Fleet, node: FleetNode): Promise<ReadonlyArray<FleetProcess>> => {
  const processes = await Promise.all(["a", "b", "c"].map((name) => start(fleet, name, node)));
  await Promise.all(processes.map((process) => process.waitForLine((line) => "joined" in line, 10_000, "joining")));
  return processes;
};

const starts = (lines: ReadonlyArray<Line>, job: string): ReadonlyArray<Line> =>
  lines.filter((line) => line.start === job);

/** The due instants of a job that were started, each with the names of the processes that did so. */
const byFire = (lines: ReadonlyArray<Line>, job: string): Map<number, Array<string>> => {
  const fires = new Map<number, Array<string>>();
  for (const line of starts(lines, job)) {
    const due = line.dueAt as number;
    fires.set(due, [...fires.get(due) ?? [], line.from]);
  }
  return fires;
};

const expectEachOnce = (lines: ReadonlyArray<Line>, job: string): void => {
  const twice = [...byFire(lines, job)].filter(([, by]) => by.length > 1);
  expect(twice, "fires that were started more than once").toEqual([]);
};

const lastOwner = (fleet: Fleet, processes: ReadonlyArray<FleetProcess>, job: string): FleetProcess => {
  const last = starts(fleet.lines, job).at(-1)?.from;
  const owner = processes.find(({ name }) => name === last);
  if (owner === undefined) throw new Error(`no process has started ${job}`);
  return owner;
};

const clientOf = (service: string) =>
  createClient({ service, driver: RedisZset.layer({ url: served.endpoint.url, token: served.endpoint.token }) });

const started = (fleet: Fleet, job: string, count: number) =>
  fleet.waitForLines((lines) => byFire(lines, job).size >= count, 40_000, `${count} fires of ${job}`);

describe.concurrent("three processes over a real Redis", () => {
  test("what a fire was triggered with is there after the process that had it is killed", async () => {
    await using fleet = createFleet();
    const options = { service: "given", leaseMs: 3_000, maxSilenceMs: 3_000 };
    const node: FleetNode = {
      options,
      jobs: [{ name: "report", schedule: "@manual", takesMs: 60_000, options: { delivery: "at-least-once" } }],
    };
    const processes = await startThree(fleet, node);
    const client = await clientOf(options.service);
    const payload = { customer: 42, lines: ["ä", "b"] };
    const asked = await client.trigger("report", { payload });
    const of = (attempt: number) => (line: Line) => line.start === "report" && line.attempt === attempt;
    const [first] = await fleet.waitForLines((lines) => lines.some(of(1)), 20_000, "its start")
      .then(() => fleet.lines.filter(of(1)));
    expect(first).toMatchObject({ dueAt: asked?.dueAt, kind: "manual", payload });
    await processes.find(({ name }) => name === first?.from)?.kill();
    await fleet.waitForLines((lines) => lines.some(of(2)), 40_000, "the next attempt");
    const again = fleet.lines.find(of(2));
    expect(again).toMatchObject({ dueAt: asked?.dueAt, kind: "manual", payload });
    expect(again?.from).not.toBe(first?.from);
    expect(again?.fence).toBeGreaterThan(first?.fence as number);
    await client.close();
  }, 90_000);

  test("the ancestor's example: seconds 1, 11, 21 …, through kill -9 and kill -STOP", async () => {
    await using fleet = createFleet();
    const node: FleetNode = {
      options: { service: "ancestor", leaseMs: 3_000 },
      jobs: [{ name: "test", schedule: "1/10 * * * * *" }],
    };
    const processes = await startThree(fleet, node);
    await started(fleet, "test", 2);

    const killed = lastOwner(fleet, processes, "test");
    await killed.kill();
    await started(fleet, "test", 4);
    expect(lastOwner(fleet, processes, "test").name).not.toBe(killed.name);

    const stopped = lastOwner(fleet, processes, "test");
    stopped.pause();
    // Two fires and more than its lease pass while it stands still.
    await started(fleet, "test", 6);
    stopped.resume();
    await stopped.waitForLine(({ event }) => (event as { _tag?: string })?._tag === "Suspended", 10_000, "noticing");
    await started(fleet, "test", 7);

    expectEachOnce(fleet.lines, "test");
    const fires = [...byFire(fleet.lines, "test").keys()].sort((x, y) => x - y);
    expect(new Set(fires.map((due) => new Date(due).getUTCSeconds() % 10))).toEqual(new Set([1]));
    const gaps = fires.slice(1).map((due, index) => due - (fires[index] as number));
    expect(new Set(gaps), "no fire was passed over").toEqual(new Set([10_000]));
    const seconds = new Set(fires.map((due) => new Date(due).getUTCSeconds()));
    expect([...seconds].sort((x, y) => x - y)).toEqual([1, 11, 21, 31, 41, 51]);
  }, 120_000);

  test(
    "kill -9 and kill -STOP while jobs are due every second: no fire twice, none passed over",
    async () => {
      await using fleet = createFleet();
      const names = ["j1", "j2", "j3", "j4"];
      const node: FleetNode = {
        options: { service: "seconds", leaseMs: 2_000, graceMs: 500 },
        jobs: names.map((name) => ({ name, schedule: "* * * * * *", options: { catchUp: { mode: "all" } } })),
      };
      const processes = await startThree(fleet, node);
      await started(fleet, "j1", 3);
      const [a, b, c] = processes as [FleetProcess, FleetProcess, FleetProcess];
      b.pause();
      await started(fleet, "j1", 9);
      b.resume();
      await started(fleet, "j1", 11);
      await a.kill();
      await started(fleet, "j1", 15);
      const d = await start(fleet, "d", node);
      await d.waitForLine((line) => "joined" in line, 10_000, "joining");
      await started(fleet, "j1", 17);
      expect(await c.terminate(15_000)).toBe(0);
      await started(fleet, "j1", 20);
      for (const name of names) expectEachOnce(fleet.lines, name);

      // What was claimed by a process that died is lost and recorded so; everything else was started.
      const peeked = await served.redis.command("EXISTS", "ringcron:2:{seconds}:rows");
      expect(Number(peeked)).toBe(1);
      for (const name of names) {
        const fires = [...byFire(fleet.lines, name).keys()].sort((x, y) => x - y);
        const missing: Array<number> = [];
        for (let due = fires[0] as number; due < (fires.at(-1) as number); due += 1_000) {
          if (!fires.includes(due)) missing.push(due);
        }
        const lost = fleet.lines.filter(({ event }) => {
          const happened = event as { _tag?: string; run?: { job: string } } | undefined;
          return happened?._tag === "RunLost" && happened.run?.job === name;
        });
        expect(missing.length, `fires of ${name} that were not started`).toBeLessThanOrEqual(lost.length);
      }
    },
    90_000,
  );

  test(
    "a run of a schedule whose process is killed is taken over if it is to run at least once, and lost otherwise",
    async () => {
      await using fleet = createFleet();
      const service = "schedules-killed";
      const options = { service, leaseMs: 3_000, maxSilenceMs: 3_000 };
      const processes = await startThree(fleet, { options, jobs: [], handlers: ["report"], handlersTakeMs: 60_000 });
      const client = await clientOf(service);
      const ids = Array.from({ length: 6 }, (_, n) => ({ again: `again-${n}`, once: `once-${n}` }));
      const once = { handler: "report", at: Date.now() + 1_500, delivery: "at-most-once" } as const;
      await client.schedules.putMany(ids.flatMap(({ again, once: id }) => [
        { ...once, id: again, delivery: "at-least-once", payload: { tenant: again } },
        { ...once, id },
      ]));
      const of = (id: string, attempt: number) => fleet.lines.find((it) => it.start === id && it.attempt === attempt);
      const all = ids.flatMap(({ again, once: id }) => [again, id]);
      await fleet.waitForLines(() => all.every((id) => of(id, 1) !== undefined), 20_000, "the first attempts");
      const victim = processes.find(({ name }) => name === of("again-0", 1)?.from) as FleetProcess;
      await victim.kill();
      const taken = ids.map(({ again }) => again).filter((id) => of(id, 1)?.from === victim.name);
      const gone = ids.map(({ once: id }) => id).filter((id) => of(id, 1)?.from === victim.name);
      const isLost = async (id: string) => (await client.schedules.get(id))?.lastRuns[0]?.outcome === "lost";
      await fleet.waitForLines(
        () => taken.every((id) => of(id, 2) !== undefined),
        40_000,
        `the next attempts of ${taken.join(", ")}`,
      );
      for (const id of gone) await waitFor(() => isLost(id), 20_000, `${id} to be lost`);
      for (const id of taken) {
        const [first, again] = [of(id, 1), of(id, 2)];
        expect(again).toMatchObject({ dueAt: first?.dueAt, handler: "report", payload: { tenant: id } });
        expect(again?.from).not.toBe(victim.name);
        expect(again?.fence).toBeGreaterThan(first?.fence as number);
      }
      // Nothing else was started again.
      for (const id of all) expect(starts(fleet.lines, id).length, id).toBe(taken.includes(id) ? 2 : 1);
      await client.close();
    },
    240_000,
  );

  test(
    "kill -9 and kill -STOP while schedules are due every second: no attempt twice, no fire lost",
    async () => {
      await using fleet = createFleet();
      const service = "schedules-seconds";
      const node: FleetNode = {
        options: { service, leaseMs: 2_000, graceMs: 500, maxSilenceMs: 3_000 },
        jobs: [],
        handlers: ["report"],
      };
      const processes = await startThree(fleet, node);
      const [a, b, c] = processes as [FleetProcess, FleetProcess, FleetProcess];
      const client = await clientOf(service);
      const ids = Array.from({ length: 12 }, (_, n) => `s${n}`);
      const every = { handler: "report", schedule: "* * * * * *", overlap: "allow", catchUp: { mode: "all" } } as const;
      await client.schedules.putMany(ids.map((id) => ({ ...every, id, delivery: "at-least-once" })));
      /** So many fires more of each than any had so far. */
      const more = async (count: number): Promise<void> => {
        const most = Math.max(...ids.map((id) => byFire(fleet.lines, id).size));
        await Promise.all(ids.map((id) => started(fleet, id, most + count)));
      };
      await more(3);
      b.pause();
      await more(6);
      b.resume();
      await b.waitForLine(({ event }) => (event as { _tag?: string })?._tag === "Suspended", 10_000, "noticing");
      await more(2);
      await a.kill();
      await more(3);
      const d = await start(fleet, "d", node);
      await d.waitForLine((line) => "joined" in line, 10_000, "joining");
      await more(2);
      expect(await c.terminate(15_000)).toBe(0);
      await more(3);
      for (const id of ids) {
        const attempts = starts(fleet.lines, id).map(({ attempt, dueAt }) => `${dueAt} ${attempt}`);
        expect(new Set(attempts).size, id).toBe(attempts.length);
        const fires = [...byFire(fleet.lines, id).keys()].sort((x, y) => x - y);
        // The last ones may be under way, and not yet be told in their order.
        const gaps = fires.slice(1, 17).map((due, index) => due - (fires[index] as number));
        expect(new Set(gaps), `${id}: no fire was lost`).toEqual(new Set([1_000]));
      }
      await client.close();
    },
    240_000,
  );

  test("100 ms added to every reply of the store do not delay a fire", async () => {
    const slow = await startUpstash({ redisPort: served.redis.port });
    slow.faults.delayReplyMs = 100;
    try {
      await using fleet = createFleet();
      const node: FleetNode = {
        options: { service: "slow" },
        jobs: Array.from({ length: 10 }, (_, n) => ({ name: `j${n}`, schedule: "* * * * * *" })),
      };
      const names = ["a", "b", "c"];
      await Promise.all(names.map((name) => start(fleet, name, node, slow)));
      await started(fleet, "j0", 15);
      const settled = fleet.lines.filter((line) => "start" in line && (line.kind as string) === "due");
      const lateness = settled.map((line) => line.latenessMs as number).sort((x, y) => x - y);
      const at = (share: number) => lateness[Math.floor(share * (lateness.length - 1))];
      console.log(
        `lateness over a store with 100 ms more: ${lateness.length} fires, ` +
          `median ${at(0.5)} ms, p90 ${at(0.9)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`,
      );
      for (const { name } of node.jobs) expectEachOnce(fleet.lines, name);
      expect(Math.min(...lateness), "nothing starts early").toBeGreaterThanOrEqual(0);
    } finally {
      await slow.stop();
    }
  }, 60_000);
});
