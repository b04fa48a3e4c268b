import * as Effect from "effect/Effect";
import { expect, it } from "vitest";
import * as Memory from "../../adapters/memory.ts";
import type { Run } from "../../src/core/words/Fire.ts";
import type { ClaimReply } from "../../src/core/words/Request.ts";
import { beat, item, type ItemParts } from "../../src/testing/laws/requests.ts";

const claim = (service: string, rest: ItemParts) => ({
  _tag: "Claim" as const,
  service,
  incarnation: "n",
  deployment: 1,
  expiresAt: Number.MAX_SAFE_INTEGER,
  items: [item("job", `n.${Math.random()}`, rest)],
});

it("keeps the last 1,000 entries of a service's history", () => {
  const store = Memory.make({ now: () => 10_000 });
  Effect.runSync(store.beat(beat("s", "n")));
  Effect.runSync(store.claim(claim("s", {})));
  const dues = Array.from({ length: 1_500 }, (_, index) => 8_501 + index);
  const runs = dues.map((dueAt) => ({ dueAt, kind: "late" as const }));
  const reply: ClaimReply = Effect.runSync(store.claim(claim("s", { from: 10_000, to: 10_001, runs })));
  const ends = (reply.results[0]?.runs ?? []).map((run: Run) => ({
    ...run,
    outcome: "succeeded" as const,
    startedAt: 1,
    endedAt: 2,
    rerun: false,
  }));
  expect(ends.length).toBe(1_500);
  Effect.runSync(store.complete({ _tag: "Complete", service: "s", incarnation: "n", items: ends }));
  const { history } = Effect.runSync(store.peek({ _tag: "Peek", service: "s", jobs: [], history: true }));
  expect(history.map((it) => it._tag === "Run" ? it.dueAt : 0)).toEqual(dues.slice(-1_000));
});

it("gives every operation the time of its own clock", () => {
  let now = 5_000;
  const store = Memory.make({ now: () => now });
  const time = () => Effect.runSync(store.peek({ _tag: "Peek", service: "s", jobs: [], history: false })).storeTime;
  expect(time()).toBe(5_000);
  now = 6_000;
  expect(time()).toBe(6_000);
});

it("makes the change of an exchange and tells the others, also if somebody who listens throws", async () => {
  const store = Memory.store();
  const heard: Array<string> = [];
  const listening = [
    () => {
      throw new Error("no ears");
    },
    (hint: string) => void heard.push(hint),
  ].map((hear) => Effect.runFork(store.hints?.("s", { opened: () => {}, heard: hear }) ?? Effect.never));
  const rows = [{ key: "a", expect: undefined, put: "1" }];
  const change = {
    _tag: "Change" as const,
    members: [],
    rows,
    lines: [],
    notBefore: 0,
    notAfter: 2 ** 52,
    waitsSince: "same" as const,
  };
  const reply = await Effect.runPromise(
    store.exchange({ _tag: "Exchange", service: "s", items: [change], hint: "h", touch: false }),
  );
  expect(reply.results[0]?._tag).toBe("Changed");
  expect(heard).toEqual(["h"]);
  listening.forEach((fiber) => fiber.interruptUnsafe());
});
