/**
 * Laws about what becomes of fires that people asked for.
 */
import * as Effect from "effect/Effect";
import type { FireResult } from "../../core/words/Fire.ts";
import type { ResultFound, ResultWanted } from "../../core/words/Request.ts";
import { cancel, trigger } from "./commands.ts";
import { ended, type Law, law, same, type Tested } from "./kit.ts";

/** Triggers a job whose result is kept, and tells how to ask for it. */
const asked = (store: Tested, key: string) =>
  Effect.map(
    store.driver.control({
      _tag: "Control",
      service: store.service,
      command: { ...trigger(key), keepsResult: true } as ReturnType<typeof trigger>,
    }),
    ({ dueAt = 0, resultSlot: slot = -1 }): ResultWanted => ({ job: "job", dueAt, slot }),
  );

const shortly = (found: ResultFound) => {
  if (typeof found !== "object") return found;
  const { attempt, error, outcome, returned }: FireResult = found;
  return [
    outcome,
    attempt,
    error ?? (returned === undefined ? "" : "json" in returned ? returned.json : returned.unkept),
  ];
};

/** What has become of fires. */
const look = (store: Tested, ...results: ReadonlyArray<ResultWanted>) =>
  Effect.map(
    store.driver.peek({ _tag: "Peek", service: store.service, jobs: [], history: false, results }),
    (reply) => (reply.results ?? []).map(shortly),
  );

const now = (store: Tested) =>
  Effect.map(
    store.driver.peek({ _tag: "Peek", service: store.service, jobs: [], history: false }),
    ({ storeTime }) => storeTime,
  );

/** The laws. */
export const results: ReadonlyArray<Law> = [
  // R48.
  law(
    "what becomes of a trigger is kept by its last attempt, through failures and takeovers",
    Effect.fnUntraced(function* (store: Tested) {
      yield* store.register("job");
      yield* store.beat("n");
      const first = yield* asked(store, "first");
      yield* same("the same key", yield* asked(store, "first"), first);
      const second = yield* asked(store, "second");
      yield* same("both wait", yield* look(store, first, second), ["queued", "queued"]);
      const one = yield* store.claim("n", "job", { overlap: "skip" });
      yield* same("the first runs", yield* look(store, first, second), ["running", "queued"]);
      const endedAt = yield* now(store);
      const fails = { outcome: "failed", error: "first", retryAt: endedAt, endedAt } as const;
      yield* store.complete(...one.runs.map((it) => ended(it, fails)));
      yield* same("another attempt follows", yield* look(store, first), ["waiting"]);
      const next = yield* store.claim("n", "job", { overlap: "skip" });
      yield* store.beat("n", { state: "gone" });
      const taken = yield* store.claim("m", "job", { overlap: "skip", rerun: true });
      yield* same("it was taken over", [taken.runs[0]?.attempt, yield* look(store, first)], [3, ["running"]]);
      yield* store.complete(...next.runs.map((it) => ended(it, { endedAt, returned: { json: '"of the dead"' } })));
      yield* same("the end of a run that was taken", yield* look(store, first), ["running"]);
      const odd = JSON.stringify({ text: 'a|b;c,d@1+2@%"\\ \u00e4\ud800', list: [1, null] });
      yield* store.complete(...taken.runs.map((it) => ended(it, { endedAt, returned: { json: odd } })));
      const [told] = yield* look(store, first);
      const value = Array.isArray(told) ? JSON.parse(`${told[2]}`) : undefined;
      yield* same("what it returned", [Array.isArray(told) && told[1], value], [3, JSON.parse(odd)]);
      yield* same("the key is known", yield* asked(store, "first"), first);
    }),
  ),
  law(
    "what fires were given up, lost, timed out or cancelled is told to those who wait for them",
    Effect.fnUntraced(function* (store: Tested) {
      const claim = () => store.claim("n", "job", { overlap: "skip" });
      yield* store.register("job");
      yield* store.beat("n");
      const given = yield* asked(store, "given up");
      yield* store.control(cancel);
      yield* same("given up", yield* look(store, given), [["cancelled", 0, ""]]);
      const long = yield* asked(store, "long");
      const { runs } = yield* claim();
      const endedAt = yield* now(store);
      const over = { outcome: "timed-out", holds: true, endedAt } as const;
      yield* store.complete(...runs.map((it) => ended(it, over)));
      yield* same("timed out, and its handler goes on", yield* look(store, long), [["timed-out", 1, ""]]);
      yield* store.complete(...runs.map((it) => ended(it, { outcome: "timed-out", endedAt })));
      yield* same("it has settled", yield* look(store, long), [["timed-out", 1, ""]]);
      const large = yield* asked(store, "large");
      yield* store.complete(
        ...(yield* claim()).runs.map((it) => ended(it, { endedAt, returned: { unkept: "too-large" } })),
      );
      yield* same("too large", yield* look(store, large), [["succeeded", 1, "too-large"]]);
      const failed = yield* asked(store, "failed");
      yield* store.complete(
        ...(yield* claim()).runs.map((it) => ended(it, { outcome: "failed", endedAt, error: "no|@ paper" })),
      );
      yield* same("failed", yield* look(store, failed), [["failed", 1, "no|@ paper"]]);
      const waits = yield* asked(store, "waits");
      const retryAt = endedAt + 3_600_000;
      yield* store.complete(...(yield* claim()).runs.map((it) => ended(it, { outcome: "failed", endedAt, retryAt })));
      yield* store.control({ _tag: "CancelRuns", job: "job" });
      yield* same("cancelled as it waits", yield* look(store, waits), [["cancelled", 2, ""]]);
      const lost = yield* asked(store, "lost");
      yield* claim();
      yield* store.beat("n", { state: "gone" });
      yield* store.claim("m", "job", { overlap: "skip" });
      yield* same("lost", yield* look(store, lost), [["lost", 1, ""]]);
      const old = yield* asked(store, "old");
      const last = yield* store.claim("m", "job", { overlap: "skip" });
      yield* store.complete(...last.runs.map((it) => ended(it, { endedAt: endedAt - 3_700_000 })));
      yield* same("for an hour", yield* look(store, old, { ...lost, dueAt: 1 }), ["gone", "gone"]);
      yield* same("a fire without", (yield* store.queue(trigger("without")))[0], "ok");
    }),
  ),
  law(
    "of a job as many results are kept as it has rows, the last ones, and none once it is removed",
    Effect.fnUntraced(function* (store: Tested) {
      yield* store.register("job");
      yield* store.beat("registrar", { state: "gone" });
      const all: Array<ResultWanted> = [];
      for (let n = 0; n < 66; n++) all.push(yield* asked(store, `${n}`));
      yield* store.control(cancel);
      const found = yield* look(store, ...all);
      const kept = (it: unknown) => Array.isArray(it) ? it[0] : it;
      yield* same("all given up", found.map(kept), all.map((_, n) => n < 2 ? "gone" : "cancelled"));
      yield* same("removed", yield* store.control({ _tag: "Remove", job: "job" }), "ok");
      yield* same("with them", yield* look(store, ...all), all.map(() => "gone"));
    }),
  ),
];
