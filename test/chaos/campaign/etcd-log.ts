/**
 * What an etcd wrote, revision by revision, also over lives of it that ended with losses.
 *
 * @module
 */
import { type Keys, nameIn, readRow } from "../../../adapters/etcd/keys.ts";
import type { Generation, Write } from "./store-log.ts";

/** One key that was written or removed. */
export interface Event {
  readonly type?: string;
  readonly kv: { readonly key: string; readonly value?: string; readonly mod_revision: string };
}

/** One life of the store: from one loss, or the beginning, to the next. */
export interface Life {
  readonly origin: string;
  readonly at: number;
  readonly events: ReadonlyArray<Event>;
}

/** Everything that ever happened to keys under a prefix, in the order of revisions. */
export async function readEvents(url: string, prefix: string): Promise<ReadonlyArray<Event>> {
  const ask = async (path: string, body: unknown) =>
    await (await fetch(url + path, { method: "POST", body: JSON.stringify(body) })).json() as Record<string, unknown>;
  const end = btoa(prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1));
  const range = { key: btoa(prefix), range_end: end };
  const newest = await ask("/v3/kv/range", { ...range, sort_target: "MOD", sort_order: "DESCEND", limit: "1" });
  if (newest["header"] === undefined) throw new Error("etcd does not answer");
  const last = Number((newest["kvs"] as ReadonlyArray<{ mod_revision: string }> | undefined)?.[0]?.mod_revision ?? 0);
  if (last === 0) return [];
  const stop = new AbortController();
  const response = await fetch(`${url}/v3/watch`, {
    method: "POST",
    body: JSON.stringify({ create_request: { ...range, start_revision: "1" } }),
    signal: stop.signal,
  });
  const events: Array<Event> = [];
  let text = "";
  try {
    const decoder = new TextDecoder();
    for await (const part of response.body as ReadableStream<Uint8Array>) {
      const lines = (text + decoder.decode(part, { stream: true })).split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        const { result } = JSON.parse(line) as { result?: { events?: ReadonlyArray<Event> } };
        events.push(...result?.events ?? []);
      }
      if (Number(events.at(-1)?.kv.mod_revision ?? 0) >= last) return events;
    }
  } finally {
    stop.abort();
  }
  return events;
}

const writesOf = (keys: Keys, events: ReadonlyArray<Event>): ReadonlyArray<Write> => {
  const writes = new Map<number, Write>();
  for (const { kv, type } of events) {
    const revision = Number(kv.mod_revision);
    const write: Write = writes.get(revision) ?? { rows: [], lines: [], members: [], amnestyUntil: undefined };
    const key = atob(kv.key);
    const value = atob(kv.value ?? "");
    const isGone = type === "DELETE";
    const at = (prefix: string): string | undefined => key.startsWith(prefix) ? nameIn(prefix, key) : undefined;
    const [row, line, member] = [at(keys.rows), at(keys.history), at(keys.members)];
    writes.set(revision, {
      ...write,
      rows: row !== undefined && !isGone ? [...write.rows, [row, readRow(value).text]] : write.rows,
      lines: line !== undefined && !isGone ? [...write.lines, ...value.split("\n")] : write.lines,
      // As long as the key is there, whatever any clock says.
      members: member !== undefined ? [...write.members, [member, isGone ? 0 : Infinity]] : write.members,
    });
  }
  return [...writes.values()];
};

/** The lives as generations: what a life has in common with the one before at its beginning was there already. */
export const generationsOf = (keys: Keys, lives: ReadonlyArray<Life>): ReadonlyArray<Generation> =>
  lives.map(({ at, events, origin }, index): Generation => {
    const before = lives[index - 1]?.events ?? [];
    const same = (event: Event, place: number): boolean => JSON.stringify(event) === JSON.stringify(before[place]);
    const differs = events.findIndex((event, place) => !same(event, place));
    const known = differs < 0 ? events.length : differs;
    return {
      origin,
      at,
      restored: writesOf(keys, events.slice(0, known)),
      writes: writesOf(keys, events.slice(known)),
    };
  });
