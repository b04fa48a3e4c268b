/**
 * What a node knows of its fleet, how old that is, and what it says when it can know nothing.
 */
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import * as Memory from "ringcron/memory";
import { type Driver, NodePool } from "ringcron";
import { DriverError, NodeStopped, type View } from "ringcron/promise";
import { describe, expect, it } from "vitest";
import { beat } from "../conformance/support/requests.ts";
import { waitFor } from "../support/wait.ts";
import { everySecond, useNodes } from "./support/nodes.ts";

const { make } = useNodes();

/** A store in memory between which and its nodes the line can be cut, and that counts what is sent. */
const cuttable = () => {
  const store = Memory.make();
  const line = { isCut: false, beats: 0 };
  const away = new DriverError({ driver: "memory", operation: "beat", reason: "Unavailable", detail: "cut" });
  const through =
    <Q, A>(operation: (request: Q) => Effect.Effect<A, DriverError>) => (request: Q): Effect.Effect<A, DriverError> =>
      Effect.suspend(() => line.isCut ? Effect.fail(away) : operation(request));
  const driver: Driver.Driver = {
    ...store,
    beat: (request) => {
      line.beats += 1;
      return through(store.beat)(request);
    },
    claim: through(store.claim),
    complete: through(store.complete),
    peek: through(store.peek),
  };
  return { store, line, layer: Memory.layer({ store: driver }) };
};

describe.concurrent("refresh", () => {
  it("shows who has come and gone since the last beat of a quiet node, with one request", async () => {
    const { layer, line, store } = cuttable();
    const cron = await make({ driver: layer, service: "quiet" });
    await cron.add("rare", "0 0 29 2 *", () => {});
    await cron.start();
    await cron.pool.refresh();
    const views: Array<View> = [];
    cron.pool.onChange((view) => views.push(view));
    const stranger = beat("quiet", "stranger", { gapMs: 0, leaseMs: 60_000 });
    await Effect.runPromise(store.beat(stranger));
    expect(cron.pool.members().length).toBe(1);

    const before = line.beats;
    await cron.pool.refresh();
    expect(line.beats - before).toBe(1);
    expect(cron.pool.members().map(({ incarnation }) => incarnation)).toContain("stranger");
    expect(views.map(({ members }) => members.length)).toEqual([2]);

    await Effect.runPromise(store.beat({ ...stranger, state: "gone" }));
    expect(cron.pool.members().length).toBe(2);
    await Promise.all([cron.pool.refresh(), cron.pool.refresh()]);
    expect(cron.pool.members().length).toBe(1);
    expect(views.map(({ members }) => members.length)).toEqual([2, 1]);
    expect(cron.pool.owns("any")).toBe(true);
  });

  it("does not take the answer of a beat that left before for one of now", async () => {
    const store = Memory.make();
    let release = (): void => {};
    let isHeld = false;
    // The answer is made at once and handed out late, as by a slow network.
    const slow: Driver.Driver = {
      ...store,
      beat: (request) =>
        Effect.flatMap(store.beat(request), (reply) =>
          isHeld
            ? Effect.callback((resume) => {
              isHeld = false;
              release = () => resume(Effect.succeed(reply));
            })
            : Effect.succeed(reply)),
    };
    const cron = await make({ driver: Memory.layer({ store: slow }), service: "slow" });
    await cron.start();
    isHeld = true;
    const first = cron.pool.refresh();
    await waitFor(() => !isHeld, 5_000, "the beat to be answered");
    await Effect.runPromise(store.beat(beat("slow", "stranger", { gapMs: 0, leaseMs: 60_000 })));
    const second = cron.pool.refresh();
    release();
    await first;
    await second;
    expect(cron.pool.members().length).toBe(2);
  });

  it("is refused before the start and after the stop, and waits for a start that is under way", async () => {
    const cron = await make();
    await expect(cron.pool.refresh()).rejects.toMatchObject({
      _tag: "DriverError",
      operation: "refresh",
      detail: expect.stringContaining("start it first"),
    });
    const starting = cron.start();
    await cron.pool.refresh();
    expect(cron.pool.members().length).toBe(1);
    await starting;
    await cron.stop();
    await expect(cron.pool.refresh()).rejects.toBeInstanceOf(NodeStopped);
  });

  it("is an effect of the pool", async () => {
    const program = Effect.gen(function* () {
      const pool = yield* NodePool.NodePool;
      yield* pool.refresh;
      return (yield* pool.members).length;
    });
    const layer = Layer.provide(NodePool.layer({ service: "effect" }), Memory.layer());
    expect(await Effect.runPromise(Effect.provide(program, layer))).toBe(1);
  });
});

describe.concurrent("in an outage", () => {
  it("nothing is known once the membership is over, and all is known again when it is renewed", async () => {
    const { layer, line } = cuttable();
    const cron = await make({ driver: layer, leaseMs: 1_000, requestTimeoutMs: 200, nodeName: "here" });
    await cron.add("often", everySecond, () => {});
    await cron.start();
    const views: Array<View> = [];
    cron.pool.onChange((view) => views.push(view));
    expect(cron.jobs()[0]).toMatchObject({ owner: "here", ownedHere: true });
    const { nodeId } = cron.pool;

    line.isCut = true;
    await expect(cron.pool.refresh()).rejects.toMatchObject({ _tag: "DriverError", reason: "Unavailable" });
    await waitFor(() => cron.happened("LeaseLost").length > 0, 15_000, "the end of the membership");
    expect(cron.pool.members()).toEqual([]);
    expect(cron.pool.owner("any")).toBeUndefined();
    expect(cron.pool.owns("any")).toBe(false);
    expect(cron.jobs()[0]).toMatchObject({ owner: undefined, ownedHere: false });
    expect(cron.pool.nodeId).toBe(nodeId);
    expect(views.map(({ members, version }) => [members.length, version])).toEqual([[0, 0]]);

    line.isCut = false;
    await waitFor(() => cron.happened("LeaseRegained").length > 0, 20_000, "the membership to be renewed");
    expect(cron.pool.members().map(({ name }) => name)).toEqual(["here"]);
    expect(cron.pool.owns("any")).toBe(true);
    expect(cron.jobs()[0]).toMatchObject({ owner: "here", ownedHere: true });
    expect(views.map(({ members }) => members.length)).toEqual([0, 1]);
  });

  it("a node that has stopped knows nothing", async () => {
    const cron = await make();
    await cron.start();
    const views: Array<View> = [];
    cron.pool.onChange((view) => views.push(view));
    await cron.stop();
    expect([cron.pool.members(), cron.pool.owner("any"), cron.pool.owns("any")]).toEqual([[], undefined, false]);
    expect(views.at(-1)?.members).toEqual([]);
  });
});
