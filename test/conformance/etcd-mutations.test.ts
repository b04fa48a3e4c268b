import * as Effect from "effect/Effect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Store } from "../../src/Store.ts";
import * as Laws from "../../src/testing/Laws.ts";
import { load } from "../mutants/build.ts";
import type { Edit } from "../mutants/mutant.ts";
import { type EtcdCluster, startEtcd } from "../support/etcd.ts";
import { play, scenarios } from "./support/etcd-scenarios.ts";
import { type Make, storeAt } from "./support/etcd-store.ts";

const at = (file: string) => (from: string, to: string): Edit => ({ file: `adapters/etcd/${file}.ts`, from, to });
const [exchange, beat, view, promise] = ["exchange", "beat", "view", "promise"].map(at) as [
  (from: string, to: string) => Edit,
  (from: string, to: string) => Edit,
  (from: string, to: string) => Edit,
  (from: string, to: string) => Edit,
];
const [parts, context, transport] = ["parts", "context", "client/transport"].map(at) as [
  (from: string, to: string) => Edit,
  (from: string, to: string) => Edit,
  (from: string, to: string) => Edit,
];

/** The store without one of its rules, and the law or scenario that notices. */
const mutants: ReadonlyArray<readonly [name: string, edits: ReadonlyArray<Edit>, noticed: string]> = [
  [
    "texts are not compared",
    [exchange(
      "[wire.valueIs(key, value), ...(plans.length > wide ? [] : [wire.modIs(key, mod)])]",
      "[wire.modIs(key, mod)]",
    )],
    "written by others to the same revision",
  ],
  [
    "revisions are not compared",
    [exchange("...(plans.length > wide ? [] : [wire.modIs(key, mod)])", "")],
    "after its row went back",
  ],
  ["absence is not compared", [exchange("? [wire.modIs(key, 0)]", "? []")], "changed only if its version"],
  ["windows are not judged", [exchange("notBefore <= now && now <= notAfter", "true")], "in its window only"],
  [
    "members are not compared",
    [exchange("compare: [...conditions(plans), ...guards]", "compare: conditions(plans)")],
    "guarded by who",
  ],
  [
    "the sender is not compared",
    [parts("compare: senders.map(({ key, mod }) => wire.modIs(key, mod)),", "compare: [],")],
    "once its sender has sent a look",
  ],
  [
    "what got lost is not remembered",
    [parts("own.isOpen = true", "own.isOpen = false")],
    "once its sender has sent a look",
  ],
  [
    "what members refused is not remembered",
    [exchange("ownOf(known, incarnation).isOpen = true;", "ownOf(known, incarnation);")],
    "that members refused is not made",
  ],
  [
    "a look does not stop what got lost",
    [exchange("inChunks([...closings, ", "inChunks([")],
    "once its sender has sent a look",
  ],
  [
    "a beat does not stop what got lost",
    [beat("own.isOpen ? [wire.put(key, node)] : []", "[]")],
    "once its sender has sent a beat",
  ],
  [
    "the index forgets what waited",
    [exchange("[before, known.overdue.get(key)]", "[]")],
    "who waits is listed",
  ],
  [
    "what is wrong in the index stays",
    [exchange("[before, known.overdue.get(key)]", "[before]")],
    "what is wrong in the index",
  ],
  [
    "the version is not touched",
    [exchange("...(touch && isPut ?", "...(false ?")],
    "grows by an exchange",
  ],
  ["a hint is not told", [exchange("...(hint !== undefined && isPut ?", "...(false ?")], "who listens hears"],
  [
    "a hint of nothing is told",
    [exchange("...(hint !== undefined && isPut ?", "...(hint !== undefined ?")],
    "who listens hears",
  ],
  [
    "a beat may come late",
    [beat("compare: [\n        wire.modIs(key, own.mod),", "compare: [")],
    "a beat that got lost",
  ],
  [
    "a promise may get shorter",
    [beat("Math.min(own.promised?.endsAt ?? 0, now + longestMs)", "0")],
    "does not shorten what a later one promised",
  ],
  [
    "a renewal may come late",
    [promise("compare: [wire.modIs(key, mod)],", "compare: [],")],
    "of a renewal does not shorten",
  ],
  [
    "a renewal joins",
    [
      promise(
        "if (promised === undefined || promised.endsAt >= now + ms) return undefined;",
        "if (promised !== undefined && promised.endsAt >= now + ms) return undefined;",
      ),
      promise(
        "const renewed = { ...promised, endsAt: now + ms };",
        "const renewed = { since: 0, longestMs: 0, ...promised, endsAt: now + forMs };",
      ),
    ],
    "renews nobody who is no member",
  ],
  ["who came back is removed", [
    view("compare: dead.map((it) => wire.exists(keys.member(it), false)),", "compare: [],"),
  ], "while it is being removed"],
  [
    "a removal makes no version",
    [view('...(dead.length === 0 ? [] : [wire.put(keys.version, "")]),', "")],
    "is removed together with a new version",
  ],
  [
    "what is forgotten may be needed",
    [view("compare: [wire.modIs(keys.version, view.mod)],", "compare: [],")],
    "while it is being forgotten",
  ],
  [
    "nobody is missed",
    [beat("isMissing: nodes?.count !== promises?.count", "isMissing: false")],
    "is removed together with a new version",
  ],
  [
    "a store may go back",
    [transport("const isOther = done.revision < before;", "const isOther = false;")],
    "as of after they had joined",
  ],
  ["a store may become another one", [
    context("known.own.set(incarnation, unknown(true))", "known.own.set(incarnation, unknown(false))"),
  ], "as of after they had joined"],
  ["that another has noticed is not enough", [
    beat("own.isAnew ||= known.epoch !== undefined && known.epoch !== epoch;", ""),
  ], "as of after they had joined"],
  [
    "versions begin where they began",
    [context("known.lostEpoch = known.epoch ?? known.lostEpoch;", "")],
    "as of after they had joined",
  ],
];

let etcd: EtcdCluster;
beforeAll(async () => {
  etcd = await startEtcd();
});
afterAll(() => etcd?.stop());

/** Whether what is named so holds for stores that are made so. */
const holds = async (name: string, make?: Make): Promise<boolean> => {
  const scenario = scenarios.find((it) => it[0].includes(name));
  const law = Laws.store.find((it) => it.name.includes(name));
  if (scenario === undefined && law === undefined) throw new Error(`nothing is called ${name}`);
  try {
    if (scenario !== undefined) await play(scenario, make);
    else if (law !== undefined) {
      await Effect.runPromise(Effect.provideService(law.check, Store, storeAt(etcd, { make }).store));
    }
    return true;
  } catch {
    return false;
  }
};

describe("a store without one of its rules", () => {
  it.each(mutants)("%s", async (name, edits, noticed) => {
    const { make } = await load<{ make: Make }>({ name: `etcd ${name}`, edits }, "adapters/etcd/store.ts");
    expect(await holds(noticed, make), `${noticed}, of the mutant`).toBe(false);
  });

  it.each([...new Set(mutants.map(([, , noticed]) => noticed))])("with all of them: %s", async (noticed) => {
    expect(await holds(noticed)).toBe(true);
  });
});
