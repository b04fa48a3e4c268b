/**
 * Runs scripts by their hash and sends the text only when the server does not have it.
 */
import { type Script, Thrown, type Transport } from "./Script.ts";

/** Misses of one script within this time, milliseconds, mean replicas that do not share their scripts. */
const missWindowMs = 60_000;
const missLimit = 3;

const sha1 = async (text: string): Promise<string> => {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-1", new TextEncoder().encode(text)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
};

const isMiss = (error: unknown): boolean =>
  error instanceof Thrown && error.failure.kind === "refused" && /NOSCRIPT/i.test(error.failure.error ?? "");

interface Cached {
  readonly hash: Promise<string>;
  misses: ReadonlyArray<number>;
}

/** What `make` returns: the answer is unchecked. Rejects with `Thrown`. */
export type Run = (
  script: Script,
  keys: ReadonlyArray<string>,
  args: ReadonlyArray<string>,
  signal: AbortSignal | undefined,
) => Promise<unknown>;

/**
 * EVALSHA first; on NOSCRIPT the same request as EVAL, which also leaves the script on the server. A script that is missed
 * three times within a minute is sent as text from then on.
 */
export const make = (transport: Transport, now: () => number = Date.now): Run => {
  const cache = new Map<Script, Cached>();
  const cached = (script: Script): Cached => {
    const known = cache.get(script);
    if (known !== undefined) return known;
    const fresh: Cached = { hash: sha1(script.text), misses: [] };
    cache.set(script, fresh);
    return fresh;
  };
  return async (script, keys, args, signal) => {
    const known = cached(script);
    if (known.misses.length < missLimit) {
      const hash = await known.hash;
      try {
        // Whoever asked may be gone by now.
        signal?.throwIfAborted();
        return await transport.evaluate("evalsha", hash, keys, args, signal);
      } catch (error) {
        if (!isMiss(error)) throw error;
        const at = now();
        known.misses = [...known.misses.filter((miss) => at - miss < missWindowMs), at];
      }
    }
    signal?.throwIfAborted();
    return await transport.evaluate("eval", script.text, keys, args, signal);
  };
};
