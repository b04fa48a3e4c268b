/**
 * The command line over real stores, with a fleet of two nodes: each command piped and at a terminal, its exit codes, and no
 * secret in any output.
 *
 * Behind a pipe a command is a process of its own the first time that it is called, and over each store at a terminal; what more is asked
 * of it is asked in this process, as a process takes longer to begin than a command to be carried out.
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { calling, said } from "../support/cli-calling.ts";
import { hasTerminal } from "../support/cli-process.ts";
import { type EtcdCluster, startEtcd } from "../support/etcd.ts";
import { createFleet, type Fleet } from "../support/processes.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { startNode } from "../support/start-node.ts";
import { startUpstash, type UpstashEndpoint } from "../support/upstash.ts";
import { waitFor } from "../support/wait.ts";

const secret = "a-password/that+must-not-be-seen";
let redis: RedisServer;
let endpoint: UpstashEndpoint;
let etcd: EtcdCluster;

beforeAll(async () => {
  [redis, etcd] = await Promise.all([startRedis(), startEtcd()]);
  await redis.command("ACL", "SETUSER", "ops", "on", `>${secret}`, "~*", "&*", "+@all");
  endpoint = await startUpstash({ redisPort: redis.port });
});
afterAll(async () => {
  await endpoint?.stop();
  await Promise.all([redis?.stop(), etcd?.stop()]);
});

const leapDay = "0 0 29 2 *";
const jobs = [
  { name: "daily", schedule: "0 9 * * *" },
  { name: "ticking", schedule: "* * * * * *" },
  { name: "slow", schedule: leapDay, takesMs: 60_000 },
];

/** Which commands were processes of their own behind a pipe; at a terminal they are over each store. */
const piped = new Set<string>();

const stores = {
  redis: {
    start: (fleet: Fleet, name: string, service: string) =>
      startNode(fleet, endpoint, name, { driver: "redis", jobs, options: { service, maxSilenceMs: 1_000 } }),
    env: () => ({ RINGCRON_URL: `redis://ops@127.0.0.1:${redis.port}`, RINGCRON_TOKEN: secret }),
    driver: "redis",
  },
  etcd: {
    start: (fleet: Fleet, name: string, service: string) =>
      startNode(fleet, { url: etcd.urls[0] ?? "", token: "" }, name, {
        driver: "etcd",
        jobs,
        options: { service, maxSilenceMs: 1_000 },
      }),
    env: () => ({ RINGCRON_URL: (etcd.urls[0] ?? "").replace("http:", "etcd:") }),
    driver: "etcd",
  },
};

describe.each(Object.keys(stores) as Array<keyof typeof stores>)("over %s", (name) => {
  const { driver, env, start } = stores[name];
  const service = `cli-${randomUUID()}`;
  const fleet = createFleet();
  let call: ReturnType<typeof calling>;
  beforeAll(async () => {
    call = calling({ ...env(), RINGCRON_SERVICE: service, USER: "anna" }, piped);
    for (const node of ["web-1", "web-2"]) {
      const started = await start(fleet, node, service);
      await started.waitForLine((line) => "joined" in line, 15_000, "joining");
    }
    await fleet.waitForLines((lines) => lines.filter(({ start }) => start === "ticking").length > 2, 15_000, "runs");
  });
  afterAll(() => fleet.stop());

  const json = async <A>(...args: ReadonlyArray<string>): Promise<A> => {
    const result = await call([...args, "--json"]);
    expect({ code: result.code, err: result.err, args }).toEqual({ code: 0, err: "", args });
    expect(result.out).not.toContain("\u001b");
    return result.json<A>();
  };

  it("looks", async () => {
    expect(await json("status")).toMatchObject({
      service,
      driver,
      members: 2,
      late: 0,
      jobs: 3,
      overdue: 0,
      problems: [],
    });
    const members = await json<ReadonlyArray<{ name: string; owns: number }>>("members");
    expect(members.map((it) => it.name).sort()).toEqual(["web-1", "web-2"]);
    expect(members.reduce((sum, it) => sum + it.owns, 0)).toBe(3);
    const found = await json<ReadonlyArray<{ name: string }>>("jobs");
    expect(found.map((it) => it.name)).toEqual(["daily", "slow", "ticking"]);
    expect(await json("jobs", "--match", "tick")).toMatchObject([{ name: "ticking", state: "open", isOverdue: false }]);
    const daily = async () => await json<{ readonly words?: string }>("job", "daily");
    await waitFor(async () => (await daily()).words !== undefined, 20_000, "the schedule to be told");
    expect(await daily()).toMatchObject({
      state: "open",
      declaredBy: ["web-1", "web-2"],
      runs: [],
      schedule: "0 9 * * *",
      words: "at 09:00, UTC",
      timeZone: "UTC",
    });
    expect(await json("why", "daily")).toMatchObject({ holdups: [], job: { name: "daily" } });
    const coming = await json<{ fires: ReadonlyArray<{ job: string }> }>("upcoming", "-n", "2");
    expect(coming.fires.map(({ job }) => job)).toEqual(["ticking", "ticking"]);
    const first = await json<{ lines: ReadonlyArray<unknown>; cursor: string }>(
      "history",
      "--job",
      "ticking",
      "-n",
      "1",
    );
    expect(first.lines).toMatchObject([{ _tag: "Run", job: "ticking", outcome: "succeeded" }]);
    const second = await json<{ lines: ReadonlyArray<unknown> }>(
      "history",
      "--job",
      "ticking",
      "--cursor",
      first.cursor,
    );
    expect(second.lines).not.toContainEqual(first.lines[0]);
    expect(await json("history", "--outcome", "failed", "--from", "1h")).toEqual({ lines: [] });
    expect(await json("simulate", "--leave", "web-1")).toMatchObject({ jobs: 3, withoutOwner: 0 });
    expect(await json("simulate", "--leave", "web-1", "--leave", "web-2")).toMatchObject({ withoutOwner: 3 });
    const heavier = await json("simulate", "--weight", "web-1=1000") as {
      members: ReadonlyArray<Record<string, unknown>>;
    };
    expect(heavier.members.map(({ node, wouldOwn }) => [node, wouldOwn])).toEqual([["web-1", 3], ["web-2", 0]]);
  });

  it("asks, and the fleet does it", async () => {
    expect(await json("pause", "daily", "--reason", "bank holiday")).toEqual({
      job: "daily",
      paused: true,
      isDeclared: true,
    });
    expect(await json("jobs", "--paused")).toMatchObject([{
      name: "daily",
      pausedBy: "anna",
      pauseReason: "bank holiday",
    }]);
    expect(await json("resume", "daily", "--by", "ben")).toMatchObject({ paused: false });
    const asked = await json<{ id: string }>(
      "trigger",
      "slow",
      "--payload",
      '{"month":3}',
      "--key",
      "k",
      "--by",
      "ben",
    );
    expect(await json("trigger", "slow", "--key", "k", "--by", "ben")).toMatchObject({ id: asked.id });
    await fleet.waitForLine(({ start }) => start === "slow", 15_000, "the run");
    const [run] = await json<ReadonlyArray<{ fence: number; state: string; node: string }>>("runs", "--job", "slow");
    expect(run).toMatchObject({ state: "running", node: expect.stringMatching(/^web-[12]$/) });
    const cancelling = ["cancel", "slow", "--fence", `${run?.fence}`, "--by", "ben"];
    expect(await json(...cancelling, "--yes")).toEqual({ job: "slow", cancelled: 1 });
    // Its handler does not heed the signal: the run is over all the same.
    const states = async () =>
      (await json<ReadonlyArray<{ state: string }>>("runs", "--job", "slow")).map((it) => it.state);
    await waitFor(async () => (await states()).join() === "over", 20_000, "the run to be over");
    const span = ["--from", "3d", "--schedule", "0 9 * * *"];
    expect(await json("backfill", "daily", ...span)).toMatchObject({ job: "daily", fires: 3 });
    // Without a schedule it is the one that the nodes have told.
    expect(await json("backfill", "daily", "--from", "2d")).toMatchObject({ job: "daily", fires: 2 });
    expect(await json("trigger", "ticking", "--wait")).toMatchObject({ job: "ticking", result: null });
    await fleet.waitForLines(
      (lines) => lines.filter(({ kind }) => kind === "backfill").length >= 1,
      15_000,
      "a fill-in",
    );
    expect(await json("cancel", "daily", "--queued", "--yes")).toMatchObject({ job: "daily" });
    expect(await json("rewind", "daily", "--yes")).toEqual({ job: "daily" });
    expect(await json("pause", "--all", "--yes")).toEqual({ jobs: 3, paused: true });
    expect(await json("resume", "--all", "--missed", "catch-up")).toEqual({ jobs: 3, paused: false });
    // Whoever pauses is named as before; nobody else is who does not say so.
    const actions = ["history", "--outcome", "action", "-n", "50"];
    const { lines } = await json<{ lines: ReadonlyArray<Record<string, unknown>> }>(...actions);
    expect(lines.map(({ action, by, job = "all" }) => [action, job, by]).reverse()).toEqual([
      ["pause", "daily", "anna"],
      ["resume", "daily", "ben"],
      ["trigger", "slow", "ben"],
      ["cancel", "slow", "ben"],
      ["pause-all", "all", "anna"],
    ]);
    expect((await call(actions)).out).toMatch(/ all +pause-all +by anna[^]* slow +trigger +by ben/);
  });

  it("puts, shows, holds, starts and removes schedules in the store", async () => {
    const schedules = async <A>(...args: ReadonlyArray<string>) => await json<A>("schedules", ...args);
    const weekly = [
      "put",
      "tenant 7/weekly",
      "--handler",
      "report",
      "--schedule",
      "0 9 * * MON",
      "--tz",
      "Europe/Berlin",
    ];
    const all = [...weekly, "--payload", '{"tenant":7}', "--policies", '{"overlap":"queue"}', "--if-version", "0"];
    expect(await schedules(...all)).toEqual({ id: "tenant 7/weekly", result: "created" });
    expect(await schedules(...all.slice(0, -2))).toMatchObject({ result: "unchanged" });
    expect(await schedules("put", "later", "--handler", "remind", "--at", "+1d", "--disabled")).toMatchObject({
      result: "created",
    });
    const found = await schedules<{ version: number }>("get", "tenant 7/weekly");
    expect(found).toMatchObject({
      handler: "report",
      schedule: "0 9 * * MON",
      timeZone: "Europe/Berlin",
      payload: { tenant: 7 },
      policies: { overlap: "queue" },
      nextDueAt: expect.any(Number),
      paused: false,
    });
    const ids = async (...args: ReadonlyArray<string>) =>
      (await schedules<{ schedules: ReadonlyArray<{ id: string }> }>("list", ...args)).schedules.map(({ id }) => id);
    expect(await ids()).toEqual(["later", "tenant 7/weekly"]);
    expect(await ids("--begins", "tenant")).toEqual(["tenant 7/weekly"]);
    expect(await ids("--handler", "remind")).toEqual(["later"]);
    expect((await call(["schedules", "list"])).out).toMatch(
      /later +remind +disabled[^]*tenant 7\/weekly +report +open/,
    );
    expect((await call(["schedules", "get", "tenant 7/weekly"])).out).toMatch(/payload +{"tenant":7}/);
    expect(await schedules("pause", "tenant 7/weekly", "--reason", "holidays")).toMatchObject({ paused: true });
    expect(await schedules("get", "tenant 7/weekly")).toMatchObject({ paused: true });
    expect(await schedules("trigger", "tenant 7/weekly", "--by", "ben")).toMatchObject({ dueAt: expect.any(Number) });
    expect(await schedules("resume", "tenant 7/weekly", "--missed", "catch-up")).toMatchObject({ paused: false });
    const code = async (...args: ReadonlyArray<string>) => (await call(["schedules", ...args])).code;
    expect(await code("get", "nothing")).toBe(5);
    expect(await code("pause", "nothing")).toBe(5);
    expect(await code("remove", "nothing", "--yes")).toBe(5);
    expect(await code("remove", "later")).toBe(2);
    expect(await code("remove", "later", "--if-version", "1", "--yes")).toBe(6);
    expect(await code(...all)).toBe(6);
    expect(await code("resume", "later")).toBe(2);
    expect(await json("history", "--schedule", "tenant 7/weekly")).toMatchObject({
      lines: [{ action: "schedule-trigger", by: "ben" }, { action: "schedule-pause", by: "anna" }],
    });
    expect(await schedules("remove", "later", "--yes")).toEqual({ id: "later", removed: true });
    expect(await schedules("remove", "tenant 7/weekly", "--if-version", `${found.version}`, "--yes")).toMatchObject({
      removed: true,
    });
    expect(await ids()).toEqual([]);
  });

  it("tells of what is not there, or cannot be done, in a sentence and an exit code", async () => {
    const ending = async (...args: ReadonlyArray<string>) => {
      const { code, err, out } = await call(args);
      expect(out, args.join(" ")).toBe("");
      expect(err).toMatch(/^ringcron: .+\n$/);
      return [code, err] as const;
    };
    expect(await ending("job", "dialy")).toEqual([5, 'ringcron: no job dialy is known; the nearest: "daily"\n']);
    expect((await ending("pause", "nobody"))[0]).toBe(5);
    expect(await ending("cancel", "slow", "--fence", "5", "--yes")).toEqual([
      5,
      "ringcron: no run of slow has the token 5\n",
    ]);
    expect((await ending("drain", "web-3", "--yes"))[0]).toBe(5);
    expect((await ending("simulate", "--leave", "web-3"))[0]).toBe(5);
    expect((await ending("simulate", "--weight", "web-3=2"))[0]).toBe(5);
    expect((await ending("simulate", "--weight", "web-1=much"))[0]).toBe(2);
    expect(await ending("remove", "daily", "--yes")).toEqual([6, "ringcron: job daily is declared by web-1, web-2\n"]);
    expect((await ending("cancel", "slow"))[1]).toContain("say it with --yes");
    expect((await ending("trigger", "daily", "--payload", "{"))[0]).toBe(2);
    expect((await ending("resume"))[0]).toBe(2);
    expect((await ending("history", "-n", "0"))[0]).toBe(2);
    const { code, err } = await call(["pause", "nobody", "--json"]);
    expect([code, JSON.parse(err).error]).toMatchObject([5, { kind: "UnknownJob", exitCode: 5 }]);
  });

  it("watches until it is interrupted", async () => {
    const { code, out } = await call(["watch", "--every", "500", "--json"], { untilSaid: '"job":"ticking"' });
    expect(code).toBe(0);
    expect(JSON.parse(out.split("\n")[0] ?? "")).toMatchObject({ _tag: "Line", line: { job: "ticking" } });
  });

  it("examines the store, and leaves nothing behind", async () => {
    const { code, out } = await call(["doctor", "--json"]);
    const { findings, healthy } = JSON.parse(out) as {
      readonly healthy: boolean;
      readonly findings: ReadonlyArray<{ readonly what: string; readonly is: string }>;
    };
    expect([code, healthy]).toEqual([0, true]);
    const is = new Map(findings.map((it) => [it.what, it.is]));
    for (const what of ["connection", "version", "clock", "permissions", "hints", "fleet"]) {
      expect(is.get(what), `${what}: ${out}`).toBe("good");
    }
    const keys = name === "etcd"
      ? (await etcd.keys("ringcron/")).map(([key]) => key)
      : await redis.command("KEYS", "*") as ReadonlyArray<string>;
    expect(keys.filter((it) => it.includes("doctor"))).toEqual([]);
  });

  it.skipIf(!hasTerminal)("has tables and colours at a terminal, and asks before it ends something", async () => {
    const at = (args: ReadonlyArray<string>, input = "") => call(args, { isTerminal: true, input });
    const looks = [
      ...[["status"], ["members"], ["jobs"], ["job", "daily"], ["why", "daily"], ["upcoming"], ["history"], ["runs"]],
      ...[["doctor", "--read-only"], ["simulate", "--leave", "web-1"]],
    ];
    const results = await Promise.all(looks.map(async (args) => [args.join(" "), await at(args)] as const));
    for (const [args, { code, out }] of results) {
      expect([args, code, out]).toEqual([args, 0, expect.stringContaining("\u001b[")]);
      if (args === "jobs") expect(out).toMatch(/ticking.*open.*web-[12]/);
    }
    // What is asked for is told in a sentence; things that have nothing to do with each other are asked side by side.
    const ofJob = [
      [["pause", "daily"], "daily is paused"],
      [["resume", "daily"], "daily goes on"],
      [["trigger", "daily"], "daily"],
      [["backfill", "daily", "--from", "2d"], "daily"],
    ] as const;
    const ofSchedule = [
      [["schedules", "put", "weekly", "--handler", "report", "--schedule", "@weekly"], "weekly is created"],
      [["schedules", "list"], "report"],
      [["schedules", "get", "weekly"], "handled by"],
      [["schedules", "pause", "weekly"], "weekly is paused"],
      [["schedules", "trigger", "weekly"], "weekly"],
      [["schedules", "resume", "weekly"], "weekly goes on"],
    ] as const;
    await Promise.all([ofJob, ofSchedule].map(async (asked) => {
      for (const [args, said] of asked) {
        const { code, out } = await at(args);
        expect([args, code, out]).toEqual([args, 0, expect.stringContaining(said)]);
      }
    }));
    // Questions are answered as soon as they are asked.
    const [removed, no, yes, watched] = await Promise.all([
      at(["schedules", "remove", "weekly"], "y\r"),
      at(["cancel", "slow"], "n\r"),
      at(["cancel", "slow"], "y\r"),
      call(["watch", "--every", "500"], { isTerminal: true, untilSaid: "succeeded" }),
    ]);
    expect([removed.code, removed.out]).toEqual([0, expect.stringContaining("weekly is removed")]);
    expect([no.code, no.out]).toEqual([1, expect.stringContaining("Cancel all runs of slow? [y/N]")]);
    expect([yes.code, yes.out]).toEqual([0, expect.stringContaining("nothing of slow runs")]);
    expect(watched.code).toBe(0);
    const [rewound, drained, kept] = await Promise.all([
      at(["rewind", "daily"], "y\r"),
      at(["drain", "web-2"], "n\r"),
      at(["remove", "daily"], "y\r"),
    ]);
    expect([rewound.code, rewound.out]).toEqual([0, expect.stringContaining("[y/N]")]);
    expect([drained.code, drained.out]).toEqual([1, expect.stringContaining("[y/N]")]);
    expect([kept.code, kept.out]).toEqual([6, expect.stringContaining("job daily is declared by web-1, web-2")]);
  });

  it("drains a node", async () => {
    expect(await json("drain", "web-2", "--within", "0", "--yes")).toEqual({ node: "web-2", asked: 1 });
    await waitFor(async () => (await json<ReadonlyArray<unknown>>("members")).length === 1, 20_000, "web-2 to leave");
    expect((await call(["status", "--check"])).code).toBe(0);
  });
});

it.skipIf(!hasTerminal)("what needs no store is told at a terminal as well", async () => {
  const call = calling({});
  const asked = [["next", "@daily"], ["explain", "0 9 * * 1-5"], ["budget", "0 3 * * *"], ["help"]];
  const results = await Promise.all(asked.map((args) => call(args, { isTerminal: true })));
  expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  expect(results.map(({ out }) => out.length > 40)).toEqual([true, true, true, true]);
});

it("no secret was said by anybody", () => {
  const text = said.join("");
  expect(text.length).toBeGreaterThan(1_000);
  for (const it of [secret, encodeURIComponent(secret), endpoint.token]) expect(text).not.toContain(it);
});
