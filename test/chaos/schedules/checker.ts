/**
 * The verdict over everything that was written down.
 *
 * @module
 */
import { groupBy } from "../../../src/core/words/groups.ts";
import { type Breach, judgeFires } from "./fires.ts";
import { judge } from "./model.ts";
import type { Content } from "./plan.ts";
import type { Asked, Seen } from "./sheets.ts";

export type { Breach } from "./fires.ts";

/** A version says which put it is, everywhere; and it grows. */
const judgeVersions = (id: string, asked: ReadonlyArray<Asked>): ReadonlyArray<Breach> => {
  const breaches: Array<Breach> = [];
  const puts = new Map<number, string>();
  let last: { readonly at: number; readonly version: number } | undefined;
  const looks = asked.flatMap(({ answer, at }) => answer?.seen ? [{ from: at, at: answer.at, ...answer.seen }] : []);
  for (const look of [...looks].sort((x, y) => x.at - y.at)) {
    const other = puts.get(look.version);
    if (other !== undefined && other !== look.put) {
      breaches.push({ rule: "a version is one put", detail: `${id}: ${look.version} is ${other} and ${look.put}` });
    }
    puts.set(look.version, look.put);
    if (last !== undefined && look.from > last.at && look.version < last.version) {
      breaches.push({ rule: "versions grow", detail: `${id}: ${last.version}, then ${look.version}` });
    }
    if (last === undefined || look.version >= last.version) last = look;
  }
  return breaches;
};

/** Judges everything: `dueUpTo`, until when fires must have run. */
export const verdictOf = (
  { asked, starts }: Pick<Seen, "asked" | "starts">,
  dueUpTo: number,
): ReadonlyArray<Breach> => {
  const contents = new Map<string, Content>(
    asked.flatMap(({ op }) => op.kind === "put" ? [[op.content.put, op.content] as const] : []),
  );
  const byId = groupBy(asked, ({ op }) => op.id);
  const startsOf = groupBy(starts, ({ id }) => id);
  const breaches: Array<Breach> = [];
  for (const id of startsOf.keys()) {
    if (!byId.has(id)) breaches.push({ rule: "nothing before it was put", detail: id });
  }
  for (const [id, own] of byId) {
    const detail = judge(own, contents);
    if (detail !== undefined) breaches.push({ rule: "every answer as the model says", detail: `${id}: ${detail}` });
    breaches.push(...judgeVersions(id, own), ...judgeFires(id, own, startsOf.get(id) ?? [], dueUpTo));
  }
  return breaches;
};
