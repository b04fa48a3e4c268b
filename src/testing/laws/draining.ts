/**
 * Laws about members that are asked to leave.
 */
import * as Effect from "effect/Effect";
import type { ControlRequest, DrainAsked } from "../../core/words/Request.ts";
import { type Law, law, same, type Tested } from "./kit.ts";

const asked = (store: Tested, node: string, rest: DrainAsked = {}) => {
  const command: ControlRequest["command"] = { _tag: "Drain", node, ...rest };
  return Effect.map(
    store.driver.control({ _tag: "Control", service: store.service, command }),
    ({ count, nodes, result }) => [result, count, nodes],
  );
};

/** The laws. */
export const draining: ReadonlyArray<Law> = [
  // R39.
  law(
    "all members of a name are asked to leave, by their next beats, and nobody else is",
    Effect.fnUntraced(function* (store: Tested) {
      yield* same("nobody", yield* asked(store, "web"), ["unknown", 0, []]);
      for (const [incarnation, name] of [["a", "web"], ["b", "web"], ["c", "odd |,;%@ name"]] as const) {
        yield* store.beat(incarnation, { name });
      }
      const drainOf = (incarnation: string, name: string, overdueMs = 60_000) =>
        Effect.map(store.beat(incarnation, { name, overdueMs }), ({ drain, overdue }) => [drain, overdue]);
      yield* same("another name", yield* asked(store, "wep"), ["unknown", 0, ["odd |,;%@ name", "web"]]);
      const note = { drainMs: 500, by: "anna", reason: "odd |,;%@ text" };
      yield* same("asked", yield* asked(store, "web", note), ["ok", 2, undefined]);
      yield* same("again", yield* asked(store, "web", { drainMs: 7 }), ["ok", 2, undefined]);
      for (const overdueMs of [1, 60_000, 599_000]) {
        yield* same("a", yield* drainOf("a", "web", overdueMs), [note, []]);
        yield* same("c", yield* drainOf("c", "odd |,;%@ name", overdueMs), [undefined, []]);
      }
      yield* store.beat("a", { name: "web", state: "leaving" });
      yield* store.beat("a", { name: "web", state: "gone" });
      yield* same("who joins under the name is not asked", yield* drainOf("a2", "web"), [undefined, []]);
      yield* same("the other is, still", yield* drainOf("b", "web"), [note, []]);
      yield* same("asked for those that are there", yield* asked(store, "odd |,;%@ name"), ["ok", 1, undefined]);
      yield* same("without a word", yield* drainOf("c", "odd |,;%@ name"), [{}, []]);
    }),
  ),
];
