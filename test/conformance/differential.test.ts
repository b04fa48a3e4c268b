import fc from "fast-check";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RedisServer, startRedis } from "../support/redis.ts";
import * as commands from "./support/commands.ts";
import * as operations from "./support/operations.ts";
import { Campaign, Pair } from "./support/pair.ts";
import { redisDrivers, tcpDriver } from "./support/stores.ts";

/** `OPERATIONS=100000 npx vitest run differential` is the campaign; `SEED` repeats one. */
const wanted = Number(process.env["OPERATIONS"] ?? 5_000);
const seed = process.env["SEED"] === undefined ? {} : { seed: Number(process.env["SEED"]) };
const perSequence = 60;

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  await redis?.stop();
});

const sequence = (operation: fc.Arbitrary<operations.Operation>, length = perSequence) =>
  fc.array(operation, { minLength: length, maxLength: length });

describe.each(redisDrivers)("%s", (_, members) => {
  it("agrees with the model, operation by operation", { timeout: 30_000 + wanted * 10 }, async () => {
    const store = await tcpDriver(redis.port, undefined, members);
    const campaign = new Campaign(store, members);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          { weight: 4, arbitrary: sequence(operations.operation) },
          { weight: 1, arbitrary: sequence(operations.steadyOperation) },
          { weight: 2, arbitrary: sequence(operations.queueOperation, 2 * perSequence) },
        ),
        async (list) => {
          const pair = new Pair(campaign);
          for (const operation of list) {
            await pair.apply(operation);
            campaign.done++;
            if (campaign.done % 10 === 0) await pair.check();
          }
          await pair.check();
        },
      ),
      { numRuns: Math.ceil(wanted / perSequence), interruptAfterTimeLimit: 25_000 + wanted * 10, ...seed },
    );
    store.close();
    console.log(`${campaign.done} operations agreed:`, Object.fromEntries([...campaign.statuses].sort()));
    // A campaign that never met a case proves nothing about it.
    for (const status of ["ok", "new", "at", "moved", "paused", "stale", "early", "busy", "outdated"]) {
      expect(campaign.statuses.get(status), status).toBeGreaterThan(0);
    }
    for (
      const what of ["lost", "rerun", "regressed", "replaced", "overdue", "declared", "wants declared", "same members"]
    ) {
      expect(campaign.statuses.get(what), what).toBeGreaterThan(0);
    }
    for (const what of commands.mustBeMet) {
      expect(campaign.statuses.get(what), what).toBeGreaterThan(0);
    }
    expect(campaign.statuses.get("same members")).toBeGreaterThan(campaign.done / 50);
  });
});
