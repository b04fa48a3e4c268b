import { describe, expect, it } from "vitest";
import { Bench, job } from "./support/bench.ts";
import { minute } from "./support/machine.ts";

/** Jobs enough that each of three nodes owns some, each due every ten seconds; all their fires are to run. */
const specs = ["j1", "j2", "j3", "j4", "j5", "j6", "j7", "j8", "j9"]
  .map((name) => job(name, "*/10 * * * * *", { catchUp: { mode: "all" } }));

/** Three nodes work for a minute; then the records are put back to what they were half a minute ago, and all members are forgotten. */
const restored = () => {
  const bench = new Bench();
  for (const name of ["a", "b", "c"]) bench.node(name).join(...specs);
  bench.until(minute / 2);
  const copies = specs.map(({ name }) => [name, bench.record(name)] as const);
  bench.until(minute);
  for (const node of bench.nodes) node.fate = () => "lost";
  bench.until(minute + 1_000);
  bench.empty();
  for (const [name, record] of copies) if (record !== undefined) bench.keep(name, record);
  return bench;
};

const twice = ({ started }: Bench): ReadonlyArray<string> => {
  const fires = started.map(({ run }) => `${run.job} ${run.dueAt}`);
  return fires.filter((fire, index) => fires.indexOf(fire) !== index);
};

describe("a store that was put back to a copy, without members", () => {
  it.each(["a", "b", "c"])("runs no fire again that another node ran, if %s is back first", (first) => {
    const bench = restored();
    const isFirst = (name: string) => name === first;
    for (const node of bench.nodes) if (isFirst(node.name)) node.fate = () => undefined;
    bench.until(minute + 7_000);
    for (const node of bench.nodes) node.fate = () => undefined;
    bench.until(3 * minute);
    expect(twice(bench)).toEqual([]);
    for (const { name } of specs) {
      const dues = bench.started.filter(({ run }) => run.job === name).map(({ run }) => run.dueAt);
      expect(dues.length, `fires of ${name}`).toBeGreaterThanOrEqual(17);
    }
  });

  it("has its jobs taken over although those who knew them do not come back", () => {
    const bench = restored();
    const [first] = bench.nodes;
    if (first !== undefined) first.fate = () => undefined;
    for (const node of bench.nodes.slice(1)) node.isFrozen = true;
    bench.until(3 * minute);
    for (const { name } of specs) {
      const late = bench.started.filter(({ node, run }) => node === first && run.job === name);
      expect(late.length, `fires of ${name}`).toBeGreaterThanOrEqual(9);
    }
  });
});

describe("a store that forgot its last writes, and no member", () => {
  it("has the owner of each job go on, not who is next and knows less", () => {
    const bench = new Bench();
    for (const name of ["a", "b", "c"]) bench.node(name).join(...specs);
    bench.until(minute - 15_000);
    const copies = specs.map(({ name }) => [name, bench.record(name)] as const);
    bench.until(minute + 500);
    for (const node of bench.nodes) node.fate = () => "lost";
    for (const [name, record] of copies) if (record !== undefined) bench.keep(name, record);
    const [first, ...others] = bench.nodes;
    if (first !== undefined) first.fate = () => undefined;
    bench.until(minute + 4_000);
    for (const node of others) node.fate = () => undefined;
    bench.until(3 * minute);
    expect(first?.happened("StoreRegressed").length).toBeGreaterThan(0);
    expect(twice(bench)).toEqual([]);
  });
});
