/**
 * `#fields` by default: `cron-schedule` reads the text of one field.
 */
import { parseCronExpression } from "cron-schedule";

const names = ["seconds", "minutes", "hours", "days", "months", "weekdays"] as const;

/** The values that field `index` stands for, as they are written. */
export const valuesOf = (index: number, text: string): ReadonlyArray<number> => {
  const fields = ["0", "0", "0", "1", "1", "0"];
  fields[index] = text;
  const name = names[index] ?? "seconds";
  const values = parseCronExpression(fields.join(" "))[name];
  // Counted from 0 there.
  return name === "months" ? values.map((value) => value + 1) : values;
};
