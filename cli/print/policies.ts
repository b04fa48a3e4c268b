/**
 * Policies as people read them.
 */
import { Policy } from "ringcron";

/** Those that are not the defaults. */
export const policiesText = (policies: Policy.Policies): string => {
  const usual: Readonly<Record<string, unknown>> = { ...Policy.defaults };
  const own = Object.entries(policies).filter(([name, value]) =>
    value !== undefined && JSON.stringify(value) !== JSON.stringify(usual[name])
  );
  return own.length === 0
    ? "as by default"
    : own.map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`).join(", ");
};
