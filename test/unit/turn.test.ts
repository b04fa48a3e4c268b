import { expect, it } from "vitest";
import * as Ownership from "../../src/core/ring/Ownership.ts";
import { turnAmong } from "../../src/core/ring/turn.ts";
import * as View from "../../src/core/words/View.ts";
import { explain } from "../../src/shell/explain.ts";
import { jobsFound } from "../../src/shell/JobInfo.ts";

it("each member that declares a job has a turn of its own behind owner and successor, wherever its load put the owner", () => {
  const names = Array.from({ length: 40 }, (_, index) => `job-${index}`);
  const jobs = new Map(names.map((name) => [name, "v1"]));
  const member = (incarnation: string, rest: Partial<View.Member>): View.Member =>
    ({ incarnation, name: incarnation, state: "active", weight: 1, jobs, ...rest }) as View.Member;
  const members = [
    ...Array.from({ length: 7 }, (_, index) => member(`n${index}`, {})),
    member("leaving", { state: "leaving" }),
    member("other", { jobs: new Map() }),
  ];
  const view: View.View = { ...View.empty, members };
  const ownership = Ownership.of(view);
  const { places } = ownership;
  const found = jobsFound({ jobs: [], unreadable: [], storeTime: 0, runs: [], members }, ownership);
  expect(found.map(({ name }) => name)).toEqual(names.toSorted());
  const rankOf = new Map(found.map((info) => {
    const { ranks } = explain(info, { decisions: [], here: undefined, now: 0, ownership, view });
    expect(ranks.map(({ rank }) => rank)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    return [info.name, ranks.map(({ incarnation }) => incarnation)];
  }));
  for (const name of names) {
    const place = places.get(name);
    const others = members.filter(({ incarnation: id }) =>
      !["leaving", "other", place?.owner, place?.successor].includes(id)
    );
    const turnOf = (incarnation: string) => turnAmong(view, place, incarnation, { definition: "v1", name });
    const turns = others.map(({ incarnation }) => turnOf(incarnation));
    expect(turns.toSorted()).toEqual([2, 3, 4, 5, 6]);
    const behind = others.map(({ incarnation }) => incarnation).toSorted((a, b) => turnOf(a) - turnOf(b));
    expect(rankOf.get(name)).toEqual([place?.owner, place?.successor, ...behind]);
  }
});
