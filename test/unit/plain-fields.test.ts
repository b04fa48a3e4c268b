/**
 * What a Worker's bundle reads fields with reads each as `cron-schedule` does.
 */
import { describe, expect, it } from "vitest";
import * as cron from "../../src/core/schedule/cronFields.ts";
import { fieldSpecs } from "../../src/core/schedule/fieldSet.ts";
import * as plain from "../../src/core/schedule/plainFields.ts";

describe.each(fieldSpecs.slice(0, 6).map((spec, index) => [spec.field, index, spec] as const))(
  "of %s",
  (_, index, { max, min, size }) => {
    const ascending = (values: ReadonlyArray<number>) => [...new Set(values)].sort((one, other) => one - other);

    it("each range with each of some steps, and lists of them, are the same", () => {
      const texts: Array<string> = [];
      for (let from = min; from <= max; from++) {
        for (let to = from; to <= max; to++) {
          for (const step of [1, 2, 7, size]) texts.push(`${from}-${to}/${step}`);
        }
      }
      const lists = texts.map((text, at) => `${text},${texts[(at * 7_919 + 13) % texts.length]}`);
      for (const text of [...texts, ...lists]) {
        if (String(ascending(plain.valuesOf(index, text))) === String(ascending(cron.valuesOf(index, text)))) continue;
        expect.fail(`${text}: ${plain.valuesOf(index, text)}, not ${cron.valuesOf(index, text)}`);
      }
    });
  },
);
