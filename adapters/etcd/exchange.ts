/**
 * The exchange: one transaction, which holds a nested one for each item.
 *
 * A change compares the revision and the text of each row: the revision, because it never comes back while etcd keeps what
 * it acknowledged; the text, because a store that was restored may have given the revision to another one. etcd compares no
 * time, so a window is judged before anything is sent. What stops a copy that arrives late is a key of its sender: it is
 * written anew with the next request after a change of which a copy may still be made.
 */
import * as Effect from "effect/Effect";
import { resolve } from "../../src/core/ledger/Moment.ts";
import type { Change, Due, Exchanged, ExchangeReply, ExchangeRequest, Look, Row } from "../../src/Store.ts";
import { type Failure, isLeaseGone } from "./client/errors.ts";
import * as wire from "./client/wire.ts";
import { type Context, type Known, ownOf, probe } from "./context.ts";
import * as history from "./history.ts";
import { type Keys, keysOf, readRow, rowValue, shelvedIn } from "./keys.ts";
import { inChunks, type Part, sendParts } from "./parts.ts";
import * as promise from "./promise.ts";
import * as times from "./time.ts";

/** What a change is made with. */
interface Desk {
  readonly context: Context;
  readonly known: Known;
  readonly keys: Keys;
  readonly now: number;
  readonly touch: boolean;
  readonly hint: string | undefined;
}

/** A revision that is none. */
const never = String(Number.MAX_SAFE_INTEGER);

const versionOf = (mod: number, value: string): string => `${mod}:${value}`;

const foundOf = (kv: wire.Kv | undefined) =>
  kv === undefined ? undefined : { text: readRow(kv.value).text, version: versionOf(kv.mod, kv.value) };

/** A row as it must be, and as it is to become; null: nothing, undefined: it stays. */
interface RowPlan {
  readonly key: string;
  readonly mod: number;
  readonly value: string | undefined;
  readonly put: string | null | undefined;
  /** What keeps the index of what waits right. */
  readonly dues: ReadonlyArray<wire.Op>;
}

/** What was told as overdue under another instant goes too: nothing belongs to it. */
const dueOps = (
  { keys, known }: Desk,
  key: string,
  before: number | undefined,
  after: number | undefined,
): ReadonlyArray<wire.Op> => {
  const old = new Set([before, known.overdue.get(key)].filter((it) => it !== undefined && it !== after));
  return [
    ...[...old].map((since) => wire.remove(keys.due(since as number, key))),
    ...(after === undefined || after === before ? [] : [wire.put(keys.due(after, key), "")]),
  ];
};

/** The same of a row on a shelf, which is told nowhere else. */
const shelfOps = (
  { keys }: Desk,
  key: string,
  { shelf = "", unshelve = shelf }: Shelves,
  before: number | undefined,
  after: number | undefined,
): ReadonlyArray<wire.Op> => {
  const [from, to] = [before, after].map((since, at) =>
    since === undefined ? undefined : keys.shelved(at === 0 ? unshelve : shelf, since, key)
  );
  if (from === to) return [];
  return [...(from === undefined ? [] : [wire.remove(from)]), ...(to === undefined ? [] : [wire.put(to, "")])];
};

type Shelves = Pick<Change, "shelf" | "unshelve">;

const rowPlan = (
  desk: Desk,
  { expect, key, put }: Row,
  waitsSince: Change["waitsSince"],
  shelves: Shelves,
): RowPlan => {
  const [, mod, value] = expect === undefined ? [] : /^(\d{1,16}):([^]*)$/.exec(expect) ?? [expect, never, ""];
  const was = value === undefined ? undefined : readRow(value);
  const text = put === undefined ? was?.text : put === null ? undefined : resolve(put, desk.now);
  const since = text === undefined ? undefined : waitsSince === "same" ? was?.since : waitsSince;
  const next = text === undefined ? null : rowValue(text, since);
  return {
    key: desk.keys.row(key),
    mod: Number(mod ?? 0),
    value,
    put: put === undefined && next === (value ?? null) ? undefined : next,
    dues: shelves.shelf === undefined
      ? dueOps(desk, key, was?.since, since)
      : shelfOps(desk, key, shelves, was?.since, since),
  };
};

/** etcd takes 128 conditions: of wide changes only the texts are compared, as every other store does. */
const wide = 20;

const conditions = (plans: ReadonlyArray<RowPlan>): ReadonlyArray<wire.Compare> =>
  plans.flatMap(({ key, mod, value }) =>
    value === undefined
      ? [wire.modIs(key, 0)]
      : [wire.valueIs(key, value), ...(plans.length > wide ? [] : [wire.modIs(key, mod)])]
  );

/** What is written if a change is made. */
const writes = (
  { context, hint, keys, known, now, touch }: Desk,
  { lines, rows }: Change,
  plans: ReadonlyArray<RowPlan>,
): ReadonlyArray<wire.Op> => {
  const ops = plans.flatMap(({ key, put }) =>
    put === undefined ? [] : [put === null ? wire.remove(key) : wire.put(key, put)]
  );
  if (lines.length > 0) known.unpruned += 1;
  const isPut = rows.some((row) => row.put !== undefined);
  return [
    ...ops,
    ...(touch && isPut ? [wire.put(keys.version, "")] : []),
    ...(hint !== undefined && isPut ? [wire.put(keys.hint, hint)] : []),
    ...plans.flatMap(({ dues }) => dues),
    ...history.ops(context, keys, lines.map((line) => resolve(line, now))),
  ];
};

const changeOf = (desk: Desk, item: Change, settle: (result: Exchanged) => void): Part => {
  const { keys, known, now } = desk;
  const { members, notAfter, notBefore, rows } = item;
  const plans = rows.map((row, index) =>
    index === 0 ? rowPlan(desk, row, item.waitsSince, item) : rowPlan(desk, row, "same", {})
  );
  const success = writes(desk, item, plans);
  const reads = [
    ...plans.map(({ key }) => wire.get(key)),
    ...members.map(([incarnation]) => wire.count(keys.member(incarnation))),
  ];
  const guards = members.map(([incarnation, isMember]) => wire.exists(keys.member(incarnation), isMember));
  const senders = members.flatMap(([incarnation, isMember]) =>
    isMember && known.own.has(incarnation) ? [incarnation] : []
  );
  const isTimely = notBefore <= now && now <= notAfter;
  return {
    txn: isTimely
      ? { compare: [...conditions(plans), ...guards], success, failure: reads }
      : { compare: [], success: reads, failure: [] },
    senders: isTimely ? senders : [],
    touches: desk.touch || desk.hint !== undefined,
    learn: ({ answers, succeeded }, revision) => {
      if (isTimely && succeeded) {
        const versions = plans.map(({ put }, index) =>
          put === undefined ? rows[index]?.expect : put === null ? undefined : versionOf(revision, put)
        );
        return settle({ _tag: "Changed", versions });
      }
      const found = plans.map((_, index) => foundOf(answers[index]?.kvs[0]));
      const are = members.map((_, index) => (answers[rows.length + index]?.count ?? 0) > 0);
      settle({ _tag: "Found", found, members: are });
      // While the rows are as they were, a copy is made as soon as the members are as said.
      if (!isTimely || rows.some(({ expect }, index) => found[index]?.version !== expect)) return;
      for (const incarnation of senders) ownOf(known, incarnation).isOpen = true;
    },
  };
};

const lookOf = ({ keys }: Desk, item: Look, settle: (result: Exchanged) => void): Part => ({
  txn: {
    compare: [],
    success: item.keys.map((key) => wire.get(keys.row(key))),
    failure: [],
  },
  senders: [],
  touches: false,
  learn: ({ answers }) => settle({ _tag: "Found", found: answers.map(({ kvs: [kv] }) => foundOf(kv)), members: [] }),
});

/** One more than is wanted of those that are due, and the first that is not. */
const dueOf = (
  { keys }: Desk,
  { after, limit, shelf, until }: Due,
  settle: (result: Exchanged) => void,
): Part => {
  const [from, to] = [keys.shelfFrom(shelf, after + 1), keys.shelfFrom(shelf, Math.max(after, until) + 1)];
  const length = from.length - 17;
  const all = from.slice(0, length);
  return {
    txn: {
      compare: [],
      success: [
        wire.between(from, to, { keys_only: true, limit: String(limit + 1) }),
        wire.under(all, { keys_only: true, limit: "1" }, to),
      ],
      failure: [],
    },
    senders: [],
    touches: false,
    learn: ({ answers }) => {
      const found = answers.flatMap(({ kvs }) => kvs.flatMap(({ key }) => shelvedIn(key, length)));
      const due = found.slice(0, limit).filter(([, since]) => since <= until);
      settle({ _tag: "Due", due, next: found[due.length]?.[1] });
    },
  };
};

/** Whether it matters what time it is: a change without a window may be made by a node whose clock is wrong. */
const isTimed = (it: ExchangeRequest["items"][number]): boolean =>
  it._tag === "Change" && (it.notBefore > 0 || it.notAfter < Number.MAX_SAFE_INTEGER);

/** Exchanges. */
export const exchange = (context: Context, request: ExchangeRequest): Effect.Effect<ExchangeReply, Failure> =>
  Effect.gen(function* () {
    const { hint, items, renew, service, touch } = request;
    const known = context.memory.of(service);
    const keys = keysOf(context.prefix, service);
    if (items.some(isTimed)) yield* times.check(context.time, probe(context, keys));
    const now = yield* times.now(context.time);
    const renewal = renew && (yield* promise.renewal(context, known, keys, renew, now));
    const desk: Desk = { context, known, keys, now, touch, hint: context.tells ? hint : undefined };
    const results: Array<Exchanged> = [];
    const parts = items.map((item, index) => {
      const settle = (result: Exchanged) => void (results[index] = result);
      if (item._tag === "Due") return dueOf(desk, item, settle);
      return item._tag === "Look" ? lookOf(desk, item, settle) : changeOf(desk, item, settle);
    });
    const closings = [...known.own].flatMap(([incarnation, own]) => promise.closing(keys, incarnation, own) ?? []);
    const chunks = inChunks([...closings, ...renewal === undefined ? [] : [renewal.part], ...parts]);
    const sent = chunks.map((chunk) =>
      Effect.catchIf(
        sendParts(context, known, keys, chunk),
        isLeaseGone,
        () => sendParts(context, known, keys, chunk.filter((it) => it !== renewal?.part)),
      )
    );
    // One after the other if there are several for the sake of the version: the history tells them in their order.
    const concurrency = touch || desk.hint !== undefined ? 1 : 5;
    yield* Effect.all([...sent, renewal?.beside ?? Effect.void], { concurrency, discard: true });
    yield* history.prune(context, service, keys);
    return { _tag: "Exchange", storeTime: now, results };
  });
