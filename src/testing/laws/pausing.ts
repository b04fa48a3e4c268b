/**
 * Laws about pausing all jobs of a service.
 */
import * as Effect from "effect/Effect";
import type { ControlRequest, JobState } from "../../core/words/Request.ts";
import { holds, type Law, law, same, type Tested } from "./kit.ts";

type Command = ControlRequest["command"];

const skipped = { _tag: "ResumeAll", missed: "skip" } as const;

/** Gives a command for all jobs, and tells how many it was about. */
const all = (store: Tested, command: Command) =>
  Effect.map(
    store.driver.control({ _tag: "Control", service: store.service, command }),
    ({ count, result }) => [result, count] as const,
  );

const pauses = (states: ReadonlyArray<JobState>) => states.map((it) => it.paused ? it.pause ?? {} : undefined);

/** The laws. */
export const pausing: ReadonlyArray<Law> = [
  // R38.
  law(
    "all jobs are paused, also one that is registered later, and go on together, but for those paused by themselves",
    Effect.fnUntraced(function* (store: Tested) {
      yield* same("nobody's", yield* all(store, { _tag: "PauseAll" }), ["ok", 0]);
      yield* same("and on", yield* all(store, skipped), ["ok", 0]);
      const at = yield* store.register("a");
      yield* store.register("b");
      yield* store.control({ _tag: "Pause", job: "a", by: "anna" });
      const before = yield* store.beat("n");
      const [mine, ours] = [{ by: "anna" }, { by: "ops", reason: "incident 7, all stand" }];
      yield* same("pause", yield* all(store, { _tag: "PauseAll", ...ours }), ["ok", 1]);
      yield* holds("everybody looks again", (yield* store.beat("n")).version > before.version);
      yield* same("again", yield* all(store, { _tag: "PauseAll", ...ours }), ["ok", 1]);
      const registered = yield* store.claim("n", "c", { nextDueAt: at + 1 });
      yield* same("a new one", registered.status, "new");
      yield* same("is paused", pauses(yield* store.peek("a", "b", "c")), [mine, ours, ours]);
      const from = registered.watermark ?? 0;
      const refused = yield* store.claim("n", "c", { from, to: from + 1, runs: [{ dueAt: from + 1, kind: "due" }] });
      yield* same("nothing of it is claimed", [refused.status, refused.runs], ["paused", []]);
      yield* same("nor overdue", (yield* store.beat("n", { overdueMs: 0 })).overdue, []);
      yield* store.control({ _tag: "Resume", job: "b", missed: "skip" });
      yield* same("one goes on before", pauses(yield* store.peek("b")), [undefined]);
      yield* store.control({ _tag: "Pause", job: "c" });
      yield* store.register("d");
      yield* same("on", yield* all(store, skipped), ["ok", 1]);
      yield* same("but for two", pauses(yield* store.peek("a", "b", "c", "d")), [mine, undefined, {}, undefined]);
      yield* store.register("e");
      yield* same("a new one is not paused", pauses(yield* store.peek("e")), [undefined]);
      yield* store.control({ _tag: "Destroy" });
      yield* all(store, { _tag: "PauseAll" });
      yield* store.control({ _tag: "Destroy" });
      yield* store.register("f");
      yield* same("nor after all is removed", pauses(yield* store.peek("f")), [undefined]);
    }),
  ),
  law(
    "a pause of all beside registrations and its own end leaves all jobs alike",
    Effect.fnUntraced(function* (store: Tested) {
      const names = Array.from({ length: 30 }, (_, index) => `job ${index}`);
      yield* store.beat("n");
      yield* store.beat("m");
      const registering = names.map((job, index) => store.claim(index % 2 === 0 ? "n" : "m", job));
      const [paused] = yield* Effect.all([all(store, { _tag: "PauseAll" }), ...registering], { concurrency: 8 });
      yield* same("pause", paused[0], "ok");
      yield* same("all", pauses(yield* store.peek(...names)), names.map(() => ({})));
      for (const reason of ["once", "twice"]) {
        yield* Effect.all([all(store, { _tag: "PauseAll", reason }), all(store, skipped)], { concurrency: 2 });
        const probe = `probe ${reason}`;
        yield* store.claim("n", probe);
        const [one] = pauses(yield* store.peek(probe));
        // Whichever was given last, what it left undone is done when it is given again.
        yield* all(store, one === undefined ? skipped : { _tag: "PauseAll", reason });
        yield* same("alike", pauses(yield* store.peek(...names)), names.map(() => one));
      }
    }),
  ),
];
