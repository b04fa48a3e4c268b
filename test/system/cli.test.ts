/**
 * The command line over real stores, with a fleet of two nodes: each command piped and at a terminal, its exit codes, and no
 * secret in any output.
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cli, type CliOptions, type CliResult, hasTerminal } from "../support/cli-process.ts";
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
  await redis.command(
    "ACL",
    "SETUSER",
    "small",
    "on",
    `>${secret}`,
    "~ringcron:*",
    "&ringcron:*",
    "+eval",
    "+evalsha",
    "+time",
  );
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

/** All that was said by a program, to look for what must not be in it. */
const said: Array<string> = [];

const calling =
  (env: Readonly<Record<string, string>>) =>
  async (args: ReadonlyArray<string>, options: CliOptions = {}): Promise<CliResult> => {
    const result = await cli(args, { ...options, env: { ...env, ...options.env } });
    said.push(result.out, result.err);
    return result;
  };

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
    call = calling({ ...env(), RINGCRON_SERVICE: service, USER: "anna" });
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
    expect(await json("resume", "daily")).toMatchObject({ paused: false });
    const asked = await json<{ id: string }>("trigger", "slow", "--payload", '{"month":3}', "--key", "k");
    expect(await json("trigger", "slow", "--key", "k")).toMatchObject({ id: asked.id });
    await fleet.waitForLine(({ start }) => start === "slow", 15_000, "the run");
    const [run] = await json<ReadonlyArray<{ fence: number; state: string; node: string }>>("runs", "--job", "slow");
    expect(run).toMatchObject({ state: "running", node: expect.stringMatching(/^web-[12]$/) });
    expect(await json("cancel", "slow", "--fence", `${run?.fence}`, "--yes")).toEqual({ job: "slow", cancelled: 1 });
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
    expect(await schedules("trigger", "tenant 7/weekly")).toMatchObject({ dueAt: expect.any(Number) });
    expect(await schedules("resume", "tenant 7/weekly", "--missed", "catch-up")).toMatchObject({ paused: false });
    const code = async (...args: ReadonlyArray<string>) => (await call(["schedules", ...args])).code;
    expect(await code("get", "nothing")).toBe(5);
    expect(await code("pause", "nothing")).toBe(5);
    expect(await code("remove", "nothing", "--yes")).toBe(5);
    expect(await code("remove", "later")).toBe(2);
    expect(await code("remove", "later", "--if-version", "1", "--yes")).toBe(6);
    expect(await code(...all)).toBe(6);
    expect(await code("resume", "later")).toBe(2);
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
      ...[["status"], ["members"], ["jobs"], ["job", "daily"], ["why", "daily"], ["upcoming"], ["history"]],
      ...[["doctor", "--read-only"], ["simulate", "--leave", "web-1"]],
    ];
    const results = await Promise.all(looks.map(async (args) => [args.join(" "), await at(args)] as const));
    for (const [args, { code, out }] of results) {
      expect([args, code, out]).toEqual([args, 0, expect.stringContaining("\u001b[")]);
    }
    // What is asked for is told in a sentence.
    for (
      const [args, said] of [
        [["pause", "daily"], "daily is paused"],
        [["resume", "daily"], "daily goes on"],
        [["trigger", "daily"], "daily"],
        [["backfill", "daily", "--from", "2d"], "daily"],
        [["schedules", "put", "weekly", "--handler", "report", "--schedule", "@weekly"], "weekly is created"],
        [["schedules", "list"], "report"],
        [["schedules", "get", "weekly"], "handled by"],
        [["schedules", "pause", "weekly"], "weekly is paused"],
        [["schedules", "resume", "weekly"], "weekly goes on"],
      ] as const
    ) {
      const { code, out } = await at(args);
      expect([args, code, out]).toEqual([args, 0, expect.stringContaining(said)]);
    }
    const removed = await at(["schedules", "remove", "weekly"], "y\r");
    expect([removed.code, removed.out]).toEqual([0, expect.stringContaining("weekly is removed")]);
    expect((await at(["jobs"])).out).toMatch(/ticking.*open.*web-[12]/);
    const no = await at(["cancel", "slow"], "n\r");
    expect([no.code, no.out]).toEqual([1, expect.stringContaining("Cancel all runs of slow? [y/N]")]);
    const yes = await at(["cancel", "slow"], "y\r");
    expect([yes.code, yes.out]).toEqual([0, expect.stringContaining("nothing of slow runs")]);
    const watched = await call(["watch", "--every", "500"], { isTerminal: true, untilSaid: "succeeded" });
    expect(watched.code).toBe(0);
  });

  it("drains a node", async () => {
    expect(await json("drain", "web-2", "--within", "0", "--yes")).toEqual({ node: "web-2", asked: 1 });
    await waitFor(async () => (await json<ReadonlyArray<unknown>>("members")).length === 1, 20_000, "web-2 to leave");
    expect((await call(["status", "--check"])).code).toBe(0);
  });
});

describe("a store that refuses, or is none", () => {
  const ending = async (env: Readonly<Record<string, string>>, ...args: ReadonlyArray<string>) => {
    const { code, err, out } = await calling({ RINGCRON_SERVICE: "cli", ...env })(args);
    expect(err).toMatch(/^ringcron: .+\n$/);
    return { code, err, out };
  };
  const at = (port: number) => ({ RINGCRON_URL: `redis://127.0.0.1:${port}`, RINGCRON_TOKEN: secret });

  it("is told in a sentence and an exit code", async () => {
    for (const url of ["redis://127.0.0.1:1", "http://127.0.0.1:1", "etcd://127.0.0.1:1"]) {
      expect((await ending({ RINGCRON_URL: url, RINGCRON_TOKEN: url.startsWith("etcd") ? "" : secret }, "status")).code)
        .toBe(3);
    }
    const wrong = { RINGCRON_URL: `redis://ops@127.0.0.1:${redis.port}`, RINGCRON_TOKEN: `${secret}!` };
    expect((await ending(wrong, "status")).code).toBe(4);
    expect((await ending({ RINGCRON_URL: endpoint.url, RINGCRON_TOKEN: `${secret}!` }, "members")).code).toBe(4);
    expect((await ending({ RINGCRON_URL: endpoint.url }, "members")).err).toContain("--token-stdin");
    expect((await ending({ RINGCRON_URL: "localhost:6379" }, "status")).code).toBe(2);
    expect((await ending({}, "status")).err).toContain("RINGCRON_URL");
    expect((await ending({ REDIS_URL: "redis://a", ETCD_ENDPOINTS: "http://b" }, "status")).err).toContain(
      "are both set",
    );
    expect((await ending({ ...at(redis.port), RINGCRON_SERVICE: "" }, "status")).err).toContain("which service?");
  });

  it("that does not permit what is needed is told with what would do", async () => {
    const env = { RINGCRON_URL: `redis://small@127.0.0.1:${redis.port}`, RINGCRON_TOKEN: secret };
    const { code, err } = await ending(env, "pause", "daily");
    expect(code).toBe(4);
    expect(err).toMatch(/may not run [A-Z]+; the ACL rule that is enough: ~ringcron:\*/);
    const examined = await calling({ RINGCRON_SERVICE: "cli", ...env })(["doctor"]);
    expect(examined.code).toBe(4);
  });

  it("takes its token from standard input", async () => {
    const call = calling({ RINGCRON_SERVICE: "cli", RINGCRON_URL: endpoint.url });
    const { code, out } = await call(["members", "--token-stdin", "--json"], { input: `${endpoint.token}\n` });
    expect([code, JSON.parse(out)]).toEqual([0, []]);
    const checked = await call(["status", "--check", "--token-stdin"], { input: endpoint.token });
    expect([checked.code, checked.out]).toEqual([7, expect.stringContaining("no member and no job")]);
  });
});

it("no secret was said by anybody", () => {
  const text = said.join("");
  expect(text.length).toBeGreaterThan(1_000);
  for (const it of [secret, encodeURIComponent(secret), endpoint.token]) expect(text).not.toContain(it);
});
