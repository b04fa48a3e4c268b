/**
 * What the history and the definitions of jobs cost on a real Redis: requests, and commands that the server runs for them, those
 * inside scripts among them.
 */
import * as Layer from "effect/Layer";
import { createClient, createCron, type Scheduler } from "ringcron/promise";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandsOf } from "../../adapters/redis/acl.ts";
import { byKey } from "../../adapters/redis/scripts/byKey.ts";
import { inSet } from "../../adapters/redis/scripts/inSet.ts";
import type { Kind } from "../../adapters/redis/scripts/kinds.ts";
import type { Transport } from "../../adapters/redis/Script.ts";
import * as redisStore from "../../adapters/redis/store.ts";
import * as CronExpression from "../../src/core/schedule/CronExpression.ts";
import * as Times from "../../src/core/words/Times.ts";
import { Driver } from "../../src/Driver.ts";
import * as Engine from "../../src/shell/engine.ts";
import type { Store } from "../../src/Store.ts";
import { commandsIn } from "../compare/counting.ts";
import { tcpTransport } from "../conformance/support/stores.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { connectResp } from "../support/resp.ts";
import { waitFor } from "../support/wait.ts";
import { policies } from "../unit/support/bench.ts";
import { type Counted, VirtualFleet } from "./support/virtual-fleet.ts";

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis?.stop());

const dayMs = 86_400_000;
/** After today, as keys must not lie in the past of the server. */
const from = Math.ceil(Date.now() / dayMs) * dayMs + dayMs;

/** The same store for which there is no history. */
const withoutHistory = (store: Store): Store => ({
  ...store,
  exchange: (request) =>
    store.exchange({
      ...request,
      items: request.items.map((it) => it._tag === "Change" ? { ...it, lines: [] } : it),
    }),
});

interface Firing {
  readonly schedule: string;
  readonly jobs: number;
  readonly lastsMs: number;
  readonly ms: number;
}

/** Three nodes whose jobs fire: what a span of that costs once all is known, and how many lines it wrote. */
const fired = async (
  { jobs, lastsMs, ms, schedule }: Firing,
  kind: Kind,
  through?: (store: Store) => Store,
): Promise<Counted & { readonly lines: number }> => {
  const expression = CronExpression.parseUnsafe(schedule);
  const specs = Array.from({ length: jobs }, (_, at) => ({
    name: `job-${at}`,
    expression,
    policies: policies({}),
    definition: "0123456789abcdef",
  }));
  const fleet = await VirtualFleet.over(redis, kind, from - 60_000, through);
  for (const nodeName of ["web-0", "web-1", "web-2"]) {
    const config = {
      service: "billing",
      nodeName,
      weight: 1,
      leaseMs: Times.leaseMs[2],
      graceMs: Times.graceMs[2],
      maxSilenceMs: 60_000,
      lookaheadMs: undefined,
      requestTimeoutMs: 5_000,
      deployment: 0,
    };
    fleet.join(config, specs, () => lastsMs);
    await fleet.pass(1_000);
  }
  await fleet.pass(from - fleet.now);
  const written = async () =>
    Number(String(await redis.command("HGET", "ringcron:2:{billing}:rows", "#")).split("|")[1]);
  const before = await written();
  await fleet.counted();
  await fleet.pass(ms);
  const counted = await fleet.counted();
  const lines = await written() - before;
  fleet.close();
  return { ...counted, lines };
};

const firings: ReadonlyArray<readonly [name: string, firing: Firing, lines: number]> = [
  ["ends", { schedule: "* * * * * *", jobs: 1, lastsMs: 100, ms: 60_000 }, 59],
  ["ends of twenty jobs at once", { schedule: "*/10 * * * * *", jobs: 20, lastsMs: 100, ms: 60_000 }, 100],
  ["claims that skip", { schedule: "* * * * * *", jobs: 1, lastsMs: 1_500, ms: 60_000 }, 50],
];

describe.each([byKey, inSet])("of $name", (kind) => {
  it.each(firings)(
    "lines of %s go with what is sent anyway: no request and no command more",
    async (_, firing, least) => {
      const [told, silent] = [await fired(firing, kind), await fired(firing, kind, withoutHistory)];
      console.log(
        `${told.lines} lines: ${told.requests} requests and ${told.commands} commands, ` +
          `without them ${silent.requests} and ${silent.commands}`,
      );
      expect(told.lines).toBeGreaterThanOrEqual(least);
      expect(silent.lines).toBe(0);
      expect([told.requests, told.commands]).toEqual([silent.requests, silent.commands]);
    },
  );
});

/** What was sent to a store, each as the arguments of its script. */
const overTcp = async (sent: Array<ReadonlyArray<string>>) => {
  const connection = await connectResp(redis.port);
  const transport = tcpTransport(connection);
  const watched: Transport = {
    evaluate: (command, script, keys, args, signal) => {
      sent.push(args);
      return transport.evaluate(command, script, keys, args, signal);
    },
  };
  const store = redisStore.make({
    transport: watched,
    prefix: "ringcron:",
    retentionMs: dayMs,
    kind: inSet,
    commands: commandsOf(inSet.hasKeys),
  });
  return { layer: Layer.succeed(Driver, Engine.driver(store)), close: () => connection.close() };
};

/** Whether a request is about what jobs are. */
const isOfDefinitions = (args: ReadonlyArray<string>): boolean => args.some((it) => /^(?:f:|s:told$)/.test(it));

it("what jobs are is told once, and no request of fires is about it", async () => {
  const sent: Array<ReadonlyArray<string>> = [];
  const store = await overTcp(sent);
  const service = "definitions";
  let [runs, runsThen, requestsThen] = [0, 0, 0];
  const nodes: Array<Scheduler> = [];
  for (const nodeName of ["one", "two"]) {
    const cron = await createCron({ service, nodeName, driver: store.layer, logLevel: "none" });
    for (let at = 0; at < 5; at++) {
      await cron.add(`job-${at}`, "* * * * * *", () => {
        runs += 1;
        if (!sent.slice(requestsThen).some(isOfDefinitions)) return;
        [runsThen, requestsThen] = [runs, sent.length];
      });
    }
    await cron.start();
    nodes.push(cron);
  }
  // One tells it, and the other finds by a look that it is told.
  const toldOf = () => sent.filter((args) => args.includes("s:told")).length;
  await waitFor(() => toldOf() >= 3, 15_000, "what the jobs are, to be told");
  await waitFor(() => runs - runsThen >= 20, 20_000, "twenty fires without a request about what they are");
  const requests = sent.slice(requestsThen);
  console.log(
    `${runs - runsThen} fires: ${requests.length} requests, ${requests.filter(isOfDefinitions).length} of them so`,
  );
  expect(requests.filter(isOfDefinitions)).toEqual([]);
  for (const cron of nodes) await cron.stop({ drainMs: 0 });
  store.close();
});

it("who asks costs no request, and no command but for one of schedules in the store", async () => {
  const sent: Array<ReadonlyArray<string>> = [];
  const store = await overTcp(sent);
  const service = "asked";
  const cron = await createCron({
    service,
    nodeName: "one",
    driver: store.layer,
    logLevel: "none",
    maxSilenceMs: 600_000,
  });
  await cron.add("invoices", "0 0 29 2 *", () => {}, { overlap: "allow" });
  await cron.start();
  const client = await createClient({ service, driver: store.layer });
  await waitFor(async () => (await client.jobs())[0]?.words !== undefined, 15_000, "what the job is");
  await cron.stop({ drainMs: 0 });
  const ran = async () => commandsIn(String(await redis.command("INFO", "commandstats")));
  const costOf = async (call: () => Promise<unknown>) => {
    const [requests, commands] = [sent.length, await ran()];
    await call();
    return [sent.length - requests, await ran() - commands];
  };
  const id = "tenant-7";
  const put = (version: number, by?: string) => () =>
    client.schedules.put({ id, handler: "report", schedule: `${version} 0 1 1 *` }, { by });
  const { schedules } = client;
  type Asks = readonly [what: string, ask: (by?: string) => () => Promise<unknown>, commands: number];
  const pairs: ReadonlyArray<readonly [Asks, Asks]> = [
    [
      ["a pause", (by) => () => client.pause("invoices", { by, reason: by ?? "why" }), 0],
      ["its end", (by) => () => client.resume("invoices", { by }), 0],
    ],
    [
      ["a put", (by) => put(by === undefined ? 1 : 2, by), 1],
      ["its removal", (by) => () => schedules.remove(id, { by }), 1],
    ],
    [
      ["a put again", (by) => put(by === undefined ? 1 : 2, by), 1],
      ["a change", (by) => put(by === undefined ? 3 : 4, by), 1],
    ],
    [
      ["a pause of it", (by) => () => schedules.pause(id, { by, reason: by ?? "why" }), 1],
      ["its end", (by) => () => schedules.resume(id, { by }), 1],
    ],
  ];
  for (const pair of pairs) {
    // What is done for the first time costs what it costs.
    for (const [, ask] of pair) await ask()();
    const silent = [await costOf(pair[0][1]()), await costOf(pair[1][1]())];
    const told = [await costOf(pair[0][1]("anna")), await costOf(pair[1][1]("anna"))];
    for (const [at, [what, , more]] of pair.entries()) {
      const [[requests = 0, commands = 0], [namedRequests, namedCommands]] = [silent[at] ?? [], told[at] ?? []];
      console.log(`${what}: ${requests} requests, ${commands} commands; by name ${namedRequests}, ${namedCommands}`);
      expect(namedRequests, what).toBe(requests);
      expect([commands, commands + more], what).toContain(namedCommands);
    }
  }
  expect((await client.history({ outcome: "action" })).lines).toHaveLength(8);
  await client.close();
  store.close();
});
