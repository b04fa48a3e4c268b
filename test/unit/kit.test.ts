import { describe, expect, it, onTestFinished } from "vitest";
import {
  changesOfClocks,
  createFleet,
  expectFires,
  type Fleet,
  type FleetOptions,
  nextFires,
} from "../../src/testing/mod.ts";

const fleetOf = async (options: FleetOptions): Promise<Fleet> => {
  const fleet = await createFleet(options);
  onTestFinished(() => fleet.stop());
  return fleet;
};

const noon = Date.UTC(2026, 2, 1, 12);
const at = (...times: ReadonlyArray<string>) => times.map((time) => Date.parse(`2026-03-01T${time}Z`));

describe("a fleet on virtual time", () => {
  it("runs everything due on the way, in order, once, at its instant", async () => {
    const order: Array<string> = [];
    const fleet = await fleetOf({
      nodes: 3,
      startAt: noon,
      declare: async (cron) => {
        await cron.add("hourly", "0 * * * *", (run) => void order.push(run.id));
        await cron.add("daily", "30 17 * * *", (run) => void order.push(run.id), { timeZone: "Europe/Berlin" });
      },
    });
    await fleet.advance("1 day");
    expect(fleet.now()).toBe(noon + 86_400_000);
    expect(order.length).toBe(25);
    expect(order.slice(3, 6).map((id) => id.slice(6, -8))).toEqual([
      "hourly/2026-03-01T16:00",
      "daily/2026-03-01T16:30",
      "hourly/2026-03-01T17:00",
    ]);
    const runs = fleet.runs();
    expect(runs.map(({ startedAt }) => startedAt)).toEqual(runs.map(({ dueAt }) => dueAt));
    expect(new Set(runs.map(({ outcome }) => outcome))).toEqual(new Set(["succeeded"]));
    expect(fleet.runs("daily").map(({ dueAt }) => dueAt)).toEqual(at("16:30:00"));
    expect(fleet.events().filter(({ _tag }) => _tag === "Joined").map(({ node }) => node)).toEqual(["a", "b", "c"]);
  });

  it("takes a year in which little is due: twelve runs of a monthly job", async () => {
    const fleet = await fleetOf({
      startAt: "2026-01-01T00:00:00Z",
      options: { maxSilenceMs: 86_400_000 },
      declare: (cron) => cron.add("monthly", "0 9 1 * *", () => {}),
    });
    await fleet.advanceTo("2027-01-01T00:00:00Z");
    expect(fleet.runs().map(({ dueAt }) => new Date(dueAt).getUTCMonth())).toEqual([...Array(12).keys()]);
  });

  it("waits for handlers that await real things, and for those that sleep as long as they do", async () => {
    const fleet: Fleet = await fleetOf({
      startAt: noon,
      declare: async (cron) => {
        await cron.add("real", "0 * * * *", () => new Promise((resolve) => setTimeout(resolve, 30)));
        await cron.add("slow", "0 * * * *", (run) => fleet.sleep("90 minutes", run));
      },
    });
    await fleet.advance("4 hours");
    expect(fleet.runs("real").map(({ endedAt, startedAt }) => (endedAt ?? 0) - startedAt)).toEqual([0, 0, 0, 0]);
    expect(fleet.runs("slow").map(({ dueAt }) => dueAt)).toEqual(at("13:00:00", "15:00:00"));
    const skips = fleet.events().filter((event) => event._tag === "FireSkipped");
    expect(skips.map(({ reason }) => reason)).toEqual(["overlap", "overlap"]);
    expect(fleet.runs("slow")[0]?.endedAt).toBe(at("14:30:00")[0]);
  });

  it("times out by virtual time, and does not wait for ever for what never ends", async () => {
    const aborted: Array<unknown> = [];
    const fleet = await fleetOf({
      startAt: noon,
      patienceMs: 10,
      declare: (cron) =>
        cron.add("stuck", "0 * * * *", (run) =>
          new Promise((resolve) =>
            run.signal.addEventListener("abort", () => {
              aborted.push(run.signal.reason);
              resolve(undefined);
            })
          ), { timeoutMs: 60_000 }),
    });
    await fleet.advance("90 minutes");
    expect(fleet.runs().map(({ endedAt, outcome }) => [endedAt, outcome])).toEqual([[at("13:01:00")[0], "timed-out"]]);
    expect(aborted).toEqual([expect.objectContaining({ name: "TimeoutError" })]);
  });

  it("tells what failed, and what the store has recorded", async () => {
    const fleet = await fleetOf({
      startAt: noon,
      declare: (cron) =>
        cron.add("failing", "0 * * * *", () => {
          throw new Error("no paper");
        }),
    });
    await fleet.advance("1 hour");
    expect(fleet.runs()).toMatchObject([{ node: "a", outcome: "failed", error: expect.stringContaining("no paper") }]);
    expect(await fleet.history("failing")).toMatchObject([{ _tag: "Run", outcome: "failed", node: "a" }]);
    expect(await fleet.history("other")).toEqual([]);
  });
});

describe("what happens to its nodes", () => {
  const minutely = {
    nodes: 3,
    startAt: noon,
    declare: (cron) => cron.add("minutely", "* * * * *", () => {}),
  } satisfies FleetOptions;
  const dues = (fleet: Fleet) => fleet.runs().map(({ dueAt }) => (dueAt - noon) / 60_000);

  it("kill: others carry on, and nothing more happens on it", async () => {
    const fleet = await fleetOf(minutely);
    await fleet.advance("2 minutes");
    const [owner = ""] = fleet.runs().map(({ node }) => node);
    fleet.node(owner).kill();
    expect(fleet.node(owner).isAlive).toBe(false);
    await fleet.advance("8 minutes");
    expect(dues(fleet)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(fleet.runs().slice(2).map(({ node }) => node)).not.toContain(owner);
    const back = await fleet.add(owner);
    await fleet.advance("5 minutes");
    expect(back.isAlive).toBe(true);
    expect(dues(fleet).length).toBe(15);
  });

  it("kill in the middle of a run: it is started again elsewhere, or lost", async () => {
    for (const delivery of ["at-least-once", "at-most-once"] as const) {
      const fleet: Fleet = await fleetOf({
        ...minutely,
        declare: (cron) => cron.add("long", "*/10 * * * *", (run) => fleet.sleep("2 minutes", run), { delivery }),
      });
      await fleet.advance("11 minutes");
      fleet.node(fleet.runs()[0]?.node ?? "").kill();
      await fleet.advance("25 minutes");
      const [first, ...others] = fleet.runs();
      expect(first).toMatchObject({ attempt: 1, outcome: undefined, endedAt: undefined });
      const again = others.filter(({ dueAt }) => dueAt === first?.dueAt);
      expect(again.map(({ attempt, outcome }) => [attempt, outcome]))
        .toEqual(delivery === "at-least-once" ? [[2, "succeeded"]] : []);
      const lost = (await fleet.history("long")).filter((it) => it._tag === "Run" && it.outcome === "lost");
      expect(lost.length).toBe(delivery === "at-least-once" ? 0 : 1);
    }
  });

  it("pause, cut off, an outage of the store: each fire has one run, late where it must be", async () => {
    const fleet = await fleetOf(minutely);
    fleet.node("a").pause("90 seconds");
    await fleet.advance("5 minutes");
    fleet.node("b").cutOff("2 minutes");
    await fleet.advance("5 minutes");
    fleet.store.outage("45 seconds");
    await fleet.advance("5 minutes");
    await fleet.advance("30 seconds");
    expect(dues(fleet)).toEqual(Array.from({ length: 15 }, (_, index) => index + 1));
    const tags = new Set(fleet.events().map(({ _tag }) => _tag));
    expect([tags.has("Suspended"), tags.has("StoreUnavailable"), tags.has("StoreBack")]).toEqual([true, true, true]);
  });

  it("stop, add and deploy: fires go on, and a new declaration counts from then on", async () => {
    const fleet = await fleetOf(minutely);
    await fleet.advance("90 seconds");
    await fleet.node("a").stop();
    await fleet.add("d");
    for (const name of ["b", "c", "d"]) {
      await fleet.deploy(name, (cron) => cron.add("minutely", "*/2 * * * *", () => {}));
    }
    await fleet.advanceTo(noon + 600_000);
    expect(dues(fleet).filter((it) => it >= 4)).toEqual([4, 6, 8, 10]);
    expect(new Set(dues(fleet)).size).toBe(fleet.runs().length);
  });

  it("people's commands reach it", async () => {
    const fleet = await fleetOf({ ...minutely, declare: (cron) => cron.add("daily", "@daily", () => {}) });
    const { cron } = fleet.node("b");
    await cron.trigger("daily");
    await fleet.advance("1 second");
    expect(fleet.runs().map(({ kind }) => kind)).toEqual(["manual"]);
    await cron.pause("daily");
    await fleet.advance("25 hours");
    expect(fleet.runs().length).toBe(1);
  });

  it("and what was asked for while a node that died held the job is run once that is known, however silent the rest is", async () => {
    const fleet: Fleet = await fleetOf({
      nodes: ["a", "b"],
      startAt: noon,
      declare: (cron) => cron.add("asked", "@manual", (run) => fleet.sleep("1 hour", run)),
    });
    await fleet.node("a").cron.trigger("asked");
    await fleet.advance("2 seconds");
    const holder = fleet.runs()[0]?.node ?? "";
    const other = holder === "a" ? "b" : "a";
    fleet.node(holder).kill();
    await fleet.advance("1 second");
    await fleet.node(other).cron.trigger("asked");
    await fleet.advance("40 seconds");
    expect(fleet.runs().map(({ node }) => node)).toEqual([holder, other]);
  });
});

describe("bad input", () => {
  const declare = () => {};
  it.each([
    [undefined, "options"],
    [{}, "declare"],
    [{ declare, node: 3 }, "node"],
    [{ declare, nodes: 0 }, "nodes"],
    [{ declare, nodes: ["a", "a"] }, "nodes"],
    [{ declare, nodes: ["a", "no name"] }, "nodeName"],
    [{ declare, startAt: "noon" }, "startAt"],
    [{ declare, patienceMs: -1 }, "patienceMs"],
    [{ declare, options: { leaseMs: 1 } }, "leaseMs"],
  ])("%j is refused by the name of its field", async (options, field) => {
    await expect(createFleet(options as never)).rejects.toMatchObject({ _tag: "InvalidInput", field });
  });

  it("is refused by calls, and what a declaration rejects with is told", async () => {
    const fleet = await fleetOf({ declare });
    await expect(fleet.advance(-1)).rejects.toMatchObject({ field: "span" });
    await expect(fleet.advance("a while" as never)).rejects.toMatchObject({ field: "span" });
    await expect(fleet.advanceTo(0)).rejects.toMatchObject({ field: "instant" });
    await expect(fleet.add("a")).rejects.toMatchObject({ field: "name" });
    expect(() => fleet.node("z")).toThrow("name");
    await expect(createFleet({ declare: (cron) => void cron.add("job", "61 * * * *", () => {}) }))
      .rejects.toMatchObject({ _tag: "CronExpressionError" });
  });
});

describe("when a schedule is due", () => {
  it("the next fires", () => {
    expect(nextFires("0 9 * * MON", { count: 2, timeZone: "Europe/Berlin" }))
      .toEqual(["2026-01-05T08:00:00.000Z", "2026-01-12T08:00:00.000Z"]);
    expect(nextFires("@manual", { count: 2 })).toEqual([]);
    expect(() => nextFires("@daily", { count: -1 })).toThrow("count");
    expectFires("@daily", ["2026-01-02T00:00:00.000Z", "2026-01-03T00:00:00.000Z"]);
    expect(() => expectFires("@daily", ["2026-01-02T00:00:00.000Z", "2026-01-04T00:00:00.000Z"])).toThrow(
      "2026-01-03T00:00:00.000Z",
    );
    expect(() => expectFires("@daily", [])).toThrow("fires");
  });

  it("the two nights on which clocks change", () => {
    const nights = changesOfClocks("30 2 * * *", { year: 2026, timeZone: "Europe/Berlin" });
    expect(nights.map(({ at, byMinutes, fires }) => [at, byMinutes, fires.map(({ wall }) => wall)])).toEqual([
      ["2026-03-29T01:00:00.000Z", 60, ["2026-03-29 03:00:00"]],
      ["2026-10-25T01:00:00.000Z", -60, ["2026-10-25 02:30:00"]],
    ]);
    expect(changesOfClocks("30 2 * * *", { year: 2026 })).toEqual([]);
  });
});
