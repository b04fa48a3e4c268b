/**
 * Schedules whose handler no member has: overdue, explained to whoever asks, and not lost; also while deploys add handlers and take
 * them away.
 */
import { randomUUID } from "node:crypto";
import { createClient, type ScheduledRun } from "ringcron/promise";
import * as Redis from "ringcron/redis";
import { afterAll, describe, expect, it } from "vitest";
import { call } from "../support/cli-host.ts";
import { useRedisOverHttp } from "../support/redis-over-http.ts";
import { waitFor } from "../support/wait.ts";
import { everySecond, useNodes } from "./support/nodes.ts";

const served = useRedisOverHttp();
const { make } = useNodes();
const endings: Array<() => Promise<void>> = [];
afterAll(() => Promise.all(endings.map((end) => end())));

/** A fleet of nodes that have some handlers, and somebody who is none of them. */
const fleet = async () => {
  const service = `unhandled-${randomUUID()}`;
  const { token, url } = served.endpoint;
  const driver = Redis.layer({ url, token });
  const client = await createClient({ service, driver });
  endings.push(() => client.close());
  const runs: Array<ScheduledRun> = [];
  const join = async (nodeName: string, handlers: ReadonlyArray<string>) => {
    const times = { leaseMs: 5_000, graceMs: 300, maxSilenceMs: 2_000 };
    const cron = await make({ service, nodeName, driver, logLevel: "none", ...times });
    for (const name of handlers) await cron.handle(name, (run) => void runs.push(run));
    await cron.start();
    return cron;
  };
  const cli = (...args: ReadonlyArray<string>) =>
    call(args, { env: { RINGCRON_URL: url, RINGCRON_TOKEN: token, RINGCRON_SERVICE: service } });
  const of = (id: string) => runs.filter(({ schedule }) => schedule === id);
  return { cli, client, join, of, runs };
};

describe.concurrent("schedules whose handler no member has", () => {
  it("are told as overdue with the reason, and run once somebody has it", async () => {
    const { cli, client: { schedules }, join, of } = await fleet();
    await join("a", ["report"]);
    const minuteAgo = Date.now() - 60_000;
    // More than a page stands before those that are overdue.
    await schedules.putMany(
      Array.from({ length: 1_100 }, (_, n) => ({ id: `a/${n}`, handler: "report", schedule: "0 9 1 1 *" })),
    );
    await schedules.putMany([
      { id: "letter\u001b[31m", handler: "mail", at: minuteAgo },
      { id: "later", handler: "mail", schedule: "0 9 1 1 *" },
      { id: "well", handler: "report", schedule: "0 9 1 1 *" },
    ]);
    const explained = await schedules.explain("letter\u001b[31m");
    expect(explained.handledBy).toEqual([]);
    expect(explained.holdups.map(({ reason }) => reason)).toEqual(["unhandled", "overdue"]);
    expect(explained.words.join("\n")).toContain("no member has the handler mail");
    expect(explained.schedule).toEqual(await schedules.get("letter\u001b[31m"));
    expect((await schedules.explain("later")).holdups.map(({ reason }) => reason)).toEqual(["unhandled"]);
    expect(await schedules.explain("well")).toMatchObject({ handledBy: ["a"], holdups: [] });
    await expect(schedules.explain("none")).rejects.toMatchObject({ _tag: "UnknownSchedule", id: "none" });

    const checked = await cli("status", "--check");
    expect([checked.code, checked.out]).toEqual([
      7,
      expect.stringContaining("1 schedule of the handler mail overdue, and no member has it"),
    ]);
    expect(checked.out).not.toContain("\u001b");
    expect((await cli("doctor", "--read-only")).out).toContain("no member has it");
    const got = await cli("schedules", "get", "letter\u001b[31m");
    expect(got.out).toMatch(/handled by +no member/);
    expect(JSON.parse((await cli("schedules", "get", "letter\u001b[31m", "--json")).out)).toMatchObject({
      handledBy: [],
      holdups: [{ reason: "unhandled" }, { reason: "overdue" }],
    });

    await join("b", ["mail"]);
    await waitFor(() => of("letter\u001b[31m").length > 0, 20_000, "its run");
    expect(of("letter\u001b[31m")).toMatchObject([{ job: "mail", node: "b", attempt: 1 }]);
    await waitFor(async () => (await cli("status", "--check")).code === 0, 20_000, "all to be well");
    const over = await schedules.explain("letter\u001b[31m");
    expect(over).toMatchObject({ handledBy: ["b"], holdups: [{ reason: "finished" }] });
  }, 120_000);

  it("wait while deploys add handlers and take them away, and every fire runs once", async () => {
    const { client: { schedules }, join, of, runs } = await fleet();
    const all = {
      schedule: everySecond,
      catchUp: { mode: "all" },
      overlap: "allow",
      delivery: "at-least-once",
    } as const;
    const ids = { report: ["report-1", "report-2"], mail: ["mail-1", "mail-2"] };
    const more = (handler: keyof typeof ids, count: number) =>
      Promise.all(ids[handler].map((id) => {
        const before = of(id).length;
        return waitFor(() => of(id).length >= before + count, 30_000, `${count} runs of ${id}`);
      }));
    /** Each node is replaced by one with these handlers, as a deploy does it. */
    let nodes = await Promise.all(["a1", "b1"].map((name) => join(name, ["report"])));
    const deploy = async (release: number, handlers: ReadonlyArray<string>) => {
      const before = nodes;
      nodes = [];
      for (const [at, node] of before.entries()) {
        nodes.push(await join(`${"ab"[at]}${release}`, handlers));
        await node.stop({ drainMs: 2_000 });
      }
    };
    for (const handler of ["report", "mail"] as const) {
      await schedules.putMany(ids[handler].map((id) => ({ ...all, id, handler })));
    }
    await more("report", 2);
    expect(of("mail-1")).toEqual([]);
    await deploy(2, ["report", "mail"]);
    await Promise.all([more("report", 2), more("mail", 4)]);
    await deploy(3, ["mail"]);
    const reports = of("report-1").length;
    await more("mail", 3);
    expect(of("report-1").length - reports, "runs while nobody has the handler").toBe(0);
    // Who has left is told until its promise is over, where its farewell was lost.
    const unhandled = async () => (await schedules.explain("report-1")).holdups[0]?.reason === "unhandled";
    await waitFor(unhandled, 20_000, "nobody to have the handler");
    await deploy(4, ["mail", "report"]);
    await Promise.all([more("report", 5), more("mail", 2)]);

    const upTo = Date.now();
    /** What was due by then and has not run: a node that has left may have handed it on. */
    const missing = (): ReadonlyArray<string> =>
      [...ids.report, ...ids.mail].flatMap((id) => {
        const dueAts = new Set(of(id).map(({ dueAt }) => dueAt));
        const left: Array<string> = [];
        for (let at = Math.min(...dueAts); at <= upTo; at += 1_000) if (!dueAts.has(at)) left.push(`${id} of ${at}`);
        return left;
      });
    await waitFor(() => missing().length === 0, 40_000, () => `the fires that were due: ${missing().join(", ")}`);
    expect(new Set(runs.map(({ attempt, id }) => `${id} ${attempt}`)).size).toBe(runs.length);
  }, 400_000);
});
