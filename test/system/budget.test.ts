/**
 * What `budget` tells beside what a real Redis counts, the commands inside scripts among them: real machines, engines and scripts in
 * virtual time.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { byKey } from "../../adapters/redis/scripts/byKey.ts";
import { inSet } from "../../adapters/redis/scripts/inSet.ts";
import type { Kind } from "../../adapters/redis/scripts/kinds.ts";
import * as CronExpression from "../../src/core/schedule/CronExpression.ts";
import { budget, type BudgetInput } from "../../src/core/node/budget.ts";
import type * as Machine from "../../src/core/node/Machine.ts";
import * as Times from "../../src/core/words/Times.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { policies } from "../unit/support/bench.ts";
import { type Counted, VirtualFleet } from "./support/virtual-fleet.ts";

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis?.stop());

const dayMs = 86_400_000;
/** A Monday after today, as keys must not lie in the past of the server. */
const from = Math.ceil(Date.now() / (7 * dayMs)) * 7 * dayMs + 4 * dayMs;

const counted = async (input: BudgetInput, ms: number, kind: Kind): Promise<Counted> => {
  const { jobs, nodes, options = {} } = input;
  const specs: Array<Machine.JobSpec & { readonly lastsMs: number }> = [];
  for (const [index, { count = 1, jitterMs, lastsMs = 1_000, schedule }] of jobs.entries()) {
    for (let at = 0; at < count; at++) {
      // As `budget` names them, so that an `H` is the same.
      const name = `${index}-${at}`;
      const expression = CronExpression.parseUnsafe(String(schedule), { jobName: name });
      specs.push({ name, expression, policies: policies({ jitterMs }), definition: "0123456789abcdef", lastsMs });
    }
  }
  const lasts = new Map(specs.map(({ lastsMs, name }) => [name, lastsMs]));
  const config = {
    service: "billing",
    weight: 1,
    leaseMs: Times.leaseMs[2],
    graceMs: Times.graceMs[2],
    maxSilenceMs: Times.maxSilenceMs[2],
    lookaheadMs: undefined,
    requestTimeoutMs: 5_000,
    deployment: 0,
    ...options,
  } as Omit<Machine.Config, "nodeName">;
  const fleet = await VirtualFleet.over(redis, kind, from - config.maxSilenceMs);
  for (let at = 0; at < nodes; at++) {
    fleet.join({ ...config, nodeName: `web-${at}` }, specs, (job) => lasts.get(job) ?? 0);
    await fleet.pass(1_000);
  }
  await fleet.pass(from - fleet.now);
  await fleet.counted();
  await fleet.pass(ms);
  fleet.close();
  return fleet.counted();
};

const cases: ReadonlyArray<readonly [name: string, input: BudgetInput, ms: number]> = [
  ["idle, with a daily job, silent for an hour", {
    nodes: 3,
    jobs: [{ schedule: "0 3 * * *" }],
    options: { maxSilenceMs: 3_600_000 },
  }, 10 * dayMs],
  ["idle, with a daily job", { nodes: 3, jobs: [{ schedule: "0 3 * * *" }] }, 3 * dayMs],
  ["20 jobs each five minutes", { nodes: 3, jobs: [{ schedule: "*/5 * * * *", count: 20 }] }, dayMs / 12],
  ["a job each second", {
    nodes: 3,
    jobs: [{ schedule: "* * * * * *", lastsMs: 100 }],
    options: { maxSilenceMs: 60_000 },
  }, 60_000],
  ["long runs", { nodes: 2, jobs: [{ schedule: "*/10 * * * *", count: 3, lastsMs: 120_000 }] }, dayMs / 12],
  ["one node", { nodes: 1, jobs: [{ schedule: "*/2 * * * *" }] }, dayMs / 4],
  ["spread over an hour", { nodes: 5, jobs: [{ schedule: "H * * * *", count: 30 }] }, dayMs / 6],
  ["jitter", { nodes: 3, jobs: [{ schedule: "0 * * * *", count: 10, jitterMs: 600_000 }] }, dayMs / 2],
];

describe.each([byKey, inSet])("of $name", (kind) => {
  it.each(cases)("%s: within a tenth of what is counted", async (_, input, ms) => {
    const told = budget({ ...input, from }).total;
    const found = await counted(input, ms, kind);
    const share = ms / (30 * dayMs);
    const ratio = {
      commands: told.commands * share / found.commands,
      requests: told.requests * share / found.requests,
      bytes: told.bytes * share / found.bytes,
    };
    const about = JSON.stringify({ ratio, found });
    for (const [of, it] of Object.entries(ratio)) {
      const most = of === "bytes" ? 0.25 : 0.1;
      expect(it, about).toBeGreaterThan(1 - most);
      expect(it, about).toBeLessThan(1 + most);
    }
  }, 120_000);
});

it(
  "three idle nodes with a daily job: below 10,000 commands in 30 days in which they are silent for an hour, 60,000 else",
  async () => {
    const jobs = [{ schedule: "0 3 * * *" }];
    const hour = await counted({ nodes: 3, jobs, options: { maxSilenceMs: 3_600_000 } }, 30 * dayMs, byKey);
    expect(hour.commands).toBeLessThan(10_000);
    const usual = await counted({ nodes: 3, jobs }, 5 * dayMs, byKey);
    expect(6 * usual.commands).toBeLessThan(60_000);
  },
  120_000,
);
