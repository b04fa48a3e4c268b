/**
 * A store beside the reference: the same operations at the same instants must have the same answers.
 *
 * @module
 */
import * as Effect from "effect/Effect";
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import * as reference from "../../../src/core/ledger/reference-store.ts";
import type {
  ExchangeItem,
  ExchangeReply,
  ExchangeRequest,
  Store,
  StoreBeat,
  StoreBeatReply,
} from "../../../src/Store.ts";
import { beatOf, duesOf, exchangeOf, type Memory, pageOf, type Plan } from "./store-operations.ts";

/** The answer with texts in the place of versions, which are the store's own. */
const comparable = (reply: ExchangeReply, request: ExchangeRequest, textOf: (version: string) => string) => ({
  storeTime: reply.storeTime,
  results: reply.results.map((result, index) => {
    const item = request.items[index];
    if (result._tag === "Changed") {
      return [
        result._tag,
        result.versions.map((it) => it === undefined ? it : textOf(it)),
      ];
    }
    if (result._tag === "Due") return [result._tag, result.due, result.next];
    return [item?._tag, result._tag, result.found.map((it) => it?.text), result.members];
  }),
});

/** How a store differs from the reference without being wrong. */
export interface Dialect {
  /** It ends promises itself, some time later: no promise ends while it is compared. */
  readonly endsLate?: boolean;
  /** Its versions are of its own making, those of the members and those of texts. */
  readonly countsItself?: boolean;
  /** It keeps nothing of groups of shelves, and looks. Default: it keeps what the reference keeps. */
  readonly keepsGroups?: boolean;
}

/** Promises that do not end meanwhile. */
const lasting = (request: StoreBeat): StoreBeat => ({
  ...request,
  renewMs: request.renewMs + 60_000,
  member: request.member && { ...request.member, longestMs: 3_600_000 },
});

/** What is not there does not wait. */
const waiting = (item: ExchangeItem): ExchangeItem => {
  const [row] = item._tag === "Change" ? item.rows : [];
  const isThere = row !== undefined && row.put !== null && (row.put ?? row.expect) !== undefined;
  return item._tag === "Change" && !isThere ? { ...item, waitsSince: undefined } : item;
};

/** Fields and entries in an order of their own. */
const sorted = (_: string, value: unknown): unknown => {
  if (value === undefined) return "undefined";
  if (value instanceof Map) return [...value].sort();
  const isPlain = typeof value === "object" && value !== null && !Array.isArray(value);
  return isPlain ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1)) : value;
};

/** Runs operations; fails at the first answer that differs. Counts in `met` what came up. */
export const compare = async (
  store: Store,
  plans: ReadonlyArray<Plan>,
  met: Map<string, number>,
  { countsItself = false, endsLate = false, keepsGroups = true }: Dialect = {},
): Promise<void> => {
  const service = `pair-${randomUUID()}`;
  const model = reference.empty();
  const memory: Memory = { found: new Map(), shelves: new Map(), now: Date.now(), version: 0 };
  const texts = new Map<string, string>();
  /** The version of the reference that stands for the one that is known. */
  let known = 0;
  const meet = (what: string) => met.set(what, (met.get(what) ?? 0) + 1);
  const agree = (what: string, found: unknown, expected: unknown): void => {
    const [one, other] = [found, expected].map((it) => JSON.stringify(it, sorted));
    if (one !== other) throw new Error(`${what} differs\nfound    ${one}\nexpected ${other}`);
  };
  const run = Effect.runPromise;
  try {
    for (const it of plans) {
      if (it.do === "wait") await delay(it.ms);
      else if (it.do === "due") {
        const request = { _tag: "Exchange", service, touch: false, ...duesOf(memory, it) } as const;
        const reply = await run(store.exchange(request));
        const asked = keepsGroups ? request : { ...request, groups: undefined };
        agree("due", reply.results, reference.exchange(model, asked, reply.storeTime).results);
        if (it.isWhole) meet("due of groups");
        if (reply.results.some((result) => result._tag === "Due" && result.due.length > 0)) meet("due");
        memory.now = reply.storeTime;
      } else if (it.do === "list") {
        if (store.shelved === undefined) throw new Error("the store has no shelves");
        const page = await run(store.shelved(service, pageOf(it)));
        agree("list", page, reference.shelvedKeys(model, pageOf(it)));
        if (page.keys.length > 0) meet(page.after === undefined ? "list" : "list with more");
      } else if (it.do === "beat") {
        const request = endsLate ? lasting(beatOf(service, memory, it)) : beatOf(service, memory, it);
        const reply = await run(store.beat(request));
        const knownVersion = countsItself && request.knownVersion > 0 ? known : request.knownVersion;
        const expected = reference.beat(model, { ...request, knownVersion }, reply.rawTime);
        const told = (it: StoreBeatReply, knownVersion: number) =>
          countsItself
            ? {
              ...it,
              version: it.version === knownVersion,
              overdue: [...it.overdue].sort(),
              wantsDeclared: it.members !== undefined && it.wantsDeclared,
            }
            : it;
        agree("beat", told(reply, request.knownVersion), told(expected, knownVersion));
        known = expected.version;
        memory.version = reply.version;
        memory.now = reply.storeTime;
        meet(`beat ${reply.joined ? "joins" : "goes on"}${reply.members === undefined ? "" : " with news"}`);
        if (reply.overdue.length > 0) meet("overdue");
      } else {
        const plan = exchangeOf(service, memory, it);
        const renew = plan.renew && endsLate ? { ...plan.renew, forMs: plan.renew.forMs + 60_000 } : plan.renew;
        const items = countsItself ? plan.items.map(waiting) : plan.items;
        const request = { ...plan, items, renew };
        if (request.items.length === 0) continue;
        const reply = await run(store.exchange(request));
        const before = new Map(model.rows);
        const expected = reference.exchange(model, {
          ...request,
          items: request.items.map((item) =>
            item._tag !== "Change" ? item : {
              ...item,
              rows: item.rows.map((row) => ({
                ...row,
                expect: row.expect === undefined ? undefined : texts.get(row.expect) ?? "no such text",
              })),
            }
          ),
        }, reply.storeTime);
        reply.results.forEach((result, index) => {
          const item = request.items[index];
          const names = item?._tag === "Change"
            ? item.rows.map(({ key }) => key)
            : item?._tag === "Look"
            ? item.keys
            : [];
          meet(`${item?._tag} ${result._tag}`);
          if (item?._tag === "Change" && item.shelf !== undefined && result._tag === "Changed") {
            const [row] = item.rows;
            if (row?.put === null) memory.shelves.delete(row.key);
            else if (row !== undefined) memory.shelves.set(row.key, item.shelf);
            meet(item.unshelve === undefined ? "shelved" : "moved to another shelf");
          }
          names.forEach((key, at) => {
            if (result._tag === "Found") {
              const found = result.found[at];
              if (found === undefined) memory.found.delete(key);
              else {
                texts.set(found.version, found.text);
                memory.found.set(key, found);
              }
              return;
            }
            const version = result._tag === "Changed" ? result.versions[at] : undefined;
            const text = model.rows.get(key);
            if (version === undefined || text === undefined) memory.found.delete(key);
            else {
              if (countsItself || before.get(key) !== text) texts.set(version, text);
              memory.found.set(key, { text, version });
            }
          });
        });
        agree(
          "exchange",
          comparable(reply, request, (it) => texts.get(it) ?? it),
          comparable(expected, request, (it) => it),
        );
        memory.now = reply.storeTime;
      }
    }
    agree("history", await run(store.history(service)), reference.history(model));
  } finally {
    await run(store.destroy(service));
  }
};
