/**
 * How far this node's clock is from etcd's.
 *
 * etcd has no operation that tells the time, but every answer has a `Date` header. It names a second, so one answer bounds
 * the difference within a second and a round trip; answers from different parts of the second narrow that down. Nothing
 * that is safe depends on it: it keeps a node with a wrong clock from being early or late.
 */

/** Bounds of (etcd's clock - this node's clock). Milliseconds. */
export interface Bounds {
  readonly least: number;
  readonly most: number;
}

interface Sample extends Bounds {
  /** By this node's clock. */
  readonly at: number;
}

/** Clocks may run apart by 200 parts in a million. */
const drift = 200e-6;
/** Bounds closer than this cannot be told apart from the way there and back. Milliseconds. */
const finest = 30;

const aged = (sample: Sample, now: number): Bounds => {
  const error = Math.abs(now - sample.at) * drift;
  return { least: sample.least - error, most: sample.most + error };
};

/** What the answers of one driver have told. */
export interface StoreClock {
  /** Takes an answer into account. */
  readonly observe: (endpoint: string, date: string | null, sentAt: number, receivedAt: number) => void;
  /** What is known from the endpoint that answered last. */
  readonly bounds: (now: number) => Bounds | undefined;
  /** The same clock as etcd's as far as is known: this node's own, unless it is proved to be off. */
  readonly time: (now: number) => number;
  /** What is wrong with this node's clock, undefined unless it is proved to be off by more than is permitted. */
  readonly problem: (now: number) => string | undefined;
  /** How long to wait before another answer can settle whether the clock is right; undefined when it is settled. */
  readonly settlesIn: (now: number) => number | undefined;
}

const round = (value: number): string => String(Math.round(value));

/** Starts with nothing known. */
export const make = (maxSkewMs: number): StoreClock => {
  const samples = new Map<string, Sample>();
  let latest = "";

  const bounds = (now: number): Bounds | undefined => {
    const sample = samples.get(latest);
    return sample === undefined ? undefined : aged(sample, now);
  };

  return {
    observe: (endpoint, date, sentAt, receivedAt) => {
      const second = date === null ? NaN : Date.parse(date);
      // Someone set the clock meanwhile: this answer tells nothing.
      if (Number.isNaN(second) || receivedAt < sentAt) return;
      const fresh: Sample = { least: second - receivedAt, most: second + 1_000 - sentAt, at: receivedAt };
      const known = samples.get(endpoint);
      const before = known === undefined ? fresh : aged(known, receivedAt);
      const [least, most] = [Math.max(fresh.least, before.least), Math.min(fresh.most, before.most)];
      // A contradiction means that one of the clocks was set: only the new answer counts.
      samples.set(endpoint, least > most ? fresh : { least, most, at: receivedAt });
      latest = endpoint;
    },
    bounds,
    time: (now) => {
      const { least, most } = bounds(now) ?? { least: 0, most: 0 };
      return Math.floor(now) + (least > 0 ? Math.ceil(least) : most < 0 ? Math.floor(most) : 0);
    },
    problem: (now) => {
      const known = bounds(now);
      if (known === undefined || (known.least <= maxSkewMs && known.most >= -maxSkewMs)) return undefined;
      const isBehind = known.least > 0;
      const [low, high] = isBehind ? [known.least, known.most] : [-known.most, -known.least];
      return `this node's clock is ${round(low)} to ${round(high)} ms ${isBehind ? "behind" : "ahead of"} that of ` +
        `${new URL(latest).host}; maxClockSkewMs permits ${maxSkewMs}: synchronise both clocks`;
    },
    settlesIn: (now) => {
      const known = bounds(now);
      if (known === undefined || known.least > maxSkewMs || known.most < -maxSkewMs) return undefined;
      const { least, most } = known;
      if ((least >= -maxSkewMs && most <= maxSkewMs) || most - least < finest) return undefined;
      // An answer at a full second by a clock that differs by this much tells whether etcd's differs by more or by less.
      // The soonest cut within what is permitted will do, because most clocks are right; if there is hardly one, then halfway
      // beyond that. Never so near to what is known that nothing new would be learnt.
      const quarter = (most - least) / 4;
      const within = (cut: number) => Math.min(Math.max(cut, least + quarter), most - quarter);
      const halfway = within(most > maxSkewMs ? (maxSkewMs + most) / 2 : (least - maxSkewMs) / 2);
      const isWide = within(maxSkewMs) - within(-maxSkewMs) >= finest;
      const [low, high] = isWide ? [within(-maxSkewMs), within(maxSkewMs)] : [halfway, halfway];
      const past = (((high + now) % 1_000) + 1_000) % 1_000;
      return high - past >= low ? 0 : Math.ceil(1_000 - past);
    },
  };
};
