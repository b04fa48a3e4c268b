/**
 * Runs scripts by their hash and sends the text only when the server does not have it.
 */
import * as Effect from "effect/Effect";
import type { Failure, Script, Transport } from "./Script.ts";

/** Misses of one script within this time, milliseconds, mean replicas that do not share their scripts. */
const missWindowMs = 60_000;
const missLimit = 3;

const sha1 = async (text: string): Promise<string> => {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-1", new TextEncoder().encode(text)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
};

const isMiss = (failure: Failure): boolean => failure.kind === "refused" && /NOSCRIPT/i.test(failure.error ?? "");

interface Cached {
  readonly hash: Effect.Effect<string>;
  misses: ReadonlyArray<number>;
}

/** What `make` returns: the answer is unchecked. */
export type Run = (
  script: Script,
  keys: ReadonlyArray<string>,
  args: ReadonlyArray<string>,
) => Effect.Effect<unknown, Failure>;

/**
 * EVALSHA first; on NOSCRIPT the same request as EVAL, which also leaves the script on the server. A script that is missed
 * three times within a minute is sent as text from then on.
 */
export const make = (transport: Transport, now: () => number = Date.now): Run => {
  const cache = new Map<Script, Cached>();
  const cached = (script: Script): Cached => {
    const known = cache.get(script);
    if (known !== undefined) return known;
    const hash = sha1(script.text);
    const fresh: Cached = { hash: Effect.promise(() => hash), misses: [] };
    cache.set(script, fresh);
    return fresh;
  };
  return (script, keys, args) => {
    const known = cached(script);
    const asText = transport.evaluate("eval", script.text, keys, args);
    if (known.misses.length >= missLimit) return asText;
    return Effect.flatMap(
      known.hash,
      (hash) =>
        Effect.matchEffect(transport.evaluate("evalsha", hash, keys, args), {
          onFailure: (failure) => {
            if (!isMiss(failure)) return Effect.fail(failure);
            const at = now();
            known.misses = [...known.misses.filter((miss) => at - miss < missWindowMs), at];
            return asText;
          },
          onSuccess: Effect.succeed,
        }),
    );
  };
};
