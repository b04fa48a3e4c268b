/**
 * Laws about what people ask for: when it is due, what a key is good for, what does not fit, what is given up.
 */
import * as Effect from "effect/Effect";
import type { Run } from "../../core/words/Fire.ts";
import { backfill, cancel, dues, instants, trigger } from "./commands.ts";
import { ended, holds, type Law, law, same, type Tested } from "./kit.ts";

const oddKeys: ReadonlyArray<string> = ["", "k", "K", "k,1", "k;k", "k|", "%", "k\n", "á", "\ud800", "__proto__"];

/** The laws. */
export const asking: ReadonlyArray<Law> = [
  // R31.
  law(
    "triggers are due now, between whole seconds, and no two of them at one instant",
    Effect.fnUntraced(function* (store: Tested) {
      yield* store.register("job");
      const { storeTime: before } = yield* store.beat("n");
      const keys = Array.from({ length: 30 }, (_, index) => `${index}`);
      const asked = yield* Effect.all(keys.map((key) => store.queue(trigger(key))), { concurrency: 8 });
      const found = asked.map(([, dueAt]) => dueAt ?? 0);
      const { storeTime: after } = yield* store.beat("n");
      yield* holds(
        "between whole seconds",
        found.every((it) => it % 1_000 !== 0),
        found,
      );
      yield* same("instants", new Set(found).size, found.length);
      yield* holds("now", Math.min(...found) >= before && Math.max(...found) <= after + 31, [before, found, after]);
      const active = (yield* store.peek("job"))[0]?.active ?? [];
      yield* same("queued", [...dues(active)].sort(), [...found].sort());
    }),
  ),
  // R31.
  law(
    "the same key queues nothing twice, also after its run ended",
    Effect.fnUntraced(function* (store: Tested) {
      yield* store.beat("n");
      yield* store.register("job");
      const triggers = yield* Effect.all(Array.from({ length: 8 }, () => store.queue(trigger("key"))), {
        concurrency: "unbounded",
      });
      const [first] = triggers;
      yield* same("all at once", triggers, triggers.map(() => first));
      yield* same("as a backfill", yield* store.queue(backfill("key", [1, 2])), first);
      const { queued, runs } = yield* store.claim("n", "job");
      yield* same("handed out", [dues(runs), queued], [[first?.[1]], 0]);
      yield* same("while it runs", yield* store.queue(trigger("key")), first);
      yield* store.complete(...runs.map((it) => ended(it)));
      yield* same("after its end", yield* store.queue(trigger("key")), first);
      yield* same("active", (yield* store.peek("job"))[0]?.active, []);
      for (const key of oddKeys) {
        const once = yield* store.queue(trigger(key));
        yield* same(`${key} again`, yield* store.queue(trigger(key)), once);
      }
      yield* same("keys are told apart", (yield* store.peek("job"))[0]?.active.length, oddKeys.length);
      yield* store.register("other");
      yield* store.queue(trigger("key", "other"));
      yield* same("another job's", (yield* store.claim("n", "other")).runs.length, 1);
    }),
  ),
  law(
    "a job remembers many keys, also beside those of another job",
    Effect.fnUntraced(function* (store: Tested) {
      yield* store.register("job");
      yield* store.register("other");
      const first = yield* store.queue(trigger("first"));
      for (let n = 0; n < 18; n++) yield* store.queue(trigger(`${n}`));
      yield* store.queue(trigger("first", "other"));
      const count = Effect.map(store.peek("job"), ([state]) => state?.active.length);
      yield* same("the first is known", yield* store.queue(trigger("first")), first);
      for (let n = 0; n < 18; n++) yield* store.queue(trigger(`${n}`));
      yield* same("so are all", yield* count, 19);
    }),
  ),
  law(
    "what is asked of an unknown job says so and leaves nothing",
    Effect.fnUntraced(function* (store: Tested) {
      for (const command of [trigger("key"), backfill("key", [1]), cancel]) {
        yield* same(command._tag, yield* store.queue(command), ["unknown", undefined]);
      }
      yield* same("look", yield* store.peek("job"), []);
      yield* same("still unknown", (yield* store.claim("n", "job")).status, "new");
    }),
  ),
  law(
    "what does not fit into the queue changes nothing",
    Effect.fnUntraced(function* (store: Tested) {
      yield* store.register("job");
      yield* same("far too many", yield* store.queue(backfill("far", instants(1_000))), ["full", undefined]);
      yield* same("too many", yield* store.queue(backfill("big", instants(201))), ["full", undefined]);
      yield* same("nothing", (yield* store.peek("job"))[0]?.active, []);
      yield* same("many", yield* store.queue(backfill("some", instants(199))), ["ok", 1_000]);
      yield* same("two more", yield* store.queue(backfill("two", instants(2))), ["full", undefined]);
      yield* same("one more", (yield* store.queue(trigger("last")))[0], "ok");
      yield* same("and one", yield* store.queue(trigger("and one")), ["full", undefined]);
      yield* same("of a known key", yield* store.queue(backfill("some", instants(9))), ["ok", 1_000]);
      const active = (yield* store.peek("job"))[0]?.active ?? [];
      yield* same("queued", [active.length, dues(active).slice(0, 199)], [200, instants(199)]);
      yield* store.claim("n", "job");
      yield* same("in the place of one that runs", (yield* store.queue(trigger("and one")))[0], "ok");
    }),
  ),
  law(
    "what is queued can be cancelled, is recorded so, and stays asked for",
    Effect.fnUntraced(function* (store: Tested) {
      yield* store.beat("n");
      yield* store.register("job");
      yield* same("nothing", yield* store.queue(cancel), ["ok", undefined]);
      const asked = yield* store.queue(backfill("key", [1_000, 2_000, 3_000]));
      const { runs: [run] } = yield* store.claim("n", "job", { overlap: "skip" });
      const { active = [] } = (yield* store.peek("job"))[0] ?? {};
      yield* same("cancel", yield* store.queue(cancel), ["ok", undefined]);
      yield* same("again", yield* store.queue(cancel), ["ok", undefined]);
      yield* same("what runs goes on", (yield* store.peek("job"))[0]?.active, active.slice(0, 1));
      yield* same("its end", yield* store.complete(ended(run as Run)), ["ok"]);
      const history = (yield* store.history).map((it) =>
        it._tag === "Run" ? [it.dueAt, it.outcome, it.attempt, it.fence, it.startedAt, it.incarnation] : it
      );
      yield* same("history", history, [
        ...active.slice(1).map((it) => [it.dueAt, "cancelled", 0, it.fence, 0, ""]),
        [1_000, "succeeded", 1, run?.fence, 1_000, "n"],
      ]);
      yield* same("the same key", yield* store.queue(backfill("key", [7])), asked);
      yield* same("queued", (yield* store.claim("n", "job")).queued, 0);
    }),
  ),
  law(
    "nobody can end a run that is queued, and no command of the queue makes the nodes look again",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      const { version } = yield* store.beat("n");
      yield* store.queue(trigger("key"));
      yield* store.queue(backfill("past", [1_000]));
      const active = (yield* store.peek("job"))[0]?.active ?? [];
      for (const rerun of [false, true]) {
        const ends = active.map((it) => ended(it, { outcome: "abandoned", rerun }));
        yield* same("end", yield* store.complete(...ends), ["gone", "gone"]);
      }
      yield* same("queued", (yield* store.peek("job"))[0]?.active, active);
      const changed = yield* store.claim("n", "job", { definition: "next" }, { deployment: 2 });
      yield* same("a changed definition leaves them", [changed.status, changed.queued], ["new", 2]);
      yield* same("cancel", yield* store.control(cancel), "ok");
      const told = yield* store.beat("n", { knownVersion: version });
      yield* same("version", [told.version, told.members], [version, undefined]);
      yield* holds("watermark", ((yield* store.peek("job"))[0]?.watermark ?? 0) >= at);
    }),
  ),
];
