/**
 * Names of services, nodes and jobs, and the keys of what people ask for.
 *
 * They become parts of keys, of fire ids and of log lines, so they are plain: they start with a letter or digit,
 * go on with letters, digits, `.`, `_` and `-`, and have at most 128 characters.
 */
import * as Result from "effect/Result";
import { InvalidInput } from "./InvalidInput.ts";

const pattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

const allowed = "1 to 128 characters, a letter or digit first, then letters, digits, '.', '_' and '-'";

const check = (field: string) => (name: unknown): Result.Result<string, InvalidInput> =>
  typeof name === "string" && pattern.test(name)
    ? Result.succeed(name)
    : Result.fail(new InvalidInput(field, name, allowed));

/**
 * Checks the name of a service.
 *
 * @example
 * ```ts
 * import { Names } from "ringcron/core";
 *
 * console.log(Names.service("billing")._tag); // Success
 * ```
 */
export const service: (name: unknown) => Result.Result<string, InvalidInput> = check("service");

/**
 * Checks the name of a node.
 *
 * @example
 * ```ts
 * import { Names } from "ringcron/core";
 *
 * console.log(Names.node("worker-1")._tag); // Success
 * ```
 */
export const node: (name: unknown) => Result.Result<string, InvalidInput> = check("nodeName");

/**
 * Checks the name of a job.
 *
 * @example
 * ```ts
 * import { Names } from "ringcron/core";
 *
 * console.log(Names.job("reports:daily")._tag); // Failure
 * ```
 */
export const job: (name: unknown) => Result.Result<string, InvalidInput> = check("job");

/**
 * Checks the key under which somebody asks for fires.
 *
 * @example
 * ```ts
 * import { Names } from "ringcron/core";
 *
 * console.log(Names.key("2026-01-close")._tag); // Success
 * ```
 */
export const key: (name: unknown) => Result.Result<string, InvalidInput> = check("key");
