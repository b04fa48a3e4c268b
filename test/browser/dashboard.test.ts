/**
 * The dashboard in a real Chromium, over three processes and a real Redis.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { dashboard } from "ringcron/dashboard";
import { type Client, createClient } from "ringcron/promise";
import * as RedisZset from "ringcron/redis-zset";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium } from "../support/chromium-binary.ts";
import { createFleet, type FleetProcess } from "../support/processes.ts";
import { cacheFolder } from "../support/project.ts";
import { startRedis } from "../support/redis.ts";
import { startNode } from "../support/start-node.ts";
import { startUpstash } from "../support/upstash.ts";
import { waitFor } from "../support/wait.ts";
import { authorize, hostile, slow } from "../unit/support/dashboard.ts";
import { launch, type Page, type Tools } from "./support/chromium.ts";
import { serve } from "./support/serve.ts";

const found = await findChromium().catch((error: Error) => {
  process.stderr.write(`The dashboard is not looked at in a browser: ${error.message}\n`);
  return undefined;
});

const leapDay = "0 0 29 2 *";
const jobs = [
  { name: "tick", schedule: "*/2 * * * * *" },
  { name: "every/minute", schedule: "* * * * *" },
  { name: "report", schedule: leapDay },
  { name: "slow", schedule: leapDay, takesMs: 60_000 },
  { name: "hostile", schedule: leapDay, fails: hostile },
];
const screen = { viewport: { width: 1280, height: 900 }, colorScheme: "light" } as const;
const pictures = join(cacheFolder, "screenshots");

describe.skipIf(found === undefined)("in a browser", () => {
  const closers: Array<() => unknown> = [];
  let tools: Tools;
  let client: Client;
  let url: string;
  let processes: ReadonlyArray<FleetProcess>;
  const wrong: Array<string> = [];

  const open = async (path: string, options = {}, from = url): Promise<Page> => {
    const page = await tools.browser.newPage({ ...screen, extraHTTPHeaders: { "x-who": "ann" }, ...options });
    page.on("pageerror", (error) => wrong.push(`${path}: ${error.message}`));
    page.on("console", (it) => it.type?.() === "error" && wrong.push(`${path}: ${it.text?.()}`));
    await page.goto(from + path);
    return page;
  };
  const confirm = async (page: Page, action: string): Promise<void> => {
    await page.click(`[data-act="${action}"]`);
    await page.click("#ask-yes");
    await page.waitForSelector("#ask", { state: "hidden" });
  };

  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    const redis = await startRedis();
    closers.push(() => redis.stop());
    const store = await startUpstash({ redisPort: redis.port });
    closers.push(() => store.stop());
    const fleet = createFleet();
    closers.push(() => fleet.stop());
    const node = { options: { service: "shown", leaseMs: 4_000, maxSilenceMs: 2_000 }, jobs, handlers: ["report"] };
    processes = await Promise.all(["a", "b", "c"].map((name) => startNode(fleet, store, name, node)));
    await Promise.all(processes.map((it) => it.waitForLine((line) => "joined" in line, 20_000, "joining")));
    client = await createClient({ service: "shown", driver: RedisZset.layer({ url: store.url, token: store.token }) });
    closers.push(() => client.close());
    const served = await serve(dashboard({ client, authorize, basePath: "/ops", refreshMs: 1_000, title: "shown" }));
    url = served.url;
    closers.push(() => served[Symbol.asyncDispose]());
    if (found !== undefined) tools = await launch(found);
    closers.push(() => tools?.browser.close());
  }, 240_000);
  afterAll(async () => {
    for (const close of closers.reverse()) await close();
  }, 60_000);

  it("shows nothing to whoever may not look", async () => {
    const page = await open("/ops/", { extraHTTPHeaders: {} });
    expect(await page.textContent("body")).toMatch(/^Who are you\?You may not look/);
    await page.close();
    wrong.length = 0;
  });

  it("a job is started, cancelled, paused and let go on from its page", async () => {
    const page = await open("/ops/job?name=report");
    await page.click('[data-act="trigger"]');
    await page.fill('[name="payload"]', "{ no json");
    await page.click("#ask-yes");
    await page.waitForSelector("#ask-wrong:not(:empty)");
    await page.fill('[name="payload"]', '{ "month": "2026-10" }');
    await page.click("#ask-yes");
    await page.waitForSelector("td .c-succeeded", { timeout: 20_000 });
    await page.click('[data-act="pause"]');
    await page.fill('[name="reason"]', hostile);
    await page.keyboard.press("Enter");
    await page.waitForSelector("h1 .c-paused", { timeout: 20_000 });
    expect(await page.textContent("main")).toContain(`by ann: ${hostile}`);
    expect(await page.evaluate("document.querySelectorAll('main img').length")).toBe(0);
    await confirm(page, "resume");
    await page.waitForSelector("h1 .c-open", { timeout: 20_000 });

    await page.goto(`${url}/ops/job?name=slow`);
    await confirm(page, "trigger");
    await page.waitForSelector("h1 .c-running", { timeout: 20_000 });
    await confirm(page, "cancel");
    await page.waitForSelector("td .c-cancelled", { timeout: 30_000 });
    expect((await client.history({ job: "slow" })).lines).toMatchObject([
      { outcome: "cancelled" },
      { action: "cancel", by: "ann" },
      { action: "trigger", by: "ann" },
    ]);
    await page.close();
  });

  it("what a handler failed with is text, whatever it is", async () => {
    const page = await open("/ops/job?name=hostile");
    await confirm(page, "trigger");
    await page.waitForSelector("td .c-failed", { timeout: 20_000 });
    expect(await page.textContent("main")).toContain(hostile);
    expect(await page.evaluate("document.querySelectorAll('main img').length")).toBe(0);
    const { lines } = await client.history({ job: "hostile", outcome: "failed" });
    expect(lines).toMatchObject([{ error: `Error: ${hostile}` }]);
    await page.close();
  });

  it("a schedule is put, changed, paused, let go on, started and removed from its page", async () => {
    const page = await open("/ops/schedules");
    await page.click("text=Put one");
    await page.waitForSelector("#f-id");
    await page.fill("#f-id", hostile);
    await page.fill("#f-handler", "report");
    await page.fill("#f-schedule", leapDay);
    await page.fill("#f-payload", "{ no json");
    await page.keyboard.press("Tab");
    await page.click("#put-it");
    await page.waitForSelector("#put-wrong:not(:empty)");
    await page.fill("#f-payload", JSON.stringify({ text: hostile }));
    // What somebody fills in outlasts what comes anew of the page.
    await page.evaluate("document.activeElement.blur(), new Promise((done) => setTimeout(done, 2500))");
    await page.focus("#f-id");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#ask[open]");
    expect(await page.textContent("#ask-title")).toBe(`Put ${hostile}?`);
    await page.click("#ask-yes");
    await page.waitForSelector(".payload");
    expect(await page.textContent("h1 .name")).toBe(hostile);
    expect(JSON.parse(await page.textContent(".payload") ?? "")).toEqual({ text: hostile });
    expect(await client.schedules.get(hostile)).toMatchObject({ handler: "report", payload: { text: hostile } });

    await confirm(page, "schedule-trigger");
    const ran = (line: object) => "start" in line && line.start === hostile;
    await Promise.any(processes.map((it) => it.waitForLine(ran, 20_000, "the run of the schedule")));
    await page.click('[data-act="schedule-pause"]');
    await page.fill('[name="reason"]', hostile);
    await page.keyboard.press("Enter");
    await page.waitForSelector("h1 .c-paused", { timeout: 20_000 });
    expect(await page.textContent("main")).toContain(`by ann: ${hostile}`);
    await confirm(page, "schedule-resume");
    await page.waitForSelector("h1 .c-open", { timeout: 20_000 });

    await page.click("text=Change");
    await page.waitForSelector("#f-schedule");
    await page.fill("#f-schedule", "0 6 * * *");
    await page.click("#put-it");
    await page.click("#ask-yes");
    await page.waitForSelector(".payload");
    expect(await page.textContent("main")).toContain("At 06:00");
    expect(await client.schedules.get(hostile)).toMatchObject({ schedule: "0 6 * * *", payload: { text: hostile } });
    expect(await page.evaluate("document.querySelectorAll('main img').length")).toBe(0);

    await confirm(page, "schedule-remove");
    await waitFor(async () => (await page.textContent("main") ?? "").includes("No such schedule"), 20_000, "its end");
    expect(await client.schedules.get(hostile)).toBeUndefined();
    await page.close();
  });

  it("the time line tells what a mark is, to the pointer and to the keys", async () => {
    const page = await open("/ops/timeline");
    await page.waitForSelector('[data-marks][aria-label^="tick"]');
    await page.focus('[data-marks][aria-label^="tick"]');
    await page.keyboard.press("Home");
    await page.waitForSelector("#tip:not([hidden])");
    // Where a machine is slow, what is due each two seconds is skipped in between.
    expect(await page.textContent("#tip")).toMatch(/^(succeeded|skipped)/);
    await page.keyboard.press("Escape");
    await page.waitForSelector("#tip", { state: "hidden" });
    await page.close();
  });

  it("every page is sound for those who see little, by day, by night and on a phone", async () => {
    await client.schedules.putMany([
      ...["berlin", "lisbon", "oslo"].map((city, at) => ({
        ...{ id: `tenant-${at}/${city}/weekly`, handler: "report", schedule: "0 9 * * MON", timeZone: "Europe/Berlin" },
        ...{
          payload: { city, to: [`${city}@example.com`], pages: at + 1 },
          overlap: "queue",
          jitterMs: 60_000,
        } as const,
      })),
      { id: "reminder-99", handler: "remind", at: "2030-01-01T09:00:00Z" },
      { id: hostile, handler: "report", schedule: "@hourly", enabled: false },
    ]);
    await client.schedules.pause("tenant-1/lisbon/weekly", { by: "ann", reason: "the contract has ended" });
    const paths = {
      ...{ fleet: "/", timeline: "/timeline", jobs: "/jobs", job: "/job?name=tick", runs: "/runs" },
      ...{ schedules: "/schedules", schedule: "/schedule?id=tenant-1/lisbon/weekly", put: "/schedules/put" },
      change: "/schedules/put?id=tenant-0/berlin/weekly",
    };
    const complaints: Array<string> = [];
    for (
      const [look, options] of Object.entries({
        light: screen,
        dark: { ...screen, colorScheme: "dark" as const },
        phone: { ...screen, viewport: { width: 390, height: 800 } },
      })
    ) {
      for (const [name, path] of Object.entries(paths)) {
        const page = await open(`/ops${path}`, options);
        await page.waitForSelector("main h1");
        const program = `${tools.axe};axe.run().then(({ violations }) => violations
          .filter(({ impact }) => impact === "serious" || impact === "critical")
          .map(({ id, nodes }) => id + " " + nodes[0].html))`;
        complaints.push(...(await page.evaluate<ReadonlyArray<string>>(program)).map((it) => `${look} ${name}: ${it}`));
        const tooWide = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
        if (tooWide > 0) complaints.push(`${look} ${name}: ${tooWide} pixels too wide`);
        await page.screenshot({ path: join(pictures, `${name}-${look}.png`), fullPage: true });
        await page.close();
      }
    }
    expect(complaints).toEqual([]);
    console.log(`pictures of each page: ${pictures}`);
  }, 180_000);

  it("shows that a node is gone and another one has its jobs, without being loaded again", async () => {
    const page = await open("/ops/job?name=tick");
    const ownerOn = async () => /\b([abc]) tries its fires first/.exec(await page.textContent("main") ?? "")?.[1];
    const owner = await ownerOn();
    expect(["a", "b", "c"]).toContain(owner);
    const fleet = await open("/ops/");
    await fleet.waitForSelector(".member:nth-child(3)");
    await processes.find(({ name }) => name === owner)?.kill();
    await fleet.waitForSelector(".c-late", { timeout: 60_000 });
    const text = async () => await fleet.textContent("main") ?? "";
    await waitFor(async () => (await text()).includes("2 nodes, 5 jobs"), 30_000, "two nodes on the page");
    await waitFor(async () => ![undefined, owner].includes(await ownerOn()), 30_000, "another owner on the page");
    await fleet.screenshot({ path: join(pictures, "takeover.png"), fullPage: true });
    for (const it of [page, fleet]) await it.close();
  }, 240_000);

  it("a fleet that takes long to read comes where the page says so, without being loaded again", async () => {
    const sound = async (page: Page) =>
      await page.evaluate<ReadonlyArray<string>>(`${tools.axe};axe.run().then(({ violations }) => violations
        .filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id }) => id))`);
    const first = async (path: string, as = {}) => {
      const store = slow(client);
      const options = { client: store.client, authorize, basePath: "/ops", refreshMs: 600_000, onError: () => {} };
      const served = await serve(dashboard(options));
      closers.push(() => served[Symbol.asyncDispose]());
      return { store, page: await open(`/ops${path}`, as, served.url) };
    };
    for (const colorScheme of ["light", "dark"] as const) {
      const { page, store } = await first("/jobs", { colorScheme });
      expect(await page.textContent("main [role=status]")).toMatch(/^The fleet is being read\./);
      expect(await sound(page)).toEqual([]);
      await page.screenshot({ path: join(pictures, `reading-${colorScheme}.png`), fullPage: true });
      await page.evaluate("globalThis.isTheSame = true");
      await page.focus('nav [aria-current="page"]');
      store.go();
      await page.waitForSelector("main tbody th");
      expect(await page.textContent("#live")).toBe("live");
      expect(await page.evaluate("[isTheSame, document.activeElement.textContent]")).toEqual([true, "Jobs"]);
      expect(await sound(page)).toEqual([]);
      expect(store.looks()).toBe(1);
      await page.close();
    }

    const plain = await first("/jobs?q=t", { javaScriptEnabled: false });
    plain.store.go();
    await plain.page.waitForSelector("main tbody th");
    await plain.page.close();

    const failing = await first("/");
    await failing.page.waitForSelector("main [role=status]");
    failing.store.fail();
    await failing.page.waitForSelector("#live.off");
    expect(await failing.page.textContent("main")).toContain("The store does not answer");
    await failing.page.close();
    // The browser itself tells of an answer with 503.
    expect(wrong.splice(0)).toEqual([expect.stringContaining("503")]);
  }, 120_000);

  it("nothing went wrong in the browser meanwhile, and its policy had nothing to stop", () => {
    expect(wrong).toEqual([]);
  });
});
