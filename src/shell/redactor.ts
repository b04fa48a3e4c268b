/**
 * What the texts of errors are told as: somebody's own function, which may leave out what nobody is to read.
 */
import * as Result from "effect/Result";
import { InvalidInput } from "../core/words/InvalidInput.ts";

/** What the text of an error is told as. */
export type RedactError = (text: string) => string;

const unsaid = "an error, the text of which was left out";

/** A stranger's function: what it does wrong must tell nothing that it was to leave out. */
export const redacted = (redact: RedactError | undefined, text: string): string => {
  if (redact === undefined) return text;
  try {
    const told: unknown = redact(text);
    return typeof told === "string" ? told.slice(0, 1_000) : unsaid;
  } catch {
    return unsaid;
  }
};

/** Checks what tells errors. */
export const redactor = (value: unknown): Result.Result<RedactError | undefined, InvalidInput> =>
  value === undefined || typeof value === "function"
    ? Result.succeed(value as RedactError | undefined)
    : Result.fail(new InvalidInput("redactError", value, "a function that is given a text and tells one"));
