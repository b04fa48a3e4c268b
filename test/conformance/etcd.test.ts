import * as Effect from "effect/Effect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as Etcd from "../../adapters/etcd.ts";
import type { Driver } from "../../src/Driver.ts";
import type { ClaimItem, ClaimReply } from "../../src/core/words/Request.ts";
import { type EtcdCluster, startEtcd } from "../support/etcd.ts";
import { beat, claim, complete, foreignRecords, item } from "./support/requests.ts";

let etcd: EtcdCluster;
const run = Effect.runPromise;
const base = (service: string) => `ringcron/1/${service}/`;

beforeAll(async () => {
  etcd = await startEtcd();
});
afterAll(() => etcd?.stop());

/** A driver, and the paths of the requests it has sent. */
const counted = async (options: Partial<Etcd.EtcdOptions> = {}): Promise<{ driver: Driver; sent: Array<string> }> => {
  const sent: Array<string> = [];
  const spy: typeof globalThis.fetch = (input, init) => {
    sent.push(String(input).replace(/^.*\/v3\//, ""));
    return fetch(input, init);
  };
  const driver = await run(Etcd.make({ endpoints: etcd.urls, fetch: spy, ...options }));
  // The clock is looked at once, by the first operation that needs the time.
  await run(driver.beat(beat("warm-up", `n${Math.random()}`)));
  sent.length = 0;
  return { driver, sent };
};
const during = async (sent: Array<string>, action: () => Promise<unknown>): Promise<ReadonlyArray<string>> => {
  const before = sent.length;
  await action();
  return sent.slice(before).sort();
};

const marks = (reply: ClaimReply) => new Map(reply.results.map((it) => [it.job, it.watermark ?? 0]));
const due = (dueAt: number) => ({ dueAt, kind: "due" as const });
const next = (jobs: ReadonlyArray<string>, at: ReadonlyMap<string, number>, id: string): ReadonlyArray<ClaimItem> =>
  jobs.map((job) => {
    const from = at.get(job) ?? 0;
    return item(job, `${id}-${job}`, { from, to: from + 1, nextDueAt: from + 2, runs: [due(from + 1)] });
  });

describe("requests", () => {
  it("are 2 for a beat, 1 for a claim or completion of 100 jobs, 2 for 200", async () => {
    const service = "budget";
    const { driver, sent } = await counted();
    const other = await counted();
    const lines: Array<string> = [];
    const shows = async (what: string, expected: ReadonlyArray<string>, action: () => Promise<unknown>) => {
      const paths = await during(sent, action);
      lines.push(`${what}: ${paths.length} (${paths.join(" ")})`);
      expect(paths, what).toEqual(expected);
    };
    const declared = new Map([["job", "definition"]]);
    const [txn, grant, keepalive] = ["kv/txn", "lease/grant", "lease/keepalive"];
    await shows("first beat of a service", [txn, grant], () => run(driver.beat(beat(service, "n", { declared }))));
    const { version } = await run(driver.beat(beat(service, "n")));
    await shows("a beat", [txn, keepalive], () => run(driver.beat(beat(service, "n", { knownVersion: version }))));
    await shows(
      "a beat after another interval",
      [txn, grant],
      () => run(driver.beat(beat(service, "n", { knownVersion: version, gapMs: 90_000 }))),
    );
    await run(other.driver.beat(beat(service, "other", { digest: "else", declared })));
    await shows(
      "a beat after somebody joined: also his jobs",
      [txn, txn, keepalive],
      () => run(driver.beat(beat(service, "n", { knownVersion: version, gapMs: 90_000 }))),
    );

    const jobs = Array.from({ length: 200 }, (_, index) => `job-${index}`);
    const [some] = [jobs.slice(0, 100)];
    let reply: ClaimReply | undefined;
    await shows("100 new jobs", [txn], async () => {
      reply = await run(driver.claim(claim(service, "n", some.map((job) => item(job, `n.new-${job}`)))));
    });
    expect(reply?.results.every((it) => it.status === "new")).toBe(true);
    const all = await run(driver.claim(claim(service, "n", jobs.map((job) => item(job, `n.at-${job}`)))));
    await shows("a claim of 100 jobs", [txn], async () => {
      reply = await run(driver.claim(claim(service, "n", next(some, marks(all), "n.1"))));
    });
    expect(reply?.results.every((it) => it.status === "ok" && it.runs.length === 1)).toBe(true);
    const runs = reply?.results.flatMap((it) => it.runs) ?? [];
    await shows("a completion of 100 jobs", [txn], async () => {
      const { results } = await run(driver.complete(complete(service, runs)));
      expect(new Set(results)).toEqual(new Set(["ok"]));
    });
    await shows("a claim of 200 jobs", [txn, txn], async () => {
      reply = await run(
        driver.claim(claim(service, "n", next(jobs, new Map([...marks(all), ...marks(reply as ClaimReply)]), "n.2"))),
      );
    });
    expect(reply?.results.every((it) => it.status === "ok")).toBe(true);
    const mine = marks(reply as ClaimReply);

    const theirs = await during(
      other.sent,
      () => run(other.driver.claim(claim(service, "other", [item("job-0", "o.1")]))),
    );
    // The record first, then whether the node that has a run of it is a member: it is taken for one that may have left.
    lines.push(`the first look at a job that another node runs: ${theirs.length}`);
    expect(theirs).toEqual([txn, txn]);
    await run(other.driver.claim(claim(service, "other", next(["job-0"], mine, "o.2"))));
    await shows("a claim that somebody else won", [txn], async () => {
      reply = await run(driver.claim(claim(service, "n", next(["job-0"], mine, "n.3"))));
      expect(reply.results[0]?.status).toBe("moved");
    });
    for (const history of [false, true]) {
      await shows(
        `a look at 100 jobs${history ? " and the history" : ""}`,
        history ? [txn, txn] : [txn],
        () => run(driver.peek({ _tag: "Peek", service, jobs: some, history })),
      );
    }
    await shows(
      "a pause",
      [txn, txn],
      () => run(driver.control({ _tag: "Control", service, command: { _tag: "Pause", job: "job-0" } })),
    );
    const trigger = { _tag: "Trigger", job: "job-0", key: "key" } as const;
    await shows("a trigger", [txn, txn], () => run(driver.control({ _tag: "Control", service, command: trigger })));
    await shows("the same again", [txn], () => run(driver.control({ _tag: "Control", service, command: trigger })));
    await shows(
      "the end of a service",
      [txn],
      () => run(driver.control({ _tag: "Control", service, command: { _tag: "Destroy" } })),
    );
    expect(await etcd.keys(base(service))).toEqual([]);
    console.log(`requests to etcd\n${lines.join("\n")}`);
  });
});

describe("a batch", () => {
  it("of jobs of which others moved one claims the rest at once, and that one is told where it is", async () => {
    const service = "independent";
    const [a, b] = [await counted(), await counted()];
    await run(Effect.all([a.driver.beat(beat(service, "a")), b.driver.beat(beat(service, "b"))]));
    const jobs = ["one", "two", "three"];
    const start = marks(await run(a.driver.claim(claim(service, "a", jobs.map((job) => item(job, `a.${job}`))))));
    await run(b.driver.claim(claim(service, "b", jobs.map((job) => item(job, `b.${job}`)))));
    await run(b.driver.claim(claim(service, "b", next(["two"], start, "b.1"))));
    const reply = await run(a.driver.claim(claim(service, "a", next(jobs, start, "a.1"))));
    expect(reply.results.map((it) => it.status)).toEqual(["ok", "moved", "ok"]);
    expect(reply.results[1]?.watermark).toBe((start.get("two") ?? 0) + 1);
  });
});

describe("a copy that arrives late", () => {
  /** A driver whose next transaction is held back; `deliver` sends it. */
  const holding = async () => {
    let held: { readonly url: string; readonly body: string } | undefined;
    let isHolding = false;
    const spy: typeof globalThis.fetch = (input, init) => {
      if (!isHolding || !String(input).endsWith("/kv/txn")) return fetch(input, init);
      isHolding = false;
      held = { url: String(input), body: String(init?.body) };
      return Promise.reject(new Error("lost on the way"));
    };
    const { driver } = await counted({ fetch: spy });
    return {
      driver,
      lose: async (action: Effect.Effect<unknown, unknown>) => {
        isHolding = true;
        await expect(run(action)).rejects.toThrow("Unavailable");
      },
      deliver: async () => {
        const { body, url } = held as { url: string; body: string };
        expect((await fetch(url, { method: "POST", body })).status).toBe(200);
      },
    };
  };

  it("of a claim commits nothing once its node has beaten since, though nobody touched the job", async () => {
    const service = "late-claim";
    const { deliver, driver, lose } = await holding();
    await run(driver.beat(beat(service, "n")));
    const at = marks(await run(driver.claim(claim(service, "n", [item("job", "n.1")]))));
    await lose(driver.claim(claim(service, "n", next(["job"], at, "n.2"))));
    await run(driver.beat(beat(service, "n")));
    await deliver();
    const seen = await run(driver.peek({ _tag: "Peek", service, jobs: ["job"], history: false }));
    expect(seen.jobs[0]).toMatchObject({ watermark: at.get("job"), active: [] });
  });

  it("of a claim that was asked again commits nothing", async () => {
    const service = "late-again";
    const { deliver, driver, lose } = await holding();
    await run(driver.beat(beat(service, "n")));
    const at = marks(await run(driver.claim(claim(service, "n", [item("job", "n.1")]))));
    const again = driver.claim(claim(service, "n", next(["job"], at, "n.2")));
    await lose(again);
    const { results } = await run(again);
    expect(results[0]).toMatchObject({ status: "ok", runs: [{ attempt: 1 }] });
    await deliver();
    expect((await run(again)).results).toEqual(results);
  });

  it("of a beat changes nothing after a later one", async () => {
    const service = "late-beat";
    const { deliver, driver, lose } = await holding();
    await run(driver.beat(beat(service, "n")));
    await lose(driver.beat(beat(service, "n", { gapMs: 70_000, name: "old" })));
    const { version } = await run(driver.beat(beat(service, "n", { gapMs: 90_000 })));
    const before = await etcd.keys(base(service));
    await deliver();
    expect(await etcd.keys(base(service))).toEqual(before);
    expect((await run(driver.beat(beat(service, "n", { gapMs: 90_000, knownVersion: version })))).version).toBe(
      version,
    );
  });
});

describe("a lease", () => {
  it("that ends while a beat is under way is replaced before the beat is answered", async () => {
    const service = "crossed";
    let isOver = false;
    const spy: typeof globalThis.fetch = (input, init) => {
      if (!isOver || !String(input).endsWith("/lease/keepalive")) return fetch(input, init);
      isOver = false;
      return Promise.resolve(new Response(`{"result":{"header":{"revision":"1"},"ID":"1"}}`));
    };
    const { driver } = await counted({ fetch: spy });
    await run(driver.beat(beat(service, "n")));
    const leases = async () => ((await etcd.request("/v3/lease/leases", {}))["leases"] as Array<unknown>).length;
    const before = await leases();
    isOver = true;
    await run(driver.beat(beat(service, "n")));
    expect(await leases()).toBe(before + 1);
  });
});

describe("the history", () => {
  it("is cut now and then, and the last 200 entries stay", async () => {
    const service = "long";
    const { driver } = await counted();
    await run(driver.beat(beat(service, "n")));
    const jobs = Array.from({ length: 100 }, (_, index) => `job-${index}`);
    let at = marks(await run(driver.claim(claim(service, "n", jobs.map((job) => item(job, `n.${job}`))))));
    let last: ReadonlyArray<number> = [];
    for (let round = 0; round < 14; round++) {
      const reply = await run(driver.claim(claim(service, "n", next(jobs, at, `n.${round}`))));
      at = marks(reply);
      const runs = reply.results.flatMap((it) => it.runs);
      await run(driver.complete(complete(service, runs)));
      last = [...last, ...runs.map((it) => it.fence)].slice(-200);
    }
    const kept = (await etcd.keys(`${base(service)}history/`)).length;
    expect(kept).toBeGreaterThanOrEqual(1_000);
    expect(kept).toBeLessThan(1_000 + 256 + 100);
    const { history } = await run(driver.peek({ _tag: "Peek", service, jobs: [], history: true }));
    expect(history.slice(-200).map((it) => it._tag === "Run" ? it.fence : 0)).toEqual(last);
  });
});

describe("what is not ours", () => {
  it("as the record of one job: that job is corrupt and untouched, the others go on", async () => {
    const service = "foreign-record";
    const { driver } = await counted();
    const key = `${base(service)}row/j:bad`;
    for (const text of foreignRecords) {
      await etcd.put(key, text);
      const { results } = await run(driver.claim(claim(service, "n", [item("bad", "n.1"), item("good", "n.2")])));
      expect(results.map((it) => [it.status, it.watermark === undefined]), text).toEqual([
        ["corrupt", true],
        [results[1]?.status, false],
      ]);
      const runs = [{ job: "bad", dueAt: 1, attempt: 1, kind: "due" as const, fence: 1 }];
      expect((await run(driver.complete(complete(service, runs)))).results).toEqual(["unreadable"]);
      const seen = await run(driver.peek({ _tag: "Peek", service, jobs: ["bad", "good"], history: false }));
      expect(seen.jobs.map((it) => it.job)).toEqual(["good"]);
      expect((await etcd.keys(key)).map(([, value]) => value)).toEqual([text]);
    }
  });
});

describe("etcd's own restart", () => {
  it("keeps members through an outage longer than their leases, and everything that was acknowledged", async () => {
    await using own = await startEtcd();
    const { driver } = await counted({ endpoints: own.urls, timeoutMs: 10_000 });
    const service = "restart";
    await run(driver.beat(beat(service, "other", { gapMs: 0, leaseMs: 1_500 })));
    const before = await run(driver.beat(beat(service, "self")));
    const at = marks(await run(driver.claim(claim(service, "self", [item("job", "self.1")]))));
    const [held] = (await run(driver.claim(claim(service, "self", next(["job"], at, "self.2"))))).results;
    await own.members[0]?.kill();
    const error = await run(Effect.flip(driver.beat(beat(service, "self"))));
    expect(error.reason).toBe("Unavailable");
    await new Promise((resolve) => setTimeout(resolve, 1_600));
    await own.members[0]?.restart();
    const after = await expect.poll(
      () => run(driver.beat(beat(service, "self", { knownVersion: before.version }))).catch(() => undefined),
      { timeout: 30_000 },
    ).toBeTruthy().then(() => run(driver.beat(beat(service, "self"))));
    expect([after.joined, after.version]).toEqual([false, before.version]);
    expect(after.members?.map((it) => it.incarnation)).toEqual(["other", "self"]);
    const again = await run(driver.claim(claim(service, "self", next(["job"], at, "self.2"))));
    expect(again.results[0]).toEqual(held);
  });
});
