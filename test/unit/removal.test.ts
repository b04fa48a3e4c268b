/**
 * Forgetting a job: each rule of it is shown with the engine as it is, and with one that lacks the rule. That the answers are the
 * same over every store is a matter of laws.
 */
import { describe, expect, it } from "vitest";
import * as Engine from "../../src/core/engine/Engine.ts";
import * as reference from "../../src/core/ledger/reference-store.ts";
import type { ItemParts } from "../../src/testing/laws/requests.ts";
import { beat, claim, complete, item } from "../conformance/support/requests.ts";
import { load } from "../mutants/build.ts";
import type { Edit } from "../mutants/mutant.ts";

const service = "s";
const remove = { _tag: "Control", service, command: { _tag: "Remove", job: "a" } } as const;
const declaring = (...jobs: ReadonlyArray<string>) => ({
  digest: `of ${jobs}`,
  declared: new Map(jobs.map((job) => [job, "definition"])),
});

/** Engines of their own over one store, whose clock stands where it is put. */
const scene = (engines: typeof Engine) => {
  const store = reference.empty();
  const clock = { now: 5_000 };
  let asked = 0;
  const sent: Array<Engine.StoreRequest> = [];
  const somebody = (between: (round: number) => void = () => {}) => {
    const engine = engines.make({ rows: 200, bytes: 500_000 });
    return <Q extends Engine.EngineRequest>(request: Q): Engine.AnswerTo<Q> => {
      const operation = engine.begin(request, () => clock.now);
      let step = operation.next([]);
      for (let round = 1; step.done !== true; round++) {
        between(round);
        sent.push(...step.value.requests);
        step = operation.next(step.value.requests.map((it) => reference.answer(store, it, clock.now)));
      }
      return step.value;
    };
  };
  const ask = (by: ReturnType<typeof somebody>, who: string, rest: ItemParts = {}) => {
    const { results: [result] } = by(claim(service, who, [item("a", `${who}.${++asked}`, rest)]));
    if (result === undefined) throw new Error("no answer");
    return result;
  };
  /** A node joins that declares the job, and makes it known. */
  const begin = (node: ReturnType<typeof somebody>) => {
    node(beat(service, "n", declaring("a")));
    return ask(node, "n");
  };
  return { store, clock, sent, somebody, ask, begin };
};

/** A rule, how it is taken out, and what is seen then. */
type Rule = readonly [name: string, edit: Edit, check: (engines: typeof Engine) => void];

const engineFile = "src/core/engine/removal.ts";
const ledgerFile = "src/core/ledger/Removal.ts";

const rules: ReadonlyArray<Rule> = [
  [
    "who declares the job is looked at",
    { file: engineFile, from: "!isTold || member.jobs.has(job)", to: "false" },
    (engines) => {
      const { begin, somebody } = scene(engines);
      const [node, client] = [somebody(), somebody()];
      begin(node);
      expect(client(remove)).toMatchObject({ result: "declared", nodes: ["node n"] });
    },
  ],
  [
    "who has not told yet what it declares may declare the job",
    { file: engineFile, from: "!isTold || member.jobs.has(job)", to: "member.jobs.has(job)" },
    (engines) => {
      const { ask, somebody } = scene(engines);
      const [node, client] = [somebody(), somebody()];
      node(beat(service, "n", { digest: "untold" }));
      ask(node, "n");
      expect(client(remove)).toMatchObject({ result: "declared", nodes: ["node n"] });
    },
  ],
  [
    "a run of a member keeps the record",
    { file: ledgerFile, from: 'if (by !== "" && isMember(by)) {', to: "if (false) {" },
    (engines) => {
      const { ask, begin, clock, somebody } = scene(engines);
      const [node, client] = [somebody(), somebody()];
      begin(node);
      clock.now += 1;
      ask(node, "n", { from: 5_000, to: 5_001, runs: [{ dueAt: 5_001, kind: "due" }] });
      node(beat(service, "n", declaring()));
      expect(client(remove)).toMatchObject({ result: "running", nodes: ["node n"] });
    },
  ],
  [
    "who holds a run is proved in the step that removes",
    { file: "src/core/engine/settle.ts", from: "      members.push([incarnation, answer]);\n", to: "" },
    (engines) => {
      const { ask, begin, clock, somebody, store } = scene(engines);
      const node = somebody();
      begin(node);
      clock.now += 1;
      ask(node, "n", { from: 5_000, to: 5_001, runs: [{ dueAt: 5_001, kind: "due" }] });
      node(beat(service, "n", { ...declaring(), state: "gone" }));
      // It is back with its run between the look and the removal.
      const client = somebody((round) => {
        if (round === 2) node(beat(service, "n", declaring()));
      });
      expect(client(remove).result).toBe("running");
      expect(store.rows.has("j:a")).toBe(true);
    },
  ],
  [
    "what is queued keeps it",
    {
      file: ledgerFile,
      from: "if (record.queue.length > 0 || record.waiting !== undefined)",
      to: "if (record.queue.length > 1)",
    },
    (engines) => {
      const { begin, somebody } = scene(engines);
      const [node, client] = [somebody(), somebody()];
      begin(node);
      client({ _tag: "Control", service, command: { _tag: "Trigger", job: "a", key: "k" } });
      node(beat(service, "n", declaring()));
      expect(client(remove).result).toBe("queued");
    },
  ],
  [
    "a removal whose copy comes late removes nothing, nor one that comes after a change",
    { file: engineFile, from: "moment.isAfter(at + commandMs);", to: "" },
    (engines) => {
      const { ask, clock, sent, somebody, store } = scene(engines);
      const [node, client] = [somebody(), somebody()];
      node(beat(service, "n", declaring("a")));
      ask(node, "n", { begins: { watermark: 4_000, nextDueAt: undefined } });
      const before = new Map(store.rows);
      node(beat(service, "n", declaring()));
      client(remove);
      expect(store.rows.size).toBe(0);
      const copy = sent.at(-1) as Engine.StoreRequest;
      // As it was, to the letter.
      for (const [key, text] of before) store.rows.set(key, text);
      clock.now += 10_001;
      reference.answer(store, copy, clock.now);
      expect(store.rows.has("j:a")).toBe(true);
    },
  ],
  [
    "the keys that people asked under go with it",
    { file: engineFile, from: "...Array.from({ length: Asked.shards }", to: "...Array.from({ length: 0 }" },
    (engines) => {
      const { begin, clock, somebody, store } = scene(engines);
      const [node, client] = [somebody(), somebody()];
      begin(node);
      for (const key of ["k", "l", "m"]) {
        client({ _tag: "Control", service, command: { _tag: "Trigger", job: "a", key } });
      }
      client({ _tag: "Control", service, command: { _tag: "Cancel", job: "a" } });
      node(beat(service, "n", declaring()));
      clock.now += 1;
      expect(client(remove).result).toBe("ok");
      expect([...store.rows.keys()]).toEqual([]);
    },
  ],
];

describe("a removal", () => {
  it.each(rules)("%s", (_, __, check) => check(Engine));

  it.each(rules)("%s: without the rule it is seen", async (name, edit, check) => {
    const broken = await load<typeof Engine>(
      { name: `removal-${name.replaceAll(/[^a-z]+/g, "-").slice(0, 40)}`, edits: [edit] },
      "src/core/engine/Engine.ts",
    );
    expect(() => check(broken)).toThrow();
  });

  it("a node that declares the job just then registers it anew from where it knows it to stand, and runs nothing twice", () => {
    const { ask, clock, somebody, store } = scene(Engine);
    const node = somebody();
    node(beat(service, "n", declaring("a")));
    expect(ask(node, "n")).toMatchObject({ status: "new", watermark: 5_000 });
    clock.now += 1_000;
    const { runs } = ask(node, "n", { from: 5_000, to: 6_000, runs: [{ dueAt: 6_000, kind: "due" }] });
    expect(node(complete(service, runs)).results).toEqual(["ok"]);
    const { version } = node(beat(service, "n", declaring()));
    const client = somebody((round) => {
      if (round !== 2) return;
      node(beat(service, "n", declaring("a")));
      expect(ask(node, "n", { floor: 6_000 })).toMatchObject({ status: "at", watermark: 6_000 });
    });
    expect(client(remove).result).toBe("ok");
    expect(store.rows.has("j:a")).toBe(false);
    // It is told to look again, and has nothing decided a second time.
    expect(node(beat(service, "n", { ...declaring("a"), knownVersion: version })).members?.length).toBe(1);
    clock.now += 500;
    const late = ask(node, "n", { from: 5_000, to: 6_000, floor: 6_000, runs: [{ dueAt: 6_000, kind: "due" }] });
    expect([late.status, late.runs, (late.watermark ?? 0) >= 6_000]).toEqual(["new", [], true]);
  });

  it("a job whose record a node changes just then is looked at again, and kept for who declares it", () => {
    const { ask, begin, clock, somebody, store } = scene(Engine);
    const [node, other] = [somebody(), somebody()];
    begin(node);
    node(beat(service, "n", declaring()));
    const client = somebody((round) => {
      if (round !== 2) return;
      clock.now += 100;
      other(beat(service, "m", declaring("a")));
      ask(other, "m", { definition: "another" });
    });
    expect(client(remove).result).toBe("declared");
    expect(store.rows.get("j:a")).toContain("another");
  });

  it("a removal that is done by a copy of it says so", () => {
    const { begin, somebody, store } = scene(Engine);
    const [node, other] = [somebody(), somebody()];
    begin(node);
    node(beat(service, "n", declaring()));
    const client = somebody((round) => {
      if (round === 2) other(remove);
    });
    expect(client(remove).result).toBe("ok");
    expect(store.rows.size).toBe(0);
    expect(client(remove).result).toBe("unknown");
  });

  it("fires that people ask for just then keep it", () => {
    const { begin, somebody, store } = scene(Engine);
    const [node, other] = [somebody(), somebody()];
    begin(node);
    node(beat(service, "n", declaring()));
    const client = somebody((round) => {
      if (round === 2) other({ _tag: "Control", service, command: { _tag: "Trigger", job: "a", key: "k" } });
    });
    expect(client(remove).result).toBe("queued");
    expect([...store.rows.keys()].length).toBe(2);
  });

  it.each(["2|nothing of ours", "99|of a later release"])("a record that cannot be read is left alone: %s", (text) => {
    const { somebody, store } = scene(Engine);
    store.rows.set("j:a", text);
    const client = somebody();
    let fault: unknown;
    try {
      client(remove);
    } catch (error) {
      fault = error;
    }
    expect(fault).toMatchObject({ reason: "Foreign", detail: expect.stringContaining("left alone") });
    expect(store.rows.get("j:a")).toBe(text);
  });

  it("a node that knew the job, and declares it no more, does not bring it back", () => {
    const { begin, somebody, store } = scene(Engine);
    const [node, client] = [somebody(), somebody()];
    begin(node);
    node(beat(service, "n", declaring("b")));
    expect(client(remove).result).toBe("ok");
    node(complete(service, [{ job: "a", dueAt: 5_000, attempt: 1, kind: "due", fence: 1 }]));
    node({ _tag: "Peek", service, jobs: ["a"], history: false });
    node(beat(service, "n", declaring("b")));
    expect(store.rows.size).toBe(0);
  });
});
