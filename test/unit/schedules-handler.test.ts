/**
 * Schedules in the store through the engine: one that is put for another handler, and one that is started by hand.
 */
import { describe, expect, it } from "vitest";
import * as Schedules from "../../src/core/words/Schedules.ts";
import { define, Scene, service } from "./support/schedules.ts";

describe("a schedule that is put for another handler", () => {
  const [report, mail] = ["report", "mail"].map((handler) => Schedules.nameOf(handler, "a")) as [string, string];

  /** The node holds a run of each handler, and asks about both. */
  const both = () => {
    const scene = new Scene();
    scene.put(define());
    const definition = scene.definition();
    const last = { floor: undefined, floorBy: undefined };
    scene.command({ _tag: "Trigger", id: "a" });
    const [first] = scene.claim({ ...last, definition, claimId: "n.1" }, report).runs;
    scene.put(define({ handler: "mail" }));
    scene.command({ _tag: "Trigger", id: "a" });
    const other = scene.definition("mail");
    const [second] = scene.claim({ ...last, definition: other, claimId: "n.2" }, mail).runs;
    return { scene, definition, first, second, other };
  };

  it("tells nothing of its runs to the one before, though the same node holds both", () => {
    const { definition, first, other, scene, second } = both();
    expect([first?.job, second?.job]).toEqual([report, mail]);
    expect(second?.fence).toBeGreaterThan(first?.fence ?? Infinity);
    for (const it of [scene, scene.another()]) {
      expect(it.claim({ definition, claimId: "n.3" }, report)).toMatchObject({ status: "outdated", runs: [] });
      // Not even to who asks again under the id of the claim that has the other run.
      expect(it.claim({ definition, claimId: "n.2" }, report)).toMatchObject({ status: "outdated", runs: [] });
      expect(it.claim({ definition: other, claimId: "n.4" }, mail)).toMatchObject({ status: "at", runs: [second] });
      const { jobs } = it.ask({ _tag: "Peek", service, jobs: [report, "other", mail], history: false });
      expect(jobs.map(({ active, job }) => [job, active.length])).toEqual([[mail, 1]]);
    }
  });

  it("leaves no result of what was started by hand under the one before", () => {
    const scene = new Scene();
    scene.put(define());
    scene.command({ _tag: "Trigger", id: "a", keepsResult: true });
    const [run] = scene.claim({ definition: scene.definition(), claimId: "n.1" }, report).runs;
    const end = { job: report, fence: run?.fence, dueAt: run?.dueAt, attempt: 1, outcome: "succeeded", rerun: false };
    const ended = { ...end, startedAt: scene.now, endedAt: scene.now, result: "1" };
    scene.ask({ _tag: "Complete", service, incarnation: "n", items: [ended] } as never);
    const results = () => [...scene.store.rows.keys()].filter((key) => key.startsWith("r:"));
    expect(results()).toHaveLength(1);
    scene.another().put(define({ handler: "mail" }));
    expect(results()).toEqual([]);
  });

  it("stays on its own shelf, whatever is asked for the one before", () => {
    const { definition, first, scene } = both();
    const shelf = () => scene.due(Number.MAX_SAFE_INTEGER, "mail")?.schedules[0]?.since;
    const before = shelf();
    scene.claim({ definition, claimId: "n.5" }, report);
    const fence = first?.fence ?? 0;
    const end = { job: report, fence, dueAt: first?.dueAt ?? 0, outcome: "succeeded", at: scene.now, startedAt: 0 };
    expect(scene.ask({ _tag: "Complete", service, incarnation: "n", items: [end] } as never)).toMatchObject({
      results: ["gone"],
    });
    expect(shelf()).toBe(before);
    expect(scene.due(Number.MAX_SAFE_INTEGER, "report")?.schedules).toEqual([]);
  });
});

describe("a schedule that is started by hand", () => {
  const queued = (scene: Scene) => scene.state().active.map(({ dueAt }) => dueAt);
  const ask = (scene: Scene, key?: string) => scene.command({ _tag: "Trigger", id: "a", key }).done[0]?.dueAt;

  it("is started once for each key, however often it is asked, and nothing is left of that when it is removed", () => {
    const scene = new Scene();
    scene.put(define());
    const first = ask(scene, "one");
    scene.now += 5_000;
    expect(ask(scene.another(), "one")).toBe(first);
    expect(queued(scene)).toEqual([first]);
    const other = ask(scene, "other");
    const without = [ask(scene), ask(scene)];
    expect(queued(scene)).toEqual([first, other, ...without]);
    expect(new Set([first, other, ...without]).size).toBe(4);
    // Older ones are of no use, and do not gather.
    const size = () => scene.store.rows.get("_k:a")?.length ?? 0;
    const before = size();
    for (let n = 0; n < 20; n++) {
      scene.now += 40_000;
      ask(scene, `later ${n}`);
    }
    expect(size()).toBeLessThanOrEqual(before);
    scene.command({ _tag: "Remove", id: "a" });
    // But when one of its part of the ids was removed last.
    expect([...scene.store.rows.keys()].filter((key) => !key.startsWith("_r:"))).toEqual([]);
  });
});

describe("a schedule that people have paused", () => {
  const facts = (scene: Scene) => {
    const { pause, paused } = scene.state();
    return [paused, pause?.by];
  };

  it.each([
    ["before it was disabled", ["pause", "disable", "enable"]],
    ["while it was disabled", ["disable", "pause", "enable"]],
    ["and changed", ["disable", "pause", "disable again", "enable", "change"]],
  ])("stays paused when it is enabled: %s", (_, steps) => {
    for (const by of ["anna", undefined]) {
      const scene = new Scene();
      const put = (payload: string, enabled: boolean) => scene.put(define({ payload, enabled }));
      const step: Readonly<Record<string, () => unknown>> = {
        "pause": () => scene.command({ _tag: "Pause", id: "a", by }),
        "disable": () => put("1", false),
        "disable again": () => put("2", false),
        "enable": () => put("3", true),
        "change": () => put("4", true),
      };
      put("0", true);
      for (const name of steps) step[name]?.();
      expect(facts(scene), steps.join()).toEqual([true, by]);
      expect(scene.command({ _tag: "Resume", id: "a", missed: "skip" }).done[0]?.result).toBe("ok");
      expect(facts(scene)).toEqual([false, undefined]);
    }
  });

  it("goes on when it is enabled, if nobody has paused it", () => {
    const scene = new Scene();
    scene.put(define({ enabled: false }));
    scene.put(define({ enabled: false, payload: "1" }));
    expect(facts(scene)).toEqual([true, undefined]);
    scene.put(define());
    expect(facts(scene)).toEqual([false, undefined]);
  });
});
