/**
 * R58: a removal is of what it saw. A copy of it, or somebody else, may have done it before its answer is there, and another schedule
 * may have been put since.
 */
import { describe, expect, it } from "vitest";
import * as Engine from "../../src/core/engine/Engine.ts";
import * as reference from "../../src/core/ledger/reference-store.ts";
import { hashOf } from "../../src/core/words/hash.ts";
import type { ScheduleDone } from "../../src/core/words/ScheduleRequest.ts";
import { operate } from "../support/operate.ts";
import { define, Scene, service } from "./support/schedules.ts";

/** Removes it, through an engine of its own; `meanwhile` comes between its look and its change, once. */
const removing = (
  scene: Scene,
  meanwhile: (sent: Engine.StoreRequest) => void,
  id = "a",
): ScheduleDone["result"] | undefined => {
  let isOver = false;
  const engine = Engine.make({ rows: 400, bytes: 500_000 });
  const request = { _tag: "Schedules", service, command: { _tag: "Remove", id } } as const;
  const reply = operate(engine, request, () => scene.now, (sent) => {
    if (!isOver && sent._tag === "Exchange" && sent.items.some((it) => it._tag === "Change")) {
      isOver = true;
      meanwhile(sent);
    }
    return reference.answer(scene.store, sent, scene.now);
  });
  return reply.done[0]?.result;
};

const scene = (): Scene => {
  const made = new Scene();
  made.put(define());
  made.now += 5;
  return made;
};

describe("a removal", () => {
  it("whose copy has done it leaves what somebody has put since", () => {
    const it = scene();
    const told = removing(it, (sent) => {
      reference.answer(it.store, sent, it.now);
      it.now += 5;
      expect(it.another().put(define({ schedule: "*/5 * * * *" }))?.result).toBe("created");
    });
    expect(told).toBe("unknown");
    expect(it.get()?.definition.schedule).toBe("*/5 * * * *");
  });

  it("that finds that somebody else has done it leaves what was put since, though it be the same", () => {
    const it = scene();
    const told = removing(it, () => {
      it.another().command({ _tag: "Remove", id: "a" });
      it.now += 5;
      expect(it.put(define())?.result).toBe("created");
    });
    expect(told).toBe("unknown");
    expect(it.get()).toBeDefined();
  });

  it("is of what it saw, whatever was changed of it meanwhile", () => {
    const it = scene();
    const told = removing(it, () => {
      expect(it.another().put(define({ schedule: "*/5 * * * *" }))?.result).toBe("updated");
    });
    expect(told).toBe("ok");
    expect(it.get()).toBeUndefined();
  });

  it("is of what stands, if another handler was put in its place and nothing was removed", () => {
    const it = scene();
    expect(removing(it, () => void it.another().put(define({ handler: "remind" })))).toBe("ok");
    expect(it.get()).toBeUndefined();
  });

  it("is of what it saw, though another one of its part of the ids was removed meanwhile", () => {
    const it = scene();
    const part = (id: string) => hashOf(id) % 1_024;
    const other = Array.from({ length: 100_000 }, (_, n) => `other-${n}`).find((id) => part(id) === part("a")) ?? "";
    expect(removing(it, () => {
      it.another().put(define(), other);
      it.command({ _tag: "Remove", id: other });
      it.put(define({ schedule: "*/5 * * * *" }));
    })).toBe("ok");
    expect(it.get()).toBeUndefined();
  });
});
