/**
 * etcd's JSON: what a transaction is made of, and a strict reading of what comes back.
 *
 * Everything the driver stores is ASCII, so `btoa` is enough. Zero and false are absent from answers, 64-bit numbers come as
 * strings.
 */

/** A condition on one key. An absent key has revision 0. */
export interface Compare {
  readonly key: string;
  readonly target: "MOD" | "CREATE" | "VALUE";
  readonly result: "EQUAL" | "GREATER";
  readonly mod_revision?: string;
  readonly create_revision?: string;
  readonly value?: string;
}

/** One operation of a transaction. */
export type Op =
  | { readonly request_put: { readonly key: string; readonly value: string; readonly lease?: string } }
  | { readonly request_range: Range }
  | { readonly request_delete_range: { readonly key: string; readonly range_end?: string } }
  | { readonly request_txn: Txn };

/** A read. */
export interface Range {
  readonly key: string;
  readonly range_end?: string;
  readonly limit?: string;
  readonly sort_order?: "ASCEND" | "DESCEND";
  readonly sort_target?: "KEY" | "MOD";
  readonly count_only?: boolean;
  readonly keys_only?: boolean;
}

/** All conditions decide at once between two lists of operations. */
export interface Txn {
  readonly compare: ReadonlyArray<Compare>;
  readonly success: ReadonlyArray<Op>;
  readonly failure: ReadonlyArray<Op>;
}

/** The first key after all that start with this one. */
const afterPrefix = (prefix: string): string =>
  prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);

/** The key was last written at this revision; 0: it does not exist. */
export const modIs = (key: string, revision: number): Compare => ({
  key: btoa(key),
  target: "MOD",
  result: "EQUAL",
  mod_revision: String(revision),
});

/** The key exists, or does not. */
export const exists = (key: string, does: boolean): Compare => ({
  key: btoa(key),
  target: "CREATE",
  result: does ? "GREATER" : "EQUAL",
  create_revision: "0",
});

/** The key is there with this value. */
export const valueIs = (key: string, value: string): Compare => ({
  key: btoa(key),
  target: "VALUE",
  result: "EQUAL",
  value: btoa(value),
});

/** Writes a key, under a lease or for good. */
export const put = (key: string, value: string, lease?: string): Op => ({
  request_put: { key: btoa(key), value: btoa(value), ...(lease === undefined ? {} : { lease }) },
});

/** Reads one key. */
export const get = (key: string): Op => ({ request_range: { key: btoa(key) } });

/** Reads whether a key is there: how often it is counted. */
export const count = (key: string): Op => ({ request_range: { key: btoa(key), count_only: true } });

/** Reads, or counts, all keys that start with the prefix, from one of them on. */
export const under = (prefix: string, rest: Omit<Range, "key" | "range_end"> = {}, from: string = prefix): Op => ({
  request_range: { key: btoa(from), range_end: btoa(afterPrefix(prefix)), ...rest },
});

/** Reads from one key up to, but not including, another. */
export const between = (from: string, to: string, rest: Omit<Range, "key" | "range_end"> = {}): Op => ({
  request_range: { key: btoa(from), range_end: btoa(to), ...rest },
});

/** Removes one key. */
export const remove = (key: string): Op => ({ request_delete_range: { key: btoa(key) } });

/** Removes all keys that start with the prefix, or those up to another key. */
export const removeUnder = (prefix: string, to?: string): Op => ({
  request_delete_range: { key: btoa(prefix), range_end: btoa(to ?? afterPrefix(prefix)) },
});

/** A key as it was read. */
export interface Kv {
  readonly key: string;
  readonly value: string;
  readonly create: number;
  readonly mod: number;
}

/** What one operation answered: keys read, a transaction done, or nothing of interest. */
export interface Answer {
  readonly kvs: ReadonlyArray<Kv>;
  /** How many keys there are, also when only some were asked for. */
  readonly count: number;
  readonly succeeded: boolean;
  readonly answers: ReadonlyArray<Answer>;
}

/** What a transaction answered. */
export interface Done extends Answer {
  /** The store's revision at that moment: that of every key the transaction wrote. */
  readonly revision: number;
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Reads a revision or a count; undefined if it is none. */
export const readInteger = (value: unknown): number | undefined => {
  if (value === undefined) return 0;
  const number = typeof value === "string" && /^\d{1,16}$/.test(value) ? Number(value) : NaN;
  return Number.isSafeInteger(number) ? number : undefined;
};

/** What the reading of an answer throws; it never leaves `readTxn`. */
class Unreadable extends Error {}

const integer = (value: unknown): number => {
  const number = readInteger(value);
  if (number === undefined) throw new Unreadable();
  return number;
};

const list = (value: unknown): ReadonlyArray<unknown> => {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new Unreadable();
  return value;
};

const text = (value: unknown): string => {
  if (value === undefined) return "";
  if (typeof value !== "string") throw new Unreadable();
  return atob(value);
};

const readKv = (value: unknown): Kv => {
  if (!isObject(value)) throw new Unreadable();
  return {
    key: text(value["key"]),
    value: text(value["value"]),
    create: integer(value["create_revision"]),
    mod: integer(value["mod_revision"]),
  };
};

const nothing: Answer = { kvs: [], count: 0, succeeded: false, answers: [] };

const readTxnBody = (value: Json): Answer => ({
  ...nothing,
  succeeded: value["succeeded"] === true,
  answers: list(value["responses"]).map(readAnswer),
});

const readAnswer = (value: unknown): Answer => {
  if (!isObject(value)) throw new Unreadable();
  const { response_range: range, response_txn: txn, response_put: written, response_delete_range: removed } = value;
  if (isObject(range)) return { ...nothing, kvs: list(range["kvs"]).map(readKv), count: integer(range["count"]) };
  if (isObject(txn)) return readTxnBody(txn);
  if (isObject(written) || isObject(removed)) return nothing;
  throw new Unreadable();
};

/** Whether the answer has the form of the question: one answer for each operation of the branch that was taken. */
const fits = (answer: Answer, txn: Txn): boolean => {
  const asked = answer.succeeded ? txn.success : txn.failure;
  return asked.length === answer.answers.length && asked.every((op, index) => {
    const nested = answer.answers[index];
    return !("request_txn" in op) || (nested !== undefined && fits(nested, op.request_txn));
  });
};

/** Reads the answer to a transaction; undefined if it is none. */
export const readTxn = (body: unknown, txn: Txn): Done | undefined => {
  try {
    if (!isObject(body) || !isObject(body["header"])) return undefined;
    const answer = readTxnBody(body);
    const revision = integer(body["header"]["revision"]);
    return fits(answer, txn) && revision > 0 ? { ...answer, revision } : undefined;
  } catch {
    // Whatever could not be read: a number that is none, text that is not base64.
    return undefined;
  }
};
