import { expect, it } from "vitest";
import * as Ownership from "../../src/core/ring/Ownership.ts";
import { turnAmong } from "../../src/core/ring/turn.ts";
import * as View from "../../src/core/words/View.ts";

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
  const { places } = Ownership.of(view);
  for (const name of names) {
    const place = places.get(name);
    const others = members.filter(({ incarnation: id }) =>
      !["leaving", "other", place?.owner, place?.successor].includes(id)
    );
    const turns = others.map(({ incarnation }) => turnAmong(view, place, incarnation, { definition: "v1", name }));
    expect(turns.toSorted()).toEqual([2, 3, 4, 5, 6]);
  }
});
