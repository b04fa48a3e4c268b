/**
 * Time zones as lists of segments: stretches of time with one offset from UTC.
 *
 * The offsets come from the platform's own zone data through `Intl`, asked with an explicit zone, so the host's zone
 * never matters. Asking `Intl` costs microseconds; so the segments of a stretch of about two years are found once per
 * zone (0.3 to 0.5 ms) and kept. Fixed offsets need no data.
 *
 * @module
 */

/** A stretch of time, in seconds since 1970, `end` exclusive, with its offset: local time minus UTC in seconds. */
export interface Segment {
  readonly start: number;
  readonly end: number;
  readonly offset: number;
}

/** A zone. Get one with {@link resolve}. */
export interface Zone {
  /** The name it was asked for by, or the canonical form of an offset. */
  readonly name: string;
  /** @internal The segment found last: the next question is mostly about it again. */
  last: Segment;
  /** @internal The segments of stretches already looked up, by index. */
  readonly known: Map<number, ReadonlyArray<Segment>>;
  /** @internal What the platform says; not used for fixed offsets. */
  readonly ask: (seconds: number) => number;
}

/** What a zone may be called, for messages. */
export const allowed = "a name of IANA (Europe/Berlin) or an offset (+02:00)";

/** Longer than any difference of two offsets: instants further apart than this never share a wall time. */
export const reach: number = 2 * 86400;

const stretch = 1 << 26;
/** Shorter than the shortest stay of any zone at an offset between two others that are equal. */
const probeStep = 4 * 86400;

const make = (name: string, last: Segment, ask: (seconds: number) => number): Zone => ({
  name,
  last,
  known: new Map(),
  ask,
});

const fixed = (name: string, offset: number): Zone =>
  make(name, { start: -Infinity, end: Infinity, offset }, () => offset);

type Shown = [month: number, day: number, year: number, hour: number, minute: number, second: number];

const offsetsOf = (name: string): (seconds: number) => number => {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: name,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return (seconds) => {
    const [month, day, year, hour, minute, second] = format.format(seconds * 1000).match(/\d+/g)!.map(Number) as Shown;
    return Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - seconds;
  };
};

const fill = (offsetAt: (seconds: number) => number, from: number, to: number): ReadonlyArray<Segment> => {
  const segments: Array<Segment> = [];
  let start = from;
  let offset = offsetAt(from);
  for (let low = from; low < to;) {
    const high = Math.min(low + probeStep, to);
    if (offsetAt(high) === offset) {
      low = high;
      continue;
    }
    let before = low;
    let after = high;
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (offsetAt(middle) === offset) before = middle;
      else after = middle;
    }
    if (after >= to) break;
    segments.push({ start, end: after, offset });
    start = low = after;
    offset = offsetAt(after);
  }
  segments.push({ start, end: to, offset });
  return segments;
};

const lookUp = (zone: Zone, seconds: number): Segment => {
  const index = Math.floor(seconds / stretch);
  let segments = zone.known.get(index);
  if (segments === undefined) {
    segments = fill(zone.ask, index * stretch, (index + 1) * stretch);
    zone.known.set(index, segments);
  }
  return zone.last = segments.find(({ end }) => seconds < end)!;
};

/**
 * The segment that holds an instant, in seconds since 1970. Segments also end where a stretch of the table ends.
 */
export const segmentAt = (zone: Zone, seconds: number): Segment => {
  const { last } = zone;
  return seconds >= last.start && seconds < last.end ? last : lookUp(zone, seconds);
};

const parseOffset = (name: string): Zone | undefined => {
  const [, sign, hours, minutes = "00"] = /^([+-])([01]\d|2[0-3]):?([0-5]\d)?$/.exec(name) ?? [];
  if (sign === undefined) return undefined;
  const seconds = (Number(hours) * 60 + Number(minutes)) * 60;
  return seconds === 0 ? utc : fixed(`${sign}${hours}:${minutes}`, Number(sign + seconds));
};

const utc: Zone = fixed("UTC", 0);

let last: Zone = utc;

const cache = new Map<string, Zone>();
/** Names differ in case too, so a caller could fill the memory with spellings of one zone. */
const cacheLimit = 1000;

/**
 * Finds a zone by its IANA name (`Europe/Berlin`) or as a fixed offset (`+05:30`); `undefined` if there is none.
 *
 * `UTC` in any case and offsets of zero are the one zone named `UTC`. The first call for a name asks `Intl`
 * (about 0.1 ms), later ones are a look-up.
 */
export const resolve = (name: string): Zone | undefined => {
  if (name === last.name) return last;
  let zone = cache.get(name);
  if (zone === undefined) {
    zone = create(name);
    if (zone === undefined) return undefined;
    if (cache.size >= cacheLimit) cache.clear();
    cache.set(name, zone);
  }
  last = zone;
  return zone;
};

const create = (name: string): Zone | undefined => {
  if (/^utc$/i.test(name)) return utc;
  // Some platforms read more than names here; what is accepted must not depend on the platform.
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(name)) return parseOffset(name);
  // ICU alone knows IST, PST, BST and the like, each ambiguous; of three letters only IANA's own are taken.
  if (/^[a-z]{3}$/i.test(name) && !/^([CEMW]ET|[EHM]ST|GMT|PRC|RO[CK]|UCT)$/i.test(name)) return undefined;
  try {
    return make(name, { start: 0, end: 0, offset: 0 }, offsetsOf(name));
  } catch {
    return undefined;
  }
};

/**
 * Local time minus UTC at an instant, in seconds.
 */
export const offsetAt = (zone: Zone, atMs: number): number => segmentAt(zone, Math.floor(atMs / 1000)).offset;
