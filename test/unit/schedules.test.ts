import { describe, expect, it } from "vitest";
import * as Names from "../../src/core/words/Names.ts";
import * as Schedules from "../../src/core/words/Schedules.ts";

const ids = ["tenant:42", "", "~", "~report~a", "#7", "a#b", "ä\u0000\uD800", "__proto__", " "];

describe("names of schedules", () => {
  it("tell handler and id apart, whatever the id is", () => {
    for (const id of ids) {
      const name = Schedules.nameOf("report", id);
      expect(Schedules.partsOf(name)).toEqual({ handler: "report", id });
      expect(Schedules.isSchedule(name)).toBe(true);
      expect(Schedules.handlerOf(name)).toBeUndefined();
      expect(Names.job(name)._tag).toBe("Failure");
    }
  });

  it("are taken for no job, handler or shelf", () => {
    for (const name of ["report", "tenant:42/reports", "", "~report", "~report#7"]) {
      expect(Schedules.isSchedule(name)).toBe(false);
      expect(Schedules.partsOf(name)).toBeUndefined();
    }
    expect(Schedules.handlerOf("report#7")).toBeUndefined();
    expect(Schedules.handlerOf("~report")).toBeUndefined();
  });

  it("lie on one of 64 shelves, which are filled evenly", () => {
    const counts = new Map<string, number>();
    for (let index = 0; index < 64_000; index++) {
      const shelf = Schedules.shelfOf({ handler: "report", id: `tenant:${index}` });
      counts.set(shelf, (counts.get(shelf) ?? 0) + 1);
    }
    expect(counts.size).toBe(Schedules.partitions);
    expect(Math.max(...counts.values())).toBeLessThan(1_200);
    expect(Math.min(...counts.values())).toBeGreaterThan(800);
    expect([...counts.keys()].map(Schedules.handlerOf)).toEqual(Array.from({ length: 64 }, () => "report"));
  });

  it("of a shelf stay what they are: a store is full of them", () => {
    expect(Schedules.shelfOf({ handler: "report", id: "tenant:42" })).toBe("~report#59");
  });
});

describe("what a member declares", () => {
  const jobs = new Map([["invoices", "d1"]]);

  it("holds its handlers beside its jobs, and comes apart again", () => {
    const declared = Schedules.joined(jobs, ["report", "remind"]);
    expect(Schedules.split(declared)).toEqual({ jobs, handlers: new Set(["report", "remind"]) });
  });

  it("is the very same where there are none", () => {
    expect(Schedules.split(jobs).jobs).toBe(jobs);
    expect(Schedules.split(jobs).handlers).toBeUndefined();
  });
});
