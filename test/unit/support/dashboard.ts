/**
 * A fleet over a store in memory, and a dashboard of it.
 */
import { setTimeout as delay } from "node:timers/promises";
import { dashboard, type DashboardOptions } from "ringcron/dashboard";
import * as Memory from "ringcron/memory";
import { type Client, createClient, createCron, DriverError, type Scheduler } from "ringcron/promise";

/** What does harm where it is not escaped. */
export const hostile = `<img src=x onerror="alert('1')">&amp;`;

/** Who it is says the header `x-who`: `ann` operates, `bob` looks, nobody else may. */
export const authorize: DashboardOptions["authorize"] = (request) => {
  const who = request.headers.get("x-who");
  if (who === "ann") return { role: "operator", name: "ann" };
  return who === "bob" && { role: "viewer", name: "bob" };
};

/** A dashboard, its client, and the nodes that it shows. */
export interface Shown extends AsyncDisposable {
  readonly client: Client;
  readonly nodes: ReadonlyArray<Scheduler>;
  readonly handle: (request: Request) => Promise<Response>;
  readonly get: (path: string, who?: string, init?: RequestInit) => Promise<Response>;
  readonly text: (path: string, who?: string) => Promise<string>;
  readonly act: (action: string, body: unknown, who?: string, headers?: Record<string, string>) => Promise<Response>;
}

const leapDay = "0 0 29 2 *";

/** Declares jobs that succeed, fail, wait for another attempt and go on. */
export const declare = async (cron: Scheduler): Promise<void> => {
  await cron.add("good", "0 9 * * MON-FRI", () => {}, { overlap: "allow", timeZone: "Europe/Berlin" });
  await cron.add("bad", leapDay, () => {
    throw new Error(hostile);
  });
  await cron.add("again", leapDay, () => {
    throw new Error(hostile);
  }, { retry: { times: 1, delayMs: 600_000 } });
  await cron.add("slow/one", leapDay, async ({ signal }) => await delay(60_000, undefined, { signal }).catch(() => {}));
};

/** Starts nodes of these names and makes the dashboard. */
export const shown = async (
  service: string,
  names: ReadonlyArray<string>,
  options: Partial<DashboardOptions> = {},
  declaring: (cron: Scheduler, node: string) => Promise<unknown> = declare,
): Promise<Shown> => {
  const driver = Memory.layer();
  const nodes: Array<Scheduler> = [];
  for (const nodeName of names) {
    const cron = await createCron({ service, driver, nodeName, logLevel: "none", leaseMs: 2_000, maxSilenceMs: 1_000 });
    await declaring(cron, nodeName);
    await cron.start();
    nodes.push(cron);
  }
  const client = await createClient({ service, driver });
  const handle = dashboard({ client, authorize, basePath: "/ops", refreshMs: 1_000, ...options });
  const get: Shown["get"] = async (path, who = "ann", init = {}) => {
    const answer = await handle(
      new Request(`http://localhost${path}`, { ...init, headers: { "x-who": who, ...init.headers } }),
    );
    // A busy machine may be slow to read a fleet at first: whoever runs no script is led to the page then.
    return answer.status === 202 ? await get(`${path}${path.includes("?") ? "&" : "?"}wait=1`, who, init) : answer;
  };
  return {
    client,
    nodes,
    handle,
    get,
    text: async (path, who) => await (await get(path, who)).text(),
    act: (action, body, who = "ann", headers = {}) =>
      get(`/ops/actions/${action}`, who, {
        method: "POST",
        headers: { "content-type": "application/json", "x-ringcron": "act", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await Promise.all(nodes.map((it) => it.stop({ drainMs: 0 })));
    },
  };
};

/** A promise that is settled from outside. */
export interface Promised<A> {
  readonly promise: Promise<A>;
  readonly resolve: (value: A) => void;
  readonly reject: (error: unknown) => void;
}

/** Makes one. */
export const promised = <A>(): Promised<A> => {
  let resolve = (_: A): void => {};
  let reject = (_: unknown): void => {};
  const promise = new Promise<A>((...both) => [resolve, reject] = both);
  return { promise, resolve, reject };
};

/** A client whose looks at a whole fleet, and at the schedules, wait until they are let go on, or fail. */
export interface Slow {
  readonly client: Client;
  /** How many looks at the whole fleet were begun. */
  readonly looks: () => number;
  readonly go: () => void;
  readonly fail: () => void;
  /** They wait again. */
  readonly hold: () => void;
}

/** Makes a client slow. */
export const slow = (client: Client): Slow => {
  let looks = 0;
  let go = promised<void>();
  const list: Client["schedules"]["list"] = async (options) => {
    await go.promise;
    return await client.schedules.list(options);
  };
  const overview: Client["overview"] = async () => {
    looks += 1;
    await go.promise;
    return await client.overview();
  };
  return {
    client: { ...client, overview, schedules: { ...client.schedules, list } },
    looks: () => looks,
    go: () => go.resolve(),
    fail: () =>
      go.reject(new DriverError({ driver: "x", operation: "peek", reason: "Unavailable", detail: "hunter2" })),
    hold: () => void (go = promised()),
  };
};
