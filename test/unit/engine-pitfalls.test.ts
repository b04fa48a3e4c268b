/**
 * What can go wrong between the rules of a claim and the texts of a store, and is hardly to be seen in simulated fleets: each
 * is shown with the engine as it is, and most with one that lacks the rule. The list of all is in
 * docs/decisions/one-engine-over-dumb-stores.md.
 */
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import { describe, expect, it } from "vitest";
import * as Engine from "../../src/core/engine/Engine.ts";
import { layouts } from "../../src/core/ledger/layout.ts";
import type { JobRecord, StoredRun } from "../../src/core/ledger/Record.ts";
import { readRecord, recordText } from "../../src/core/ledger/recordText.ts";
import type { Change, ExchangeRequest, Limits } from "../../src/core/words/Exchange.ts";
import * as shell from "../../src/shell/engine.ts";
import * as reference from "../../src/core/ledger/reference-store.ts";
import type { Store } from "../../src/Store.ts";
import { beat, claim, completion, item } from "../conformance/support/requests.ts";
import { load } from "../mutants/build.ts";
import type { Edit } from "../mutants/mutant.ts";

const engineFile = "src/core/engine/";
const service = "s";

/** A store whose clock is known, and engines that take it for another. */
class Scene {
  readonly rows: reference.Service = reference.empty();
  readonly sent: Array<Engine.StoreRequest> = [];
  /** The store's clock, and what engines take it for. */
  now = 5_000;
  guess = 5_000;
  /** What happens before each round of an operation but the first. */
  between: (round: number) => void = () => {};
  readonly #engines: typeof Engine;

  constructor(engines: typeof Engine) {
    this.#engines = engines;
  }

  /** Somebody with an engine of its own. */
  node(limits: Limits = { rows: 200, bytes: 500_000 }): <Q extends Engine.EngineRequest>(it: Q) => Engine.AnswerTo<Q> {
    const engine = this.#engines.make(limits);
    return (request) => {
      const operation = engine.begin(request, () => this.guess);
      let step = operation.next([]);
      for (let round = 1; step.done !== true; round++) {
        if (round > 1) this.between(round);
        if (round > 10) throw new Error("it goes on and on");
        this.sent.push(...step.value.requests);
        step = operation.next(step.value.requests.map((it) => reference.answer(this.rows, it, this.now)));
      }
      return step.value;
    };
  }

  /** What was sent since this was last asked. */
  exchanges(): ReadonlyArray<ExchangeRequest> {
    return this.sent.splice(0).flatMap((it) => it._tag === "Exchange" ? [it] : []);
  }

  changes(): ReadonlyArray<Change> {
    return this.exchanges().flatMap(({ items }) => items.flatMap((it) => it._tag === "Change" ? [it] : []));
  }

  put(job: string, rest: Partial<JobRecord>): void {
    const record: JobRecord = {
      watermark: 4_000,
      since: 0,
      lastFence: 4_000,
      paused: false,
      definition: "definition",
      deployment: 0,
      claimId: undefined,
      nextDueAt: undefined,
      active: [],
      queue: [],
      ...rest,
    };
    this.rows.rows.set(`j:${job}`, recordText(record, layouts.newest));
  }

  record(job: string): JobRecord {
    return readRecord(this.rows.rows.get(`j:${job}`) ?? "") as JobRecord;
  }
}

const runOf = (who: string, fence: number): StoredRun => ({
  dueAt: 3_000,
  attempt: 1,
  kind: "due",
  fence,
  claimId: `${who}.1`,
  heldUntil: undefined,
});

const due = (from: number, dueAt: number) => ({ from, to: dueAt, runs: [{ dueAt, kind: "due" as const }] });

/** A pitfall, with the rule that avoids it and how it is taken out. */
type Pitfall = readonly [name: string, edit: Edit, check: (engines: typeof Engine) => void];

const pitfalls: ReadonlyArray<Pitfall> = [
  [
    "the same job twice in a batch is settled one after the other: no exchange names a key twice",
    { file: `${engineFile}claims.ts`, from: "const wave = counts.get(job) ?? 0;", to: "const wave = 0;" },
    (engines) => {
      const scene = new Scene(engines);
      const { results } = scene.node()(claim(service, "n", [item("a", "n.1"), item("b", "n.2"), item("a", "n.3")]));
      expect(results.map(({ status }) => status)).toEqual(["new", "new", "at"]);
      for (const { items } of scene.exchanges()) {
        // Each rests on there being no pause of all, which is only proved.
        const keys = items.flatMap((it) => it._tag === "Change" ? it.rows.map(({ key }) => key) : [])
          .filter((key) => key !== "s:paused");
        expect(new Set(keys).size).toBe(keys.length);
      }
    },
  ],
  [
    "a deployment that is the time of the join is the store's, and telling it again says nothing new",
    {
      file: `${engineFile}beats.ts`,
      from: "deployment: isStamped ? 0 : deployment",
      to: "deployment",
    },
    (engines) => {
      const scene = new Scene(engines);
      scene.guess = 9_000;
      const node = scene.node();
      const first = node(beat(service, "n", { deployment: 0 }));
      expect(first.members?.[0]?.deployment).toBe(5_000);
      scene.now = 6_000;
      const again = node(beat(service, "n", { deployment: 5_000, knownVersion: first.version }));
      expect([again.version, again.members]).toEqual([first.version, undefined]);
    },
  ],
  [
    "the time of an answer is that of its first proof",
    {
      file: `${engineFile}settle.ts`,
      from: "(earliest, { provedAt = Infinity }) => Math.min(earliest, provedAt), Infinity)",
      to: "(latest, { provedAt = 0 }) => Math.max(latest, provedAt), 0)",
    },
    (engines) => {
      const scene = new Scene(engines);
      scene.put("changed", {});
      const node = scene.node();
      node(claim(service, "n", [item("new", "n.0")]));
      scene.between = () => void (scene.now = 6_000);
      const { storeTime } = node(
        claim(service, "n", [item("fresh", "n.1"), item("changed", "n.2", due(4_000, 4_500))]),
      );
      expect(scene.exchanges().length).toBe(3);
      expect(storeTime).toBe(5_000);
    },
  ],
  [
    "each item has a window of its own: one that is busy for a moment refuses no other",
    {
      file: `${engineFile}settle.ts`,
      from: "items: chunk.map(({ change }) => change),",
      to:
        "items: chunk.map(({ change }) => ({ ...change, notAfter: Math.min(...chunk.map((it) => it.change.notAfter)) })),",
    },
    (engines) => {
      const scene = new Scene(engines);
      const node = scene.node();
      node(beat(service, "n"));
      for (const job of ["busy", "free"]) scene.put(job, job === "busy" ? { active: [runOf("n", 4_000)] } : {});
      node(claim(service, "n", [item("busy", "n.1"), item("free", "n.2")]));
      scene.exchanges();
      [scene.guess, scene.now] = [5_000, 5_060];
      const { results } = node(claim(service, "n", [
        item("busy", "n.3", { ...due(4_000, 5_050), overlap: "skip" }),
        item("free", "n.4", { ...due(4_000, 5_050), overlap: "skip" }),
      ]));
      expect(results.map(({ status }) => status)).toEqual(["ok", "ok"]);
      expect(scene.exchanges().map(({ items }) => items.length), "one of them goes round again").toEqual([2, 1]);
    },
  ],
  [
    "ends of one job at one instant are one change",
    { file: `${engineFile}claims.ts`, from: "(index) => itemAt(index).job", to: "(index) => String(index)" },
    (engines) => {
      const scene = new Scene(engines);
      const runs = Array.from({ length: 10 }, (_, index) => runOf("n", 4_001 + index));
      scene.put("a", { active: runs });
      const node = scene.node();
      node(claim(service, "n", [item("a", "n.9")]));
      scene.exchanges();
      const ends = runs.map(({ fence }) => completion({ job: "a", dueAt: 3_000, attempt: 1, kind: "due", fence }));
      const { results } = node({ _tag: "Complete", service, incarnation: "n", items: ends });
      expect(results).toEqual(Array(10).fill("ok"));
      expect(scene.record("a").active).toEqual([]);
      expect(scene.exchanges().map(({ items }) => items.length)).toEqual([1]);
    },
  ],
  [
    "a pause, a resume and whoever else makes all look do so in the same step",
    { file: `${engineFile}settle.ts`, from: "decision.touches === true),", to: "decision.touches === undefined)," },
    (engines) => {
      const scene = new Scene(engines);
      const node = scene.node();
      const { version } = node(beat(service, "n"));
      scene.put("a", {});
      scene.exchanges();
      node({ _tag: "Control", service, command: { _tag: "Pause", job: "a" } });
      expect(scene.exchanges().map(({ touch }) => touch)).toEqual([false, true]);
      expect(scene.record("a").paused).toBe(true);
      expect(scene.rows.version).toBeGreaterThan(version);
    },
  ],
  [
    "a copy of a pause does not pause again what was resumed since, however soon it comes",
    { file: "src/core/ledger/Control.ts", from: "lastFence: record.lastFence + 1", to: "lastFence: record.lastFence" },
    (engines) => {
      const scene = new Scene(engines);
      scene.put("a", {});
      const node = scene.node();
      node({ _tag: "Control", service, command: { _tag: "Pause", job: "a" } });
      const pause = scene.exchanges().at(-1) as ExchangeRequest;
      node({ _tag: "Control", service, command: { _tag: "Resume", job: "a", missed: "catch-up" } });
      reference.answer(scene.rows, pause, scene.now);
      expect(scene.record("a").paused).toBe(false);
    },
  ],
  [
    "who is a member is proved both ways with a recovery, and a stale view costs one more round",
    { file: `${engineFile}settle.ts`, from: "answer = isMember(incarnation);", to: "answer = incarnation === 'n';" },
    (engines) => {
      const scene = new Scene(engines);
      const [node, other] = [scene.node(), scene.node()];
      node(beat(service, "n", { leaseMs: 60_000 }));
      other(beat(service, "x", { leaseMs: 10, gapMs: 10 }));
      node(beat(service, "n"));
      scene.put("a", { active: [runOf("x", 4_000)] });
      scene.exchanges();
      const ask = () => node(claim(service, "n", [item("a", `n.${scene.now}`, { rerun: true })])).results[0];
      expect(ask()?.runs, "it is a member").toEqual([]);
      scene.now = 5_100;
      scene.exchanges();
      expect(ask()?.runs.map(({ attempt }) => attempt), "it is gone").toEqual([2]);
      const changes = scene.changes();
      expect(changes.map(({ members }) => members.toSorted())).toEqual([
        [["x", true]],
        [["n", true], ["x", false]],
      ]);
    },
  ],
  [
    "bytes are capped too: long queues share no request that is larger than the store takes",
    { file: `${engineFile}settle.ts`, from: "&& bytes + size <= limits.bytes", to: "" },
    (engines) => {
      const scene = new Scene(engines);
      const queue = Array.from({ length: 200 }, (_, index) => (
        { dueAt: 1_800_000_000_000 + index, kind: "backfill" as const, queuedAt: 1_800_000_000_000 + index }
      ));
      const jobs = Array.from({ length: 10 }, (_, index) => `job-${index}`);
      for (const job of jobs) scene.put(job, { queue });
      const node = scene.node({ rows: 200, bytes: 20_000 });
      node(beat(service, "n"));
      node(claim(service, "n", jobs.map((job) => item(job, "n.1", { take: 1 }))));
      const sizes = scene.exchanges().map((it) => JSON.stringify(it).length);
      expect(sizes.length).toBeGreaterThan(2);
      expect(Math.max(...sizes)).toBeLessThan(25_000);
    },
  ],
  [
    "a claim is in doubt while the same is asked a second time, and is no longer when that is answered",
    {
      file: `${engineFile}Known.ts`,
      from: "other !== operation && other.incarnation",
      to: "false && other.incarnation",
    },
    (engines) => {
      const rows = reference.empty();
      const engine = engines.make({ rows: 200, bytes: 500_000 });
      const answer = (step: IteratorResult<Engine.Round, unknown>) =>
        step.done === true ? [] : step.value.requests.map((it) => reference.answer(rows, it, 5_000));
      const asked = claim(service, "n", [item("a", "n.1")]);
      const begun = () => engine.begin(asked, () => 5_000);
      const finish = (operation: ReturnType<typeof begun>, first: Parameters<typeof answer>[0]) => {
        let step = operation.next(answer(first));
        while (step.done !== true) step = operation.next(answer(step));
        return step.value.results[0]?.doubtUntil;
      };
      const joining = engine.begin(beat(service, "n"), () => 5_000);
      joining.next(answer(joining.next([])));
      const [one, other, third] = [begun(), begun(), begun()];
      const [first, second] = [one.next([]), other.next([])];
      // What the first has sent is refused; so nothing that it has sent can be made any more, but it is not over.
      expect(finish(other, second)).toBe(asked.expiresAt);
      expect(finish(one, first)).toBe(0);
      // One that nobody goes on with is over, too.
      const given = begun();
      given.next([]);
      given.return(undefined as never);
      expect(finish(third, third.next([]))).toBe(0);
    },
  ],
];

describe("pitfalls of one engine over stores of texts", () => {
  it.each(pitfalls)("%s", async (name, edit, check) => {
    check(Engine);
    const without = `pitfall-${pitfalls.findIndex(([it]) => it === name)}`;
    const lacking = await load<typeof Engine>({ name: without, edits: [edit] }, `${engineFile}Engine.ts`);
    expect(() => check(lacking), "it is noticed without the rule").toThrow();
  });

  it("overlap is judged after recovery: a dead holder's run makes nobody busy, wherever the clock stands", () => {
    for (const [guess, now] of [[5_000, 5_000], [4_990, 5_010], [5_010, 4_990]] as const) {
      const scene = new Scene(Engine);
      [scene.guess, scene.now] = [guess, now];
      const node = scene.node();
      node(beat(service, "n"));
      scene.put("a", { active: [runOf("dead", 4_000)] });
      scene.exchanges();
      const claimed = node(claim(service, "n", [item("a", "n.1", { ...due(4_000, 5_000), overlap: "skip" })]));
      expect(claimed.results[0]).toMatchObject({ status: "ok", lost: [{ fence: 4_000 }], runs: [{ dueAt: 5_000 }] });
      expect(scene.exchanges().length).toBeLessThanOrEqual(3);
    }
  });

  it("which numbers are the clock is marked where they are made, not guessed by what they are", () => {
    const scene = new Scene(Engine);
    [scene.guess, scene.now] = [5_000, 5_007];
    const node = scene.node();
    node(beat(service, "n"));
    // The instant it is due, the watermark and the last token are all what the engine takes for the time.
    scene.put("a", { watermark: 4_999, lastFence: 5_000, nextDueAt: 5_000 });
    const { results: [result] } = node(
      claim(service, "n", [item("a", "n.1", { ...due(4_999, 5_000), nextDueAt: 5_000 })]),
    );
    expect(result).toMatchObject({ status: "ok", watermark: 5_000, runs: [{ dueAt: 5_000, fence: 5_007 }] });
    expect(scene.record("a")).toMatchObject({ watermark: 5_000, nextDueAt: 5_000, lastFence: 5_007 });
  });

  it("what is remembered of a record is what its text says", () => {
    const scene = new Scene(Engine);
    const node = scene.node();
    node(beat(service, "n"));
    node(claim(service, "n", [item("a", "n.1")]));
    for (let at = 5_000; at < 5_500; at += 100) {
      [scene.guess, scene.now] = [at + 37, at];
      const { results: [result] } = node(claim(service, "n", [item("a", `n.${at}`, due(at, at + 100))]));
      expect(result).toMatchObject({ status: "ok", watermark: at + 100 });
      expect(result?.runs).toEqual(
        scene.record("a").active.map(({ attempt, dueAt, fence, kind }) => (
          { job: "a", dueAt, attempt, kind, fence }
        )),
      );
    }
  });

  it("an operation that is interrupted sends no further round", async () => {
    const rows = reference.empty();
    let sent = 0;
    let release = (): void => {};
    const held = new Promise<void>((resolve) => release = resolve);
    const store: Store = {
      name: "slow",
      limits: { rows: 200, bytes: 500_000 },
      exchange: (request) =>
        Effect.promise(async () => {
          sent += 1;
          await held;
          return reference.exchange(rows, request, 5_000);
        }),
      beat: () => Effect.never,
      history: () => Effect.succeed([]),
      keys: () => Effect.succeed({ keys: [], cursor: undefined }),
      destroy: () => Effect.void,
    };
    // The job is there already, so that what the engine takes for granted is refused and another round is due.
    reference.exchange(rows, {
      _tag: "Exchange",
      service,
      touch: false,
      items: [{
        _tag: "Change",
        rows: [{ key: "j:a", expect: undefined, put: `${layouts.newest}|4000|0|0|0|old|0||||` }],
        notBefore: 0,
        notAfter: 9_000,
        members: [],
        waitsSince: undefined,
        lines: [],
      }],
    }, 5_000);
    const ask = shell.driver(store).claim(claim(service, "n", [item("a", "n.1")]));
    const fiber = Effect.runFork(ask);
    await expect.poll(() => sent).toBe(1);
    const interrupted = Effect.runPromise(Fiber.interrupt(fiber));
    release();
    await interrupted;
    await Effect.runPromise(Effect.yieldNow);
    expect(sent).toBe(1);
    await Effect.runPromise(ask);
    expect(sent, "left alone it takes two").toBe(3);
  });
});
