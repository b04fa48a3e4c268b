/**
 * Policies of a job as facts of a text, and the version by which two sets of them are told apart.
 *
 * A letter and a value each, between commas, in the order of the letters, and only where the policy is not the default: `c` what is
 * caught up (mode, within, most), `d` delivery, `j` jitter, `l` limit, `m` how many at once, `n` how many wait, `o` overlap, `p` the
 * labels of a place, `r` retry (times, delay, factor, longest delay, jitter), `t` time limit, `w` the waits of a retry that a
 * schedule gave. Parts of a value stand between colons.
 */
import { hashOf } from "../words/hash.ts";
import { type CatchUp, defaults, type Delivery, type Overlap, type Policies, type Retry } from "../words/Policy.ts";
import type { Cursor, Mutable } from "./Cursor.ts";
import { decode, encode, finite, readAll, readWhole, whole } from "./packed.ts";

const modes: ReadonlySet<string> = new Set<CatchUp["mode"]>(["skip", "latest", "all"]);

const overlaps: ReadonlySet<string> = new Set<Overlap>(["skip", "allow", "queue", "queue-all", "cancel-previous"]);

const deliveries: ReadonlySet<string> = new Set<Delivery>(["at-most-once", "at-least-once"]);

const catchUpText = ({ max, mode, withinMs }: CatchUp): string => [mode, whole(withinMs), whole(max)].join(":");

const retryText = ({ delayMs, factor, jitter, maxDelayMs, times }: Retry): string =>
  [whole(times), whole(delayMs), finite(factor), whole(maxDelayMs), finite(jitter)].join(":");

const numbers = ["jitterMs", "limit", "maxConcurrent", "maxQueued", "timeoutMs"] as const;

const letters = { jitterMs: "j", limit: "l", maxConcurrent: "m", maxQueued: "n", timeoutMs: "t" } as const;

/** The facts but for the waits. */
const factsOf = (policies: Policies): Array<string> => {
  const { catchUp, delivery, overlap, retry, runOn } = policies;
  const facts: Array<string> = [];
  const caught = catchUpText(catchUp);
  if (caught !== catchUpText(defaults.catchUp)) facts.push(`c${caught}`);
  if (delivery !== defaults.delivery) facts.push(`d${delivery}`);
  for (const field of numbers) {
    const value = policies[field];
    if (value !== undefined && value !== defaults[field]) facts.push(`${letters[field]}${whole(value)}`);
  }
  if (overlap !== defaults.overlap) facts.push(`o${overlap}`);
  if (runOn !== undefined) facts.push(`p${runOn.map(encode).join(":")}`);
  if (retry !== undefined) facts.push(`r${retryText(retry)}`);
  return facts.sort();
};

/** Writes policies; empty where all are the defaults. */
export const policiesText = (policies: Policies): string => {
  const facts = factsOf(policies);
  const waits = policies.retry?.waits;
  if (waits !== undefined) facts.push(`w${waits.map(whole).join(":")}`);
  return facts.join(",");
};

/** Jobs with the same policies have one object for them. */
const versions = new WeakMap<Policies, string>();

/**
 * The version of policies: the same for the same ones, and empty where all are the defaults. Of a retry that an Effect `Schedule`
 * gave only the number of times counts: what a schedule draws by chance is other on each node.
 */
export const policiesVersion = (policies: Policies): string => {
  const before = versions.get(policies);
  if (before !== undefined) return before;
  const { retry } = policies;
  const known = retry?.waits === undefined
    ? factsOf(policies)
    : [...factsOf({ ...policies, retry: undefined }), `w${retry.times}`];
  const version = known.length === 0 ? "" : hashOf(known.join(",")).toString(16).padStart(8, "0");
  versions.set(policies, version);
  return version;
};

const readCatchUp = (text: string): CatchUp | undefined => {
  const [mode = "", within, most, ...rest] = text.split(":");
  const [withinMs, max] = [readWhole(within), readWhole(most)];
  return modes.has(mode) && withinMs !== undefined && max !== undefined && rest.length === 0
    ? { mode: mode as CatchUp["mode"], withinMs, max }
    : undefined;
};

const readFinite = (text: string | undefined): number | undefined => {
  const value = text === undefined || text === "" ? NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
};

const readRetry = (text: string): Retry | undefined => {
  const [count, delay, by, longest, chance, ...rest] = text.split(":");
  const [times, delayMs, maxDelayMs] = [readWhole(count), readWhole(delay), readWhole(longest)];
  const [factor, jitter] = [readFinite(by), readFinite(chance)];
  if (times === undefined || delayMs === undefined || maxDelayMs === undefined) return undefined;
  if (factor === undefined || jitter === undefined || rest.length > 0) return undefined;
  return { times, delayMs, factor, maxDelayMs, jitter };
};

/** Reads policies where they begin, up to the end of their field. Whoever asks looks whether the text was sound. */
export const readPolicies = (cursor: Cursor): Policies => {
  const read: Mutable<Policies> = { ...defaults };
  let waits: ReadonlyArray<number> | undefined;
  const value = <A>(of: (text: string) => A | undefined): A | undefined => {
    const found = of(cursor.part(""));
    if (found === undefined) cursor.refuse();
    return found;
  };
  const oneOf = (names: ReadonlySet<string>) => (text: string) => names.has(text) ? text : undefined;
  cursor.facts({
    c: () => void (read.catchUp = value(readCatchUp) ?? read.catchUp),
    d: () => void (read.delivery = (value(oneOf(deliveries)) ?? read.delivery) as Delivery),
    j: () => void (read.jitterMs = cursor.whole("")),
    l: () => void (read.limit = cursor.whole("")),
    m: () => void (read.maxConcurrent = cursor.whole("")),
    n: () => void (read.maxQueued = cursor.whole("")),
    o: () => void (read.overlap = (value(oneOf(overlaps)) ?? read.overlap) as Overlap),
    p: () => void (read.runOn = value((text) => readAll(text.split(":"), decode))),
    r: () => void (read.retry = value(readRetry)),
    t: () => void (read.timeoutMs = cursor.whole("")),
    w: () => void (waits = value((text) => readAll(text.split(":"), readWhole))),
  });
  if (waits === undefined) return read;
  if (read.retry === undefined) cursor.refuse();
  else read.retry = { ...read.retry, waits };
  return read;
};
