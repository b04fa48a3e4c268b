import { describe, expect, it } from "vitest";
import * as Engine from "../../src/core/engine/Engine.ts";
import type { StoreRequest } from "../../src/core/words/Exchange.ts";
import { shelvesOf } from "../../src/core/words/Schedules.ts";

/** What an engine sends first when it is asked which schedules of all shelves of a handler are due. */
const sentFor = (expected: number | undefined): ReadonlyArray<StoreRequest> => {
  const engine = Engine.make({ rows: 400, bytes: 500_000 });
  const asks = shelvesOf("report").map((shelf) => ({ shelf, after: -1, until: 1_000, limit: 62 }));
  const { value } = engine.begin({ _tag: "Due", service: "shop", asks, expected }, () => 0).next([]);
  return (value as { readonly requests: ReadonlyArray<StoreRequest> }).requests;
};

const shelvesIn = (requests: ReadonlyArray<StoreRequest>) =>
  requests.map((request) => request._tag === "Exchange" ? request.items.length : 0);

describe("which schedules are due", () => {
  it("is one request where few are expected, and requests for a thousand at most where many are", () => {
    expect(shelvesIn(sentFor(undefined))).toEqual([64]);
    expect(shelvesIn(sentFor(1_000))).toEqual([64]);
    expect(shelvesIn(sentFor(4_000))).toEqual([16, 16, 16, 16]);
    expect(shelvesIn(sentFor(1_000_000))).toEqual(Array.from({ length: 64 }, () => 1));
  });
});
