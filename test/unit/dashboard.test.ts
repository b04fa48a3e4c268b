/**
 * The dashboard as a function from requests to answers: its pages, who may see them, who may act.
 */
import { dashboard } from "ringcron/dashboard";
import * as Memory from "ringcron/memory";
import { createClient } from "ringcron/promise";
import { describe, expect, it } from "vitest";
import { waitFor } from "../support/wait.ts";
import { authorize, hostile, shown, slow } from "./support/dashboard.ts";

const pages = [
  ...["/ops", "/ops/", "/ops/timeline", "/ops/jobs", "/ops/job?name=slow/one", "/ops/runs", "/ops/schedules"],
];
const assetsOf = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/(?:href|src)="(\/ops\/assets\/[^"]+)"/g)].map((it) => it[1] as string);

describe("options", () => {
  it("without authorize there is no dashboard, and nothing else is taken for granted", async () => {
    await using client = await createClient({ service: "options", driver: Memory.layer() });
    const wrong = (field: string) => expect.objectContaining({ _tag: "InvalidInput", field });
    const make = (options: object) => () => dashboard({ client, authorize, ...options });
    expect(make({ authorize: undefined })).toThrow(wrong("authorize"));
    expect(make({ client: {} })).toThrow(wrong("client"));
    expect(make({ basePath: "ops" })).toThrow(wrong("basePath"));
    expect(make({ basePath: '/"><script>' })).toThrow(wrong("basePath"));
    expect(make({ readOnly: "yes" })).toThrow(wrong("readOnly"));
    expect(make({ refreshMs: 10 })).toThrow(wrong("refreshMs"));
    expect(make({ sourceUrl: "javascript:alert(1)" })).toThrow(wrong("sourceUrl"));
    expect(make({ onAction: 5 })).toThrow(wrong("onAction"));
    expect(make({ title: "" })).toThrow(wrong("title"));
    expect(make({ readonly: true })).toThrow(wrong("readonly"));
    expect(() => dashboard(null as never)).toThrow(wrong("options"));
  });
});

describe("who may look", () => {
  it("nobody else sees anything, not even which paths there are", async () => {
    await using it = await shown("nobody", ["one"]);
    const whole = await it.text("/ops/");
    for (const path of [...pages, ...assetsOf(whole), "/ops/live.json?at=/", "/ops/nothing"]) {
      const answer = await it.get(path, "eve");
      expect([path, answer.status]).toEqual([path, 401]);
      expect(await answer.text()).not.toMatch(/slow|ringcron|one\b/);
    }
    expect((await it.act("pause", { job: "good" }, "eve")).status).toBe(401);
    expect((await it.client.runs()).length).toBe(0);
  });

  it("an answer of authorize is sent as it is; what it throws is kept from whoever asks", async () => {
    const told: Array<unknown> = [];
    const login = await shown("login", [], { authorize: () => Response.redirect("http://localhost/login", 302) });
    expect((await login.get("/ops/")).headers.get("location")).toBe("http://localhost/login");
    const broken = await shown("broken", [], {
      authorize: () => {
        throw new Error("the key is hunter2");
      },
      onError: (error) => told.push(error),
    });
    const answer = await broken.get("/ops/");
    expect([answer.status, (await answer.text()).includes("hunter2")]).toEqual([500, false]);
    const strange = await shown("strange", [], {
      authorize: () => ({ role: "admin", name: "ann" }) as never,
      onError: (error) => told.push(error),
    });
    expect((await strange.get("/ops/")).status).toBe(500);
    expect(told).toMatchObject([{ message: "the key is hunter2" }, { _tag: "InvalidInput", field: "authorize" }]);
    for (const it of [login, broken, strange]) await it[Symbol.asyncDispose]();
  });

  it("authorize has the request itself; one that reads its body leaves none for the action", async () => {
    const asked: Array<Request> = [];
    await using it = await shown("itself", ["one"], {
      authorize: async (request) => {
        asked.push(request);
        if (request.headers.has("x-greedy")) await request.text();
        return { role: "operator", name: "ann" };
      },
    });
    const request = new Request("http://localhost/ops/");
    await it.handle(request);
    expect(asked[0]).toBe(request);
    expect((await it.act("pause", { job: "good" })).status).toBe(200);
    expect(asked[1]?.method).toBe("POST");
    expect((await it.act("pause", { job: "good" }, "ann", { "x-greedy": "1" })).status).toBe(400);
  });

  it("viewers have no buttons and cannot act, nor can anybody where it is read-only", async () => {
    await using it = await shown("viewers", ["one"]);
    await using still = await shown("still", ["one"], { readOnly: true });
    for (const path of pages) {
      expect(await it.text(path, "bob"), path).not.toContain("data-act=");
      expect(await still.text(path, "ann"), path).not.toContain("data-act=");
    }
    expect(await it.text("/ops/job?name=good", "ann")).toContain('data-act="pause"');
    expect((await it.act("pause", { job: "good" }, "bob")).status).toBe(403);
    expect((await still.act("pause", { job: "good" })).status).toBe(403);
  });
});

describe("pages", () => {
  it("each is there, whole, guarded, and the same for HEAD without its body", async () => {
    await using it = await shown("pages", ["one", "two"]);
    for (const path of pages) {
      const answer = await it.get(path);
      const text = await answer.text();
      expect([path, answer.status]).toEqual([path, 200]);
      expect(text).toMatch(/^<!doctype html>\n<html lang="en">[^]*<\/html>\n$/);
      const policy = answer.headers.get("content-security-policy");
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).not.toContain("unsafe");
      expect(answer.headers.get("cache-control")).toBe("no-store");
      // Nothing that the policy would stop.
      expect(text).not.toMatch(/ style="|<style|<script(?![^>]* src=)| on\w+="/);
      expect(text).not.toMatch(/(?:href|src|action)="(?!\/ops|#)/);
      expect(text).toContain("AGPL");
      const head = await it.get(path, "ann", { method: "HEAD" });
      expect([head.status, await head.text()]).toEqual([200, ""]);
    }
    for (const path of assetsOf(await it.text("/ops/"))) {
      const answer = await it.get(path);
      expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, expect.stringContaining("immutable")]);
    }
  });

  it("tell who is there and what became of runs", async () => {
    await using it = await shown("told", ["one", "two"]);
    for (const job of ["good", "bad", "again", "slow/one"]) await it.client.trigger(job);
    const lines = async () => (await it.client.history()).lines.length;
    const states = async () => (await it.client.runs()).map(({ job, state }) => `${job} ${state}`).join();
    await waitFor(async () => await lines() >= 3, 10_000, "three lines");
    await waitFor(async () => await states() === "again waiting,slow/one running", 10_000, "one to wait, one to run");
    // On a busy machine a node may be late for a moment.
    const isWell = async () => {
      const text = await it.text("/ops/");
      return text.includes("All is well.") ? text : undefined;
    };
    const fleet = await waitFor(isWell, 10_000, "a fleet that is well");
    expect(fleet).toMatch(/<b class="name">one<\/b>[^]*<b class="name">two<\/b>/);
    expect(fleet).toContain("2 nodes, 4 jobs.");
    expect(fleet).toMatch(/owns <b>2<\/b>/);
    expect(await it.text("/ops/jobs")).toMatch(/slow\/one<\/a><\/th><td><span class="chip c-running">running/);
    const job = await it.text("/ops/job?name=bad");
    expect(job).toContain('<span class="chip c-failed">failed</span>');
    const { holdups, words } = await it.client.explain("bad");
    expect(words[1]).toMatch(/^one and two declare it, definition /);
    expect(job).toContain(`<p>${words[1]}.</p>`);
    expect([holdups, job]).toEqual([[], expect.stringContaining("<p>Nothing holds it up.</p>")]);
    const runs = await it.text("/ops/runs");
    expect(runs).toMatch(/c-running">running[^]*c-succeeded">succeeded/);
    expect(await it.text("/ops/runs?outcome=failed")).not.toContain("c-succeeded");
    expect(await it.text("/ops/timeline")).toContain("good");
    expect(await it.text("/ops/jobs?state=running")).toMatch(/1 job<[^]*slow\/one/);
    await it.client.pause("good", { by: "bob" });
    await waitFor(async () => (await it.text("/ops/jobs?state=paused")).includes("good</a>"), 10_000, "a paused job");
    await it.client.cancel("slow/one");
  });

  it("of nothing say so in words", async () => {
    await using it = await shown("empty", []);
    expect(await it.text("/ops/")).toContain("No members");
    expect(await it.text("/ops/jobs")).toContain("No jobs yet");
    expect(await it.text("/ops/runs")).toContain("Nothing runs");
    expect(await it.text("/ops/timeline")).toContain("Nothing to be seen");
    expect(await it.text("/ops/schedules")).toContain("No schedules yet");
  });

  it("that are not there are 404, other methods 405, what cannot be asked 400", async () => {
    await using it = await shown("none", ["one"]);
    expect((await it.get("/elsewhere")).status).toBe(404);
    expect((await it.get("/opsx")).status).toBe(404);
    expect((await it.get("/ops/nothing")).status).toBe(404);
    expect((await it.get("/ops/constructor")).status).toBe(404);
    expect((await it.get("/ops/job?name=nobody")).status).toBe(404);
    expect((await it.get("/ops/schedule?id=nobody")).status).toBe(404);
    expect((await it.get("/ops/schedule")).status).toBe(404);
    expect((await it.get("/ops/schedules/put?id=nobody")).status).toBe(404);
    expect((await it.get("/ops/actions/pause")).status).toBe(405);
    expect((await it.act("explode", {})).status).toBe(404);
    const put = await it.get("/ops/jobs", "ann", { method: "PUT", body: "x" });
    expect([put.status, put.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    const back = await it.get("/ops/jobs/");
    expect([back.status, back.headers.get("location")]).toEqual([308, "/ops/jobs"]);
    expect((await it.get("/ops/runs?job=a%20b")).status).toBe(400);
  });

  it("say in words that the store does not answer, and tell the log why", async () => {
    const told: Array<unknown> = [];
    const it = await shown("closed", [], { onError: (error) => told.push(error) });
    await it.client.close();
    const answer = await it.get("/ops/");
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain("The store does not answer");
    const live = await it.get("/ops/live.json?at=/");
    expect([live.status, await live.json()]).toEqual([503, {
      now: expect.any(Number),
      error: "the store does not answer",
    }]);
    expect(told).toMatchObject([{ _tag: "DriverError" }, { _tag: "DriverError" }]);
  });
});

describe("what is live", () => {
  it("is told by a mark: nothing comes again that has not changed", async () => {
    await using it = await shown("live", ["one"]);
    const at = encodeURIComponent("/job?name=good");
    const first = await (await it.get(`/ops/live.json?at=${at}&mark=`)).json();
    expect(first).toEqual({ now: expect.any(Number), mark: expect.any(String), main: expect.stringContaining("good") });
    const page = await it.text("/ops/job?name=good");
    expect(page).toContain(`data-mark="${first.mark}"`);
    expect(page).toContain(first.main);
    expect((await it.act("pause", { job: "good" })).status).toBe(200);
    const next = await (await it.get(`/ops/live.json?at=${at}&mark=${first.mark}`)).json();
    expect(next.main).toMatch(/data-act="resume"[^]*It is paused by ann\./);
    const after = await (await it.get(`/ops/live.json?at=${at}&mark=${next.mark}`)).json();
    expect(after).toEqual({ now: expect.any(Number), mark: next.mark });
    expect((await it.get("/ops/live.json?at=//evil/x")).status).toBe(200);
  });
});

describe("actions", () => {
  it("do what they say, and who did it is kept where the fleet keeps it", async () => {
    const done: Array<object> = [];
    await using it = await shown("acts", ["one"], { onAction: (action) => done.push(action) });
    const said = async (action: string, body: object) => (await (await it.act(action, body)).json()).said;
    expect(await said("pause", { job: "good", reason: "the bank is closed" })).toBe("good is paused.");
    expect(await said("resume", { job: "good", missed: "catch-up" })).toBe("good goes on.");
    expect(await said("trigger", { job: "slow/one", key: "k" })).toBe("slow/one is to run now.");
    const runs = async () => (await it.client.runs({ job: "slow/one" })).map(({ state }) => state).join();
    await waitFor(async () => await runs() === "running", 10_000, "the run");
    expect(await said("trigger", { job: "slow/one" })).toBe("slow/one is to run now.");
    expect(await said("cancel-queued", { job: "slow/one" })).toBe("1 fire of slow/one given up.");
    expect(await said("cancel", { job: "slow/one" })).toBe("1 run of slow/one is cancelled.");
    await waitFor(async () => await runs() === "", 10_000, "its end");
    expect(await said("pause-all", { reason: "release" })).toBe("4 jobs paused with all.");
    expect(await said("resume-all", {})).toBe("4 jobs let go on.");
    expect(await said("drain", { node: "one" })).toBe("one was asked to leave.");
    expect(done.slice(0, 2)).toEqual([
      { action: "pause", by: "ann", job: "good", node: undefined, schedule: undefined },
      { action: "resume", by: "ann", job: "good", node: undefined, schedule: undefined },
    ]);
    expect(done.at(-1)).toEqual({ action: "drain", by: "ann", job: undefined, node: "one", schedule: undefined });
    const { lines } = await it.client.history({ outcome: "action" });
    expect(lines.map((line) => line._tag === "Action" && [line.action, line.by, line.job, line.node]).reverse())
      .toEqual([
        ["pause", "ann", "good", undefined],
        ["resume", "ann", "good", undefined],
        ["trigger", "ann", "slow/one", undefined],
        ["trigger", "ann", "slow/one", undefined],
        ["cancel-queued", "ann", "slow/one", undefined],
        ["cancel", "ann", "slow/one", undefined],
        ["pause-all", "ann", undefined, undefined],
        ["resume-all", "ann", undefined, undefined],
        ["drain", "ann", undefined, "one"],
      ]);
    const cells = /<td><span class="chip c-action">pause<\/span><\/td>[^]*?<td class="dim">by ann<\/td>/;
    expect(await it.text("/ops/job?name=good")).toMatch(cells);
    const told = await it.text("/ops/runs?outcome=action");
    expect(told).toMatch(cells);
    expect(told).toMatch(
      />one<\/span><\/td><td><span class="chip c-action">drain<[^]*>all<\/span><\/td><td><span class="chip c-action">pause all</,
    );
    expect(told).not.toContain("c-succeeded");
  });

  it("are refused in words", async () => {
    await using it = await shown("refused", ["one"]);
    const refused = async (action: string, body: unknown) => {
      const answer = await it.act(action, body);
      return [answer.status, (await answer.json()).error];
    };
    expect(await refused("pause", { job: "goood" })).toEqual([404, expect.stringContaining("no job goood")]);
    expect(await refused("pause", { job: "a b" })).toEqual([400, expect.stringContaining("job")]);
    expect(await refused("pause", { job: "good", reason: 5 })).toEqual([400, expect.stringContaining("reason")]);
    expect(await refused("pause", {})).toEqual([400, expect.stringContaining("job")]);
    expect(await refused("resume", { job: "good", missed: "all" })).toEqual([400, expect.stringContaining("missed")]);
    expect(await refused("drain", { node: "two" })).toEqual([404, expect.stringContaining("two")]);
    expect(await refused("pause", "no json")).toEqual([400, expect.stringContaining("cannot be read")]);
    expect(await refused("pause", "[]")).toEqual([400, expect.stringContaining("cannot be read")]);
    expect((await refused("trigger", { job: "good", payload: "x".repeat(70_000) }))[0]).toBe(400);
  });

  it("are none of another site's", async () => {
    await using it = await shown("forged", ["one"]);
    const status = async (headers: Record<string, string>) =>
      (await it.act("pause", { job: "good" }, "ann", headers)).status;
    expect(await status({ "x-ringcron": "" })).toBe(403);
    expect(await status({ "sec-fetch-site": "cross-site" })).toBe(403);
    expect(await status({ "sec-fetch-site": "same-site" })).toBe(403);
    expect(await status({ "content-type": "text/plain" })).toBe(403);
    expect(await status({ "content-type": "application/x-www-form-urlencoded" })).toBe(403);
    expect(await status({ "sec-fetch-site": "same-origin" })).toBe(200);
    const preflight = await it.get("/ops/actions/pause", "ann", { method: "OPTIONS" });
    expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([405, null]);
  });
});

describe("hostile texts", () => {
  it("are text, wherever they come from", async () => {
    await using it = await shown("hostile", ["one"], { authorize: () => ({ role: "operator", name: hostile }) });
    await it.act("pause", { job: "good", reason: hostile });
    await it.client.trigger("again");
    const waits = async () => (await it.client.runs())[0]?.state === "waiting";
    await waitFor(waits, 10_000, "an attempt to wait");
    await it.client.trigger("bad");
    const failed = async () => (await it.client.history({ job: "bad" })).lines.length > 0;
    await waitFor(failed, 10_000, "a line of the run that failed");
    await it.client.schedules.put({ id: hostile, handler: "report", schedule: "@yearly" }, { by: hostile });
    await it.act("schedule-pause", { id: hostile });
    const asked = encodeURIComponent(hostile);
    const paths = [
      ...pages,
      "/ops/job?name=good",
      "/ops/job?name=again",
      "/ops/runs?outcome=action",
      `/ops/schedule?id=${asked}`,
      ...["timeline?q", "jobs?q", "jobs?after", "jobs?state", "job?name", "runs?job", "runs?outcome", "runs?cursor"]
        .map((it) => `/ops/${it}=${asked}`),
    ];
    const texts = await Promise.all(paths.map((path) => it.text(path)));
    for (const text of texts) expect(text).not.toContain("<img");
    // They have not just been left out.
    const by = "by &lt;img src=x onerror=";
    for (const path of ["/ops/runs", "/ops/runs?outcome=action", "/ops/job?name=good"]) {
      expect(texts[paths.indexOf(path)], path).toContain(`<td class="dim">${by}`);
    }
    expect(texts[paths.indexOf(`/ops/schedule?id=${asked}`)]).toMatch(/>put<[^]*<td>&lt;img src=x onerror=/);
    for (const path of ["/ops/runs", "/ops/job?name=again", `/ops/jobs?q=${asked}`, `/ops/job?name=${asked}`]) {
      expect(texts[paths.indexOf(path)], path).toContain("&lt;img src=x onerror=");
    }
    const error = (await (await it.act("pause", { job: hostile })).json()).error;
    expect(error).toContain("<img");
  });
});

describe("10,000 jobs", () => {
  it("come a page at a time, at once", async () => {
    const count = 10_000;
    const numbers = Array.from({ length: count }, (_, at) => `job-${`${at}`.padStart(5, "0")}`);
    await using it = await shown(
      "many",
      ["one"],
      {},
      (cron) => Promise.all(numbers.map((name, at) => cron.add(name, `${at % 60} ${at % 24} * * *`, () => {}))),
    );
    const took: Array<string> = [];
    for (const path of ["/ops/", "/ops/", "/ops/jobs", "/ops/timeline", "/ops/job?name=job-05000", "/ops/runs"]) {
      const before = performance.now();
      const text = await it.text(path);
      took.push(`${path} ${Math.round(performance.now() - before)} ms, ${Math.round(text.length / 1_000)} kB`);
      expect(text.length).toBeLessThan(300_000);
    }
    for (const path of ["/", "/jobs", "/timeline", "/runs"]) {
      const store = slow(it.client);
      const handle = dashboard({ client: store.client, authorize });
      const get = (asked: string) => handle(new Request(`http://localhost${asked}`, { headers: { "x-who": "ann" } }));
      const before = performance.now();
      // Its fleet is not there yet, and nobody waits for it.
      expect((await get(path)).status).toBe(202);
      const answered = performance.now();
      store.go();
      const page = await (await get(`/live.json?${new URLSearchParams({ at: path, mark: "" })}`)).json();
      const [first, then] = [answered - before, performance.now() - answered].map(Math.round);
      took.push(`${path} for the first time: answered in ${first} ms, there ${then} ms after the store`);
      expect([page.main.length > 1_000, store.looks()]).toEqual([true, 1]);
    }
    console.log(`pages of ${count} jobs, the first with looks at the store:\n${took.join("\n")}`);
    const names: Array<string> = [];
    let next: string | undefined = "/ops/jobs";
    for (let page = 0; next !== undefined && page < 3; page++) {
      const text: string = await it.text(next);
      names.push(...[...text.matchAll(/class="name"[^>]*>([^<]+)</g)].map((found) => found[1] as string));
      next = /rel="next" href="([^"]+)"/.exec(text)?.[1]?.replaceAll("&amp;", "&");
    }
    expect(names).toEqual(numbers.slice(0, 300));
    const last = await it.text("/ops/jobs?after=job-09998");
    expect([last.includes("job-09999"), last.includes('rel="next"')]).toEqual([true, false]);
    expect(await it.text("/ops/jobs?after=job-09999")).toContain("No more jobs");
    expect(await it.text("/ops/jobs?q=-09")).toContain("1,000 jobs");
  });
});
