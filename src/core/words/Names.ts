/**
 * Names of services, nodes, jobs and handlers, and the keys of what people ask for.
 *
 * They become parts of keys, of fire ids and of log lines, so they are plain: they start with a letter or digit,
 * go on with letters, digits, `.`, `_` and `-`, and have at most 128 characters. All but services may also have `:` and `/`
 * (`tenant:42`, `reports/daily`, `10.0.0.7:3000`): in keys of a store those are escaped, and in the identity of a fire the
 * service is what stands before the first `/` and the instant what stands after the last.
 */
import * as Result from "effect/Result";
import { demand, demandNumber, InvalidInput } from "./InvalidInput.ts";

const first = "1 to 128 characters, a letter or digit first, then letters, digits";

const plain = { pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, allowed: `${first}, '.', '_' and '-'` };

const structured = { pattern: /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/, allowed: `${first}, '.', '_', ':', '/' and '-'` };

const check =
  (field: string, { allowed, pattern } = structured) => (name: unknown): Result.Result<string, InvalidInput> =>
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
 * console.log(Names.service("billing")._tag, Names.service("a/b")._tag); // Success Failure
 * ```
 */
export const service: (name: unknown) => Result.Result<string, InvalidInput> = check("service", plain);

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
 * console.log(Names.job("tenant:42/reports")._tag, Names.job("a b")._tag); // Success Failure
 * ```
 */
export const job: (name: unknown) => Result.Result<string, InvalidInput> = check("job");

/**
 * Checks the name of a handler for schedules in the store.
 *
 * @example
 * ```ts
 * import { Names } from "ringcron/core";
 *
 * console.log(Names.handler("report")._tag, Names.handler("~report")._tag); // Success Failure
 * ```
 */
export const handler: (name: unknown) => Result.Result<string, InvalidInput> = check("handler");

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

/** How many labels a node may have, and a job need. */
const mostLabels = 32;

/**
 * Checks labels, of a node or as a job needs them: so many from `least` on, each once, and each named as a job is.
 *
 * @example
 * ```ts
 * import { Names } from "ringcron/core";
 *
 * console.log(Names.labels("labels", ["gpu", "zone:eu"])._tag, Names.labels("runOn", [], 1)._tag); // Success Failure
 * ```
 */
export const labels = (
  field: string,
  value: unknown,
  least: number = 0,
): Result.Result<ReadonlyArray<string>, InvalidInput> => {
  demand(typeof field === "string", "field", field, "a string");
  demandNumber("least", least);
  const isSound = Array.isArray(value) && value.length >= least && value.length <= mostLabels &&
    new Set(value).size === value.length &&
    // Not `every`, which passes over what is missing.
    !Array.from(value as ReadonlyArray<unknown>).some((it) => typeof it !== "string" || !structured.pattern.test(it));
  return isSound ? Result.succeed([...value as ReadonlyArray<string>]) : Result.fail(
    new InvalidInput(field, value, `a list of ${least} to ${mostLabels} labels, each once: ${structured.allowed}`),
  );
};

/**
 * Checks what somebody says for people to read: any text of so many characters without control characters.
 *
 * @example
 * ```ts
 * import { Names } from "ringcron/core";
 *
 * console.log(Names.remark("reason", "the bank is closed", 200)._tag, Names.remark("by", "", 100)._tag); // Success Failure
 * ```
 */
export const remark = (field: string, text: unknown, most: number): Result.Result<string, InvalidInput> => {
  demand(typeof field === "string", "field", field, "a string");
  demandNumber("most", most);
  const isSound = typeof text === "string" && text.length > 0 && text.length <= most && !/\p{Cc}/u.test(text);
  return isSound
    ? Result.succeed(text)
    : Result.fail(new InvalidInput(field, text, `1 to ${most} characters, none of them a control character`));
};
