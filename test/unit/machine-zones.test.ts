/**
 * Nodes whose zone data are not the same, one of them with a doctored table: the same machine, compiled with another Berlin. R34.
 */
import { beforeAll, describe, expect, it } from "vitest";
import type { JobSpec } from "../../src/core/node/Machine.ts";
import { load } from "../mutants/build.ts";
import { Bench, type BenchNode, job, type Release } from "./support/bench.ts";
import { minute } from "./support/machine.ts";

const hour = 60 * minute;

let doctored: Release;
beforeAll(async () => {
  const edits = [{
    file: "src/core/schedule/Zone.ts",
    from: "timeZone: name,",
    to: `timeZone: name === "Europe/Berlin" ? "Etc/GMT-1" : name,`,
  }];
  doctored = await load({ name: "a-berlin-without-summer-time", edits }, "src/core/node/Machine.ts");
}, 60_000);

const berlin = job("berlin", "TZ=Europe/Berlin 0 9 * * *");
const berlinToo = job("berlin-too", "TZ=Europe/Berlin */7 * * * *");
const newYork = job("new-york", "TZ=America/New_York 0 9 * * *");
const utc = job("utc", "0 9 * * *");
const every = job("every", "TZ=Europe/Berlin @every 1h");
const jobs = [berlin, newYork, utc, berlinToo, every];

const told = (node: BenchNode) => node.happened("ScheduleDivergence").map(({ _tag, at: _, ...rest }) => rest);
const nobody = { zones: [], jobs: [], jobCount: 0, members: [] };
const inBerlin = (...names: ReadonlyArray<string>) => ({
  zones: ["Europe/Berlin"],
  jobs: ["berlin", "berlin-too"],
  jobCount: 2,
  members: names.map((name) => ({ incarnation: `${name}i1`, name })),
});

describe("what a member says of its zone data", () => {
  const rowOf = (...jobs: ReadonlyArray<JobSpec>) => {
    const bench = new Bench();
    bench.node("a").join(...jobs);
    bench.until(1_000);
    return [...bench.service.members.values()].map(({ row }) => row);
  };

  it("is nothing where no job depends on them", () => {
    expect(rowOf(utc, every, job("offset", "TZ=+02:00 0 9 * * *"))).toEqual(["2|a|1|active|0|3500"]);
  });

  it("is twelve letters for each zone", () => {
    expect(rowOf(...jobs)).toEqual([expect.stringMatching(/^2\|a\|1\|active\|0\|3500\|2x(\.[0-9a-z]{12}){2}$/)]);
  });
});

describe("nodes that differ about a zone", () => {
  it("tell it once each: zones, the jobs that both declare, and who", () => {
    const bench = new Bench();
    const [a, b] = [bench.node("a").join(...jobs), bench.node("b").join(newYork, berlin, berlinToo)];
    bench.until(minute);
    expect([a, b].map(told)).toEqual([[], []]);
    const c = bench.node("c", {}, doctored).join(...jobs, job("berlin-more", "TZ=Europe/Berlin 1 1 * * *"));
    bench.until(6 * hour);
    expect([a, b, c].map(told)).toEqual([[inBerlin("c")], [inBerlin("c")], [inBerlin("a", "b")]]);
    expect(a.sent.filter(({ request }) => request._tag === "Beat").length).toBeGreaterThan(20);
  });

  it("say no more when others join who differ likewise, and tell the end, and the next time", () => {
    const bench = new Bench();
    const a = bench.node("a").join(...jobs);
    const others = ["b", "c"].map((name) => bench.node(name, {}, doctored));
    others.forEach((node, index) => bench.after(index * 20 * minute, () => node.join(...jobs)));
    bench.until(hour);
    expect(told(a)).toEqual([inBerlin("b")]);
    for (const node of others) node.feed({ _tag: "StopRequested", drainMs: 1_000 });
    bench.until(2 * hour);
    expect(told(a)).toEqual([inBerlin("b"), nobody]);
    bench.node("d", {}, doctored).join(...jobs);
    bench.until(3 * hour);
    expect(told(a)).toEqual([inBerlin("b"), nobody, inBerlin("d")]);
  });

  it("say nothing where no job of the zone is declared by both in the same way", () => {
    const bench = new Bench();
    const a = bench.node("a").join(berlin, newYork);
    const b = bench.node("b", {}, doctored).join(job("berlin", "TZ=Europe/Berlin 0 10 * * *"), berlinToo, newYork);
    bench.until(hour);
    expect([a, b].map(told)).toEqual([[], []]);
    // A job that is declared later is told of too.
    a.feed({ _tag: "Declared", jobs: [berlinToo] });
    bench.until(2 * hour);
    const event = { ...inBerlin("b"), jobs: ["berlin-too"], jobCount: 1 };
    expect([a, b].map(told)).toEqual([[event], [{ ...event, members: inBerlin("a").members }]]);
    b.feed({ _tag: "Withdrawn", job: "berlin-too" });
    bench.until(3 * hour);
    expect([a, b].map(told)).toEqual([[event, nobody], [{ ...event, members: inBerlin("a").members }, nobody]]);
  });

  it("name at most twenty jobs, and count them all", () => {
    const bench = new Bench();
    const many = Array.from({ length: 30 }, (_, n) => job(`berlin-${10 + n}`, "TZ=Europe/Berlin 0 9 * * *"));
    const a = bench.node("a").join(...many);
    bench.node("b", {}, doctored).join(...many);
    bench.until(minute);
    const [event] = told(a);
    expect([event?.jobs.length, event?.jobs.at(-1), event?.jobCount]).toEqual([20, "berlin-29", 30]);
  });
});

describe("when the window moves on", () => {
  /** Ten minutes before it does, with these nodes. */
  const boundary = 106 * 2 ** 24 * 1_000;
  const across = (...releases: ReadonlyArray<Release | undefined>) => {
    const bench = new Bench();
    const start = boundary - bench.now - 10 * minute;
    bench.until(start);
    const nodes = releases.map((release, index) => bench.node("abc"[index] as string, {}, release).join(...jobs));
    bench.until(start + 5 * minute);
    return { bench, nodes, until: (minutes: number) => bench.until(start + minutes * minute) };
  };
  const windows = (bench: Bench) =>
    [...bench.service.members.values()].map(({ row }) => row.split("|")[6]?.slice(0, 2));

  it("nodes that agree go on in silence, also while only some have noticed", () => {
    const { bench, nodes, until } = across(undefined, undefined, undefined);
    expect(windows(bench)).toEqual(["2x", "2x", "2x"]);
    until(60);
    expect(windows(bench)).toEqual(["2y", "2y", "2y"]);
    expect(nodes.map(told)).toEqual([[], [], []]);
  });

  it("a difference that is still there is told once more, and never that it is over", () => {
    const { nodes, until } = across(undefined, doctored);
    until(60);
    expect(nodes.map(told)).toEqual([[inBerlin("b"), inBerlin("b")], [inBerlin("a"), inBerlin("a")]]);
  });

  it("who joins with a wrong wall clock is told of no difference", () => {
    const { bench, nodes, until } = across(undefined);
    const late = bench.node("z");
    late.wallError = 400 * 24 * hour;
    late.join(...jobs);
    until(60);
    expect([...nodes, late].map(told)).toEqual([[], []]);
    expect(windows(bench)).toEqual(["2y", "2y"]);
  });
});
