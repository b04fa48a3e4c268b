import { describe, expect, it } from "vitest";
import * as Requests from "../../src/core/node/requests.ts";

const claim = Requests.claimed(Requests.none, "a", 100, false, 1_000);
const sync = Requests.synced(Requests.none, "a", true, true, 1_000);

describe("what is under way about a job", () => {
  it("is a claim under an id, and a copy of it that may be applied", () => {
    expect(claim).toEqual({
      flight: "claim",
      isUnanswered: false,
      claim: { id: "a", to: 100 },
      copies: [{ kind: "claim", until: 1_000 }],
    });
    expect(Requests.doubtUntil(claim)).toBe(1_000);
  });

  it("is a sync, and a copy that takes what is queued", () => {
    expect(sync.flight).toBe("wish");
    expect(sync.claim).toEqual({ id: "a", to: undefined });
    expect(sync.copies).toEqual([{ kind: "sync", until: 1_000 }, { kind: "take", until: 1_000 }]);
    expect(Requests.synced(Requests.none, "a", false, false, 1_000).copies.map(({ kind }) => kind)).toEqual(["sync"]);
  });

  it("goes under the same id until it is settled, to one instant or to mixed ones", () => {
    const to = (requests: Requests.Requests, at: number) => Requests.claimed(requests, "a", at, false, 900).claim?.to;
    const lost = Requests.lost(claim);
    expect(lost).toMatchObject({ flight: undefined, isUnanswered: true, claim: { id: "a" } });
    expect([to(lost, 100), to(lost, 200), to(Requests.lost(sync), 200)]).toEqual([100, "mixed", 200]);
    const mixed = Requests.claimed(lost, "a", 200, false, 900);
    expect(to(mixed, 200)).toBe("mixed");
    expect(mixed.copies).toEqual([{ kind: "claim", until: 1_000 }]);
    expect(Requests.synced(lost, "b", false, false, 900).claim).toEqual({ id: "a", to: 100 });
  });

  it("is nothing once an engine says that no copy is left", () => {
    expect(Requests.answered(claim, true, 0, 500)).toEqual(Requests.none);
    expect(Requests.answered(claim, false, 0, 500)).toEqual({ ...Requests.none, claim: { id: "a", to: 100 } });
  });

  it("is in doubt as long as a copy may be applied, whatever it is of if only the engine knows", () => {
    expect(Requests.answered(claim, true, 700, 500).copies.map(({ kind, until }) => `${kind} ${until}`))
      .toEqual(["claim 700", "sync 700", "take 700"]);
    expect(Requests.answered(claim, true, undefined, 500)).toEqual(Requests.none);
    expect(Requests.answered(claim, false, undefined, 500).copies).toEqual(claim.copies);
    expect(Requests.answered(sync, true, undefined, 500).copies).toEqual(sync.copies);
    expect(Requests.answered(sync, true, undefined, 1_001).copies).toEqual([]);
  });

  it("is settled by a look that comes after the last copy, and by none before", () => {
    const peek = Requests.peeked(Requests.lost(claim));
    expect(peek.flight).toBe("peek");
    expect(Requests.looked(peek, 1_001)).toEqual(Requests.none);
    expect(Requests.looked(peek, 1_000)).toEqual(Requests.lost(claim));
    expect(Requests.lost(peek)).toEqual(Requests.lost(claim));
    expect(Requests.lost(Requests.peeked(Requests.answered(sync, true, undefined, 500))).isUnanswered).toBe(false);
  });
});
