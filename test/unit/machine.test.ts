import { describe, expect, it } from "vitest";
import type { JobRecord, StoredRun } from "../../src/core/ledger/JobRecord.ts";
import type { ClaimStatus, ControlRequest } from "../../src/core/words/Request.ts";
import { Bench, job } from "./support/bench.ts";
import {
  alone,
  claims,
  due,
  everyMinute,
  first,
  isClaimOfRuns,
  minute,
  roleOf,
  starts,
  unavailable,
} from "./support/machine.ts";

describe("joining", () => {
  it("is a beat with all that the node declares, and nothing else is sent before it is answered", () => {
    const bench = new Bench();
    const node = bench.node("a").join(everyMinute);
    bench.until(9);
    expect(node.sent.map(({ request }) => request._tag)).toEqual(["Beat"]);
    expect(node.requests("Beat")[0]).toMatchObject({ state: "active", incarnation: "ai1", knownVersion: 0 });
    expect([...node.requests("Beat")[0]?.declared ?? []]).toEqual([["minutely", everyMinute.definition]]);
    expect(node.state.phase).toBe("joining");
    bench.until(10);
    expect(node.state.phase).toBe("member");
    expect(node.happened("Joined").map(({ incarnation }) => incarnation)).toEqual(["ai1"]);
    expect(node.happened("OwnershipChanged").map(({ gained }) => gained)).toEqual([["minutely"]]);
  });

  it.each([["Unauthorized", 1], ["Foreign", 1], ["Misconfigured", 1], ["Corrupt", 3]] as const)(
    "fails for good: %s, after %i",
    (reason, tries) => {
      const bench = new Bench();
      const node = bench.node("a");
      node.fate = () => ({ reason, detail: "why", retryAfterMs: undefined });
      node.join(everyMinute);
      bench.until(minute);
      expect(node.happened("JoinFailed")).toMatchObject([{ reason, detail: "why" }]);
      expect([node.state.phase, node.sent.length]).toEqual(["idle", tries]);
      node.fate = () => undefined;
      node.join();
      bench.until(minute + 100);
      expect(node.state.phase).toBe("member");
      // The store may have taken the beat that failed here: one node must not become two members.
      expect(new Set(node.requests("Beat").map(({ incarnation }) => incarnation)).size).toBe(1);
    },
  );

  it("survives a page of nonsense from a gateway", () => {
    const bench = new Bench();
    const node = bench.node("a");
    node.fate = first(2, () => true, { reason: "Corrupt", detail: "a page", retryAfterMs: undefined });
    node.join(everyMinute);
    bench.until(2_000);
    expect(node.state.phase).toBe("member");
    expect(node.happened("JoinFailed")).toEqual([]);
  });

  it("is tried again while the store is away, less and less often, and says so once", () => {
    const bench = new Bench();
    const node = bench.node("a");
    node.fate = () => unavailable;
    node.join(everyMinute);
    bench.until(60_000);
    expect(node.happened("StoreUnavailable").length).toBe(1);
    const gaps = node.sent.slice(1).map(({ at }, index) => at - (node.sent[index]?.at ?? 0));
    expect(gaps[0]).toBeLessThan(300);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(10_050);
    expect(node.sent.length).toBeLessThan(20);
    node.fate = () => undefined;
    bench.until(75_000);
    expect(node.happened("StoreBack").length).toBe(1);
    expect(node.state.phase).toBe("member");
  });

  it.each([[40_000, 40_000, 41_000], [1_000, 1_000, 2_000], [undefined, 29_000, 61_000]])(
    "waits as long as the store asks for, and long if it does not say: %s",
    (retryAfterMs, least, most) => {
      const bench = new Bench();
      const node = bench.node("a");
      node.fate = first(1, () => true, { reason: "RateLimited", detail: "quota", retryAfterMs });
      node.join(everyMinute);
      bench.until(least);
      expect(node.sent.length).toBe(1);
      bench.until(most);
      expect(node.state.phase).toBe("member");
    },
  );
});

// R21.
describe("claiming", () => {
  it.each([[undefined, 200], [0, 0], [700, 700], [1_500, 1_500]])(
    "leaves ahead of the due instant: %s",
    (given, ms) => {
      const { bench, node } = alone({ lookaheadMs: given });
      bench.until(2.5 * minute);
      expect(claims(node).map(({ item }) => item.runs.map(({ dueAt }) => dueAt))).toEqual([[due(1)], [due(2)]]);
      for (const { at, item } of claims(node)) {
        const ahead = (item.runs[0]?.dueAt ?? 0) - at;
        expect(ahead).toBeLessThanOrEqual(ms);
        expect(ahead).toBeGreaterThan(ms - 1);
      }
    },
  );

  it("further ahead the slower the store is, so that the answer is there in time", () => {
    const bench = new Bench();
    bench.latency = 150;
    bench.node("a").join(everyMinute);
    bench.until(3.5 * minute);
    expect(starts(bench)).toEqual([1, 2, 3]);
    for (const { at, run } of bench.started) expect(at - run.dueAt).toBeLessThan(0.1);
  });

  it("starts exactly when it is due, never before, whatever the node's own wall clock shows", () => {
    for (const wallError of [0, -3 * minute, 10 * minute]) {
      const bench = new Bench();
      const node = bench.node("a");
      node.wallError = wallError;
      node.join(everyMinute);
      bench.until(3.5 * minute);
      expect(starts(bench)).toEqual([1, 2, 3]);
      for (const { at, run, startedAt } of bench.started) {
        // A wrong wall clock leaves half a round trip of doubt.
        const doubt = wallError === 0 ? 0 : 7;
        expect(Math.abs(at - run.dueAt)).toBeLessThanOrEqual(doubt + 0.1);
        expect(startedAt).toBe(run.dueAt);
      }
      expect(node.happened("RunStarted").map(({ latenessMs }) => latenessMs >= 0 && latenessMs < 1)).toEqual(
        Array(3).fill(true),
      );
    }
  });

  it("moves nothing before the answer is there: an answer after the due instant starts late, not never", () => {
    const { bench, node } = alone();
    bench.until(minute - 300);
    bench.latency = 400;
    bench.until(1.5 * minute);
    expect(starts(bench)).toEqual([1]);
    expect(bench.started[0]?.at).toBeGreaterThan(due(1));
    expect(bench.started[0]?.at).toBeLessThan(due(1) + 700);
    // Asked once more, as the first copy had no answer in time, and no other claim.
    expect(new Set(claims(node).map(({ item }) => item)).size).toBe(1);
    expect(claims(node).length).toBe(2);
  });

  it("leaves sooner as soon as a beat has told that the store is slower", () => {
    const { bench } = alone();
    bench.until(30_000);
    bench.latency = 400;
    bench.until(1.5 * minute);
    expect(bench.started.map(({ at }) => at)).toEqual([due(1)]);
  });

  it("of several jobs due at one instant is one request", () => {
    const jobs = Array.from({ length: 450 }, (_, index) => job(`job-${index}`, "* * * * *"));
    const { bench, node } = alone({}, ...jobs);
    bench.until(1.5 * minute);
    const sizes = node.requests("Claim", 50_000, 70_000).map(({ items }) => items.length);
    expect(sizes).toEqual([200, 200, 50]);
    expect(bench.started.length).toBe(450);
    expect(new Set(bench.started.map(({ run }) => run.job)).size).toBe(450);
  });
});

// R3, R7.
describe("an unknown outcome", () => {
  it.each(["lost", "deaf"] as const)("(%s) is asked again under the same claim id, and starts once", (fate) => {
    const { bench, node } = alone();
    node.fate = first(2, isClaimOfRuns, fate);
    bench.until(1.8 * minute);
    const sent = claims(node);
    expect(sent.length).toBe(3);
    expect(new Set(sent.map(({ item }) => item.claimId)).size).toBe(1);
    expect(starts(bench)).toEqual([1]);
    bench.until(2.5 * minute);
    expect(starts(bench)).toEqual([1, 2]);
    const ids = claims(node).map(({ item }) => item.claimId);
    expect(new Set(ids).size).toBe(2);
  });

  it("of a beat is repeated, and the membership not relied on", () => {
    const { bench, node } = alone();
    const lease = node.state.lease;
    node.fate = first(1, (request) => request._tag === "Beat", "deaf");
    node.feed({ _tag: "Nudged" });
    bench.until(2_500);
    expect(node.state.lease).not.toEqual(lease);
    expect(node.requests("Beat", 1_000, 2_500).length).toBe(2);
  });
});

// R5, R9.
describe("answers to a claim", () => {
  const refusals: ReadonlyArray<ClaimStatus> = ["early", "stale", "busy"];
  it.each(refusals)("%s: nothing starts, it is asked again soon", (status) => {
    const { bench, node } = alone();
    node.fate = first(1, isClaimOfRuns, { refuse: status });
    bench.until(1.5 * minute);
    expect(claims(node).length).toBe(2);
    expect(starts(bench)).toEqual([1]);
    expect((bench.started[0]?.at ?? 0) - due(1)).toBeLessThan(50);
  });

  it("early, again and again: no storm, and nothing starts", () => {
    const { bench, node } = alone();
    node.fate = (request) => isClaimOfRuns(request) ? { refuse: "early" } : undefined;
    bench.until(1.1 * minute);
    expect(bench.started).toEqual([]);
    expect(claims(node).length).toBeLessThan(130);
  });

  it("moved: somebody else decided the fire, so it is not started here, and the next one is", () => {
    const { bench, node } = alone();
    bench.until(30_000);
    const record = bench.record("minutely");
    if (record !== undefined) bench.keep("minutely", { ...record, watermark: due(1), claimId: "other.1" });
    bench.until(2.5 * minute);
    expect(starts(bench)).toEqual([2]);
    expect(claims(node).map(({ item }) => item.from)).toEqual([record?.watermark, due(1)]);
  });

  it("busy: a run of another node is active, so the fire is skipped once that one was surely heard of, and recorded so", () => {
    const { bench, node } = alone();
    const other = bench.node("b").join();
    bench.until(30_000);
    const change = (active: ReadonlyArray<StoredRun>) =>
      bench.keep("minutely", { ...bench.record("minutely") as JobRecord, active });
    const claimId = `${other.state.incarnation}.1`;
    const run: StoredRun = { dueAt: due(0), attempt: 1, kind: "due", fence: 5, claimId, heldUntil: undefined };
    change([run]);
    bench.until(minute + 20_000);
    expect(node.happened("FireSkipped")).toEqual([]);
    expect(bench.record("minutely")?.busyUntil).toBe(due(1));
    bench.until(minute + 50_000);
    expect(bench.record("minutely")?.busyUntil).toBeUndefined();
    expect(bench.started).toEqual([]);
    expect(node.happened("FireSkipped")).toMatchObject([
      { job: "minutely", reason: "overlap", count: 1, firstDueAt: due(1), lastDueAt: due(1) },
    ]);
    change([]);
    bench.until(2.5 * minute);
    expect(starts(bench)).toEqual([2]);
  });

  it("paused: nothing is asked until it is resumed, and the pause is skipped", () => {
    const { bench, node } = alone();
    const control = (command: ControlRequest["command"]) => {
      bench.control(command);
      node.feed({ _tag: "Nudged" });
    };
    bench.until(30_000);
    control({ _tag: "Pause", job: "minutely", by: "anna" });
    bench.until(5.5 * minute);
    expect(node.happened("JobPaused")).toMatchObject([{ job: "minutely", by: "anna", reason: undefined }]);
    // One look tells that it is paused.
    expect(node.requests("Claim", 30_000).length).toBeLessThanOrEqual(1);
    expect(bench.started).toEqual([]);
    control({ _tag: "Pause", job: "minutely", by: "bert", reason: "stocktaking" });
    bench.until(5.7 * minute);
    expect(node.happened("JobPaused").slice(1)).toMatchObject([{ by: "bert", reason: "stocktaking" }]);
    control({ _tag: "Resume", job: "minutely", missed: "skip" });
    bench.until(6.5 * minute);
    expect(node.happened("JobResumed").length).toBe(1);
    expect(node.happened("JobPaused").length).toBe(2);
    expect(starts(bench)).toEqual([6]);
  });

  it("paused with catch-up: the job's policy decides what is left", () => {
    const { bench, node } = alone();
    const control = (command: ControlRequest["command"]) => {
      bench.control(command);
      node.feed({ _tag: "Nudged" });
    };
    bench.until(30_000);
    control({ _tag: "Pause", job: "minutely" });
    bench.until(5.5 * minute);
    control({ _tag: "Resume", job: "minutely", missed: "catch-up" });
    bench.until(5.9 * minute);
    expect(bench.started.map(({ run }) => [run.dueAt, run.kind])).toEqual([[due(5), "late"]]);
    expect(node.happened("FireSkipped")).toMatchObject([{ reason: "coalesced", count: 4, firstDueAt: due(1) }]);
  });

  it("outdated: the fleet has a newer definition, so the job is left to those who have it", () => {
    const bench = new Bench();
    const old = bench.node("a", { deployment: 1 }).join(everyMinute);
    bench.until(20_000);
    const changed = { ...everyMinute, definition: "changed" };
    bench.node("b", { deployment: 2 }).join(changed);
    bench.until(3.5 * minute);
    expect(old.happened("JobOutdated").map(({ job }) => job)).toEqual(["minutely"]);
    expect(bench.started.map(({ node, run }) => [node.name, run.dueAt])).toEqual([
      ["b", due(1)],
      ["b", due(2)],
      ["b", due(3)],
    ]);
    // The claim was refused by the store, or not even sent: the same for the job.
    expect(roleOf(old, "minutely")).toBe("Unplaced");
  });

  it("corrupt: said once a minute at most, and the job does not run", () => {
    const { bench, node } = alone();
    node.fate = (request) => request._tag === "Claim" ? { refuse: "corrupt" } : undefined;
    bench.until(5 * minute);
    expect(bench.started).toEqual([]);
    expect(node.happened("RecordCorrupt").length).toBeGreaterThan(0);
    expect(node.happened("RecordCorrupt").length).toBeLessThanOrEqual(6);
  });

  it("unreadable, when a look is to tell what became of a claim: it looks again once it can be read", () => {
    const { bench, node } = alone();
    const key = "j:minutely";
    let isHeard = false;
    node.fate = (request) => isClaimOfRuns(request) && !isHeard ? "deaf" : undefined;
    bench.until(minute);
    isHeard = true;
    const text = bench.service.rows.get(key) as string;
    expect(bench.record("minutely")?.active.length).toBe(1);
    bench.service.rows.set(key, "nobody reads this");
    bench.until(minute + 20_000);
    expect(starts(bench)).toEqual([]);
    bench.service.rows.set(key, text);
    bench.until(minute + 30_000);
    expect(starts(bench)).toEqual([1]);
    expect(bench.record("minutely")?.active).toEqual([]);
  });

  it("corrupt, when it is asked again whether a claim was committed: the node that leaves still asks what became of it", () => {
    const { bench, node } = alone();
    let asked = 0;
    node.fate = (request) => {
      if (!isClaimOfRuns(request)) return undefined;
      asked += 1;
      return asked === 1 ? "deaf" : { refuse: "corrupt" };
    };
    bench.until(minute + 3_000);
    expect(asked).toBeGreaterThan(1);
    expect(node.happened("RecordCorrupt").length).toBe(1);
    node.feed({ _tag: "StopRequested", drainMs: 30_000 });
    bench.until(2 * minute);
    expect(node.isHalted).toBe(true);
    expect(bench.record("minutely")?.active).toEqual([]);
    expect(starts(bench)).toEqual([1]);
  });
});
