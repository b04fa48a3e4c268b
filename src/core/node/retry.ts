/**
 * Attempts that follow on one that failed or timed out (R42): whether there is one, and when.
 */
import * as Fire from "../words/Fire.ts";
import type { Run } from "../words/Fire.ts";
import { hashOf } from "../words/hash.ts";
import type { Retry } from "../words/Policy.ts";
import type { Completion } from "../words/Request.ts";

/** How much of what an attempt failed with the next one is told. */
const maxError = 200;

/**
 * How long the attempt after a run waits. Milliseconds, the same in every runtime: what it is longer by comes of the identity of
 * the attempt, in integers.
 */
const delayMs = (retry: Retry, service: string, { attempt, dueAt, job, retries = 0 }: Run): number => {
  if (retry.waits !== undefined) return retry.waits[retries] ?? retry.maxDelayMs;
  let delay = retry.delayMs;
  for (let n = 0; n < retries && delay < retry.maxDelayMs; n++) delay = Math.floor(delay * retry.factor);
  const wait = Math.min(delay, retry.maxDelayMs);
  const most = Math.floor(wait * Math.round(retry.jitter * 1_000) / 1_000);
  return wait + hashOf(`${Fire.id(service, job, dueAt)} ${attempt}`) % (most + 1);
};

/** When the next attempt may start, epoch milliseconds on the fleet's clock; undefined if none is left. */
export const retryAt = (
  retry: Retry | undefined,
  service: string,
  run: Run,
  outcome: Completion["outcome"],
  now: number,
): number | undefined => {
  const isFailure = outcome === "failed" || outcome === "timed-out";
  if (retry === undefined || !isFailure || (run.retries ?? 0) >= retry.times) return undefined;
  return Math.floor(now) + delayMs(retry, service, run);
};

/** What looks like the way into something: the user of an address, what follows on a word for it. */
const secrets = [
  [/(:\/\/)[^\s/@]+@/g, "$1***@"],
  [/\b((?:bearer|basic)\s+)[\w.~+/=-]{6,}/gi, "$1***"],
  [/\b([\w-]*(?:token|secret|passw(?:or)?d|api[-_]?key)["']?\s*[=:]\s*["']?)[^\s"',;&]+/gi, "$1***"],
] as const;

const withoutSecrets = (error: string): string =>
  secrets.reduce((text, [pattern, shown]) => text.replace(pattern, shown), error.slice(0, 2_000));

/** Half a surrogate pair at the end could not be written to a log. */
const cut = (error: string): string =>
  error.length <= maxError ? error : `${error.slice(0, maxError - 1).replace(/[\ud800-\udbff]$/, "")}…`;

/** What somebody elsewhere is told of it: the first line, without what looks like a secret, cut. */
export const shownError = (error: string): string => cut(withoutSecrets(error.split("\n", 1)[0] ?? ""));

/** What the next attempt is told that this one failed with: it lies in the store until then, so without what looks like a secret. */
export const previousError = (error: string | undefined): string | undefined =>
  error === undefined ? undefined : cut(withoutSecrets(error));
