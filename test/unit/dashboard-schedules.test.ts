/**
 * Schedules in the store on the dashboard: looked at by those who may, put, changed and removed by operators.
 */
import * as Layer from "effect/Layer";
import { Driver, Store } from "ringcron";
import { dashboard } from "ringcron/dashboard";
import * as Memory from "ringcron/memory";
import { createClient, type Scheduler } from "ringcron/promise";
import { expect, it } from "vitest";
import { waitFor } from "../support/wait.ts";
import { authorize, hostile, type Shown, shown } from "./support/dashboard.ts";

const withHandler = async (cron: Scheduler): Promise<void> => {
  await cron.handle("report", () => {});
};

/** What became of an action. */
const answered = async (it: Shown, action: string, body: unknown, who?: string) => {
  const answer = await it.act(action, body, who);
  const { error, said } = await answer.json() as { readonly error?: string; readonly said?: string };
  return [answer.status, said ?? error];
};

const put = { id: "tenant-7/weekly", handler: "report", schedule: "0 9 * * MON", timeZone: "Europe/Berlin" };
const way = (path: string, id: string) => `/ops/${path}?id=${encodeURIComponent(id)}`;

it("are put, told, changed, paused, resumed, started and removed, and who did it is told", async () => {
  const done: Array<object> = [];
  await using it = await shown("put", ["one"], { onAction: (action) => done.push(action) }, withHandler);
  const first = { ...put, payload: { tenant: 7 }, ifVersion: 0, enabled: true, keepRuns: 3 };
  const created = await answered(it, "schedule-put", first);
  expect(created).toEqual([
    200,
    expect.stringMatching(/^tenant-7\/weekly is created\. Its next fire is due at .+ UTC\.$/),
  ]);
  const list = await it.text("/ops/schedules");
  expect(list).toContain(">tenant-7/weekly</a>");
  expect(list).toContain("at 09:00 on Monday");
  expect(list).not.toContain("nobody has it");
  const one = await it.text(way("schedule", put.id));
  expect(one).toContain("At 09:00 on Monday");
  expect(one).toContain("<p>Its handler report is on one.</p>");
  expect(one).toContain("&quot;tenant&quot;: 7");

  // Its form has what it is, and changes that alone.
  const form = await it.text(way("schedules/put", put.id));
  const version = (await it.client.schedules.get(put.id))?.version;
  expect(form).toContain(`name="ifVersion" data-json value="${version}"`);
  expect(form).toContain('value="0 9 * * MON"');
  expect(form).toMatch(/name="keepRuns" value="3"/);
  const changed = { ...put, schedule: "@every 2h", policies: { overlap: "queue" }, ifVersion: version };
  expect((await answered(it, "schedule-put", changed))[1]).toMatch(/is updated/);
  expect(await answered(it, "schedule-put", changed)).toEqual([409, expect.stringContaining("changed or removed")]);
  expect(await it.client.schedules.get(put.id)).toMatchObject({
    ...{ schedule: "@every 2h", payload: undefined, policies: { overlap: "queue" } },
  });
  expect(await it.text(way("schedules/put", put.id))).toContain("&quot;overlap&quot;: &quot;queue&quot;");

  expect(await answered(it, "schedule-pause", { id: put.id, reason: "a bill is due" })).toEqual([
    ...[200, "tenant-7/weekly is paused."],
  ]);
  const { holdups, words } = await it.client.schedules.explain(put.id);
  expect(holdups.map(({ words }) => words)).toEqual(["it is paused by ann: a bill is due"]);
  expect(words).toContain("its handler report is on one");
  expect(await it.text(way("schedule", put.id))).toContain("It is paused by ann: a bill is due.</em>");
  expect(await it.text("/ops/schedules")).toContain("when it goes on");
  expect(await answered(it, "schedule-resume", { id: put.id, missed: "skip" })).toEqual([
    ...[200, "tenant-7/weekly goes on."],
  ]);
  expect(await answered(it, "schedule-trigger", { id: put.id })).toEqual([200, "tenant-7/weekly is to run now."]);
  const idle = async () => (await it.client.schedules.get(put.id))?.active === 0;
  await waitFor(idle, 15_000, "the end of its run");
  const page = async () => await it.text(way("schedule", put.id));
  await waitFor(async () => (await page()).includes("c-succeeded"), 15_000, "its run on the page");
  await it.client.pauseAll({ by: "bob" });
  await waitFor(async () => (await page()).includes("with all jobs by bob"), 15_000, "the pause of all");
  await it.client.resumeAll();

  const what = (text: string) =>
    [...text.matchAll(/c-action">([a-z ]+)<\/span><\/td><td class="num">[^]*?<td>([a-z]+)<\/td>/g)]
      .map(([, action, by]) => `${action} by ${by}`);
  const told = ["trigger", "resume", "pause", "put", "put"].map((action) => `${action} by ann`);
  expect(what(await page())).toEqual(told);
  expect((await it.client.history({ schedule: put.id })).lines).toHaveLength(5);
  expect(await it.text("/ops/runs")).toContain(`schedule?id=${encodeURIComponent(put.id)}`);

  const now = (await it.client.schedules.get(put.id))?.version;
  const removal = (ifVersion: number | undefined) => answered(it, "schedule-remove", { id: put.id, ifVersion });
  expect(await removal(version)).toEqual([409, expect.stringContaining("changed meanwhile")]);
  expect(await removal(now)).toEqual([200, "tenant-7/weekly is removed."]);
  expect((await it.get(way("schedule", put.id))).status).toBe(404);
  expect(done).toEqual(
    ["put", "put", "pause", "resume", "trigger", "remove"].map((action) => ({
      ...{ action: `schedule-${action}`, by: "ann", job: undefined, node: undefined, schedule: put.id },
    })),
  );
});

it("are looked for by how they begin and by handler, a page at a time", async () => {
  await using it = await shown("found", ["one"], {}, withHandler);
  const ids = Array.from({ length: 250 }, (_, at) => `a-${`${at}`.padStart(3, "0")}`);
  await it.client.schedules.putMany([
    ...ids.map((id) => ({ id, handler: "report", schedule: "0 9 * * *" })),
    { id: "b", handler: "rare", schedule: "0 9 * * *" },
  ]);
  const found = (text: string) => [...text.matchAll(/class="name" href="[^"]+">([^<]+)</g)].map((it) => it[1]);
  const seen: Array<string | undefined> = [];
  let next: string | undefined = "/ops/schedules";
  for (let page = 0; next !== undefined && page < 9; page++) {
    const text: string = await it.text(next);
    seen.push(...found(text));
    next = /rel="next" href="([^"]+)"/.exec(text)?.[1]?.replaceAll("&amp;", "&");
  }
  expect(seen).toEqual([...ids, "b"]);
  expect(found(await it.text("/ops/schedules?prefix=a-24"))).toEqual(ids.slice(240));
  const rare = await it.text("/ops/schedules?handler=rare");
  expect(found(rare)).toEqual(["b"]);
  expect(rare).toContain("nobody has it");
  expect(await it.text("/ops/schedules?prefix=c")).toContain("No such schedule");
});

it("are for operators to change, and what they carry is for operators to see", async () => {
  await using it = await shown("viewers", ["one"], {}, withHandler);
  await using still = await shown("still", ["one"], { readOnly: true }, withHandler);
  for (const { client } of [it, still]) await client.schedules.put({ ...put, payload: { secret: "hunter2" } });
  const page = await it.text(way("schedule", put.id), "bob");
  expect(page).toContain("For operators to see");
  for (const text of [page, await it.text("/ops/schedules", "bob"), await still.text(way("schedule", put.id), "ann")]) {
    expect(text).not.toMatch(/data-act=|data-put=|>Put one<|>Change</);
  }
  expect(page).not.toContain("hunter2");
  expect(await still.text(way("schedule", put.id), "ann")).toContain("hunter2");
  for (const [dash, who] of [[it, "bob"], [still, "ann"]] as const) {
    expect((await dash.get(way("schedules/put", put.id), who)).status).toBe(403);
    for (const action of ["put", "remove", "pause", "resume", "trigger"]) {
      expect((await dash.act(`schedule-${action}`, put, who)).status, action).toBe(403);
    }
  }
  expect((await it.act("schedule-remove", put, "ann", { "x-ringcron": "" })).status).toBe(403);
  expect((await it.act("schedule-remove", put, "ann", { "sec-fetch-site": "same-site" })).status).toBe(403);
  expect(await it.client.schedules.get(put.id)).toBeDefined();
});

it("that are wrong are refused in words, and nothing is written", async () => {
  await using it = await shown("refused", ["one"], {}, withHandler);
  const refused = async (change: object) => (await answered(it, "schedule-put", { ...put, ...change })) as unknown;
  expect(await refused({ schedule: "61 * * * *" })).toEqual([400, expect.stringContaining("61")]);
  expect(await refused({ schedule: undefined })).toEqual([400, expect.stringContaining("schedule")]);
  expect(await refused({ id: "" })).toEqual([400, expect.stringContaining("id")]);
  expect(await refused({ handler: "no good" })).toEqual([400, expect.stringContaining("handler")]);
  expect(await refused({ timeZone: "Mars/Base" })).toEqual([400, expect.stringContaining("Mars/Base")]);
  expect(await refused({ payload: "x".repeat(17_000) })).toEqual([400, expect.stringContaining("16384")]);
  expect(await refused({ policies: { overlap: "never" } })).toEqual([400, expect.stringContaining("overlap")]);
  expect(await refused({ policies: { id: "another" } })).toEqual([400, expect.stringContaining("policies.id")]);
  expect(await refused({ policies: [] })).toEqual([400, expect.stringContaining("policies")]);
  expect((await it.client.schedules.list()).schedules).toEqual([]);
  for (const action of ["pause", "resume", "trigger"]) {
    expect(await answered(it, `schedule-${action}`, { id: "gone" })).toEqual([404, expect.stringContaining("gone")]);
  }
  expect((await answered(it, "schedule-remove", { id: "gone" }))[0]).toBe(409);
});

it("with hostile ids and payloads are text", async () => {
  await using it = await shown("hostile", ["one"], {}, withHandler);
  expect((await it.act("schedule-put", { ...put, id: hostile, payload: { [hostile]: hostile } })).status).toBe(200);
  expect((await it.act("schedule-pause", { id: hostile, reason: hostile })).status).toBe(200);
  const asked = encodeURIComponent(hostile);
  const paths = [
    ...["schedules", "schedules?prefix=<img", `schedule?id=${asked}`, `schedules/put?id=${asked}`],
    ...["prefix", "handler"].map((field) => `schedules?${field}=${asked}`),
    `schedule?id=${asked}x`,
  ];
  for (const path of paths) {
    const text = await it.text(`/ops/${path}`);
    expect(text, path).not.toContain("<img");
    expect(text, path).toContain("&lt;img");
  }
  expect(await it.text(`/ops/schedules?cursor=${asked}`)).not.toContain("<img");
  // Its own way leads to it.
  const list = await it.text("/ops/schedules");
  const href = (/class="name" href="([^"]+)"/.exec(list)?.[1] ?? "").replaceAll("&#39;", "'");
  expect((await it.get(href)).status).toBe(200);
});

it("whose payload cannot be read here are told so, and not changed from here, which would lose it", async () => {
  await using it = await shown("sealed", ["one"], {}, withHandler);
  await it.client.schedules.put({ ...put, payload: { secret: "hunter2" } });
  const { schedules } = it.client;
  const sealed = async () => {
    const info = await schedules.get(put.id);
    return info && { ...info, payload: undefined, payloadError: "it was sealed with another key" };
  };
  const client: typeof it.client = { ...it.client, schedules: { ...schedules, get: sealed } };
  const handle = dashboard({ client, authorize });
  const get = (path: string) => handle(new Request(`http://localhost${path}`, { headers: { "x-who": "ann" } }));
  const asked = encodeURIComponent(put.id);
  expect(await (await get(`/schedule?id=${asked}`)).text()).toContain("it was sealed with another key");
  const form = await get(`/schedules/put?id=${asked}`);
  expect([form.status, (await form.text()).includes("data-put")]).toEqual([409, false]);
});

it("are none where the store keeps none, which the page says", async () => {
  const { shelved: _, ...plain } = Memory.store();
  await using client = await createClient({
    service: "none",
    driver: Layer.succeed(Driver.Driver, Store.driver(plain)),
  });
  const handle = dashboard({ client, authorize });
  const answer = await handle(new Request("http://localhost/schedules", { headers: { "x-who": "ann" } }));
  expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining("This store keeps none")]);
  const gone = await createClient({ service: "none", driver: Memory.layer() });
  await gone.close();
  const closed = dashboard({ client: gone, authorize, onError: () => {} });
  const late = await closed(new Request("http://localhost/schedules", { headers: { "x-who": "ann" } }));
  expect([late.status, await late.text()]).toEqual([503, expect.stringContaining("is closed")]);
});
