/**
 * The ways into a tick, what they refuse, and what they do not believe.
 */
import { fetchHandler, InvalidInput, scheduled, type TickerOptions } from "ringcron/edge";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { endAll, from, minute, scene } from "./support/ticking.ts";

afterAll(endAll);
afterEach(() => void vi.useRealTimers());

const noop = () => {};

describe("an entry point", () => {
  const request = (method: string, secret?: string) =>
    new Request("https://example.com/tick", {
      method,
      headers: secret === undefined ? {} : { authorization: `Bearer ${secret}` },
    });
  const secret = "a-secret-of-some-length";

  it("over HTTP ticks for who has the secret, and tells nobody else a word", async () => {
    const { ticker } = scene();
    const made = await ticker();
    await made.add("job", "* * * * *", noop);
    const handle = fetchHandler(made, { secret, maxMs: 1_000 });
    for (const wrong of [request("POST"), request("POST", `${secret}x`), request("GET", "x"), request("PUT", "")]) {
      const response = await handle(wrong);
      expect([response.status, await response.text()]).toEqual([401, ""]);
    }
    const refused = await handle(request("GET", secret));
    expect([refused.status, refused.headers.get("allow")]).toEqual([405, "POST"]);
    const done = await handle(request("POST", secret));
    expect([done.status, await done.json()]).toEqual([200, expect.objectContaining({ started: 0, failures: [] })]);
    expect((await fetchHandler(made, { secret, allowGet: true })(request("GET", secret))).status).toBe(200);
  });

  it("over HTTP answers 503 where the store cannot be used, without a secret", async () => {
    const { cutOff, ticker } = scene();
    const made = await ticker();
    await made.add("job", "* * * * *", noop);
    cutOff("ends");
    const response = await fetchHandler(made, { secret })(request("POST", secret));
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain(secret);
  });

  it("over HTTP does not read what it is sent, however much that is", async () => {
    const made = await scene().ticker();
    await made.add("job", "* * * * *", noop);
    let pulled = 0;
    const body = () =>
      new ReadableStream({
        pull: (controller) => {
          pulled += 1;
          controller.enqueue(new Uint8Array(1_000_000));
          if (pulled === 10) controller.close();
        },
      }, { highWaterMark: 0 });
    const sent = (given: string) =>
      new Request("https://example.com/tick", {
        method: "POST",
        headers: { authorization: `Bearer ${given}` },
        body: body(),
        duplex: "half",
      } as RequestInit);
    const handle = fetchHandler(made, { secret });
    expect((await handle(sent("of somebody else"))).status).toBe(401);
    expect((await handle(sent(secret))).status).toBe(200);
    expect(pulled).toBe(0);
  });

  it.each([[undefined], [""], ["short"], [7]])("over HTTP refuses the secret %s", async (wrong) => {
    const made = await scene().ticker();
    expect(() => fetchHandler(made, { secret: wrong as string })).toThrow(InvalidInput);
  });

  it("of a Worker makes its ticker once, and again after that failed", async () => {
    const { ticker } = scene();
    let made = 0;
    const handler = scheduled(async () => {
      made += 1;
      if (made === 1) throw new Error("no binding");
      return await ticker();
    });
    const kept: Array<Promise<unknown>> = [];
    const ctx = { waitUntil: (promise: Promise<unknown>) => void kept.push(promise.catch(() => {})) };
    await expect(handler({}, {}, ctx)).rejects.toThrow("no binding");
    await handler({}, {}, ctx);
    await handler({}, {}, ctx);
    expect([made, kept.length]).toEqual([2, 3]);
  });
});

describe("a clock that is wrong", () => {
  it.each([[-60], [60]])("by %i minutes in the invocation decides nothing", async (minutes) => {
    const { pass, ticker, time } = scene();
    const runs: Array<string> = [];
    const { add, tick } = await ticker();
    await add("job", "* * * * *", (run) => void runs.push(`${run.kind} ${run.id}`));
    for (let n = 0; n < 3; n++) {
      vi.useFakeTimers({ toFake: ["Date"], now: time.now + minutes * minute });
      const { nextDueAt } = await tick();
      expect(nextDueAt).toBe(time.now + minute);
      pass(minute);
    }
    expect(runs).toEqual([1, 2].map((n) => `due edge/job/${new Date(from + n * minute).toISOString()}`));
  });
});

describe("wrong options", () => {
  it.each([
    [{ graceMs: 100 }, "graceMs"],
    [{ eager: "yes" }, "eager"],
    [{ maxMs: 0 }, "maxMs"],
    [{ marginMs: -1 }, "marginMs"],
    [{ intervalMs: NaN }, "intervalMs"],
    [{ concurrency: 1e9 }, "concurrency"],
    [{ deployment: 0.5 }, "deployment"],
    [{ service: "a/b" }, "service"],
    [{ strange: 1 }, "strange"],
  ])("%j of a ticker are refused by name", async (options, field) => {
    await expect(scene().ticker(options as Partial<TickerOptions>)).rejects.toMatchObject({
      _tag: "InvalidInput",
      field,
    });
  });

  it.each([
    [{ maxMs: 0 }, "maxMs"],
    [{ maxMs: -5 }, "maxMs"],
    [{ maxMs: NaN }, "maxMs"],
    [{ maxMs: 86_400_001 }, "maxMs"],
    [{ waitMs: 100, maxMs: 100 }, "waitMs"],
    [{ waitMs: 5_000 }, "waitMs"],
    [{ max: 1 }, "max"],
  ])("%j of a tick are refused by name, and nothing is sent", async (options, field) => {
    const { asked, ticker } = scene();
    const { tick } = await ticker();
    await expect(tick(options as object)).rejects.toMatchObject({ _tag: "InvalidInput", field });
    expect(asked).toEqual([]);
  });
});
