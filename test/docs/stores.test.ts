/**
 * `docs/STORES.md` against stores that real nodes have written to: nothing is there that is not documented, nothing documented is
 * missing, the texts look as shown, and the commands show what they say.
 */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { afterAll, describe, expect, it } from "vitest";
import { createTicker, handle } from "../../src/shell/edge.ts";
import { createCron, type Scheduler } from "../../src/shell/promise.ts";
import { Driver } from "../../src/Driver.ts";
import * as Engine from "../../src/shell/engine.ts";
import { storeAt } from "../conformance/support/etcd-store.ts";
import { beat } from "../conformance/support/requests.ts";
import { redisDrivers, tcpDriver } from "../conformance/support/stores.ts";
import * as definitions from "../golden/definitions-2.ts";
import * as history from "../golden/history-2.ts";
import * as golden from "../golden/layout-2.ts";
import { type EtcdCluster, startEtcd } from "../support/etcd.ts";
import { blocksOf } from "../support/markdown.ts";
import { projectRoot } from "../support/project.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { type Documented, matcherOf, storePageOf, strangeText } from "../support/store-page.ts";
import { waitFor } from "../support/wait.ts";
import { define } from "../unit/support/schedules.ts";

const markdown = readFileSync(join(projectRoot, "docs/STORES.md"), "utf8");
const page = storePageOf(markdown);
const service = "billing";

/** What is under a name of a store, in one of its tables. */
interface Entry {
  readonly table: string;
  readonly name: string;
  readonly text?: string;
}

/** Two nodes with a job that is paused while it runs, was skipped, and has something queued, and one that waits. */
const populate = async (driver: Driver): Promise<() => Promise<unknown>> => {
  const nodes: Array<Scheduler> = [];
  let release = () => {};
  const released = new Promise<void>((resolve) => release = resolve);
  let runs = 0;
  for (const nodeName of ["web/1", "web/2"]) {
    const cron = await createCron({ service, nodeName, driver: Layer.succeed(Driver, driver), logLevel: "none" });
    nodes.push(cron);
    await cron.add("invoices", "* * * * * *", () => ++runs < 3 ? undefined : released);
    await cron.add("by/hand", "@manual", () => ({ done: true }));
    await cron.add("re/port", "0 0 1 1 *", () => undefined, { timeZone: "Europe/Berlin" });
  }
  const definition = define({ schedule: "0 0 1 1 *", payload: "[7]" });
  const puts = ["tenant/1", "tenant/2"].map((id) => ({ id, definition }));
  await Effect.runPromise(
    driver.schedules?.({ _tag: "Schedules", service, command: { _tag: "Put", puts } }) ?? Effect.die("no schedules"),
  );
  await Promise.all(nodes.map((cron) => cron.start()));
  await declareMuch(driver);
  const peek = () =>
    Effect.runPromise(driver.peek({ _tag: "Peek", service, jobs: ["invoices", "re/port"], history: true }));
  await waitFor(
    async () => {
      const { history, jobs } = await peek();
      const tags = history.map((it) => it._tag);
      return jobs.length === 2 && tags.includes("Run") && tags.includes("Skip") && jobs[0]?.active.length === 1;
    },
    20_000,
    "a run that goes on, one that has ended and a fire that was skipped",
  );
  expect(await (await nodes[0]?.trigger("by/hand"))?.result()).toEqual({ done: true });
  await nodes[0]?.pause("invoices", { by: "anna@ops", reason: "stocktaking" });
  await nodes[0]?.trigger("invoices", { key: "asked-by-anna" });
  await nodes[0]?.trigger("invoices", { key: "with", payload: { customer: 7 } });
  await nodes[0]?.pauseAll({ reason: "incident", by: "anna@ops" });
  // What is paused waits on no shelf.
  await nodes[0]?.schedules.resume("tenant/1");
  await nodes[0]?.schedules.trigger("tenant/1");
  await nodes[0]?.schedules.put({ id: "tenant/3", handler: "report", schedule: "@yearly" });
  await nodes[0]?.schedules.remove("tenant/3");
  await nodes[0]?.resume("re/port");
  // A tick looks at all shelves, and what is kept of them is told by the next one.
  const ticker = await createTicker({ service, driver: Layer.succeed(Driver, driver) });
  await handle(ticker, "report", () => {});
  for (const _ of [1, 2]) await ticker.tick({ maxMs: 1_000 });
  await ticker.close();
  return async () => {
    release();
    await Promise.all(nodes.map((cron) => cron.stop({ drainMs: 5_000 })));
  };
};

/** A third one with more jobs than one request carries, which have nothing to do. */
const declareMuch = async (driver: Driver): Promise<void> => {
  const declared = new Map(Array.from({ length: 2_000 }, (_, n) => [`of/${n}`.padEnd(60, "-"), "7f3a9c01"] as const));
  const request = beat(service, "00c0ffee", {
    name: "much",
    digest: "0123456789abcdef",
    declared,
    gapMs: 600_000,
    leaseMs: 10_000,
    overdueMs: 5_000,
  });
  let isTold = false;
  while (!isTold) isTold = !(await Effect.runPromise(driver.beat(request))).wantsDeclared;
};

const pairs = (list: unknown): ReadonlyArray<readonly [string, string]> =>
  (list as ReadonlyArray<string>).flatMap((it, at, all) => at % 2 === 0 ? [[it, all[at + 1] ?? ""] as const] : []);

const redisEntries = async (redis: RedisServer): Promise<ReadonlyArray<Entry>> => {
  const names = await redis.command("KEYS", "*") as ReadonlyArray<string>;
  const key = (what: string) => `ringcron:2:{${service}}:${what}`;
  const hash = async (table: string) =>
    pairs(await redis.command("HGETALL", key(table))).map(([name, text]) => ({ table, name, text }));
  const members = await redis.command("ZRANGE", key("instants"), "0", "-1") as ReadonlyArray<string>;
  return [
    ...names.map((name) => ({ table: "redis", name })),
    ...await hash("rows"),
    ...await hash("declared"),
    ...await hash("lasting"),
    ...members.map((name) => ({ table: "instants", name })),
  ];
};

const etcdEntries = async (etcd: EtcdCluster): Promise<ReadonlyArray<Entry>> =>
  (await etcd.keys()).flatMap(([key, value]) => {
    const name = key.replace(`ringcron/1/${service}/`, "");
    const lines = name.startsWith("history/") ? value.split("\n") : [value];
    return lines.map((text) => ({
      table: "etcd",
      name,
      text: /^(row\/j|lasting\/_):/.test(name) ? text.replace(/@\d{1,16}$/, "") : text,
    }));
  });

const isOf = ({ names }: Documented, name: string): boolean =>
  names.some((it) => (page.texts.get(it) ?? [it]).some((shape) => matcherOf(shape, true).test(name)));

/** Everything that is not as the page says; its tables are those of this store. */
const differences = (entries: ReadonlyArray<Entry>, tables: ReadonlyArray<string>): ReadonlyArray<string> => {
  const strange = entries.flatMap(({ name, table, text }) => {
    const found = page.tables.get(table)?.find((it) => isOf(it, name));
    if (found === undefined) return [`${table}: ${name} is not documented`];
    if (found.text === undefined || text === undefined) return [];
    const what = found.text === "empty" ? (text === "" ? undefined : text) : strangeText(page, found.text, text);
    return what === undefined ? [] : [`${table}: ${name}: ${what}`];
  });
  // What asks a node to leave goes with it, before anybody could look.
  const mayBeGone = (row: string) => row.includes("d:<incarnation>");
  const missing = tables.flatMap((table) =>
    (page.tables.get(table) ?? []).filter(({ row }) => !mayBeGone(row))
      .filter((it) => !entries.some((one) => one.table === table && isOf(it, one.name)))
      .map(({ row }) => `${table} has nothing like ${row}`)
  );
  return [...strange, ...missing];
};

const servers: Array<{ stop(): Promise<unknown> }> = [];
afterAll(async () => {
  await Promise.all(servers.map((it) => it.stop()));
});

/** Runs the commands of a section; gives what each shows by what it says that it shows. */
const shown = async (section: RegExp, env: Record<string, string>): Promise<ReadonlyMap<string, string>> => {
  const prompt = join(projectRoot, ".build", "test", "support", "store-prompt.js");
  const tools = ["redis-cli", "etcdctl"].map((it) => `${it}() { "${process.execPath}" "${prompt}" ${it} "$@"; }`);
  const lines = blocksOf(markdown, "docs/STORES.md").filter(({ code }) => section.test(code))
    .flatMap(({ code }) => code.split("\n"));
  const found = await Promise.all(lines.map(async (line) => {
    const [command = "", what = ""] = line.split(/ # (?=[^#]*$)/);
    const own = command.replace("http://127.0.0.1:2379", "$ETCD_URL");
    const options = { env: { ...process.env, ...env } };
    const { stderr, stdout } = await promisify(execFile)("bash", ["-c", [...tools, own].join("\n")], options);
    if (stderr !== "") throw new Error(`${command}: ${stderr}`);
    return [what, stdout.trim()] as const;
  }));
  return new Map(found);
};

/** Holds if the commands show what the driver itself tells. */
const expectShown = async (what: ReadonlyMap<string, string>, driver: Driver): Promise<void> => {
  const told = await Effect.runPromise(driver.peek({ _tag: "Peek", service, jobs: ["invoices"], history: true }));
  const [job] = told.jobs;
  const get = (name: string) => what.get(name) ?? "";
  const [run] = job?.active ?? [];
  expect(get("members").match(/web%2F\d/g)?.sort()).toEqual(["web%2F1", "web%2F2"]);
  expect(get("until when each is one").split("\n").length).toBe(6);
  expect(strangeText(page, "record of a job", get("the record").replace(/@\d+$/, ""))).toBeUndefined();
  expect(get("the watermark")).toBe(`${job?.watermark}`);
  expect(get("active runs")).toMatch(matcherOf(page.items.get("runs") ?? ""));
  expect(get("active runs")).toContain(`${run?.dueAt},${run?.attempt},${run?.kind},${run?.fence},`);
  expect(get("who holds the first")).toBe(run?.holder);
  const waiting = get("what was asked for and waits").split("\n");
  expect(waiting.length).toBe(2);
  for (const it of waiting) expect(it).toMatch(matcherOf(page.items.get("queue") ?? ""));
  expect(get("what waits since when")).toMatch(/j:invoices/);
  const lines = told.history.filter((it) => it.job === "invoices");
  expect(get("the history of a job").split("\n").length).toBe(lines.length);
};

it("shows every text as this layout has it", () => {
  const texts = [
    ...golden.records.map(([, text]) => ["record of a job", text] as const),
    ...golden.shelves.map(([, text]) => ["keys that people asked under", text] as const),
    ...golden.payloads.map(([, text]) => ["what a fire was asked with", text] as const),
    ...golden.results.map(([, text]) => ["what became of a fire", text] as const),
    ...golden.drains.map(([, text]) => ["that a node is to leave", text] as const),
    ...golden.pauses.map(([, text]) => ["pause of all jobs", text] as const),
    ...golden.rows.map(([, text]) => ["what a member says of itself", text] as const),
    ...golden.declared.map(([, text]) => ["what a member declares", text] as const),
    ...definitions.pointers.map(([, text]) => ["what a member declares", text] as const),
    ...definitions.kept.map(([, text]) => ["of which declarations pieces are kept", text] as const),
    ...history.lines.map(([, text]) => ["line of the history", text] as const),
    ...golden.etcdNodes.map(([, text]) => ["node of a member", text] as const),
    ...golden.etcdPromises.map(([, text]) => ["promise of a member", text] as const),
  ];
  expect(texts.flatMap(([title, text]) => strangeText(page, title, text) ?? [])).toEqual([]);
});

describe.each(redisDrivers)("with %s", (name, kind) => {
  it("tells what is there, and how to look at it", async () => {
    const redis = await startRedis();
    servers.push(redis);
    const { close, driver } = await tcpDriver(redis.port, undefined, kind);
    const end = await populate(driver);
    const entries = await redisEntries(redis);
    const found = differences(entries, ["redis", "rows", "instants", "declared", "lasting"]);
    expect(found.filter((it) => name === "redis" || !it.includes("with `redis` only"))).toEqual([]);
    expect(entries.some((it) => it.name.includes(":node:"))).toBe(name === "redis");
    const what = await shown(/^redis-cli/, { REDIS_PORT: `${redis.port}` });
    await expectShown(what, driver);
    expect(Number(what.get("how long it is kept, milliseconds"))).toBeGreaterThan(0);
    await end();
    close();
  });
});

describe("with etcd", () => {
  it("tells what is there, and how to look at it", async () => {
    const etcd = await startEtcd();
    servers.push(etcd);
    const driver = Engine.driver(storeAt(etcd).store);
    const end = await populate(driver);
    expect(differences(await etcdEntries(etcd), ["etcd"])).toEqual([]);
    const env = { ETCD_URL: etcd.urls[0] ?? "" };
    await expectShown(await shown(/^etcdctl/, env), driver);
    const overHttp = await shown(/^curl/, env);
    expect(strangeText(page, "record of a job", (overHttp.get("the record") ?? "").replace(/@\d+$/, "")))
      .toBeUndefined();
    await end();
  });
});
