/**
 * Laws about pausing all jobs of a service.
 */
import * as Effect from "effect/Effect";
import type { ControlRequest, JobState } from "../../core/words/Request.ts";
import { defaults } from "../../core/words/Policy.ts";
import type { ScheduleCommand } from "../../core/words/ScheduleRequest.ts";
import { nameOf } from "../../core/words/Schedules.ts";
import { holds, type Law, law, ofSchedules, same, type Tested } from "./kit.ts";

type Command = ControlRequest["command"];

const skipped = { _tag: "ResumeAll", missed: "skip" } as const;

/** Gives a command for all jobs, and tells how many it was about. */
const all = (store: Tested, command: Command) =>
  Effect.map(
    store.driver.control({ _tag: "Control", service: store.service, command }),
    ({ count, result }) => [result, count] as const,
  );

const pauses = (states: ReadonlyArray<JobState>) => states.map((it) => it.paused ? it.pause ?? {} : undefined);

const putting = (id: string, enabled = true): ScheduleCommand => ({
  _tag: "Put",
  puts: [{ id, definition: { handler: "report", schedule: "@yearly", policies: defaults, enabled } }],
});

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
  ofSchedules(
    "schedules are paused with all jobs, also one that is put or enabled later, and go on with them, but for those paused by themselves",
    Effect.fnUntraced(function* (store, ask) {
      const get = (...ids: ReadonlyArray<string>) =>
        Effect.map(ask({ _tag: "Get", ids }), ({ schedules }) => {
          const states = new Map(schedules.map(({ id, state }) => [id, state]));
          return pauses(ids.flatMap((id) => states.get(id) ?? []));
        });
      const follow = (command: ScheduleCommand) => Effect.map(ask(command), ({ count }) => count);
      const pauseAll = follow({ _tag: "PauseAll", after: undefined });
      const resumeAll = (missed: "skip" | "catch-up") => follow({ _tag: "ResumeAll", missed, after: undefined });
      const [mine, ours] = [{ by: "anna" }, { by: "ops", reason: "incident 7, all stand" }];
      for (const id of ["a", "b", "c"]) yield* ask(putting(id));
      yield* ask(putting("off", false));
      yield* ask({ _tag: "Pause", id: "a", ...mine });
      yield* same("none while jobs are not", yield* pauseAll, 0);
      yield* all(store, { _tag: "PauseAll", ...ours });
      yield* same("none goes on while they are", yield* resumeAll("skip"), 0);
      yield* same("all but what is by itself", yield* pauseAll, 2);
      yield* same("again", yield* pauseAll, 2);
      yield* ask(putting("d"));
      yield* ask(putting("off"));
      yield* same("as it was said", yield* get("a", "b", "c", "d", "off"), [mine, ours, ours, ours, ours]);
      const { schedules: [b] } = yield* ask({ _tag: "Get", ids: ["b"] });
      const [from, definition] = [b?.state.watermark ?? 0, b?.state.definition ?? ""];
      const refused = yield* store.claim("n", nameOf("report", "b"), { definition, from, to: from + 1 });
      yield* same("nothing of it is claimed", [refused.status, refused.runs], ["paused", []]);
      yield* ask({ _tag: "Resume", id: "c", missed: "skip" });
      yield* ask({ _tag: "Pause", id: "d", ...mine });
      yield* ask(putting("b", false));
      yield* same("some otherwise", yield* get("b", "c", "d"), [{}, undefined, mine]);
      yield* all(store, skipped);
      yield* same("on", yield* resumeAll("skip"), 1);
      yield* same("but for two", yield* get("a", "b", "c", "d", "off"), [mine, {}, undefined, mine, undefined]);
      yield* ask(putting("e"));
      yield* same("a new one is not paused", yield* get("e"), [undefined]);
    }),
  ),
];
