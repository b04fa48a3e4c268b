import { describe, expect, test } from "vitest";
import * as Simulation from "../../src/testing/Simulation.ts";

/** A mutation that takes more seeds than this to be noticed is not noticed. */
const limit = 200;

const cases = Simulation.mutations.map((mutation) => ({ mutation, name: mutation.without.join(" and ") }));

describe("each safety rule is needed: the checker notices when it is switched off", () => {
  test.each(cases)("$name", ({ mutation, name }) => {
    const found = Simulation.notice(mutation, 1, limit);
    if (found === undefined) return expect.fail(`nothing was noticed in ${limit} seeds`);
    console.log(`without ${name}: noticed after ${found.seeds} seeds by ${found.by}`);
    // With the rule the same world is in order: it is the rule that was noticed. Worlds with every fault are those of the
    // campaign, which is in order.
    if (mutation.faults === undefined && mutation.rate === undefined) return;
    expect(Simulation.notice({ ...mutation, without: [] }, 1, found.seeds)).toBeUndefined();
  }, 300_000);

  test("there are at least twenty", () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBeGreaterThanOrEqual(20);
  });
});
