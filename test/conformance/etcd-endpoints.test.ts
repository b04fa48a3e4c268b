import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import * as Etcd from "../../adapters/etcd.ts";
import { type EtcdCluster, startEtcd } from "../support/etcd.ts";
import { freePort } from "../support/ports.ts";

let etcd: EtcdCluster;
const servers: Array<Server> = [];
const run = Effect.runPromise;

beforeAll(async () => {
  etcd = await startEtcd();
});
afterAll(async () => {
  for (const server of servers) server.close().closeAllConnections();
  await etcd?.stop();
});

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

it("pass over endpoints that are gone, hang or answer nonsense, and stay with the one that answers", async () => {
  const asked: Array<string> = [];
  const gone = `http://127.0.0.1:${await freePort()}`;
  const hung = await served(() => {});
  const garbage = await served((_, response) => response.end("<html>") as never);
  const spy: typeof globalThis.fetch = (input, init) => {
    asked.push(new URL(String(input)).origin);
    return fetch(input, init);
  };
  const endpoints = [gone, hung, garbage, ...etcd.urls];
  const driver = await run(Etcd.make({ endpoints, fetch: spy, timeoutMs: 2_000 }));
  const ask = driver.peek({ _tag: "Peek", service: "http", jobs: [], history: false });
  await run(ask);
  expect(new Set(asked)).toEqual(new Set(endpoints));
  asked.length = 0;
  await run(ask);
  expect(asked).toEqual(etcd.urls);
});

it("who listens for hints asks another one after one that does not answer", async () => {
  const gone = `http://127.0.0.1:${await freePort()}`;
  const driver = await run(Etcd.make({ endpoints: [gone, ...etcd.urls], timeoutMs: 2_000 }));
  let isOpen = false;
  const hearing = { opened: () => void (isOpen = true), heard: () => {} };
  const listening = driver.hints?.("http", hearing) ?? Effect.never;
  expect((await run(Effect.flip(listening))).reason).toBe("Unavailable");
  const fiber = Effect.runFork(listening);
  await expect.poll(() => isOpen, { timeout: 2_000 }).toBe(true);
  await run(Fiber.interrupt(fiber));
});

it("who is stopped while a token for hints is asked for leaves nothing open", async () => {
  const open: Array<AbortSignal | null | undefined> = [];
  const asked: Array<string> = [];
  let give = (): void => {};
  const spy: typeof globalThis.fetch = (input, init) => {
    const path = new URL(String(input)).pathname;
    asked.push(path);
    if (path !== "/v3/auth/authenticate") {
      open.push(init?.signal);
      return new Promise((_, reject) => init?.signal?.addEventListener("abort", () => reject(new Error())));
    }
    return new Promise((resolve) => give = () => resolve(new Response(`{"token":"t.1"}`)));
  };
  const driver = await run(
    Etcd.make({ endpoints: etcd.urls, user: "u", password: "p", fetch: spy, timeoutMs: 60_000 }),
  );
  const fiber = Effect.runFork(driver.hints?.("http", { opened: () => {}, heard: () => {} }) ?? Effect.never);
  await expect.poll(() => asked.length, { timeout: 2_000 }).toBe(1);
  fiber.interruptUnsafe();
  give();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(open.filter((it) => it?.aborted !== true)).toEqual([]);
});

it("endpoints of different clusters are refused", async () => {
  await using other = await startEtcd();
  let isBroken = false;
  const spy: typeof globalThis.fetch = (input, init) =>
    isBroken && etcd.urls.some((it) => String(input).startsWith(it)) ? Promise.reject(new Error()) : fetch(input, init);
  const endpoints = [...etcd.urls, ...other.urls];
  const driver = await run(Etcd.make({ endpoints, fetch: spy, timeoutMs: 2_000 }));
  const ask = driver.peek({ _tag: "Peek", service: "http", jobs: [], history: false });
  await run(ask);
  isBroken = true;
  const error = await run(Effect.flip(ask));
  expect([error.reason, error.detail]).toEqual(["Misconfigured", "the endpoints belong to different etcd clusters"]);
});

/** To a look at nothing. */
const answer = (id: string): string =>
  `{"header":{"cluster_id":"${id}","revision":"9"},"succeeded":true,"responses":[{"response_txn":{"succeeded":true}},` +
  `{"response_range":{}}]}`;

/** An endpoint of the cluster that `says` names; undefined: it is gone. */
const clustered = (says: () => string | undefined): Promise<string> =>
  served((_, response) => {
    const id = says();
    if (id === undefined) response.destroy();
    else response.end(answer(id));
  });
/** Two endpoints, and whether a look is answered or why not. */
const pair = async (...ids: [string | undefined, string | undefined]) => {
  const endpoints = [await clustered(() => ids[0]), await clustered(() => ids[1])];
  let heard = 0;
  const spy: typeof globalThis.fetch = async (input, init) => {
    const response = await fetch(input, init);
    const text = await response.text();
    if (String(input).endsWith("/cluster/member/list")) setTimeout(() => heard++, 20);
    return new Response(text, response);
  };
  const driver = await run(Etcd.make({ endpoints, fetch: spy, timeoutMs: 2_000 }));
  const look = driver.peek({ _tag: "Peek", service: "http", jobs: [], history: false });
  const ask = () => run(Effect.match(look, { onSuccess: () => "ok", onFailure: (error) => error.reason }));
  return { ids, ask, surveyed: () => expect.poll(() => heard).toBeGreaterThan(0) };
};

it("endpoints of different clusters are refused soon after the first answer, and work when they have become one", async () => {
  const { ask, ids } = await pair("1", "2");
  await expect.poll(ask).toBe("Misconfigured");
  ids[1] = "1";
  expect(await ask()).toBe("ok");
  expect(await ask()).toBe("ok");
});

it("endpoints that have all become another cluster are worked with, also while one of them is gone", async () => {
  for (const gone of [0, 1] as const) {
    const { ask, ids, surveyed } = await pair("1", "1");
    expect(await ask()).toBe("ok");
    await surveyed();
    [ids[gone], ids[1 - gone]] = [undefined, "2"];
    expect(await ask()).toBe("ok");
    ids[gone] = "2";
    expect(await ask()).toBe("ok");
    ids[1 - gone] = undefined;
    expect(await ask()).toBe("ok");
  }
});

it("endpoints of which one is another cluster than before are refused while another one is not", async () => {
  const { ask, ids, surveyed } = await pair("1", "1");
  expect(await ask()).toBe("ok");
  await surveyed();
  ids[0] = "2";
  expect(await ask()).toBe("Misconfigured");
  ids[0] = undefined;
  expect(await ask()).toBe("ok");
});
