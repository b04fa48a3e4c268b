/**
 * The engine at work by promises and by effects: both send, tell, fail and give up alike.
 */
import * as Effect from "effect/Effect";
import { Driver, type Store } from "ringcron";
import { describe, expect, it } from "vitest";
import { Fault, type Operation, type Round } from "../../src/core/engine/Operation.ts";
import type { Settling } from "../../src/core/engine/settle.ts";
import type { StoreReply, StoreRequest } from "../../src/core/words/Exchange.ts";
import { promised } from "../../src/promised.ts";
import * as Engine from "../../src/shell/engine.ts";
import { hostClocks } from "../../src/shell/hostTimers.ts";
import { tickDriver } from "../../src/shell/ticksEngine.ts";

type Send = (request: Store.ExchangeRequest, signal: AbortSignal | undefined) => Promise<Store.ExchangeReply>;

/** An operation, asked for in either way. */
type Ask = <A>(
  send: Send,
  operation: (settling: Settling) => Operation<A>,
  more?: { readonly signal?: AbortSignal; readonly observed?: (contact: Driver.StoreContact) => void },
) => Promise<A>;

const [name, limits, asked] = ["fake", { rows: 100, bytes: 100_000 }, { _tag: "Peek", service: "s" }] as const;

const byPromises: Ask = (exchange, operation, more) =>
  tickDriver({ name, limits, exchange }).ask(operation, asked, { clocks: hostClocks, ...more });

const no = () => Effect.die("nobody asks for it");

const byEffects: Ask = (send, operation, { observed, signal } = {}) => {
  const store = { name, limits, exchange: (it: Store.ExchangeRequest) => promised((own) => send(it, own)) };
  const carrier = Engine.carrier({ ...store, beat: no, history: no, keys: no, destroy: no });
  const answer = carrier.carry(operation, asked);
  return Effect.runPromise(Effect.provideService(answer, Driver.Observed, observed), signal && { signal });
};

/** Requests of one round, told apart by their service. */
const exchanges = (count: number): Round => ({
  requests: Array.from({ length: count }, (_, n) => ({ _tag: "Exchange", service: `${n}`, items: [], touch: false })),
  conflicts: 0,
});

const reply = (storeTime: number): Store.ExchangeReply => ({ _tag: "Exchange", storeTime, results: [] });

const error = new Driver.DriverError({ driver: name, operation: "peek", reason: "Unavailable", detail: "away" });

describe.each([["promises", byPromises], ["effects", byEffects]])("by %s", (_, ask) => {
  it("a round is sent four at once, and answered in its order", async () => {
    let [now, most] = [0, 0];
    const send: Send = async ({ service }) => {
      most = Math.max(most, ++now);
      for (let left = 10 - Number(service); left > 0; left--) await Promise.resolve();
      now--;
      return reply(Number(service));
    };
    const all = await ask(send, function* (): Operation<ReadonlyArray<StoreReply>> {
      return yield exchanges(10);
    });
    expect(all).toEqual(Array.from({ length: 10 }, (_, n) => reply(n)));
    expect(most).toBe(4);
  });

  it("once one fails no other is sent, those under way are given up, and it is what all fails with", async () => {
    const [sent, givenUp, told]: [Array<string>, Array<string>, Array<string>] = [[], [], []];
    const send: Send = ({ service }, signal) => {
      sent.push(service);
      if (service === "2") return Promise.reject(error);
      signal?.addEventListener("abort", () => givenUp.push(service));
      return new Promise(() => {});
    };
    const failing = ask(send, function* (): Operation<void> {
      yield exchanges(10);
    }, { observed: ({ result }) => told.push(result) });
    await expect(failing).rejects.toBe(error);
    await expect.poll(() => told.sort()).toEqual(["Interrupted", "Interrupted", "Interrupted", "Unavailable"]);
    expect([sent, givenUp]).toEqual([["0", "1", "2", "3"], ["0", "1", "3"]]);
  });

  it("whoever gives up waits no longer for a store that goes on, sends nothing more, and the operation hears of it", async () => {
    const over = new AbortController();
    const told: Array<string> = [];
    let [sent, isOver] = [0, false];
    let answer = (_: Store.ExchangeReply): void => {};
    const send: Send = () => {
      sent += 1;
      return new Promise((resolve) => answer = resolve);
    };
    const waiting = ask(send, function* (): Operation<void> {
      try {
        for (;;) yield exchanges(1);
      } finally {
        isOver = true;
      }
    }, { signal: over.signal, observed: ({ result }) => told.push(result) });
    await expect.poll(() => sent).toBe(1);
    over.abort();
    await expect(waiting).rejects.toThrow();
    answer(reply(1));
    await new Promise((go) => setTimeout(go));
    expect([sent, isOver, told]).toEqual([1, true, ["Interrupted"]]);
  });

  it.each([
    ["a fault", new Fault("Foreign", "left alone"), "fake peek: Foreign: left alone"],
    ["an error", new TypeError("no"), "fake peek: Corrupt: the engine failed in an unforeseen way"],
    ["an error of the store", error, error.message],
  ])("%s that an operation throws is told as a DriverError", async (_, thrown, message) => {
    const failing = ask(() => Promise.resolve(reply(1)), function* (): Operation<void> {
      yield exchanges(1);
      throw thrown;
    });
    await expect(failing).rejects.toMatchObject({ _tag: "DriverError", message });
  });

  it("what no store foresaw is a defect, and no DriverError", async () => {
    const failing = ask(() => Promise.reject(new RangeError("a mistake of ours")), function* (): Operation<void> {
      yield exchanges(1);
    });
    await expect(failing).rejects.toBeInstanceOf(RangeError);
  });

  it("each request is told, with what it carried", async () => {
    const told: Array<Driver.StoreContact> = [];
    await ask(() => Promise.resolve(reply(1)), function* (): Operation<void> {
      yield {
        requests: [{ _tag: "Exchange", service: "s", items: [{ _tag: "Look", keys: [] }], touch: false }],
        conflicts: 0,
      };
    }, { observed: (contact) => void told.push(contact) });
    expect(told).toEqual([
      { store: name, operation: "peek", result: "ok", commands: 1, tripMs: expect.any(Number) },
    ]);
    expect(told[0]?.tripMs).toBeGreaterThanOrEqual(0);
  });

  it("the store's clock is that of the host until the store has told its own", async () => {
    const [before, after] = await ask(() => Promise.resolve(reply(5_000_000)), function* ({ clock }) {
      const before = clock();
      yield exchanges(1);
      return [before, clock()] as const;
    });
    expect(Math.abs(before - Date.now())).toBeLessThan(5_000);
    expect(after).toBeGreaterThanOrEqual(5_000_000);
    expect(after).toBeLessThan(5_005_000);
  });
});

describe("by promises alone", () => {
  it("who has given up already sends nothing, and nothing is told", async () => {
    let [sent, told] = [0, 0];
    const send: Send = () => {
      sent += 1;
      return Promise.resolve(reply(1));
    };
    const given = byPromises(send, function* (): Operation<void> {
      yield exchanges(3);
    }, { signal: AbortSignal.abort(new Error("over")), observed: () => void told++ });
    await expect(given).rejects.toThrow("over");
    expect([sent, told]).toEqual([0, 0]);
  });

  it.each<StoreRequest>([
    { _tag: "History", service: "s" },
    { _tag: "Keys", service: "s", cursor: undefined },
    { _tag: "Destroy", service: "s" },
  ])("%j is refused by name, and told", async (request) => {
    const told: Array<string> = [];
    const refused = byPromises(() => Promise.resolve(reply(1)), function* (): Operation<void> {
      yield { requests: [request], conflicts: 0 };
    }, { observed: ({ result }) => told.push(result) });
    const detail = "ticks is for tickers; whoever joins, looks around or removes something needs layer";
    await expect(refused).rejects.toMatchObject({ message: `fake peek: Misconfigured: ${detail}` });
    expect(told).toEqual(["Misconfigured"]);
  });
});

describe("a promise of a store as an effect", () => {
  const reasonOf = async (rejected: unknown) => {
    const exit = await Effect.runPromiseExit(promised(() => Promise.reject(rejected)));
    return exit._tag === "Failure" ? exit.cause.reasons.map(({ _tag }) => _tag) : exit;
  };

  it("fails with a DriverError, and dies of anything else", async () => {
    expect(await reasonOf(error)).toEqual(["Fail"]);
    expect(await reasonOf(new RangeError("a mistake of ours"))).toEqual(["Die"]);
  });

  it("is aborted when it is interrupted", async () => {
    const over = new AbortController();
    let own: AbortSignal | undefined;
    const waiting = Effect.runPromise(
      promised((signal) => {
        own = signal;
        return new Promise(() => {});
      }),
      { signal: over.signal },
    );
    over.abort();
    await expect(waiting).rejects.toThrow();
    expect(own?.aborted).toBe(true);
  });
});
