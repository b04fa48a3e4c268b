/**
 * The first visit of a fleet that takes long to read: what stands for a page, and how the page comes in its place.
 */
import { dashboard, type DashboardOptions } from "ringcron/dashboard";
import { describe, expect, it, vi } from "vitest";
import { underWay } from "../../adapters/dashboard/underWay.ts";
import { authorize, promised, shown, slow } from "./support/dashboard.ts";

/** A fleet, a dashboard over a slow client of it, and what that was told of. */
const visited = async (service: string, options: Partial<DashboardOptions> = {}) => {
  const fleet = await shown(service, ["one"]);
  const store = slow(fleet.client);
  const errors: Array<unknown> = [];
  const onError = (error: unknown) => void errors.push(error);
  const handle = dashboard({
    ...{ client: store.client, authorize, basePath: "/ops", refreshMs: 1_000, onError },
    ...options,
  });
  const get = (path: string) => handle(new Request(`http://localhost${path}`, { headers: { "x-who": "ann" } }));
  const act = async (action: string, body: object) => {
    const headers = { "x-who": "ann", "content-type": "application/json", "x-ringcron": "act" };
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    return (await handle(new Request(`http://localhost/ops/actions/${action}`, init))).status;
  };
  const live = async (at: string, mark = "") => {
    const answer = await get(`/ops/live.json?${new URLSearchParams({ at, mark })}`);
    return { status: answer.status, ...await answer.json() as { mark?: string; main?: string; error?: string } };
  };
  return { ...store, act, errors, get, live, [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose]() };
};

describe("a fleet that takes long to read", () => {
  it("the frame of the page comes first, and the page in its place, by one look for all", async () => {
    await using it = await visited("first");
    const answer = await it.get("/ops/jobs");
    const text = await answer.text();
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([202, "no-store"]);
    expect(text).toMatch(/^<!doctype html>\n<html lang="en">[^]*<\/html>\n$/);
    expect(text).toContain('aria-current="page">Jobs</a>');
    expect(text).toContain("<title>Jobs · ringcron</title>");
    expect(text).toMatch(
      /<main [^>]*data-mark=""><div class="row head"><h1>Jobs<\/h1>[^]*role="status"><p>The fleet is/,
    );
    expect(text).toContain("AGPL");
    const [jobs, fleet, again] = [it.live("/jobs"), it.live("/"), it.get("/ops/jobs")];
    expect((await again).status).toBe(202);
    it.go();
    expect((await jobs).main).toContain("slow/one</a>");
    expect((await fleet).main).toContain("1 node, 4 jobs.");
    const page = await it.get("/ops/jobs");
    const whole = await page.text();
    expect(page.status).toBe(200);
    expect(whole).toContain(`data-mark="${(await jobs).mark}"`);
    expect(whole).not.toMatch(/http-equiv|is being read/);
    expect(it.looks()).toBe(1);
  });

  it("without a script it leads to the page, which is waited for", async () => {
    await using it = await visited("refresh");
    for (const path of ["/ops", "/ops/timeline?q=a%26%22b", "/ops/runs"]) {
      const [, query = ""] = path.split("?");
      const url = `?${query}${query && "&amp;"}wait=1`;
      expect(await (await it.get(path)).text()).toContain(
        `<noscript><meta http-equiv="refresh" content="1;url=${url}"></noscript></head>`,
      );
    }
    const page = it.get("/ops/jobs?wait=1");
    const first = await Promise.race([page, it.get("/ops/jobs")]);
    expect(first.status).toBe(202);
    it.go();
    expect((await page).status).toBe(200);
    expect(await (await page).text()).toContain("slow/one</a>");
    expect(it.looks()).toBe(1);
  });

  it("an error shows as it does elsewhere, to whoever has waited, and nobody is told that it is being read", async () => {
    await using it = await visited("fails");
    expect((await it.get("/ops/")).status).toBe(202);
    const [live, had, page] = [it.live("/"), it.live("/", "a-mark"), it.get("/ops/?wait=1")];
    it.fail();
    expect(await live).toMatchObject({
      ...{ status: 503, error: "the store does not answer", mark: expect.stringMatching(/./) },
      main: expect.stringMatching(/The store does not answer(?![^]*hunter2)/),
    });
    expect(await had).toEqual({ status: 503, now: expect.any(Number), error: "the store does not answer" });
    expect((await page).status).toBe(503);
    expect(it.looks()).toBe(1);
    expect(it.errors).toHaveLength(4);
    const next = await it.get("/ops/");
    expect([next.status, it.looks()]).toEqual([503, 2]);
  });

  it("an error after the answer is nobody's, also if onError throws", async () => {
    const told = promised<void>();
    await using it = await visited("thrown", {
      onError: () => {
        told.resolve();
        throw new Error("the log is full");
      },
    });
    expect((await it.get("/ops/")).status).toBe(202);
    it.fail();
    await told.promise;
    // Rejections that nobody handles are told once what is under way is done; the run of this file fails then.
    await new Promise((over) => setTimeout(over, 0));
  });

  it("what somebody asks of the fleet meanwhile is seen by whoever comes after", async () => {
    await using it = await visited("asked");
    for (const [action, body] of [["pause", { job: "good" }], ["pause-all", {}]] as const) {
      const before = it.looks();
      expect((await it.get("/ops/jobs")).status).toBe(202);
      expect(await it.act(action, body)).toBe(200);
      const after = it.live("/jobs");
      await vi.waitFor(() => expect(it.looks()).toBe(before + 2), 10_000);
      it.go();
      expect((await after).main).toContain("paused");
      it.hold();
      await it.act("resume-all", {});
    }
  });

  it("what does not show the fleet is waited for, and so is a small fleet that was read before", async () => {
    const clock = vi.spyOn(Date, "now");
    await using it = await visited("waited");
    const list = it.get("/ops/schedules");
    expect((await it.get("/ops/")).status).toBe(202);
    it.go();
    expect((await list).status).toBe(200);
    expect((await it.get("/ops/?wait=1")).status).toBe(200);
    it.hold();
    clock.mockReturnValue(Date.now() + 1_000);
    const again = it.get("/ops/");
    const late = new Promise<string>((over) => setTimeout(over, 300, "late"));
    expect(await Promise.race([again, late])).toBe("late");
    vi.restoreAllMocks();
    it.go();
    expect((await again).status).toBe(200);
    expect(it.looks()).toBe(2);
  });
});

describe("a look that several want", () => {
  const looking = () => {
    const begun: Array<ReturnType<typeof promised<string>>> = [];
    const kept: Array<string> = [];
    const look = underWay(() => {
      const it = promised<string>();
      begun.push(it);
      return it.promise;
    }, (seen) => kept.push(seen));
    return { begun, kept, look };
  };

  it("is done once, and they have what was found; the next one looks anew", async () => {
    const { begun, kept, look } = looking();
    const all = [look.see(), look.see(), look.see()];
    expect(look.isUnderWay()).toBe(true);
    begun[0]?.resolve("seen");
    expect(await Promise.all(all)).toEqual(["seen", "seen", "seen"]);
    expect([begun.length, kept, look.isUnderWay()]).toEqual([1, ["seen"], false]);
    void look.see();
    expect(begun).toHaveLength(2);
    begun[1]?.resolve("again");
  });

  it("that ended with the request that began it is done by one of the others", async () => {
    const { begun, kept, look } = looking();
    // Of a request that is over no timer goes off any more.
    vi.spyOn(globalThis, "setInterval").mockReturnValueOnce(undefined as never);
    void look.see();
    const others = [look.see(), look.see()];
    await vi.waitFor(() => expect(begun).toHaveLength(2), 10_000);
    begun[1]?.resolve("seen");
    expect(await Promise.all(others)).toEqual(["seen", "seen"]);
    expect([begun.length, kept]).toEqual([2, ["seen"]]);
    vi.restoreAllMocks();
  });

  it("is not given up because it takes long, nor because the host was busy", async () => {
    const { begun, look } = looking();
    const all = [look.see(), look.see()];
    await new Promise((over) => setTimeout(over, 60));
    for (const until = performance.now() + 700; performance.now() < until;);
    await new Promise((over) => setTimeout(over, 700));
    begun[0]?.resolve("seen");
    expect(await Promise.all(all)).toEqual(["seen", "seen"]);
    expect(begun).toHaveLength(1);
  });

  it("is neither given nor kept once something was asked of the fleet", async () => {
    const { begun, kept, look } = looking();
    const [before] = [look.see()];
    look.forget();
    const after = look.see();
    begun[0]?.resolve("before");
    expect(await before).toBe("before");
    begun[1]?.resolve("after");
    expect(await after).toBe("after");
    expect(kept).toEqual(["after"]);
  });
});
