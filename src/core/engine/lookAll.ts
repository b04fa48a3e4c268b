/**
 * A look at the rows of many things, in as many requests as they need, side by side.
 */
import { answerOf, type Operation } from "./Operation.ts";
import type { Seen } from "./rows.ts";
import { lookAt, readRows, type Settling } from "./settle.ts";

/** What is there of each, as it was in one step. All have as many keys. */
export function* lookAll(
  { known, limits, service }: Settling,
  names: ReadonlyArray<string>,
  keysOf: (name: string) => ReadonlyArray<string>,
): Operation<ReadonlyMap<string, ReadonlyArray<Seen | undefined>>> {
  const found = new Map<string, ReadonlyArray<Seen | undefined>>();
  const keys = names.flatMap(keysOf);
  if (keys.length === 0) return found;
  const each = keys.length / names.length;
  const size = each * Math.max(1, Math.floor(limits.rows / each));
  const parts: Array<ReadonlyArray<string>> = [];
  for (let start = 0; start < keys.length; start += size) parts.push(keys.slice(start, start + size));
  const replies = yield { requests: parts.map((part) => lookAt(service, part)), conflicts: 0 };
  const rows = parts.flatMap((part, index) => readRows(known, part, answerOf(replies, index, "Exchange").results[0]));
  names.forEach((name, index) => found.set(name, rows.slice(each * index, each * (index + 1))));
  return found;
}
