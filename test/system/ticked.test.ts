/**
 * A service that is run by ticks alone, as people see it who are no tick: its jobs are somebody's, until they are overdue for long.
 */
import { afterAll, expect, it } from "vitest";
import { lookAt } from "../../cli/frame/look.ts";
import { attention } from "../../cli/frame/state.ts";
import { endAll, minute, scene } from "../unit/support/ticking.ts";

afterAll(endAll);

it("is asked like any other: what a client triggers, pauses and fills in is run by the next tick", async () => {
  const { client, pass, ticker, time } = scene();
  const { add, tick } = await ticker();
  const runs: Array<string> = [];
  await add("asked", "@manual", (run) => void runs.push(`${run.kind} ${run.job}`));
  await add("hourly", "@hourly", (run) => void runs.push(`${run.kind} ${run.job}`));
  await tick();
  const { backfill, pause, resume, trigger } = await client();
  expect(await trigger("asked")).toMatchObject({ dueAt: expect.any(Number) });
  const span = { afterMs: time.now - 120 * minute, upToMs: time.now - 1 };
  expect(await backfill("hourly", { ...span, schedule: "@hourly" })).toBe(1);
  expect(await tick()).toMatchObject({ started: 2, succeeded: 2 });
  pass(61 * minute);
  await tick();
  expect(runs.sort()).toEqual(["backfill hourly", "due hourly", "manual asked"]);
  expect([await pause("hourly"), await resume("hourly"), await pause("asked")]).toEqual([true, true, true]);
  await expect(trigger("hurly")).rejects.toMatchObject({ _tag: "UnknownJob" });
});

it("is well as people see it: its jobs are open, and nothing needs attention", async () => {
  const { client, pass, ticker } = scene();
  const { add, tick } = await ticker();
  await add("asked", "@manual", () => {});
  await add("hourly", "@hourly", () => {});
  await tick();
  pass(60 * minute);
  await tick();
  const looking = await client();
  const seen = async () => {
    const seen = await lookAt({ client: looking });
    return {
      states: seen.jobs.map(({ isOverdue, isTicked, name, state }) => [name, state, isTicked, isOverdue]),
      problems: attention(seen),
    };
  };
  const well = { states: [["asked", "open", true, false], ["hourly", "open", true, false]], problems: [] };
  expect(await seen()).toEqual(well);
  expect((await looking.explain("hourly")).words).toContain("no member declares it, ticks run it");
  await looking.pause("hourly");
  expect(await seen()).toMatchObject({ states: [well.states[0], ["hourly", "paused", true, false]], problems: [] });
  await looking.resume("hourly");
  // The first fire of its own is due an hour from its last tick, and is nobody's a day after that.
  pass(24 * 60 * minute);
  expect(await seen()).toEqual(well);
  pass(2 * 60 * minute);
  expect(await seen()).toMatchObject({
    states: [["asked", "open", true, false], ["hourly", "undeclared", false, false]],
    problems: [expect.stringContaining("nobody is a member")],
  });
});

it("whose ticks have stopped is nobody's a day later", async () => {
  const { client, pass, ticker } = scene();
  const { add, tick } = await ticker();
  await add("hourly", "@hourly", () => {});
  await tick();
  pass(60 * minute);
  await tick();
  const { trigger } = await client();
  pass(24 * 60 * minute);
  expect(await trigger("hourly")).toBeDefined();
  pass(2 * 60 * minute);
  expect(await trigger("hourly")).toBeUndefined();
});
