/**
 * A fleet over a store in memory, and a dashboard of it.
 */
import { setTimeout as delay } from "node:timers/promises";
import { dashboard, type DashboardOptions } from "ringcron/dashboard";
import * as Memory from "ringcron/memory";
import { type Client, createClient, createCron, type Scheduler } from "ringcron/promise";

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
  const get: Shown["get"] = (path, who = "ann", init = {}) =>
    handle(new Request(`http://localhost${path}`, { ...init, headers: { "x-who": who, ...init.headers } }));
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
