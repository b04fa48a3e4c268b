/**
 * How a node is, as a function of its state and its clocks.
 */
import { describe, expect, it } from "vitest";
import * as FleetClock from "../../src/core/node/FleetClock.ts";
import * as Machine from "../../src/core/node/Machine.ts";
import { PersistentMap } from "../../src/core/node/PersistentMap.ts";
import * as Standing from "../../src/core/node/standing.ts";
import { config } from "./support/bench.ts";

const at = { mono: 100_000, wall: 1_750_000_000_000 };
const idle = Machine.initial(config, at);
const lease = { sent: { mono: 95_000, wall: at.wall - 5_000 }, ttlMs: 8_500, beatSentAt: 95_000 };
const member: Machine.State = { ...idle, phase: "member", lease };

const withJob = (standing: Partial<Standing.Standing>, role: string): Machine.State => {
  const entry = {
    spec: { name: "daily" },
    role: { _tag: role },
    standing: { ...Standing.unknown, ...standing },
  } as unknown as Machine.JobEntry;
  return { ...member, jobs: PersistentMap.by<Machine.JobEntry>(({ spec }) => spec.name).set(entry, {}) };
};

describe("health", () => {
  it("is down where nothing is started", () => {
    expect(Machine.health(idle, at)).toMatchObject({ status: "down", reasons: ["it was not started"] });
    const later = { mono: at.mono + 3_501, wall: at.wall + 3_501 };
    expect(Machine.health(member, at)).toMatchObject({ status: "ok", reasons: [] });
    expect(Machine.health(member, later)).toMatchObject({ status: "down" });
    expect(Machine.health({ ...member, phase: "stopped" }, at)).toMatchObject({ status: "down" });
    expect(Machine.health({ ...member, phase: "joining", lease: undefined }, at)).toMatchObject({ status: "down" });
  });

  it("is degraded by an outage while the membership lasts, and when it leaves", () => {
    const outage = { since: 99_000, failures: 1, isLasting: false, retryAt: 101_000 };
    expect(Machine.health({ ...member, outage }, at)).toMatchObject({
      status: "degraded",
      reasons: ["the store does not answer, or refuses"],
    });
    expect(Machine.health({ ...member, phase: "leaving" }, at)).toMatchObject({ status: "degraded" });
    expect(Machine.health({ ...member, divergence: "x" }, at)).toMatchObject({ status: "degraded" });
  });

  it("tells when the store was heard of, by the clock of this machine", () => {
    expect(Machine.health(member, at).store).toEqual({
      lastContactAt: at.wall - 5_000,
      roundTripMs: 0,
      clockOffsetMs: 0,
    });
    const unknown = { lastContactAt: undefined, roundTripMs: undefined, clockOffsetMs: undefined };
    expect(Machine.health(idle, at).store).toEqual(unknown);
    const ahead = FleetClock.observe(FleetClock.unknown, at.wall + 250, at, at);
    expect(Machine.health({ ...member, clock: ahead }, at).store.clockOffsetMs).toBe(250);
  });

  it("counts the members and what it owns", () => {
    expect(Machine.health(idle, at)).toMatchObject({ members: 0, owned: 0 });
    expect(Machine.health(withJob({}, "Owner"), at)).toMatchObject({ members: 0, owned: 1 });
    expect(Machine.health(withJob({}, "Successor"), at)).toMatchObject({ owned: 0 });
  });

  it("counts as overdue what it looks at, half a minute after it was due, unless a run is in the way", () => {
    const overdue = (standing: Partial<Standing.Standing>, role = "Owner") =>
      Machine.health(withJob(standing, role), at).overdue;
    const late = { startsAt: at.wall - 30_001 };
    expect(overdue(late)).toEqual(["daily"]);
    expect(overdue(late, "Successor")).toEqual(["daily"]);
    expect(overdue(late, "Bystander")).toEqual([]);
    expect(overdue({ startsAt: at.wall - 29_999 })).toEqual([]);
    expect(overdue({ ...late, condition: "paused" })).toEqual([]);
    expect(overdue({ ...late, busySince: 5 })).toEqual([]);
    expect(overdue({ ...late, lateAt: at.wall + 1 })).toEqual([]);
    expect(Machine.health(withJob(late, "Owner"), at)).toMatchObject({ status: "degraded" });
    expect(Machine.health(withJob({ condition: "unreadable" }, "Owner"), at)).toMatchObject({ status: "degraded" });
  });
});
