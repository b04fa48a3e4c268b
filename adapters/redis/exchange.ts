/**
 * Exchanges as the arguments of their script, and its answers, read strictly: whatever is not exactly of the expected shape
 * is undefined, never half of a reply. The order is that of the script's header.
 */
import { encode, readWhole, whole } from "../../src/core/ledger/packed.ts";
import { resolve } from "../../src/core/ledger/Moment.ts";
import { groupOf } from "../../src/core/words/Exchange.ts";
import {
  type Change,
  type Exchanged,
  type ExchangeItem,
  type ExchangeReply,
  type ExchangeRequest,
  type Found,
  lasting,
  type Row,
} from "../../src/Store.ts";
import { fieldOf, keyOf, plain } from "./keys.ts";
import { maxPlain, slots } from "./scripts/exchange.ts";

const keysOf = (item: ExchangeItem): ReadonlyArray<string> =>
  item._tag === "Look" ? item.keys : item._tag === "Due" ? [] : item.rows.map(({ key }) => key);

/** How many keys the script has before those of shelves. */
const usual = 4;

/** The shelves that a request names, each once. */
export const shelvesOf = ({ items }: Pick<ExchangeRequest, "items">): ReadonlyArray<string> => {
  const shelves = new Set<string>();
  for (const item of items) {
    if (item._tag === "Look") continue;
    for (const it of [item.shelf, item._tag === "Change" ? item.unshelve : undefined]) {
      if (it !== undefined) shelves.add(it);
    }
  }
  return [...shelves];
};

const putText = (put: Row["put"]): string => put === undefined ? "" : put === null ? "-" : `=${plain(put)}`;

const waits = ({ rows: [row], shelf, waitsSince: since }: Change): string => {
  return since === undefined || since === "same" || row?.put === null
    ? ""
    : whole(shelf === undefined ? -since : since);
};

/** Whether its first row is to wait no longer where it did. */
const stopsWaiting = ({ rows: [row], waitsSince }: Change): boolean => waitsSince === undefined || row?.put === null;

/** The groups of which something is kept that matters: those that are asked about, and those where a row begins to wait. */
const groupsOf = ({ groups = [], items }: Pick<ExchangeRequest, "groups" | "items">): ReadonlyArray<string> => {
  const found = new Set(groups);
  for (const item of items) {
    if (item._tag === "Change" && item.shelf !== undefined && waits(item) !== "") found.add(groupOf(item.shelf));
  }
  return [...found];
};

/** The numbers of a shelf's key and of its group in the script, from 1; empty for none. */
interface Numbers {
  readonly key: (shelf: string | undefined) => string;
  readonly group: (shelf: string | undefined) => string;
}

const none: Numbers = { key: () => "", group: () => "" };

const itemArgs = (item: ExchangeItem, { group, key }: Numbers): ReadonlyArray<string> => {
  if (item._tag === "Due") {
    const { after, limit, shelf, until } = item;
    return [`(${whole(after)}`, whole(until), "?", whole(limit), key(shelf), "", group(shelf), "0", "0"];
  }
  if (item._tag === "Look") {
    return ["0", "0", "!", "", "2", "", "", `${item.keys.length}`, "0"];
  }
  const set = item.shelf === undefined ? "2" : key(item.shelf);
  return [
    whole(item.notBefore),
    whole(item.notAfter),
    waits(item),
    item.members.map(([who, isMember]) => `${encode(who)}=${isMember ? 1 : 0}`).join(","),
    set,
    item.unshelve === undefined && stopsWaiting(item) ? set : key(item.unshelve),
    group(item.shelf),
    `${item.rows.length}`,
    `${item.lines.length}`,
    ...item.rows.flatMap(({ expect, put }) => [expect ?? "", putText(put)]),
    ...item.lines.map(plain),
  ];
};

const argsOf = (
  fields: ReadonlyArray<string>,
  groups: ReadonlyArray<string>,
  items: ReadonlyArray<string>,
  { hint = "", renew, touch }: Pick<ExchangeRequest, "hint" | "renew" | "touch">,
  asked: ReadonlyArray<string>,
  retentionMs: number,
): ReadonlyArray<string> => [
  whole(retentionMs),
  touch ? "1" : "0",
  renew === undefined ? "" : encode(renew.incarnation),
  whole(renew?.forMs ?? 0),
  [...new Set(asked)].map(encode).join(","),
  plain(hint),
  fields.some((field) => field.startsWith(lasting)) ? "1" : "",
  `${fields.length}`,
  `${groups.length}`,
  ...fields,
  ...groups.map((group) => `#${group}`),
  ...items,
];

/** Arguments of the script. */
export const args = (request: ExchangeRequest, retentionMs: number): ReadonlyArray<string> => {
  const { items } = request;
  const asked = items.flatMap((it) => it._tag === "Change" ? it.members.map(([who]) => who) : []);
  const shelves = shelvesOf(request);
  const groups = groupsOf(request);
  const groupAt = (shelf: string) => groups.indexOf(groupOf(shelf));
  const numbers: Numbers = {
    key: (shelf) => shelf === undefined ? "" : String(usual + 1 + shelves.indexOf(shelf)),
    group: (shelf) => shelf === undefined || groupAt(shelf) === -1 ? "" : String(1 + groupAt(shelf)),
  };
  const itemsArgs = items.flatMap((item) => itemArgs(item, numbers));
  return argsOf(items.flatMap(keysOf).map(fieldOf), groups, itemsArgs, request, asked, retentionMs);
};

/** Arguments of the script that looks at the history. */
export const historyArgs = (): ReadonlyArray<string> => {
  const fields = ["#", ...Array.from({ length: slots }, (_, slot) => `#${slot}`)];
  return argsOf(fields, [], itemArgs({ _tag: "Look", keys: fields }, none), { touch: false }, [], 0);
};

/** What is there, or `corrupt`. */
const found = (line: string): Found | undefined | "corrupt" => {
  if (line === "") return undefined;
  if (line.startsWith("=")) return { text: line.slice(1), version: line };
  const version = line.slice(0, 41);
  return /^#[0-9a-f]{40}$/.test(version) ? { text: line.slice(41), version } : "corrupt";
};

const changed = (rows: ReadonlyArray<Row>, hashes: Array<string>, now: number): Exchanged | undefined => {
  const versions = rows.map(({ expect, put }) => {
    if (put === undefined) return expect;
    if (put === null) return undefined;
    const text = resolve(put, now);
    const hash = text.length > maxPlain ? hashes.shift() ?? "" : "=";
    return hash === "=" ? `=${text}` : hash;
  });
  const isSound = hashes.length === 0 && versions.every((it) => it === undefined || it.length === 41 || it[0] === "=");
  return isSound ? { _tag: "Changed", versions } : undefined;
};

/** What is due, from `*next|key|since|…`. */
const due = (line: string): Exchanged | undefined => {
  const [next, ...rest] = line.slice(1).split("|");
  const due: Array<readonly [string, number]> = [];
  for (let at = 0; at + 1 < rest.length; at += 2) {
    const [key, since] = [keyOf(rest[at] ?? ""), readWhole(rest[at + 1])];
    if (key === undefined || since === undefined) return undefined;
    due.push([key, since]);
  }
  const after = next === "" ? undefined : readWhole(next);
  const isSound = next === "" || after !== undefined;
  return isSound ? { _tag: "Due", due, next: after } : undefined;
};

/** Reads the answer of the script. */
export const read = (reply: string, { items }: ExchangeRequest): ExchangeReply | undefined => {
  const lines = reply.split("\n");
  const storeTime = readWhole(lines[0]);
  const results: Array<Exchanged> = [];
  let at = 1;
  for (const item of items) {
    const head = lines[at++] ?? "";
    if (item._tag === "Due") {
      const result = head.startsWith("*") ? due(head) : undefined;
      if (result === undefined) return undefined;
      results.push(result);
      continue;
    }
    if (storeTime !== undefined && item._tag === "Change" && head.startsWith("+")) {
      const result = changed(item.rows, head === "+" ? [] : head.slice(1).split(","), storeTime);
      if (result === undefined) return undefined;
      results.push(result);
      continue;
    }
    const rows = lines.slice(at, at += keysOf(item).length).map(found);
    const guards = item._tag === "Change" ? item.members.length : 0;
    if (!/^-[01]*$/.test(head) || head.length !== guards + 1 || rows.includes("corrupt")) return undefined;
    results.push({
      _tag: "Found",
      found: rows as ReadonlyArray<Found | undefined>,
      members: [...head.slice(1)].map((it) => it === "1"),
    });
  }
  return storeTime === undefined || at !== lines.length ? undefined : { _tag: "Exchange", storeTime, results };
};

/** Reads its answer: the ring begins behind the line that was written last. */
export const readHistory = (reply: string): ReadonlyArray<string> | undefined => {
  const [, , ...rows] = reply.split("\n").map((line) => found(line));
  if (rows.length !== slots + 1) return undefined;
  const [meta, ...ring] = rows;
  if (meta === undefined) return [];
  const written = meta === "corrupt" ? undefined : readWhole(meta.text.split("|")[1]);
  if (written === undefined) return undefined;
  const at = written % slots;
  return [...ring.slice(at), ...ring.slice(0, at)].flatMap((it) =>
    it === undefined || it === "corrupt" ? [] : [it.text]
  );
};
