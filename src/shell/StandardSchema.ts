/**
 * What a payload is checked with: a Standard Schema, as zod, valibot, ArkType and Effect's Schema make them. Nothing of theirs is needed
 * to use one.
 */
import * as Effect from "effect/Effect";
import { InvalidInput } from "../core/words/InvalidInput.ts";
import { settle } from "./settle.ts";

/** What is wrong with a value. */
export interface SchemaIssue {
  /** What, in words. */
  readonly message: string;
  /** Where; each part a key, or what has one. Default: the value as a whole. */
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined;
}

/** What a check comes to: the value as the handler gets it, or what is wrong with it. */
export type SchemaResult<A> =
  | { readonly value: A; readonly issues?: undefined }
  | { readonly issues: ReadonlyArray<SchemaIssue> };

/** A schema, by version 1 of the Standard Schema (standardschema.dev). */
export interface StandardSchema<A = unknown> {
  /** What the standard asks for. */
  readonly "~standard": {
    /** Of the standard. */
    readonly version: 1;
    /** Whose schema it is. */
    readonly vendor: string;
    /** Checks a value. */
    readonly validate: (value: unknown) => SchemaResult<A> | Promise<SchemaResult<A>>;
    /** Types alone, never a value. */
    readonly types?: { readonly input: unknown; readonly output: A } | undefined;
  };
}

/** What is wrong with something that is given as a schema; undefined if it is one. */
export const wrongSchema = (field: string, schema: unknown): InvalidInput | undefined => {
  const isObject = (typeof schema === "object" && schema !== null) || typeof schema === "function";
  const standard: unknown = isObject ? (schema as Record<string, unknown>)["~standard"] : undefined;
  const { validate, version } = (standard ?? {}) as { readonly validate?: unknown; readonly version?: unknown };
  return typeof validate === "function" && version === 1 ? undefined : new InvalidInput(
    field,
    schema,
    "a Standard Schema of version 1, as zod, valibot, ArkType and Effect's Schema make them",
  );
};

const partOf = (part: PropertyKey | { readonly key: PropertyKey }): string =>
  String(typeof part === "object" ? part.key : part);

/** How many issues are told. */
const mostTold = 3;

/** What a run fails with whose payload its handler does not take. */
export const mismatch = (issues: ReadonlyArray<SchemaIssue>): Error => {
  const told = issues.slice(0, mostTold).map(({ message, path = [] }) =>
    path.length === 0 ? message : `${path.map(partOf).join(".")}: ${message}`
  );
  const error = new Error(`the payload does not fit: ${told.join("; ")}`);
  error.name = "PayloadMismatch";
  return error;
};

/** Whether a payload, as JSON, is one that the schema of a handler takes: as before each run, so that whoever puts it is told. */
export const fits = (
  schema: StandardSchema,
  handler: string,
  json: string | undefined,
): Effect.Effect<void, InvalidInput> =>
  Effect.callback((resume) => {
    const refused = (why: string) =>
      resume(
        Effect.fail(
          new InvalidInput("payload", "what was given", `what the schema of handler ${handler} takes: ${why}`),
        ),
      );
    const judged = (answer: unknown): void => {
      try {
        const { issues } = answer as SchemaResult<unknown>;
        return issues === undefined ? resume(Effect.void) : refused(mismatch(issues).message);
      } catch {
        refused("it answered with nothing of the standard");
      }
    };
    const value = json === undefined ? undefined : JSON.parse(json);
    settle(() => schema["~standard"].validate(value), judged, () => refused("it failed"));
  });
