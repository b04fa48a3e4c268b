/**
 * What a campaign measured.
 *
 * @module
 */
import { holder } from "../../../src/core/ledger/JobRecord.ts";
import type { JobSpec } from "../../../src/core/node/Machine.ts";
import * as NextFire from "../../../src/core/schedule/NextFire.ts";
import { byJob } from "../../../src/core/words/groups.ts";
import { fireOf, isAsked } from "../../../src/testing/simulation/History.ts";
import type { Away } from "./crew.ts";
import type { Written } from "./historian.ts";
import type { Seen } from "./observed.ts";

/** How often each thing occurs. */
export function countBy<A>(items: Iterable<A>, of: (item: A) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(of(item), (counts.get(of(item)) ?? 0) + 1);
  return new Map([...counts].sort(([x], [y]) => x < y ? -1 : 1));
}

/** A distribution in a line. */
export function distribution(values: ReadonlyArray<number>): string {
  if (values.length === 0) return "none";
  const sorted = [...values].sort((x, y) => x - y);
  const at = (share: number) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] as number);
  return `${values.length}: least ${at(0)} ms, p50 ${at(0.5)} ms, p90 ${at(0.9)} ms, p99 ${at(0.99)} ms, most ${
    at(1)
  } ms`;
}

/**
 * How long after its due instant the first fire was decided by somebody else, for each job whose last claimant was away at
 * that instant; by what kept it away. 0 for one that was decided ahead of time. Fires whose decision had been made before
 * do not count, nor do jobs that are not `lasting`: nobody decides what nobody declares.
 */
export function takeovers(
  aways: ReadonlyArray<Away>,
  written: Written,
  seen: Seen,
  specs: ReadonlyArray<JobSpec>,
  lasting: ReadonlySet<string>,
): ReadonlyMap<string, ReadonlyArray<number>> {
  const expressions = new Map(specs.map(({ definition, expression, name }) => [`${name} ${definition}`, expression]));
  const times = new Map<string, Array<number>>();
  for (const [job, commits] of byJob(written.history.commits)) {
    if (!lasting.has(job)) continue;
    const claims = commits.filter(({ kind }) => kind === "claim");
    for (const { from, node, until, why } of aways) {
      const next = claims.findIndex(({ at }) => at > from);
      const [last, first] = [claims[next - 1], claims[next]];
      if (last === undefined || first === undefined) continue;
      const by = (claimId: string) => seen.nodes.get(holder(claimId));
      if (by(last.claimId) !== node || by(first.claimId) === node) continue;
      const expression = expressions.get(`${first.job} ${first.definition}`);
      const due = expression === undefined ? undefined : NextFire.next(expression, first.from);
      if (due === undefined || due < from || due > until) continue;
      const list = times.get(why) ?? [];
      list.push(Math.max(0, first.at - due));
      times.set(why, list);
    }
  }
  return times;
}

/** How late runs were that were on time as far as the store is concerned, and how late all that nobody asked for. */
export function lateness(seen: Seen): { readonly due: ReadonlyArray<number>; readonly all: ReadonlyArray<number> } {
  const firsts = seen.starts.filter((it) => it.attempt === 1 && !isAsked(it));
  return {
    due: firsts.filter(({ kind }) => kind === "due").map(({ at, dueAt }) => at - dueAt),
    all: firsts.map(({ at, dueAt }) => at - dueAt),
  };
}

/** What people asked for, and how long it took. */
export interface Asking {
  /** Different commands by kind, and what each single call was told. */
  readonly commands: ReadonlyMap<string, number>;
  readonly answers: ReadonlyMap<string, number>;
  readonly answered: number;
  /** Calls for a command that had not been answered, and for one that had been. */
  readonly again: number;
  readonly repeated: number;
  /** From the first call for a command to the first acknowledgement. */
  readonly answeredAfter: ReadonlyArray<number>;
  /** Fires that were given up in a queue. */
  readonly givenUp: number;
  /** From the moment in which a fire was queued to its first start. */
  readonly waited: Readonly<Record<"manual" | "backfill", ReadonlyArray<number>>>;
}

/** What people asked for. */
export function asking({ history }: Written, { asks, starts }: Seen): Asking {
  const first = new Map<string, { readonly at: number; answeredAt: number | undefined }>();
  let [again, repeated] = [0, 0];
  for (const { at, answer, key, kind } of asks) {
    const command = first.get(`${kind} ${key}`) ?? { at, answeredAt: undefined };
    if (first.has(`${kind} ${key}`)) {
      if (command.answeredAt !== undefined && command.answeredAt <= at) repeated += 1;
      else again += 1;
    }
    if (answer?.told === "ok") command.answeredAt = Math.min(command.answeredAt ?? Infinity, answer.at);
    first.set(`${kind} ${key}`, command);
  }
  const answeredAfter = [...first.values()].flatMap(({ answeredAt, at }) =>
    answeredAt === undefined ? [] : [answeredAt - at]
  );
  const begun = new Map<string, ReadonlyArray<number>>();
  for (const start of starts) {
    const fire = `${start.job} ${fireOf(start)}`;
    if (isAsked(start)) begun.set(fire, [...begun.get(fire) ?? [], start.at]);
  }
  const waited = { manual: [] as Array<number>, backfill: [] as Array<number> };
  for (const { at, dueAts, job, kind } of history.asks) {
    for (const dueAt of dueAts) {
      // A store that forgets may have had it started before it was asked for anew.
      const startedAt = begun.get(`${job} ${fireOf({ dueAt, kind })}`)?.find((it) => it >= at);
      if (startedAt !== undefined) waited[kind].push(startedAt - at);
    }
  }
  return {
    commands: countBy(first.keys(), (it) => it.split(" ")[0] ?? ""),
    answers: countBy(asks, ({ answer }) => answer?.told ?? "nothing"),
    answered: answeredAfter.length,
    again,
    repeated,
    answeredAfter,
    givenUp: history.ends.filter(({ attempt }) => attempt === 0).length,
    waited,
  };
}
