/**
 * Laws of the channel, for stores that have one: what is told there, and to whom. That a hint arrives is no law, but a store where
 * none ever does has no channel.
 */
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import type { DriverError } from "../../../Driver.ts";
import { type Checking, holds, type Kept, law, look, same, type StoreLaw } from "./kit.ts";

/** How often, and with which pause, something is looked for. */
const tries = 500;
const pauseMs = 10;

const until = (isSo: () => boolean): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (let at = 0; at < tries && !isSo(); at++) {
      yield* Effect.sleep(pauseMs);
      // On a clock that only jumps nobody else has had a turn.
      yield* Effect.yieldNow;
    }
  });

/** Whoever listens at the channel of a service, and what was heard so far. */
const listening = (kept: Kept, service = kept.service) =>
  Effect.gen(function* () {
    const heard: Array<string> = [];
    let isOpen = false;
    const hearing = { opened: () => void (isOpen = true), heard: (hint: string) => void heard.push(hint) };
    const listen = kept.store.hints?.(service, hearing) ?? Effect.never;
    const fiber: Fiber.Fiber<never, DriverError> = yield* Effect.forkChild(listen);
    yield* until(() => isOpen);
    yield* holds("the channel is open", isOpen, isOpen);
    return { heard, end: Fiber.interrupt(fiber) };
  });

/** A law that says nothing of stores without a channel. */
const ofChannel = (name: string, body: (kept: Kept) => Checking<void>): StoreLaw =>
  law(name, (kept) => kept.store.hints === undefined ? Effect.void : body(kept));

/** The laws. */
export const hints: ReadonlyArray<StoreLaw> = [
  ofChannel(
    "who listens hears the hint of a change that was made, of his service, and no other",
    Effect.fnUntraced(function* (kept: Kept) {
      const [one, two] = [yield* listening(kept), yield* listening(kept)];
      const other = yield* listening(kept, `${kept.service}x`);
      const first = yield* kept.put("a", "first");
      yield* kept.change({ rows: [{ key: "a", expect: undefined, put: "never" }] }, { hint: "refused" });
      yield* kept.change({ rows: [{ key: "a", expect: first, put: undefined }] }, { hint: "unchanged" });
      yield* kept.exchange([look("a")], { hint: "looked" });
      yield* kept.change({ rows: [{ key: "a", expect: first, put: "second" }] }, { hint: "j:made%20" });
      yield* until(() => one.heard.length > 0 && two.heard.length > 0);
      yield* same("heard", [one.heard, two.heard, other.heard], [["j:made%20"], ["j:made%20"], []]);
      yield* Effect.all([one.end, two.end, other.end]);
    }),
  ),
  ofChannel(
    "who listens no longer hears nothing, and may listen again",
    Effect.fnUntraced(function* (kept: Kept) {
      const before = yield* listening(kept);
      yield* before.end;
      const after = yield* listening(kept);
      yield* kept.change({ rows: [{ key: "a", expect: undefined, put: "1" }] }, { hint: "put" });
      yield* until(() => after.heard.includes("put"));
      yield* same("heard", [before.heard, after.heard.includes("put")], [[], true]);
      yield* after.end;
    }),
  ),
];
