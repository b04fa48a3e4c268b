/**
 * The options of what people ask, checked: the same for jobs and for schedules in the store.
 */
import * as Effect from "effect/Effect";
import { InvalidInput, wrongOptions } from "../core/words/InvalidInput.ts";
import * as Names from "../core/words/Names.ts";
import type { AskOptions, PauseOptions, ResumeOptions } from "./Control.ts";

/** Options of a call: left out, or an object of nothing but known fields. */
export const optionsOf = <A extends object>(
  options: A | undefined,
  fields: ReadonlyArray<string & keyof A>,
): Effect.Effect<A, InvalidInput> => {
  const error = wrongOptions(options, fields);
  return error === undefined ? Effect.succeed(options ?? {} as A) : Effect.fail(error);
};

/** The longest remarks of a pause, in characters. */
const longest = { reason: 200, by: 100 } as const;

/** What is said of a pause. */
interface Note {
  reason?: string;
  by?: string;
}

/** What is said of a pause, checked. `order`: which of two that are wrong is named. */
export const noteOf: (
  options: PauseOptions | undefined,
  order?: ReadonlyArray<keyof Note>,
) => Effect.Effect<Note, InvalidInput> = Effect.fnUntraced(function* (options, order = ["reason", "by"]) {
  const given = yield* optionsOf<PauseOptions>(options, ["reason", "by"]);
  const note: Note = {};
  for (const field of order) {
    const text = given[field];
    if (text !== undefined) note[field] = yield* Effect.fromResult(Names.remark(field, text, longest[field]));
  }
  return note;
});

/** Who asks, checked. */
export const byOf = ({ by }: AskOptions): Effect.Effect<{ readonly by?: string }, InvalidInput> =>
  by === undefined ? Effect.succeed({}) : Effect.map(
    Effect.fromResult(Names.remark("by", by, longest.by)),
    (it) => ({ by: it }),
  );

/** Of a call that takes nothing but who asks. */
export const askerOf = (options: AskOptions | undefined): Effect.Effect<{ readonly by?: string }, InvalidInput> =>
  Effect.flatMap(optionsOf<AskOptions>(options, ["by"]), byOf);

/** What becomes of what a pause held up, and who ends it, checked. */
export const resumingOf: (
  options: ResumeOptions | undefined,
) => Effect.Effect<{ readonly missed: "skip" | "catch-up"; readonly by?: string }, InvalidInput> = Effect.fnUntraced(
  function* (options) {
    const { missed = "skip", ...rest } = yield* optionsOf<ResumeOptions>(options, ["missed", "by"]);
    return missed === "skip" || missed === "catch-up"
      ? { missed, ...(yield* byOf(rest)) }
      : yield* Effect.fail(new InvalidInput("missed", missed, '"skip" or "catch-up"'));
  },
);
