import { expect, test } from "vitest";
import { standing } from "../../support/stuck.ts";

test("what is under way is told by file and test", () => {
  expect(standing(new Map())).toBe("no file");
  const files = new Map([
    ["system: test/system/a.test.ts", new Set(["one > goes on", "two"])],
    ["alone: test/system/b.test.ts", new Set<string>()],
  ]);
  expect(standing(files)).toBe(
    "system: test/system/a.test.ts: one > goes on, two\nalone: test/system/b.test.ts: no test",
  );
});
