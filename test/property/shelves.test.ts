/**
 * Schedules that people put, change and remove while nodes die, are deployed anew and lose requests, beside a model of what is owed.
 */
import process from "node:process";
import { describe, expect, it } from "vitest";
import * as CronExpression from "../../src/core/schedule/CronExpression.ts";
import * as NextFire from "../../src/core/schedule/NextFire.ts";
import { invariants } from "../../src/core/node/invariants.ts";
import { defaults, type Policies } from "../../src/core/words/Policy.ts";
import * as Random from "../../src/testing/simulation/Random.ts";
import { Bench, type BenchNode, epoch } from "../unit/support/bench.ts";
import { heed, put, remove, reporter } from "../unit/support/shelves.ts";

const second = 1_000;
const texts = ["*/2 * * * * *", "*/5 * * * * *", "1/10 * * * * *", "*/20 * * * * *", "* * * * *"];

/** Each fire runs, however late, and again if its node dies. */
const policies: Policies = {
  ...defaults,
  catchUp: { mode: "all", withinMs: 3_600_000, max: 10_000 },
  overlap: "allow",
  delivery: "at-least-once",
};

/** What a schedule was for a while: from when until when it was in force. */
interface Version {
  readonly id: string;
  readonly number: number;
  readonly text: string;
  readonly from: number;
  until: number;
  /** It was removed then. */
  isRemoved: boolean;
}

/** A claim leaves so much ahead of its fire at the most. */
const aheadMs = 2_000;

/** After so long a fleet with faults has decided what is due. */
const lateMs = 45_000;

const life = (seed: number, chaosMs: number): { readonly wrong: ReadonlyArray<string>; readonly starts: number } => {
  const random = Random.make(seed);
  const bench = new Bench();
  const versions: Array<Version> = [];
  const current = new Map<string, Version>();
  let isTroubled = true;
  let [puts, boots] = [0, 0];

  const boot = (): void => {
    // Who is silent for long is a member for long, and its runs are its own.
    const node = reporter(bench, `n${boots++}`, undefined, { maxSilenceMs: 10_000 });
    node.lasts = () => random.between(1, 3_000);
    node.fate = () => {
      if (!isTroubled || random.chance(900)) return undefined;
      return random.chance(400) ? "lost" : random.chance(500) ? "deaf" : { replyAfterMs: random.between(10, 4_000) };
    };
  };
  const alive = (): ReadonlyArray<BenchNode> => bench.nodes.filter(({ isFrozen, isHalted }) => !isFrozen && !isHalted);
  const end = (id: string, isRemoved: boolean): void => {
    const before = current.get(id);
    if (before !== undefined) Object.assign(before, { until: bench.now, isRemoved });
    current.delete(id);
  };
  const change = (): void => {
    const id = `s${random.below(12)}`;
    if (random.chance(150)) {
      remove(bench, id);
      end(id, true);
    } else {
      const text = texts[random.below(texts.length)] as string;
      puts += 1;
      put(bench, id, text, { policies, payload: String(puts) });
      end(id, false);
      const version = { id, number: puts, text, from: bench.now, until: Infinity, isRemoved: false };
      current.set(id, version);
      versions.push(version);
    }
    // Some are heard of at once, the others in time.
    if (random.chance(700)) heed(bench, id);
  };
  const trouble = (): void => {
    const node = alive()[random.below(alive().length)];
    if (node === undefined) return;
    if (random.chance(500)) node.isFrozen = true;
    else node.feed({ _tag: "StopRequested", drainMs: 5_000 });
    boot();
  };

  for (let n = 0; n < 3; n++) boot();
  for (let at = second; at < chaosMs; at += random.between(200, 3_000)) {
    bench.until(at);
    if (random.chance(500)) change();
    if (random.chance(60)) trouble();
  }
  isTroubled = false;
  heed(bench);
  bench.until(chaosMs + 2 * lateMs);

  const wrong: Array<string> = [];
  const started = new Map<string, number>();
  for (const { run } of bench.started) {
    const key = `${run.job} ${run.dueAt}`;
    const attempt = `${key} ${run.attempt}`;
    if (started.has(attempt)) wrong.push(`${attempt} twice`);
    started.set(attempt, run.attempt).set(key, run.attempt);
    const version = versions.find((it) => String(it.number) === run.payload);
    if (version === undefined) wrong.push(`${key} with a payload that nobody put`);
    else if (run.dueAt > version.until + aheadMs) wrong.push(`${key} is none of version ${version.number}`);
  }
  for (const { from, id, number, text, until } of versions) {
    // What waits when it is removed is owed no more, also what waits from an earlier version.
    const removed = versions.filter((it) => it.id === id && it.isRemoved && it.until > from).map((it) => it.until);
    const owed = Math.min(until, bench.now - lateMs, ...removed.map((at) => at - lateMs));
    for (const due of NextFire.between(CronExpression.parseUnsafe(text), from + aheadMs, owed)) {
      if (!started.has(`~report~${id} ${due}`)) wrong.push(`${id} at ${due - epoch}, version ${number}, never started`);
    }
  }
  for (const node of alive()) wrong.push(...invariants(node.state).map((what) => `${node.name}: ${what}`));
  return { wrong, starts: bench.started.length };
};

describe("schedules that are put, changed and removed under faults (R49, R50, R53, R54)", () => {
  it("start each fire that they owe, once for each attempt, and none that they do not", () => {
    let starts = 0;
    const [from, count] = [Number(process.env.SEED ?? 1), Number(process.env.COUNT ?? 6)];
    for (let seed = from; seed < from + count; seed++) {
      const came = life(seed, 60 * second);
      expect({ seed, wrong: came.wrong.slice(0, 5) }).toEqual({ seed, wrong: [] });
      starts += came.starts;
    }
    expect(starts).toBeGreaterThan(50 * count);
  });
});
