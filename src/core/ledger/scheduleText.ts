/**
 * The definition of a schedule in the store as text: `layout|version|handler|schedule|facts|policies`.
 *
 * Facts are a letter and a value each, between commas, in the order of the letters, and only where there is something to say: `a` from
 * when on it counts, `b` up to when, `d` its DST rule, `e` that it starts nothing, `h` how many of its last runs are kept where that is not one, `p` the fingerprint of its payload, `z` its zone.
 * Policies are those of a job. The payload has a row of its own.
 */
import { fingerprint } from "../words/hash.ts";
import { defaults } from "../words/Policy.ts";
import type { ScheduleDefinition } from "../words/ScheduleRequest.ts";
import { Cursor, type Mutable } from "./Cursor.ts";
import { afterLayout } from "./layout.ts";
import * as Moment from "./Moment.ts";
import type { Open } from "./Moment.ts";
import { decode, encode, escaped, unescaped } from "./packed.ts";
import { policiesText, readPolicies } from "./policiesText.ts";

/** What a schedule is written in holds blanks and stars, which every store takes as they are: shorter, and readable. */
const written = (text: string): string => escaped(text, /[^ -~]|[|,;%@]/g);

const factsOf = ({ dst, enabled, endAt, keepRuns = 1, payload, startAt, timeZone }: ScheduleDefinition): string => {
  const facts: Array<string> = [];
  if (startAt !== undefined) facts.push(`a${Moment.text(startAt)}`);
  if (endAt !== undefined) facts.push(`b${Moment.text(endAt)}`);
  if (dst !== undefined) facts.push(`d${dst}`);
  if (!enabled) facts.push("e");
  if (keepRuns !== 1) facts.push(`h${Moment.text(keepRuns)}`);
  if (payload !== undefined) facts.push(`p${fingerprint(payload)}`);
  if (timeZone !== undefined) facts.push(`z${written(timeZone)}`);
  return facts.join(",");
};

/** All that is said of it, without the version: two that say the same are one. */
const bodyOf = (definition: ScheduleDefinition): string =>
  [encode(definition.handler), written(definition.schedule), factsOf(definition), policiesText(definition.policies)]
    .join("|");

/** The hash by which claims are told apart that rest on another definition, the payload's among it. */
export const hashOfSchedule = (definition: ScheduleDefinition): string => fingerprint(bodyOf(definition));

/** Writes a definition under its version. */
export const scheduleText = (definition: ScheduleDefinition, version: Open, layout: number): string =>
  `${layout}|${Moment.text(version)}|${bodyOf(definition)}`;

/** A definition as it was read: what its payload must be is known, and not yet what that is. */
export interface ScheduleRead {
  readonly definition: ScheduleDefinition;
  readonly version: number;
  readonly hash: string;
  /** The fingerprint of its payload; undefined if it has none. */
  readonly payloadPrint: string | undefined;
}

const dstRules: ReadonlySet<string> = new Set(["default", "skip", "both", "earlier", "later"]);

/** Reads a definition; `newer` if it is of a later layout, `corrupt` if it is none. */
export const readSchedule = (text: string): ScheduleRead | "newer" | "corrupt" => {
  const start = afterLayout(text);
  if (typeof start === "string") return start;
  const cursor = new Cursor(text, start);
  const version = cursor.whole("|");
  const body = text.slice(text.indexOf("|", start) + 1);
  const handler = decode(cursor.part("|"));
  const schedule = unescaped(cursor.part("|"));
  const facts: Mutable<Partial<ScheduleDefinition>> = { enabled: true };
  let payloadPrint: string | undefined;
  if (!cursor.passes("|")) {
    cursor.facts({
      a: () => void (facts.startAt = cursor.whole("")),
      b: () => void (facts.endAt = cursor.whole("")),
      d: () => void (facts.dst = cursor.part("") as NonNullable<ScheduleDefinition["dst"]>),
      e: () => void (facts.enabled = false),
      h: () => void (facts.keepRuns = cursor.whole("")),
      p: () => void (payloadPrint = cursor.part("")),
      z: () => void (facts.timeZone = unescaped(cursor.part(""))),
    });
    if (!cursor.passes("|")) cursor.refuse();
  }
  const policies = cursor.isAtEnd() ? defaults : readPolicies(cursor);
  if (!cursor.isAtEnd() || handler === undefined || !(facts.dst === undefined || dstRules.has(facts.dst))) {
    return "corrupt";
  }
  const definition: ScheduleDefinition = { handler, schedule, ...facts, enabled: facts.enabled === true, policies };
  return { definition, version, hash: fingerprint(body), payloadPrint };
};

/** Whether a text is the payload that a definition speaks of. */
export const isPayloadOf = ({ payloadPrint }: ScheduleRead, json: string | undefined): boolean =>
  (json === undefined ? undefined : fingerprint(json)) === payloadPrint;
