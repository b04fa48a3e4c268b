/**
 * A schedule as a form gives it.
 */
import { InvalidInput, strangeField } from "../../src/core/words/InvalidInput.ts";
import { defaults, type Policies } from "../../src/core/words/Policy.ts";
import type { ScheduleOptions } from "../../src/shell/Schedules.ts";

/** Policies that are not as by default, as they are given. */
export const ownPolicies = (policies: Policies): Readonly<Record<string, unknown>> => {
  const usual: Readonly<Record<string, unknown>> = { ...defaults };
  return Object.fromEntries(
    Object.entries(policies).filter(([name, value]) =>
      value !== undefined && JSON.stringify(value) !== JSON.stringify(usual[name])
    ),
  );
};

const policyFields = [...Object.keys(defaults), "maxQueued", "limit", "jitterMs"];

const parts = [
  ...["handler", "schedule", "timeZone", "dst", "startAt", "endAt", "payload", "enabled", "keepRuns", "ifVersion"],
];

/** What is put. Throws `InvalidInput` where that is not to be told from what a schedule has; the rest is for the client to say. */
export const putOf = (given: Readonly<Record<string, unknown>>): ScheduleOptions => {
  const { policies = {} } = given;
  if (typeof policies !== "object" || policies === null || Array.isArray(policies)) {
    throw new InvalidInput("policies", policies, 'an object such as { "overlap": "queue" }');
  }
  const strange = strangeField(policies, policyFields, "policies.");
  if (strange !== undefined) throw strange;
  const said = parts.filter((it) => given[it] !== undefined).map((it) => [it, given[it]]);
  return { ...policies, ...Object.fromEntries(said), id: given.id } as ScheduleOptions;
};
