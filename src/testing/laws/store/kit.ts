/**
 * What the laws of a store are written with.
 */
import * as Effect from "effect/Effect";
import type { DriverError } from "../../../Driver.ts";
import {
  type Change,
  type Exchanged,
  type ExchangeItem,
  type ExchangeReply,
  type ExchangeRequest,
  Store,
  type StoreBeat,
  type StoreBeatReply,
} from "../../../Store.ts";
import { type Brief, briefly, LawViolation } from "../kit.ts";

export { holds, same } from "../kit.ts";

/** A law of stores: it holds if the effect succeeds. Each check uses a service of its own and removes it. */
export interface StoreLaw {
  readonly name: string;
  readonly check: Effect.Effect<void, LawViolation | DriverError, Store>;
}

/** What a law may fail with. */
export type Checking<A> = Effect.Effect<A, LawViolation | DriverError>;

/** A change with most of it filled in. */
export type ChangePlan = Partial<Change> & Pick<Change, "rows">;

/** A change that may be whenever its rows are as expected. */
export const change = (plan: ChangePlan): Change => ({
  _tag: "Change",
  notBefore: 0,
  notAfter: Number.MAX_SAFE_INTEGER,
  members: [],
  waitsSince: "same",
  lines: [],
  ...plan,
});

/** A look at keys. */
export const look = (...keys: ReadonlyArray<string>): ExchangeItem => ({ _tag: "Look", keys });

/** A beat of a member that promises to be heard of within a minute. */
export const beat = (service: string, incarnation: string, rest: Partial<StoreBeat> = {}): StoreBeat => ({
  _tag: "StoreBeat",
  service,
  incarnation,
  member: { row: `row of ${incarnation.length}`, digest: "digest", longestMs: 3_600_000, since: undefined },
  declared: undefined,
  renewMs: 60_000,
  amnestyMs: 60_000,
  knownVersion: 0,
  knownDigests: [],
  overdueMs: 1_000,
  ...rest,
});

/** A store with most of each request filled in. */
export interface Kept {
  readonly store: Store;
  readonly service: string;
  readonly exchange: (
    items: ReadonlyArray<ExchangeItem>,
    rest?: Partial<ExchangeRequest>,
  ) => Checking<ExchangeReply>;
  /** One change, and what became of it. */
  readonly change: (plan: ChangePlan, rest?: Partial<ExchangeRequest>) => Checking<Exchanged>;
  /** Puts a text where the version is, which must succeed, and tells its version. */
  readonly put: (key: string, text: string, expect?: string, rest?: Partial<Change>) => Checking<string>;
  /** A version that was given once, for a text that is nowhere any more. */
  readonly stale: Checking<string>;
  /** The texts under keys. */
  readonly texts: (...keys: ReadonlyArray<string>) => Checking<ReadonlyArray<string | undefined>>;
  readonly beat: (incarnation: string, rest?: Partial<StoreBeat>) => Checking<StoreBeatReply>;
  readonly history: Checking<ReadonlyArray<string>>;
  /** Every key, of all pages, sorted. */
  readonly keys: Checking<ReadonlyArray<string>>;
}

const freshService = (): string => `laws-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`;

const missing = (what: string, found: unknown): LawViolation => new LawViolation({ what, found, expected: "a change" });

const keptIn = (store: Store, service: string): Kept => {
  const exchange: Kept["exchange"] = (items, rest = {}) =>
    store.exchange({ _tag: "Exchange", service, items, touch: false, ...rest });
  const single: Kept["change"] = (plan, rest) =>
    Effect.flatMap(
      exchange([change(plan)], rest),
      ({ results: [result, ...more] }) =>
        result === undefined || more.length > 0
          ? Effect.fail(missing("answers to one change", more.length))
          : Effect.succeed(result),
    );
  const pages = (cursor: string | undefined): Checking<ReadonlyArray<string>> =>
    Effect.flatMap(
      store.keys(service, cursor),
      (page) =>
        page.cursor === undefined
          ? Effect.succeed(page.keys)
          : Effect.map(pages(page.cursor), (more) => [...page.keys, ...more]),
    );
  const put: Kept["put"] = (key, text, expect, rest = {}) =>
    Effect.flatMap(single({ rows: [{ key, expect, put: text }], ...rest }), (result) => {
      const version = result._tag === "Changed" ? result.versions[0] : undefined;
      return version === undefined ? Effect.fail(missing(`put ${key}`, result)) : Effect.succeed(version);
    });
  return {
    store,
    service,
    exchange,
    change: single,
    put,
    stale: Effect.tap(
      put("stale", "a stale text"),
      (expect) => single({ rows: [{ key: "stale", expect, put: null }] }),
    ),
    texts: (...keys) =>
      Effect.flatMap(
        exchange([look(...keys)]),
        ({ results: [result] }) =>
          result?._tag === "Found"
            ? Effect.succeed(result.found.map((it) => it?.text))
            : Effect.fail(missing("a look", result)),
      ),
    beat: (incarnation, rest) => store.beat(beat(service, incarnation, rest)),
    history: store.history(service),
    keys: Effect.map(pages(undefined), (keys) => [...new Set(keys)].sort()),
  };
};

/** Builds a law from what it does with a fresh service. */
export const law = (name: string, body: (kept: Kept) => Checking<void>): StoreLaw => ({
  name,
  check: Effect.suspend(() => {
    const service = freshService();
    return Effect.flatMap(
      Store,
      (store) => Effect.ensuring(body(keptIn(store, service)), Effect.ignore(store.destroy(service))),
    );
  }),
});

/** Beats of `other` and `self`, members from then on whose promises are over soon, besides others that are there. None grants an amnesty. */
export const bothBriefly = (kept: Kept, others = 0): Checking<Brief<StoreBeatReply>> =>
  briefly((renewMs) => {
    const brief = { renewMs, amnestyMs: 0 };
    return Effect.andThen(kept.beat("other", brief), kept.beat("self", brief));
  }, ({ members }) => members?.length === others + 2);
