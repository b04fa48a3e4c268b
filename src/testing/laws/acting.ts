/**
 * Laws about who asked for something, in the history.
 */
import * as Effect from "effect/Effect";
import { defaults } from "../../core/words/Policy.ts";
import type { ActionEntry, ControlRequest } from "../../core/words/Request.ts";
import type { ScheduleCommand } from "../../core/words/ScheduleRequest.ts";
import { holds, type Law, law, ofSchedules, same, type Tested } from "./kit.ts";

/** People's names have any characters. */
const by = "anna |,;%@=\n“紙” 🖨";

const actions = (store: Tested) =>
  Effect.map(store.history, (lines) => lines.filter((it): it is ActionEntry => it._tag === "Action"));

/** What the history tells of actions, oldest first, without when. */
const told = (store: Tested) => Effect.map(actions(store), (lines) => lines.map(({ at: _, _tag, ...rest }) => rest));

/** The laws. */
export const acting: ReadonlyArray<Law> = [
  // R60.
  law(
    "who asked for something is told in the history with what it has changed, once, if a name was said",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("a|b");
      const job = "a|b";
      yield* store.beat("n", { name: "web" });
      const commands: ReadonlyArray<ControlRequest["command"]> = [
        { _tag: "Pause", job },
        { _tag: "Resume", job, missed: "skip" },
        { _tag: "Trigger", job, key: "nobody" },
      ];
      for (const command of commands) yield* store.control(command);
      yield* same("nobody is named", yield* told(store), []);
      const named: ReadonlyArray<ControlRequest["command"]> = [
        { _tag: "Trigger", job, key: "k", by },
        { _tag: "Backfill", job, key: "b", dueAts: [1, 2], by },
        { _tag: "Pause", job, by },
        { _tag: "Cancel", job, by },
        { _tag: "PauseAll", by },
        { _tag: "Drain", node: "web", by },
      ];
      const expected = [
        { action: "trigger", by, job },
        { action: "backfill", by, job },
        { action: "pause", by, job },
        { action: "cancel-queued", by, job },
        { action: "pause-all", by },
        { action: "drain", by, node: "web" },
      ];
      for (const command of named) yield* same(command._tag, yield* store.control(command), "ok");
      yield* same("each is told", yield* told(store), expected);
      for (const command of named) yield* same(`${command._tag} again`, yield* store.control(command), "ok");
      yield* same("what changes nothing is not", yield* told(store), expected);
      yield* same(
        "nor what is refused",
        yield* store.control({ _tag: "Trigger", job: "none", key: "k", by }),
        "unknown",
      );
      yield* store.control({ _tag: "ResumeAll", missed: "skip", by: "bert" });
      yield* store.control({ _tag: "Resume", job, missed: "skip", by: "bert" });
      yield* store.control({ _tag: "CancelRuns", job, by: "bert" });
      yield* store.control({ _tag: "Rewind", job, by: "bert" });
      yield* same("the ends of both are", (yield* told(store)).slice(expected.length), [
        { action: "resume-all", by: "bert" },
        { action: "resume", by: "bert", job },
      ]);
      yield* store.beat("n", { name: "web", state: "gone" });
      yield* store.beat("registrar", { state: "gone" });
      yield* same("a job goes", yield* store.control({ _tag: "Remove", job, by }), "ok");
      const all = yield* actions(store);
      yield* same("and is told of", all.at(-1)?.action, "remove");
      yield* holds("each tells when", all.every((it) => it.at >= at && it.at < at + 60_000), all);
    }),
  ),
  ofSchedules(
    "who did something with a schedule in the store is told in the history, and its fires are not",
    Effect.fnUntraced(function* (store, ask) {
      const id = "tenant |,;%@ 42";
      const definition = { handler: "report", schedule: "@yearly", policies: defaults, enabled: true };
      const named: ReadonlyArray<ScheduleCommand> = [
        { _tag: "Put", puts: [{ id, definition }], by },
        { _tag: "Pause", id, by },
        { _tag: "Resume", id, missed: "skip", by },
        { _tag: "Trigger", id, key: "k", by },
      ];
      yield* ask({ _tag: "Put", puts: [{ id: "another", definition }] });
      for (const command of named) yield* ask(command);
      const expected = ["put", "pause", "resume", "trigger"].map((it) => ({
        action: `schedule-${it}`,
        by,
        schedule: id,
      }));
      yield* same("each is told", yield* told(store), expected);
      for (const command of [named[0], named[2], named[3]]) if (command !== undefined) yield* ask(command);
      yield* same("what changes nothing is not", yield* told(store), expected);
      yield* ask({ _tag: "Remove", id, by });
      yield* ask({ _tag: "Remove", id, by });
      const removal = { action: "schedule-remove", by, schedule: id };
      yield* same("its removal is, once", yield* told(store), [...expected, removal]);
    }),
  ),
];
