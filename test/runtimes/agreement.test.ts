/**
 * Runtimes calculate alike: owners and successors, and every step of simulated fleets, machine, engine and store. The hash of
 * a history is over all that it lists: what was committed, asked, handed out, started and ended, with instants, tokens and
 * claim ids. One seed in five has a store that forgets. Next-fire times: time.test.ts.
 */
import { beforeAll, describe, expect, test } from "vitest";
import type { Agreement } from "../support/agreement.ts";
import { createFleet } from "../support/processes.ts";
import { findRuntime, type RuntimeName, runtimeNames } from "../support/runtimes.ts";
import { startWorker } from "../support/workerd.ts";

const seeds = 25;

async function runIn(name: RuntimeName): Promise<Agreement> {
  const { command } = await findRuntime(name);
  await using fleet = createFleet();
  const process = await fleet.start({
    name,
    program: "test/support/agreement-main.js",
    args: [`${seeds}`],
    runtime: command({}),
  });
  expect(await process.exited, process.text).toBe(0);
  const [{ from: _, readAt: __, ...found } = { from: "", readAt: 0 }] = process.lines;
  return found as unknown as Agreement;
}

const [first, ...others] = runtimeNames;
let expected: Agreement;
beforeAll(async () => {
  expected = await runIn(first);
}, 240_000);

describe.concurrent(`owners and the histories of fleets are the same in ${first} and`, () => {
  test.each(others)("%s", async (name) => {
    expect(await runIn(name)).toEqual(expected);
  }, 240_000);

  test("workerd", async () => {
    const worker = await startWorker();
    try {
      expect(await worker.ask("/agreement", seeds)).toEqual(expected);
    } finally {
      await worker.stop();
    }
  }, 240_000);
});

test("the histories are of different fleets, without a violation", () => {
  expect(expected.violations).toBe(0);
  expect(new Set(expected.histories).size).toBe(seeds);
});
