import * as ConfigProvider from "effect/ConfigProvider";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import * as Redacted from "effect/Redacted";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as Etcd from "../../adapters/etcd.ts";
import type { DriverError } from "../../src/Driver.ts";
import type { PeekReply } from "../../src/core/words/Request.ts";
import { peek } from "../../src/shell/drivers.ts";
import { type EtcdCluster, startEtcd } from "../support/etcd.ts";
import { freePort } from "../support/ports.ts";
import { beat } from "./support/requests.ts";

const canary = "s3cr3t-CANARY-password";
const secretJob = "payload-CANARY-job";

let etcd: EtcdCluster;
/** One without users. */
let open: EtcdCluster;
const servers: Array<Server> = [];
const run = Effect.runPromise;

beforeAll(async () => {
  // A simple token ends when it was not used for this long.
  [etcd, open] = await Promise.all([startEtcd({ args: ["--auth-token-ttl=1"] }), startEtcd()]);
  const ask = (path: string, body: unknown) => etcd.request(`/v3/auth/${path}`, body);
  await ask("user/add", { name: "root", password: canary });
  await ask("role/add", { name: "root" });
  await ask("user/grant", { user: "root", role: "root" });
  await ask("user/add", { name: "svc", password: canary });
  await ask("role/add", { name: "fleet" });
  const perm = { permType: "READWRITE", key: btoa("ringcron/"), range_end: btoa("ringcron0") };
  await ask("role/grant", { name: "fleet", perm });
  await ask("user/grant", { user: "svc", role: "fleet" });
  await ask("enable", {});
});
afterAll(async () => {
  for (const server of servers) server.close().closeAllConnections();
  await Promise.all([etcd?.stop(), open?.stop()]);
});

const options = (rest: Partial<Etcd.EtcdOptions> = {}): Etcd.EtcdOptions => ({
  endpoints: etcd.urls,
  user: "svc",
  password: canary,
  timeoutMs: 2_000,
  ...rest,
});
const look = (rest: Partial<Etcd.EtcdOptions> = {}): Effect.Effect<PeekReply, DriverError> =>
  Effect.flatMap(
    Etcd.make(options(rest)),
    (driver) => driver.peek({ _tag: "Peek", service: "http", jobs: [secretJob], history: false }),
  );
const failing = async (effect: Effect.Effect<unknown, DriverError>): Promise<DriverError> => {
  const error = await run(Effect.flip(effect));
  const texts = [error.message, String(error), inspect(error, { depth: 9 }), JSON.stringify(error), error.stack ?? ""];
  for (const text of texts) expect(text).not.toContain("CANARY");
  return error;
};

/** A server of any kind where etcd is expected. */
const served = async (listener: RequestListener): Promise<string> => {
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => listener(request, response));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
const plain = { user: undefined, password: undefined };

describe("options that cannot work", () => {
  it.each<[string, Partial<Etcd.EtcdOptions>]>([
    ["endpoints", { endpoints: [] }],
    ["endpoints", { endpoints: "" }],
    ["endpoints", { endpoints: "etcd-1:2379" }],
    ["endpoints", { endpoints: ["http://127.0.0.1:1", "ftp://localhost"] }],
    ["endpoints", { endpoints: "http://example.com" }],
    ["endpoints", { endpoints: `https://user:${canary}@example.com` }],
    ["endpoints", { endpoints: `https://example.com/?password=${canary}` }],
    ["endpoints", { endpoints: undefined as never }],
    ["user, password", { password: undefined }],
    ["user, password", { user: undefined }],
    ["user", { user: "" }],
    ["password", { password: Redacted.make("") }],
    ["prefix", { prefix: "" }],
    ["prefix", { prefix: "a b" }],
    ["timeoutMs", { timeoutMs: 0 }],
    ["timeoutMs", { timeoutMs: Number.NaN }],
    ["maxClockSkewMs", { maxClockSkewMs: 1 }],
    ["maxClockSkewMs", { maxClockSkewMs: Infinity }],
  ])("%s: a typed failure before anything is sent (%#)", async (field, rest) => {
    let sent = 0;
    const spy: typeof globalThis.fetch = () => Promise.reject(new Error(`sent ${++sent}`));
    const error = await failing(Effect.scoped(Layer.build(Etcd.layer(options({ fetch: spy, ...rest })))));
    expect(error.reason).toBe("Misconfigured");
    expect(error.detail).toMatch(new RegExp(`^${field}: `));
    expect(sent).toBe(0);
  });

  it("are not http to this machine, nor http elsewhere when that is permitted", () => {
    for (const endpoints of ["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1", "https://x.io"]) {
      expect(Etcd.problem({ endpoints }), endpoints).toBe(undefined);
    }
    expect(Etcd.problem({ endpoints: "http://10.0.0.1", allowInsecure: true })).toBe(undefined);
  });

  it("come from the environment too", async () => {
    const build = (env: Record<string, string>) =>
      Effect.scoped(
        Effect.provide(Layer.build(Etcd.layerConfig), ConfigProvider.layer(ConfigProvider.fromUnknown(env))),
      );
    expect((await failing(build({ ETCD_PASSWORD: canary }))).detail).toContain("ETCD_ENDPOINTS");
    const half = await failing(build({ ETCD_ENDPOINTS: "https://x.io", ETCD_PASSWORD: canary }));
    expect(half.detail).toContain("both or neither");
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    const right = build({
      ETCD_ENDPOINTS: `${nowhere}, ${etcd.urls.join()}`,
      ETCD_USER: "svc",
      ETCD_PASSWORD: canary,
    });
    const reply = await run(Effect.provide(
      peek({ _tag: "Peek", service: "env", jobs: ["x"], history: false }),
      Layer.effectContext(right),
    ));
    expect(reply.jobs).toEqual([]);
  });
});

describe("authentication", () => {
  it("is asked for once, and again when the token has run out", async () => {
    const sent: Array<string> = [];
    const spy: typeof globalThis.fetch = (input, init) => {
      sent.push(String(input).replace(/^.*\/v3\//, ""));
      return fetch(input, init);
    };
    const driver = await run(Etcd.make(options({ fetch: spy, password: Redacted.make(canary) })));
    const ask = driver.peek({ _tag: "Peek", service: "http", jobs: ["job"], history: false });
    await run(Effect.all([ask, ask, ask], { concurrency: 3 }));
    expect(sent.filter((it) => it === "auth/authenticate").length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    sent.length = 0;
    await run(Effect.all([ask, ask, ask], { concurrency: 3 }));
    expect(sent.filter((it) => it === "auth/authenticate").length).toBe(1);
    expect(sent.filter((it) => it === "kv/txn").length).toBe(6);
  });

  it("with a wrong password, an unknown user, no user, or no permission is refused", async () => {
    for (const rest of [{ password: `${canary}-wrong` }, { user: "nobody" }, plain, { prefix: "other/" }]) {
      expect((await failing(look(rest))).reason).toBe("Unauthorized");
    }
  });

  it("lets a fleet listen for hints within its prefix, and nowhere else, also after the token has run out", async () => {
    const listening = async (rest: Partial<Etcd.EtcdOptions>) => {
      const driver = await run(Etcd.make(options(rest)));
      await run(Effect.exit(driver.peek({ _tag: "Peek", service: "hints", jobs: [], history: false })));
      return () =>
        run(Effect.flip(Effect.callback<never, DriverError | "open">((resume) => {
          const hearing = { opened: () => resume(Effect.fail("open" as const)), heard: () => {} };
          const fiber = Effect.runFork(
            Effect.catch(driver.hints?.("hints", hearing) ?? Effect.never, (error) =>
              Effect.sync(() => resume(Effect.fail(error)))),
          );
          return Effect.sync(() =>
            fiber.interruptUnsafe()
          );
        })));
    };
    const listen = await listening({});
    expect(await listen()).toBe("open");
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await listen()).toBe("open");
    const refused = await (await listening({ prefix: "other/" }))();
    expect(refused === "open" ? refused : refused.reason).toBe("Unauthorized");
  });

  it("where there is none to pass is a mistake of the options", async () => {
    const error = await failing(look({ endpoints: open.urls }));
    expect([error.reason, error.detail]).toEqual([
      "Misconfigured",
      "a user is given, but etcd has its authentication switched off",
    ]);
  });

  it("keeps everything of a fleet within its prefix", async () => {
    const driver = await run(Etcd.make(options()));
    await run(driver.beat(beat("inside", "n")));
    const { token } = await etcd.request("/v3/auth/authenticate", { name: "root", password: canary });
    const keys = await etcd.keys("ringcron/", String(token));
    expect(keys.length).toBeGreaterThan(0);
    expect(await etcd.request("/v3/kv/range", { key: "AA==", range_end: "AA==", count_only: true }, String(token)))
      .toMatchObject({ count: String(keys.length) });
  });
});

describe("answers that are none", () => {
  it("nobody there", async () => {
    const host = `127.0.0.1:${await freePort()}`;
    const error = await failing(look({ ...plain, endpoints: `http://${host}` }));
    expect([error.reason, error.detail]).toEqual(["Unavailable", `no complete answer from ${host} (ECONNREFUSED)`]);
  });

  it("a hang is aborted in time, and its connection closed", async () => {
    for (const starts of [false, true]) {
      let closed = false;
      const endpoints = await served((_, response) => {
        response.on("close", () => closed = true);
        if (starts) response.writeHead(200).write(`{"header":`);
      });
      const started = performance.now();
      const error = await failing(look({ ...plain, endpoints, timeoutMs: 150 }));
      expect(error.reason).toBe("Unavailable");
      expect(performance.now() - started).toBeLessThan(15_000);
      await expect.poll(() => closed).toBe(true);
    }
  });

  it("an interrupted request is aborted", async () => {
    let closed = false;
    const endpoints = await served((_, response) => response.on("close", () => closed = true) as never);
    await run(Effect.timeoutOption(Effect.ignore(look({ ...plain, endpoints, timeoutMs: 60_000 })), 100));
    await expect.poll(() => closed).toBe(true);
  });

  const header = `{"cluster_id":"1","member_id":"1","revision":"5"}`;
  it.each<[string, number, string, string]>([
    ["a page that is not there", 404, "Not Found", "Corrupt"],
    ["a redirect", 302, "", "Corrupt"],
    ["nothing", 204, "", "Corrupt"],
    ["truncated JSON", 200, `{"header":${header},"succ`, "Corrupt"],
    ["two bodies", 200, `{"header":${header}}{"header":${header}}`, "Corrupt"],
    ["a list", 200, `[{"header":${header}}]`, "Corrupt"],
    ["no header", 200, `{"succeeded":true}`, "Corrupt"],
    ["no revision", 200, `{"header":{},"succeeded":true,"responses":[{"response_range":{}}]}`, "Corrupt"],
    ["a revision that is none", 200, `{"header":{"revision":"x"},"responses":[]}`, "Corrupt"],
    ["an answer to another question", 200, `{"header":${header},"succeeded":true,"responses":[]}`, "Corrupt"],
    ["a hostile object", 200, `{"header":${header},"__proto__":{"polluted":1},"responses":[{}]}`, "Corrupt"],
    [
      "a key that is not base64",
      200,
      `{"header":${header},"succeeded":true,"responses":[{"response_range":{"kvs":[{"key":"%%"}]}}]}`,
      "Corrupt",
    ],
    [
      "no leader",
      503,
      `{"error":"etcdserver: no leader ${canary}","message":"etcdserver: no leader","code":14}`,
      "Unavailable",
    ],
    [
      "3.6 without a leader",
      503,
      `{"code":14,"message":"etcdserver: no leader ${canary}","details":[]}`,
      "Unavailable",
    ],
    ["a full disk", 429, `{"message":"etcdserver: mvcc: database space exceeded","code":8}`, "Unavailable"],
    ["too many requests", 429, `{"message":"etcdserver: too many requests","code":8}`, "RateLimited"],
    ["a proxy's limit", 429, `slow down ${canary}`, "RateLimited"],
    ["a proxy without a server", 502, `<h1>${canary}</h1>`, "Unavailable"],
    ["a forbidden address", 403, `${canary}`, "Unauthorized"],
    [
      "limits below the defaults",
      400,
      `{"message":"etcdserver: too many operations in txn request","code":3}`,
      "Misconfigured",
    ],
    ["an error nobody knows", 400, `{"message":"${canary} ${secretJob}","code":3}`, "Corrupt"],
  ])("%s", async (_, status, body, reason) => {
    const endpoints = await served((__, response) => {
      response.writeHead(status, { location: "http://127.0.0.1:1/" }).end(body);
    });
    expect((await failing(look({ ...plain, endpoints }))).reason).toBe(reason);
    expect(({} as { polluted?: unknown }).polluted).toBe(undefined);
  });
});

describe("a clock that is off", () => {
  /** etcd's clock as it would look to a node whose own is off by this much. */
  const shifted = (byMs: () => number): typeof globalThis.fetch => async (input, init) => {
    const response = await fetch(input, init);
    // The second of a clock that differs: known to the millisecond here, told as coarsely as etcd tells it.
    const headers = new Headers(response.headers);
    headers.set("date", new Date(Date.now() - byMs()).toUTCString());
    return new Response(await response.text(), { status: response.status, headers });
  };

  it.each([[4_000, "ahead of"], [-4_000, "behind"], [2_000, "ahead of"], [-2_000, "behind"]])(
    "by %i ms is refused and told by how much",
    async (offMs, word) => {
      const driver = await run(Etcd.make(options({ ...plain, endpoints: open.urls, fetch: shifted(() => offMs) })));
      const error = await failing(driver.beat(beat("skewed", "n")));
      expect(error.reason).toBe("Misconfigured");
      const [, least, most, direction] = /clock is (\d+) to (\d+) ms (ahead of|behind)/.exec(error.detail) ?? [];
      expect(direction).toBe(word);
      expect(Number(least)).toBeLessThanOrEqual(Math.abs(offMs) + 30);
      expect(Number(most)).toBeGreaterThanOrEqual(Math.abs(offMs) - 30);
      expect(Number(most) - Number(least)).toBeLessThan(2_000);
      expect(await open.keys("ringcron/1/skewed/")).toEqual([]);
    },
  );

  it("by less than is permitted may work, in the time of etcd", async () => {
    const driver = await run(
      Etcd.make(options({ ...plain, endpoints: open.urls, fetch: shifted(() => 2_000), maxClockSkewMs: 5_000 })),
    );
    for (let n = 0; n < 20; n++) {
      await run(driver.peek({ _tag: "Peek", service: "skewed", jobs: [], history: false }));
      await new Promise((resolve) => setTimeout(resolve, 55));
    }
    const { storeTime } = await run(driver.peek({ _tag: "Peek", service: "skewed", jobs: [], history: false }));
    const error = storeTime - (Date.now() - 2_000);
    expect(Math.abs(error)).toBeLessThan(1_000);
  });

  it("later, after it was right, is refused from then on, and not when it is right again", async () => {
    let offMs = 0;
    const driver = await run(Etcd.make(options({ ...plain, endpoints: open.urls, fetch: shifted(() => offMs) })));
    const { version } = await run(driver.beat(beat("stepped", "n")));
    offMs = 30_000;
    const again = () => run(driver.beat(beat("stepped", "n", { knownVersion: version })));
    await again().catch(() => {});
    await expect(again()).rejects.toThrow("ahead of");
    // Whoever leaves may do so at any time.
    expect((await run(driver.beat(beat("stepped", "other", { state: "gone" })))).members?.length).toBe(1);
    offMs = 0;
    await again().catch(() => {});
    expect((await again()).joined).toBe(false);
  });
});
