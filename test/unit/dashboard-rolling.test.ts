/**
 * A large fleet as the dashboard looks at it: once as a whole, then the jobs that may have changed, a bounded number each time.
 */
import { expect, it } from "vitest";
import { rolling } from "../../adapters/dashboard/rolling.ts";
import type { JobStanding, MemberStatus } from "../../src/shell/Insight.ts";
import type { Client } from "../../src/shell/promiseClient.ts";

const hourMs = 3_600_000;
const freshMs = 900;

const nameOf = (n: number): string => `job-${`${n}`.padStart(5, "0")}`;

/** A fleet of one member whose jobs are due in turns within each hour, and what of it was asked. */
const fleetOf = (count: number) => {
  const asked: Array<ReadonlyArray<string> | "all"> = [];
  const time = { now: 1_000_000 };
  let jobs: ReadonlyMap<string, string> = new Map(Array.from({ length: count }, (_, n) => [nameOf(n), "definition"]));
  const due = new Map([...jobs.keys()].map((name, n) => [name, time.now + 10 * hourMs + n]));
  const paused = new Set<string>();
  const gone = new Set<string>();
  const member = (): MemberStatus => ({
    ...{ incarnation: "one", name: "web-1", weight: 1, state: "active", deployment: 1 },
    ...{ nextBeatAt: time.now + 1_000, leaseEndsAt: time.now + 2_000, jobs, isLate: false },
  });
  const standing = (name: string): JobStanding => ({
    ...{ name, state: paused.has(name) ? "paused" : "open", definition: "definition", nextDueAt: due.get(name) },
    ...{ isOverdue: false, isTicked: false, decidedUpTo: time.now, pausedBy: undefined, pauseReason: undefined },
    ...{ pausedWithAll: false, owner: "web-1", successor: undefined, declaredBy: ["web-1"], outdatedAt: [] },
    ...{ otherPoliciesAt: [], running: 0, waiting: 0, queued: 0, runs: [] },
  });
  const told = (names: ReadonlyArray<string>) => ({
    storeTime: time.now,
    members: [member()],
    jobs: names.filter((name) => !gone.has(name)).map(standing),
  });
  const client = {
    overview: () => {
      asked.push("all");
      return Promise.resolve(told([...jobs.keys()].sort()));
    },
    overviewNamed: (names: ReadonlyArray<string>) => {
      asked.push(names);
      return Promise.resolve(told(names));
    },
  };
  const look = rolling(client as unknown as Client, () => time.now, freshMs);
  const next = async () => {
    time.now += freshMs;
    return await look.see();
  };
  /** Members that declare something else have another map of it. */
  const declare = (name: string): void => void (jobs = new Map([...jobs, [name, "definition"]]));
  return { asked, declare, due, gone, look, next, paused, time };
};

const stateOf = ({ jobs }: { readonly jobs: ReadonlyArray<JobStanding> }, name: string) =>
  jobs.find((it) => it.name === name)?.state;

it("what was seen is kept for a while, and a small fleet is looked at as a whole", async () => {
  const { asked, look, next } = fleetOf(400);
  await look.see();
  await look.see();
  await next();
  expect(asked).toEqual(["all", "all"]);
});

it("of a large one a part is looked at, and each job within as many looks as there are parts left in turn", async () => {
  const { asked, look, next, paused } = fleetOf(10_000);
  expect((await look.see()).jobs).toHaveLength(10_000);
  for (let n = 0; n < 10_000; n++) paused.add(nameOf(n));
  let seen = await look.see();
  let looks = 0;
  for (; seen.jobs.some(({ state }) => state === "open"); looks++) seen = await next();
  expect(looks).toBeLessThanOrEqual(10_000 / 400 + 1);
  expect(asked.filter((it) => it === "all")).toHaveLength(1);
  expect(Math.max(...asked.map(({ length }) => length))).toBe(400);
  expect(seen.jobs.map(({ name }) => name)).toEqual(Array.from({ length: 10_000 }, (_, n) => nameOf(n)));
});

it("a job that is due, is looked at by somebody, or was asked something is seen anew at once", async () => {
  const { due, look, next, paused, time } = fleetOf(5_000);
  due.set(nameOf(4_000), time.now + 500);
  await look.see();
  for (const n of [4_000, 4_500, 4_900, 4_950]) paused.add(nameOf(n));
  look.watch([nameOf(4_500)]);
  look.forget(nameOf(4_900));
  const seen = await look.see();
  expect([4_000, 4_500, 4_900, 4_950].map((n) => stateOf(seen, nameOf(n)))).toEqual([
    ...["open", "paused", "paused", "open"],
  ]);
  expect(stateOf(await next(), nameOf(4_000))).toBe("paused");
});

it("more that may have changed than a part takes are looked at in turns, and nobody is left out", async () => {
  const { asked, due, look, next, time } = fleetOf(2_000);
  for (const name of due.keys()) due.set(name, time.now);
  await look.see();
  asked.length = 0;
  for (let n = 0; n < 7; n++) await next();
  expect(new Set(asked.flat()).size).toBe(2_000);
});

it("jobs that come and go are there and gone", async () => {
  const { asked, declare, gone, look, next } = fleetOf(1_000);
  await look.see();
  declare("job-new");
  gone.add(nameOf(3));
  look.watch([nameOf(3)]);
  const seen = await next();
  expect([stateOf(seen, nameOf(3)), stateOf(seen, "job-new")]).toEqual([undefined, "open"]);
  expect(seen.jobs.map(({ name }) => name)).toEqual(seen.jobs.map(({ name }) => name).sort());
  expect(asked.filter((it) => it === "all")).toHaveLength(1);
});

it("what was asked of all makes it look at all, and so does time, for jobs that nobody declares", async () => {
  const { asked, look, next, time } = fleetOf(1_000);
  await look.see();
  look.forget(undefined);
  await look.see();
  expect(asked).toEqual(["all", "all"]);
  await next();
  time.now += 600_000;
  await look.see();
  expect(asked.map((it) => it === "all")).toEqual([true, true, false, true]);
});
