/**
 * Definitions of a job as text: `layout|definitions`, those that were told last, the newest first.
 *
 * Each is `hash,schedule,written` and the facts of its policies behind it, where there are any; `written` is empty where the schedule
 * was written in its canonical text. While two deployments stand side by side each of them has its own here, so neither writes over
 * the other's, and a job whose old definition comes back has it still.
 */
import type { Definition } from "../words/Definition.ts";
import { defaults } from "../words/Policy.ts";
import { Cursor } from "./Cursor.ts";
import { afterLayout } from "./layout.ts";
import { encode } from "./packed.ts";
import { policiesText, policiesVersion, readPolicies } from "./policiesText.ts";

/** How many definitions of a job are kept. */
export const maxKept = 4;

/** Whether two definitions of a job are the same. */
export const isSame = (one: Definition, other: Definition): boolean =>
  one.hash === other.hash && policiesVersion(one.policies) === policiesVersion(other.policies);

/** One definition, without a layout: part of the text of something else. */
export const oneText = ({ hash, policies, schedule, written }: Definition): string => {
  const facts = policiesText(policies);
  const other = written === undefined || written === schedule ? "" : encode(written);
  return `${encode(hash)},${encode(schedule)},${other}${facts === "" ? "" : `,${facts}`}`;
};

/** Reads one, where it begins. Whoever asks looks whether the text was sound. */
export const readOne = (cursor: Cursor): Definition => {
  const hash = cursor.name(",");
  const schedule = cursor.name(",");
  const written = cursor.name("");
  if (hash === undefined || schedule === undefined) cursor.refuse();
  const policies = cursor.passes(",") ? readPolicies(cursor) : defaults;
  return {
    hash: hash ?? "",
    schedule: schedule ?? "",
    ...(written === undefined ? {} : { written }),
    policies,
  };
};

/** Writes those of a job. */
export const definitionsText = (definitions: ReadonlyArray<Definition>, layout: number): string =>
  `${layout}|${definitions.map(oneText).join(";")}`;

/** Reads those of a job; none where nobody can. */
export const readDefinitions = (text: string): ReadonlyArray<Definition> => {
  const start = afterLayout(text);
  if (typeof start === "string") return [];
  const cursor = new Cursor(text, start);
  const definitions = cursor.list("", readOne);
  return cursor.isAtEnd() ? definitions : [];
};

/** With one that is told; the very same list if it has it already. */
export const withTold = (
  definitions: ReadonlyArray<Definition>,
  told: Definition,
): ReadonlyArray<Definition> =>
  definitions.some((it) => isSame(it, told)) ? definitions : [told, ...definitions].slice(0, maxKept);
