import fc from "fast-check";
import process from "node:process";
import { describe, expect, it } from "vitest";
import * as FleetClock from "../../src/core/node/FleetClock.ts";

const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));

const ms = (max: number) => fc.double({ min: 0, max, noNaN: true });

/** Never nothing: at the very edge of what is known, rounding decides. */
const travel = fc.oneof(fc.constant(0), ms(50), ms(5_000)).map((it) => it + 0.01);

/** One reply: how long after the one before it is asked for, and how its round trip is made up. */
const exchange = fc.record({
  after: fc.oneof(ms(1_000), ms(300_000)),
  there: travel,
  back: travel,
  /** When the node looks at its clock after the reply. */
  look: fc.oneof(fc.constant(0), ms(100), ms(60_000)),
  /** The wall clock's error then. */
  wallError: fc.oneof(fc.constant(0), fc.double({ min: -3, max: 3, noNaN: true }), fc.integer({ min: -1e6, max: 1e6 })),
});

const worst = 199.9e-6;

const worlds = fc.record({
  epoch: fc.integer({ min: 1e12, max: 2e12 }).chain((whole) => ms(1).map((part) => whole + part)),
  /** The node's monotonic clock runs off the store's by nearly 200 parts in a million. */
  drift: fc.oneof(fc.constantFrom(-worst, 0, worst), fc.double({ min: -worst, max: worst, noNaN: true })),
  exchanges: fc.array(exchange, { minLength: 1, maxLength: 30 }),
});
type World = typeof worlds extends fc.Arbitrary<infer T> ? T : never;

interface Look {
  readonly clock: FleetClock.FleetClock;
  readonly at: FleetClock.Instant;
  /** The store's clock at that instant. */
  readonly truth: number;
}

/** What a node goes through: `look` is called when it looks at its clock, and may tell the time. */
const live = ({ drift, epoch, exchanges }: World, look: (it: Look) => FleetClock.FleetClock): void => {
  // Floats of epoch size have steps of 0.0002 ms, so elapsed times are summed apart.
  let elapsed = 0;
  let clock = FleetClock.unknown;
  const at = (wallError = 0): FleetClock.Instant => ({
    mono: elapsed * (1 + drift),
    wall: epoch + elapsed + wallError,
  });
  for (const { after, back, look: later, there, wallError } of exchanges) {
    elapsed += after;
    const sent = at();
    elapsed += there;
    const storeTime = Math.floor(epoch + elapsed);
    elapsed += back;
    clock = FleetClock.observe(clock, storeTime, sent, at());
    elapsed += later;
    clock = look({ clock, at: at(wallError), truth: epoch + elapsed });
  }
};
const check = (law: (it: World) => void) =>
  fc.assert(fc.property(worlds, (it) => void law(it)), { numRuns: 1_000, seed });
const rounding = 0.001;

describe(`the fleet's clock, SEED=${seed}`, () => {
  it("is never further from the store's than it says, whatever the round trips, drift and wall clock", () => {
    check((world) =>
      live(world, ({ at, clock, truth }) => {
        expect(Math.abs(FleetClock.now(clock, at) - truth))
          .toBeLessThanOrEqual(FleetClock.uncertainty(clock, at.mono) + rounding);
        return clock;
      })
    );
  });

  it("shows a right wall clock as it is: a slow or lopsided network then costs nothing", () => {
    check((world) =>
      live(world, ({ at, clock, truth }) => {
        expect(FleetClock.now(clock, { ...at, wall: truth })).toBeCloseTo(truth, 2);
        return clock;
      })
    );
  });

  it("takes no reply of a store whose clock is right for a contradiction", () => {
    check((world) => {
      let replies = 0;
      live(world, ({ clock }) => {
        replies += 1;
        expect(clock.samples.length).toBe(Math.min(8, replies));
        return clock;
      });
    });
  });

  it("never goes back, unless the time it told is known to have been wrong", () => {
    check((world) => {
      let told = 0;
      live(world, ({ at, clock, truth }) => {
        const shown = FleetClock.now(clock, at);
        // A right clock is never behind what is possible at most, so a time told beyond that was wrong.
        if (shown < told) expect(told).toBeGreaterThan(truth);
        told = shown;
        return FleetClock.told(clock, shown);
      });
    });
  });

  it("a clock of the store that steps is followed at once, forward and back", () => {
    const step = fc.integer({ min: 30_000, max: 1e9 }).chain((size) => fc.constantFrom(size, -size));
    fc.assert(
      fc.property(worlds, step, ms(50), (world, by, roundTrip) => {
        let last: Look | undefined;
        live(world, (it) => {
          last = it;
          return FleetClock.told(it.clock, FleetClock.now(it.clock, it.at));
        });
        const { at, clock, truth } = last as Look;
        const received = { mono: at.mono + roundTrip, wall: at.wall + roundTrip };
        const stepped = FleetClock.observe(
          FleetClock.told(clock, FleetClock.now(clock, at)),
          Math.floor(truth + by),
          at,
          received,
        );
        expect(stepped.samples.length).toBe(1);
        expect(Math.abs(FleetClock.now(stepped, received) - (truth + by))).toBeLessThanOrEqual(roundTrip + 1.1);
      }),
      { numRuns: 500, seed },
    );
  });
});
