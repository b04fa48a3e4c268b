/**
 * Random exchanges and beats, described by small numbers, and what a store and the reference make of them.
 *
 * @module
 */
import fc from "fast-check";
import { groupOf } from "../../../src/core/words/Exchange.ts";
import type { Due, ExchangeItem, ExchangeRequest, Found, ShelvedPage, StoreBeat } from "../../../src/Store.ts";

const shelvedKeys = ["_:a", "_:a%20b", "_:b"];
const keys = ["j:plain", "j:a%7Cb", "k:plain:3", "odd|key=,\n𝄞", "_d:a", ...shelvedKeys];
const shelves = ["h:report:0", "h:report:63", "h:a%7Cb:7"];
const prefixes = ["_:", "_:a", "_:a%20"];

/** Whether a row may stand on a shelf: it is what a change is about, if it is in one. */
const isShelved = (key: number): boolean => shelvedKeys.includes(keys[key] as string);
/** The last one is nobody, whose beats are looks. */
const nodes = ["a", "b|c", "ü", ""];
const long = (mark: number): string => `2|${"0123456789".repeat(60)}|${mark}`;
const texts = ["2|1|x", "2|@5+1@|y", long(1), long(2), "", "2|@1900000000000+3@;@0+7@"];

/** A change or a look at some rows. */
interface ItemPlan {
  readonly isLook: number;
  readonly rows: ReadonlyArray<{ readonly key: number; readonly isRight: number; readonly put: number }>;
  readonly window: number;
  readonly guards: ReadonlyArray<readonly [node: number, isMember: boolean]>;
  readonly waits: number;
  readonly shelf: number;
  readonly lines: number;
}

/** What is asked about shelves. */
export interface DuePlan {
  readonly do: "due";
  /** Whether all shelves of groups are asked about, or some. */
  readonly isWhole: boolean;
  readonly asks: ReadonlyArray<
    { readonly shelf: number; readonly after: number; readonly until: number; readonly limit: number }
  >;
}

/** A page of the rows on shelves. */
export interface ListPlan {
  readonly do: "list";
  readonly prefix: number;
  readonly after: number;
  readonly limit: number;
}

/** An exchange of some items. */
export interface ExchangePlan {
  readonly do: "exchange";
  readonly items: ReadonlyArray<ItemPlan>;
  readonly touch: boolean;
  readonly renew: number;
}

/** A beat of one of the nodes. */
export interface BeatPlan {
  readonly do: "beat";
  readonly node: number;
  readonly row: number;
  readonly digest: number;
  readonly declares: boolean;
  readonly renew: number;
  readonly knows: boolean;
  readonly since: number;
}

/** One operation. */
export type Plan = ExchangePlan | BeatPlan | DuePlan | ListPlan | { readonly do: "wait"; readonly ms: number };

const small = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });
const often = (weight: number, most: number, otherwise: number): fc.Arbitrary<number> =>
  fc.oneof({ weight, arbitrary: fc.constant(most) }, { weight: 1, arbitrary: fc.constant(otherwise) });

const item: fc.Arbitrary<ItemPlan> = fc.record({
  isLook: often(4, 0, 1),
  rows: fc.uniqueArray(
    fc.record({ key: small(keys.length - 1), isRight: often(5, 1, 0), put: small(texts.length + 2) }),
    { minLength: 1, maxLength: 2, selector: ({ key }) => key },
  ),
  window: small(7),
  guards: fc.array(fc.tuple(small(nodes.length - 1), fc.boolean()), { maxLength: 2 }),
  waits: small(3),
  shelf: small(shelves.length - 1),
  lines: small(2),
});

const ask = fc.record({ shelf: small(shelves.length - 1), after: small(3), until: small(3), limit: small(3) });

/** Random operations. */
export const plan: fc.Arbitrary<Plan> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("exchange" as const),
      items: fc.array(item, { minLength: 1, maxLength: 3 }),
      touch: fc.boolean(),
      renew: small(8),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("beat" as const),
      node: small(nodes.length - 1),
      row: small(3),
      digest: small(2),
      declares: fc.boolean(),
      renew: small(3),
      knows: fc.boolean(),
      since: often(4, 0, 1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("due" as const),
      isWhole: fc.boolean(),
      asks: fc.uniqueArray(ask, { minLength: 1, maxLength: 3, selector: ({ shelf }) => shelf }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("list" as const),
      prefix: small(prefixes.length - 1),
      after: small(shelvedKeys.length),
      limit: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(1, 5, 25) }) },
);

/** What the interpreter remembers of the store. */
export interface Memory {
  /** What is under a key, as the store told it last. */
  readonly found: Map<string, Found>;
  /** The shelf that a row stands on. */
  readonly shelves: Map<string, string>;
  now: number;
  version: number;
}

/** Where the row of a change stands from then on. One that is only compared stays where it is, and one that moves says since when. */
const placeOf = (
  { now, shelves: known }: Memory,
  { key, put }: ItemPlan["rows"][number],
  { shelf, waits }: ItemPlan,
): Pick<Extract<ExchangeItem, { readonly _tag: "Change" }>, "shelf" | "unshelve" | "waitsSince"> => {
  if (put > texts.length) return { waitsSince: "same" };
  const before = known.get(keys[key] as string);
  const next = put === texts.length ? before ?? shelves[shelf] : shelves[shelf];
  if (before === undefined || before === next) return { shelf: next, waitsSince: sinceOf(now, waits) };
  return { shelf: next, unshelve: before, waitsSince: waits === 1 ? undefined : sinceOf(now, waits) };
};

const sinceOf = (now: number, waits: number): number | undefined | "same" =>
  waits === 0 ? undefined : waits === 1 ? "same" : now - 10_000 * waits;

const dueOf = (now: number, shelf: number, { after, limit, until }: DuePlan["asks"][number]): Due => ({
  _tag: "Due",
  shelf: shelves[shelf] as string,
  after: after === 0 ? -1 : now - 10_000 * after,
  until: Math.max(0, now - 10_000 * until),
  limit,
});

/** What is asked about shelves, by a plan: about those that it names, or about all, from the beginning. */
export const duesOf = ({ now }: Memory, { asks, isWhole }: DuePlan): Pick<ExchangeRequest, "items" | "groups"> => {
  const [first] = asks;
  if (!isWhole || first === undefined) return { items: asks.map((ask) => dueOf(now, ask.shelf, ask)) };
  return {
    items: shelves.map((_, index) => dueOf(now, index, { ...first, after: 0 })),
    groups: [...new Set(shelves.map(groupOf))],
  };
};

/** The page of a plan. */
export const pageOf = ({ after, limit, prefix }: ListPlan): ShelvedPage => ({
  prefix: prefixes[prefix] as string,
  after: shelvedKeys[after],
  limit,
});

/** The exchange of a plan. Rows are named once, as the port wants it. */
export const exchangeOf = (service: string, memory: Memory, it: ExchangePlan): ExchangeRequest => {
  const used = new Set<number>();
  const items = it.items.flatMap((plan): ReadonlyArray<ExchangeItem> => {
    const { guards, isLook, lines, rows, waits, window } = plan;
    const unused = rows.filter(({ key }) => !used.has(key));
    const fresh = isLook === 1 ? unused : unused.filter(({ key }, at) => at === 0 || !isShelved(key));
    for (const { key } of fresh) used.add(key);
    if (fresh.length === 0) return [];
    if (isLook === 1) return [{ _tag: "Look", keys: fresh.map(({ key }) => keys[key] as string) }];
    const [about] = fresh;
    const place = about !== undefined && isShelved(about.key) ? placeOf(memory, about, plan) : {};
    return [{
      _tag: "Change",
      rows: fresh.map(({ isRight, key, put }) => ({
        key: keys[key] as string,
        expect: isRight === 1 ? memory.found.get(keys[key] as string)?.version : "=2|other",
        put: put < texts.length ? texts[put] as string : put === texts.length ? null : undefined,
      })),
      notBefore: window === 1 ? memory.now + 60_000 : 0,
      notAfter: window === 2 ? memory.now - 1 : window === 3 ? memory.now + 60_000 : Number.MAX_SAFE_INTEGER,
      members: guards.map(([who, isMember]) => [nodes[who] as string, isMember] as const),
      waitsSince: sinceOf(memory.now, waits),
      lines: Array.from({ length: lines }, (_, index) => `S,${index},@0+${index}@`),
      ...place,
    }];
  });
  const renew = nodes[it.renew];
  return {
    _tag: "Exchange",
    service,
    items,
    touch: it.touch,
    renew: renew === undefined ? undefined : { incarnation: renew, forMs: 20 + 30 * it.items.length },
  };
};

/** The beat of a plan. */
export const beatOf = (service: string, memory: Memory, it: BeatPlan): StoreBeat => ({
  _tag: "StoreBeat",
  service,
  incarnation: nodes[it.node] as string,
  member: it.row === 0 || nodes[it.node] === "" ? undefined : {
    row: `2|row ${it.row}`,
    digest: `d|${it.digest}`,
    longestMs: 200,
    since: it.since === 1 ? 1_700_000_000_000 : undefined,
  },
  declared: it.declares && it.row > 0 ? `1|job=${it.digest}` : undefined,
  renewMs: [5, 20, 60, 200][it.renew] as number,
  amnestyMs: it.digest === 1 ? 150 : 40,
  knownVersion: it.knows ? memory.version : 0,
  knownDigests: it.knows ? ["d|0"] : [],
  overdueMs: 15_000,
});
