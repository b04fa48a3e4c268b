/**
 * A campaign in words and figures.
 *
 * @module
 */
import type { CampaignOptions, Outcome } from "./campaign.ts";
import { asking, countBy, distribution, lateness, takeovers } from "./figures.ts";
import { lasting, specs } from "./jobs.ts";

const listed = (counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([what, many]) => `${what} ${many}`).join(", ") || "none";

/** The lines of a report; the figures come last. */
export function report(
  { profile, seed, store, forMs, places }: CampaignOptions,
  outcome: Outcome,
): ReadonlyArray<string> {
  const {
    aways,
    breaches,
    convergedMs,
    counters,
    deeds,
    leaps,
    passed,
    processes,
    requests,
    seen,
    spoilt,
    tookMs,
    unpursued,
    verdict,
    written,
  } = outcome;
  const { history, losses } = written;
  const late = lateness(seen);
  const asked = asking(written, seen);
  const first = deeds[0]?.at ?? 0;
  const perMinute = countBy(deeds, ({ at }) => `minute ${String(Math.floor((at - first) / 60_000)).padStart(2, "0")}`);
  const answers = new Map([...counters].sort(([x], [y]) => x < y ? -1 : 1));
  const seconds = tookMs / 1_000;
  const all = requests.reduce((sum, it) => sum + it, 0);
  const commits = history.commits.filter(({ kind }) => kind === "claim");
  const zombies = seen.starts.filter(({ at, decidedAt }) => at - decidedAt > 1_000).length;
  const lines = [
    `faults by minute: ${listed(perMinute)}`,
    `faults: ${listed(countBy(deeds, ({ what }) => what))}; drawn in vain ${passed}`,
    `events: ${listed(countBy(seen.events, ({ what }) => what))}`,
    `requests and answers: ${listed(answers)}`,
    `decisions: ${listed(new Map([...history.counters].sort(([x], [y]) => x < y ? -1 : 1)))}`,
    `starts: ${listed(countBy(seen.starts, ({ kind }) => kind))}; attempts ${
      listed(countBy(seen.starts, ({ attempt }) => String(attempt)))
    }`,
    ...[...takeovers(aways, written, seen, specs, lasting)].map(([why, times]) =>
      `decided by somebody else after ${why}: ${distribution(times)}`
    ),
    `lateness of runs decided on time: ${distribution(late.due)}`,
    `lateness of all first attempts: ${distribution(late.all)}`,
    `people asked: ${
      listed(asked.commands)
    }; ${asked.answered} acknowledged, asked again without an answer ${asked.again}, ` +
    `repeated after it ${asked.repeated}, no more pursued ${unpursued}; calls were told: ${listed(asked.answers)}`,
    `acknowledged after the first call: ${distribution(asked.answeredAfter)}`,
    `fires of triggers waited: ${distribution(asked.waited.manual)}`,
    `fires of backfills waited: ${distribution(asked.waited.backfill)}; given up in a queue ${asked.givenUp}`,
    `handlers that began more than 1 s after their node decided so, having stood still in between: ${zombies}`,
    ...(history.regressions.length === 0 ? [] : [
      `the store forgot ${history.regressions.length} times: ${
        history.regressions.reduce((sum, it) => sum + it.commits, 0)
      } moves of a watermark, ${verdict.lostClaims} runs handed out; ${losses.length} records went back, ` +
      `${verdict.lossesKnown} with a witness, ${verdict.lossesUnknowable} without; ` +
      `${verdict.doubles} attempts started again, ${verdict.doublesReported} of them of a job that was reported; ${
        seen.events.filter(({ what }) => what === "StoreRegressed").length
      } reported as StoreRegressed`,
    ]),
    `records that could not be read: ${spoilt.length}; told after ${
      distribution(spoilt.flatMap(({ from, toldAt }) => toldAt === undefined ? [] : [toldAt - from]))
    }; taken up again after ${
      distribution(spoilt.flatMap(({ takenUpAt, until }) => takenUpAt === undefined ? [] : [takenUpAt - until]))
    }`,
    `the store's clock was wrong ${leaps.length} times; steps told: ${
      listed(countBy(
        seen.events.filter(({ what }) => what === "StoreClockStepped"),
        ({ detail }) => `${Math.round(Number(detail) / 1_000)} s`,
      ))
    }; refused: ${seen.events.filter(({ detail }) => detail === "Misconfigured").length}`,
    `requests: ${all}, ${(all / seconds / places).toFixed(1)} per second and place, by place ${requests.join(" ")}`,
    `back to normal: ${convergedMs === undefined ? "never" : `${convergedMs} ms after the last fault`}`,
  ];
  for (const { detail, rule } of breaches.slice(0, 40)) lines.push(`VIOLATION ${rule}: ${detail}`);
  if (breaches.length > 40) {
    lines.push(`… ${breaches.length - 40} more: ${listed(countBy(breaches, ({ rule }) => rule))}`);
  }
  const repeat = `npm run chaos -- --store ${store} --profile ${profile} --seed ${seed} --minutes ${forMs / 60_000}`;
  lines.push(`repeat: ${repeat}`);
  lines.push(
    `${store} ${profile}, seed ${seed}: ${Math.round(seconds)} s, ${processes} processes in ${places} places, ` +
      `${deeds.length} faults, ${commits.length} claims, ${asked.answered} commands, ${seen.starts.length} starts ` +
      `(${(seen.starts.length / seconds).toFixed(1)}/s), ${verdict.doubles} attempts started twice, ` +
      `${breaches.length} violations`,
  );
  return lines;
}
