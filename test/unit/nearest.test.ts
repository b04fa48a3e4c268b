import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nearest } from "../../src/shell/nearest.ts";

/** Letters to change, put in, leave out or swap, by the definition. */
const letters = (a: string, b: string): number => {
  const known = new Map<string, number>();
  const from = (i: number, j: number): number => {
    if (i === 0 || j === 0) return i + j;
    const key = `${i} ${j}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
    const least = Math.min(
      from(i - 1, j) + 1,
      from(i, j - 1) + 1,
      from(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
      isSwapped ? from(i - 2, j - 2) + 1 : Infinity,
    );
    known.set(key, least);
    return least;
  };
  return from(a.length, b.length);
};

describe("the nearest names", () => {
  const names = ["invoices", "invoices-eu", "reports:daily", "reports:weekly", "cleanup", "tenant:42", "a"];

  it.each<[string, ReadonlyArray<string>]>([
    ["invoces", ["invoices"]],
    ["invioces", ["invoices"]],
    ["Invoices", ["invoices", "invoices-eu"]],
    ["INVOICE", ["invoices", "invoices-eu"]],
    ["reports:dayly", ["reports:daily"]],
    ["reports", ["reports:daily", "reports:weekly"]],
    ["cleanup-job", ["cleanup"]],
    ["tenant:43", ["tenant:42"]],
    ["b", ["a"]],
    ["nothing-like-it", []],
  ])("of %j are %j", (given, expected) => expect(nearest(given, names)).toEqual(expected));

  it("are those with the fewest letters to change, whatever the order of the names", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 3, maxLength: 9 });
    fc.assert(
      fc.property(word, fc.uniqueArray(word, { maxLength: 6 }), (given, known) => {
        const limit = Math.min(3, Math.max(1, Math.floor(given.length / 3)));
        const near = known.filter((name) => letters(given, name) <= limit).map((name) => letters(given, name)).sort();
        const found = nearest(given, known);
        expect(nearest(given, [...known].reverse())).toEqual(found);
        expect(found.map((name) => letters(given, name)).filter((far) => far <= limit)).toEqual(near.slice(0, 3));
      }),
      { numRuns: 2_000 },
    );
  });

  it("are found among ten thousand long ones that are all alike", () => {
    const prefix = "tenant/of-a-company-with-a-long-name/and-a-long-path/".repeat(2);
    const long = Array.from({ length: 10_000 }, (_, index) => `${prefix}${index}-${"x".repeat(8)}`);
    const began = performance.now();
    expect(nearest(`${prefix}4711-xxxxxxx`, long)[0]).toBe(long[4711]);
    expect(nearest("y".repeat(128), long)).toEqual([]);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
