import { expect, test } from "vitest";
import { minutesOf } from "../../support/minutes.ts";

test("the seconds of a folder are those of its files, the longest folder first", () => {
  const took = [
    { file: "test/unit/a.test.ts", tests: 2, ms: 400 },
    { file: "test/system/b.test.ts", tests: 3, ms: 1_600 },
    { file: "test/unit/support/c.test.ts", tests: 1, ms: 2_000 },
  ];
  expect(minutesOf(took, 2_900).split("\n")).toEqual([
    "| folder      | files | tests | seconds | longest              |",
    "| ----------- | ----- | ----- | ------- | -------------------- |",
    "| test/unit   | 2     | 3     | 2       | support/c.test.ts: 2 |",
    "| test/system | 1     | 3     | 2       | b.test.ts: 2         |",
    "from start to end: 3 s",
  ]);
});
