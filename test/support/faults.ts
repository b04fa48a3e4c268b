/**
 * What can go wrong between a client and a store that it reaches over HTTP.
 *
 * @module
 */

/** What happens to one request. Everything absent happens as it should. */
export interface Fault {
  /** Wait before the command is applied. */
  readonly delayRequestMs?: number;
  /** Wait after the command was applied, before the reply leaves. */
  readonly delayReplyMs?: number;
  /** Cut the connection instead of applying the command. */
  readonly dropRequest?: boolean;
  /** Apply the command, then cut the connection. */
  readonly dropReply?: boolean;
  /** Apply the command twice; the second reply is sent. */
  readonly duplicate?: boolean;
  /** Apply the command once more this much later, as a proxy does that repeats what it believes lost. */
  readonly repeatAfterMs?: number;
  /** Never answer: `request` without applying the command, `reply` after applying it. */
  readonly hang?: "request" | "reply";
  /** Announce the whole reply, send half of it and cut the connection; the command is applied. */
  readonly truncate?: boolean;
  /** Answer 200 with something else, `html` or JSON of another shape; the command is applied. */
  readonly garbage?: "html" | "json";
  /** Answer with this status; the command is not applied, unless `applied`. */
  readonly status?: FaultStatus;
}

/** A failure that is answered: 401 and 500 in JSON, 429 with `Retry-After`, 502 in HTML as a gateway does. */
export interface FaultStatus {
  readonly code: 401 | 429 | 500 | 502;
  readonly retryAfterS?: number;
  readonly applied?: boolean;
}

/** Chances from 0 to 1, waits in milliseconds; every field may be changed while the endpoint runs. */
export interface Faults {
  delayRequestMs: number | (() => number);
  delayReplyMs: number | (() => number);
  dropRequest: number;
  dropReply: number;
  duplicate: number;
  hang: number;
  truncate: number;
  garbage: number;
  status: (FaultStatus & { readonly chance: number }) | undefined;
  /** Decides for the n-th request (from 1) and its body; `undefined` leaves it to the fields above. */
  choose: ((n: number, body: unknown) => Fault | undefined) | undefined;
}

/** No faults at all. */
export function noFaults(): Faults {
  return {
    delayRequestMs: 0,
    delayReplyMs: 0,
    dropRequest: 0,
    dropReply: 0,
    duplicate: 0,
    hang: 0,
    truncate: 0,
    garbage: 0,
    status: undefined,
    choose: undefined,
  };
}

/** The fault of one request. `random` draws from [0, 1). */
export function chooseFault(faults: Faults, n: number, body: unknown, random: () => number): Fault {
  const chosen = faults.choose?.(n, body);
  if (chosen) return chosen;
  const happens = (chance: number) => chance > 0 && random() < chance;
  const { status } = faults;
  return {
    delayRequestMs: milliseconds(faults.delayRequestMs),
    delayReplyMs: milliseconds(faults.delayReplyMs),
    dropRequest: happens(faults.dropRequest),
    dropReply: happens(faults.dropReply),
    duplicate: happens(faults.duplicate),
    truncate: happens(faults.truncate),
    ...(happens(faults.hang) ? { hang: random() < 0.5 ? "request" : "reply" } : {}),
    ...(happens(faults.garbage) ? { garbage: random() < 0.5 ? "html" : "json" } : {}),
    ...(status && happens(status.chance) ? { status } : {}),
  };
}

/** A small seeded generator (mulberry32), so that a run with faults can be repeated. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function milliseconds(wait: number | (() => number)): number {
  return typeof wait === "function" ? wait() : wait;
}
