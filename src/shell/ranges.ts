/**
 * Options that are whole numbers of a range.
 */
import * as Result from "effect/Result";
import { InvalidInput } from "../core/words/InvalidInput.ts";

/** Least, most, and what it is if it is left out. */
export type Range = readonly [from: number, to: number, fallback: number];

/** Checks one. */
export const whole = (field: string, value: unknown, from: number, to: number): Result.Result<number, InvalidInput> =>
  Number.isInteger(value) && (value as number) >= from && (value as number) <= to
    ? Result.succeed(value as number)
    : Result.fail(new InvalidInput(field, value, `a whole number from ${from} to ${to}`));

/** Completes and checks those of some ranges. */
export const inRanges = <Field extends string>(
  options: { readonly [F in NoInfer<Field>]?: unknown },
  ranges: Readonly<Record<Field, Range>>,
): Result.Result<Readonly<Record<Field, number>>, InvalidInput> =>
  Result.gen(function* () {
    const checked = {} as Record<Field, number>;
    for (const field of Object.keys(ranges) as Array<Field>) {
      const [from, to, fallback] = ranges[field];
      const value = options[field];
      // Only what is left out has its default: a null is as wrong as any other type.
      checked[field] = yield* whole(field, value === undefined ? fallback : value, from, to);
    }
    return checked;
  });
