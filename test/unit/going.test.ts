import { describe, expect, it } from "vitest";
import { Going } from "../../src/shell/Going.ts";

describe("what is kept of runs that go on", () => {
  it("is told apart by job and fence, in whatever order it is taken", () => {
    const orders = [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]];
    for (const order of orders) {
      const going = new Going<string>();
      for (const fence of [1, 2, 3]) going.set("a", fence, `a${fence}`);
      going.set("b", 2, "b2");
      for (const fence of order) {
        expect(going.get("a", fence)).toBe(`a${fence}`);
        expect(going.take("a", fence)).toBe(`a${fence}`);
        expect(going.get("a", fence)).toBeUndefined();
        expect(going.take("a", fence)).toBeUndefined();
      }
      expect([going.get("b", 1), going.take("b", 2), going.get("b", 2)]).toEqual([undefined, "b2", undefined]);
    }
  });
});
