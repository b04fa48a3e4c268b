/**
 * Laws about what triggers give to their handlers.
 */
import * as Effect from "effect/Effect";
import type { Run } from "../../core/words/Fire.ts";
import { backfill, cancel, trigger } from "./commands.ts";
import { ended, type Law, law, same, type Tested } from "./kit.ts";

const given = (key: string, payload: unknown) => ({ ...trigger(key), payload: JSON.stringify(payload) });

/** What the handlers of runs would get. */
const values = (runs: ReadonlyArray<Run>): ReadonlyArray<unknown> =>
  runs.map(({ payload }) => payload === undefined ? undefined : payload === "" ? "gone" : JSON.parse(payload));

const odd = { text: 'a|b;c,d@1+2@%"\\ \u0000\u007f\u00e4\ud800', list: [1, null, true, {}], nothing: "" };

/** The laws. */
export const payloads: ReadonlyArray<Law> = [
  // R40.
  law(
    "what a trigger is given is handed over with its run, through takeovers, until the fire is over",
    Effect.fnUntraced(function* (store: Tested) {
      const look = (payloadsOf?: string) =>
        Effect.map(
          store.driver.peek({ _tag: "Peek", service: store.service, jobs: ["job"], history: false, payloadsOf }),
          ({ jobs }) => values(jobs[0]?.active ?? []),
        );
      yield* store.register("job");
      yield* store.beat("n");
      const first = yield* store.queue(given("key", odd));
      yield* same("the same key", yield* store.queue(given("key", "another")), first);
      yield* same("to nobody while it waits", yield* look("n"), [undefined]);
      const taken = yield* store.claim("n", "job", { overlap: "skip" });
      yield* same("handed over", values(taken.runs), [odd]);
      yield* same("asked again", values((yield* store.claim("n", "job", { overlap: "skip" })).runs), [odd]);
      yield* same("looked at", [yield* look("n"), yield* look("m"), yield* look()], [[odd], [undefined], [undefined]]);
      yield* store.beat("n", { state: "gone" });
      const again = yield* store.claim("m", "job", { overlap: "skip", rerun: true });
      yield* same("taken over", [values(again.runs), again.runs[0]?.attempt], [[odd], 2]);
      yield* store.complete(...again.runs.map((it) => ended(it, { outcome: "abandoned", rerun: true })));
      const back = yield* store.claim("o", "job", { overlap: "skip" });
      yield* same("given back", [values(back.runs), back.runs[0]?.attempt], [[odd], 3]);
      yield* same("its end", yield* store.complete(...back.runs.map((it) => ended(it))), ["ok"]);
      yield* store.queue(trigger("without"));
      yield* store.queue(backfill("past", [1_000]));
      const others = yield* store.claim("o", "job");
      yield* same("others have none", values(others.runs), [undefined, undefined]);
      yield* store.complete(...others.runs.map((it) => ended(it)));
      yield* store.beat("dead");
      yield* store.queue(given("lost", null));
      yield* same("null is one", values((yield* store.claim("dead", "job", { overlap: "skip" })).runs), [null]);
      yield* store.beat("dead", { state: "gone" });
      const lost = yield* store.claim("o", "job", { overlap: "skip" });
      yield* same("a run that is lost", [lost.lost.length, lost.lost[0]?.payload, lost.runs], [1, undefined, []]);
    }),
  ),
  law(
    "thirty fires of a job may be queued with as much as they may be given, and be given up at once",
    Effect.fnUntraced(function* (store: Tested) {
      yield* store.register("job");
      yield* store.beat("n");
      const [large, wide] = ["x".repeat(16_382), "\u00e4".repeat(8_191)];
      for (let n = 0; n < 30; n++) yield* store.queue(given(`${n}`, n % 10 === 0 ? wide : large));
      yield* same("one more", yield* store.queue(given("more", 1)), ["full", undefined]);
      yield* same("without", (yield* store.queue(trigger("without")))[0], "ok");
      const { queued, runs } = yield* store.claim("n", "job");
      yield* same("ten at once", [values(runs), queued], [[wide, ...Array.from({ length: 9 }, () => large)], 21]);
      yield* same("cancel", yield* store.control(cancel), "ok");
      yield* same("those that run end", yield* store.complete(...runs.map((it) => ended(it))), runs.map(() => "ok"));
      yield* same("nothing is left", (yield* store.peek("job"))[0]?.active, []);
      yield* same("there is room", (yield* store.queue(given("more", 1)))[0], "ok");
    }),
  ),
];
