/**
 * A campaign with schedules in words and figures.
 *
 * @module
 */
import { countBy } from "../campaign/figures.ts";
import type { CampaignOptions, Outcome } from "./campaign.ts";

const counted = <A>(list: ReadonlyArray<A>, of: (it: A) => string): string => listed(countBy(list, of));

const listed = (counts: ReadonlyMap<string, number>): string =>
  [...counts].sort(([x], [y]) => x < y ? -1 : 1).map(([what, many]) => `${what} ${many}`).join(", ") || "none";

/** The lines of a report; the figures come last. */
export const report = ({ seed, store }: CampaignOptions, outcome: Outcome): ReadonlyArray<string> => {
  const { breaches, convergedMs, deeds, processes, seen, standing, tookMs } = outcome;
  const { asked, events, starts } = seen;
  const twice = starts.length - new Set(starts.map((it) => `${it.handler} ${it.id} ${it.dueAt}`)).size;
  return [
    `faults: ${listed(deeds)}`,
    `events: ${listed(events)}`,
    `asked: ${counted(asked, ({ op }) => op.kind)}`,
    `answers: ${counted(asked, ({ answer, op }) => `${op.kind} ${answer?.told ?? "without"}`)}`,
    `errors: ${counted(asked.filter(({ answer }) => answer?.error), ({ answer }) => answer?.error ?? "")}`,
    `starts: ${counted(starts, ({ kind }) => kind)}; attempts ${counted(starts, ({ attempt }) => `${attempt}`)}`,
    ...breaches.slice(0, 20).map(({ detail, rule }) => `BREACH ${rule}: ${detail}`),
    `${store}, seed ${seed}: ${asked.length} operations from ${processes} processes, ${starts.length} starts, ` +
    `${twice} of them another attempt, ${standing} schedules in the end, all run ${
      convergedMs ?? "never"
    } ms after peace, ` +
    `${breaches.length} breaches, ${(tookMs / 1_000).toFixed(0)} s`,
    ...breaches.length === 0 ? [] : [`again: npm run chaos:schedules -- --store ${store} --seed ${seed}`],
  ];
};
