/**
 * Stores over a real etcd, and what they send.
 *
 * @module
 */
import * as Effect from "effect/Effect";
import * as etcd from "../../../adapters/etcd/store.ts";
import type { DriverError } from "../../../src/Driver.ts";
import type { Change, Exchanged, Row, Store, StoreBeat, StoreBeatReply } from "../../../src/Store.ts";
import type { EtcdCluster } from "../../support/etcd.ts";

/** A store, with most of each request filled in and its promises run. */
export interface Asked {
  readonly store: Store;
  /** The paths of the requests it has sent. */
  readonly sent: Array<string>;
  readonly beat: (service: string, incarnation: string, rest?: Partial<StoreBeat>) => Promise<StoreBeatReply>;
  /** A change, as it is sent. */
  readonly changing: (
    service: string,
    rows: ReadonlyArray<Row>,
    rest?: Partial<Change>,
  ) => Effect.Effect<Exchanged, DriverError>;
  readonly change: (service: string, rows: ReadonlyArray<Row>, rest?: Partial<Change>) => Promise<Exchanged>;
  /** Puts a text and tells its version. */
  readonly put: (
    service: string,
    key: string,
    text: string,
    expect?: string,
    rest?: Partial<Change>,
  ) => Promise<string>;
  readonly text: (service: string, key: string) => Promise<string | undefined>;
}

/** A change with most of it filled in. */
export const changeOf = (rows: ReadonlyArray<Row>, rest: Partial<Change> = {}): Change => ({
  _tag: "Change",
  rows,
  notBefore: 0,
  notAfter: Number.MAX_SAFE_INTEGER,
  members: [],
  waitsSince: "same",
  lines: [],
  ...rest,
});

/** What makes a store. */
export type Make = typeof etcd.make;

/** How a store is made here. */
export interface Plan {
  /** Sees what it sends. */
  readonly fetch?: typeof globalThis.fetch;
  readonly timeoutMs?: number;
  readonly make?: Make | undefined;
}

/** A store with a memory of its own. */
export const storeAt = ({ urls }: Pick<EtcdCluster, "urls">, plan: Plan = {}): Asked => {
  const { fetch: spy = (input, init) => fetch(input, init), make = etcd.make, timeoutMs = 10_000 } = plan;
  const sent: Array<string> = [];
  const store = make({
    name: "etcd",
    endpoints: urls,
    user: undefined,
    password: undefined,
    prefix: "ringcron/",
    timeoutMs,
    maxClockSkewMs: 500,
    fetch: (input, init) => {
      sent.push(String(input).replace(/^.*\/v3\//, ""));
      return spy(input, init);
    },
  });
  const changing: Asked["changing"] = (service, rows, rest) =>
    Effect.map(
      store.exchange({ _tag: "Exchange", service, items: [changeOf(rows, rest)], touch: false }),
      ({ results }) => results[0] as Exchanged,
    );
  const change: Asked["change"] = (service, rows, rest) => Effect.runPromise(changing(service, rows, rest));
  return {
    store,
    sent,
    changing,
    change,
    beat: (service, incarnation, rest) =>
      Effect.runPromise(store.beat({
        _tag: "StoreBeat",
        service,
        incarnation,
        member: { row: "1|row", digest: "digest", longestMs: 3_600_000, since: undefined },
        declared: undefined,
        renewMs: 60_000,
        amnestyMs: 60_000,
        knownVersion: 0,
        knownDigests: ["digest"],
        overdueMs: 1_000,
        ...rest,
      })),
    put: async (service, key, text, expect, rest) => {
      const result = await change(service, [{ key, expect, put: text }], rest);
      const version = result._tag === "Changed" ? result.versions[0] : undefined;
      if (version === undefined) throw new Error(`${key} was not put: ${JSON.stringify(result)}`);
      return version;
    },
    text: async (service, key) => {
      const look = { _tag: "Exchange", service, items: [{ _tag: "Look", keys: [key] }], touch: false } as const;
      const { results: [result] } = await Effect.runPromise(store.exchange(look));
      return result?._tag === "Found" ? result.found[0]?.text : undefined;
    },
  };
};
