/**
 * Reaches a Redis over HTTP, as Upstash and compatible proxies serve it.
 *
 * What a command looks like is `#upstash`: `@upstash/redis`, or, in a Worker's bundle, where each kilobyte counts, the plain
 * words. Sent it is here: once, aborted when it takes too long, following no redirect, and saying what came back.
 *
 * @module
 */
import * as Redacted from "effect/Redacted";
import { load, subscribe } from "#upstash";
import { isLoopback, type Post as HttpPost, postJson } from "../http/post.ts";
import { wrongWay } from "../http/driverOptions.ts";
import type { Hearing } from "../../src/Store.ts";
import { asFailure, asThrown, read } from "./answer.ts";
import { Thrown, type Transport } from "./Script.ts";

/** How to reach the store. */
export interface UpstashOptions {
  /** `https://…`; plain `http` only for this machine. */
  readonly url: string;
  /** The token of the data base. It appears in no error and no log. */
  readonly token: string | Redacted.Redacted<string>;
  /** A request without a complete answer by then is aborted. Milliseconds, default 5,000. */
  readonly timeoutMs?: number | undefined;
  /** Permits `http` to another machine, where the token can be read on the way. Default false. */
  readonly allowInsecure?: boolean | undefined;
  /** What sends requests, for instance one with a longer keep-alive. Default: the runtime's `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** Sends a command, and gives what the store answered under `result`. */
export type Post = (command: unknown) => Promise<{ readonly result: unknown }>;

/** Evaluates a script with one request. */
export type Evaluate = (
  command: "eval" | "evalsha",
  script: string,
  keys: ReadonlyArray<string>,
  args: ReadonlyArray<string>,
) => Promise<unknown>;

/** Listens at a channel until it is interrupted. Rejects with `Thrown`. `post` names the URL of the store. */
export type Subscribe = (
  send: typeof globalThis.fetch,
  post: HttpPost,
  channel: string,
  hearing: Hearing,
) => Promise<never>;

/** What `#upstash` exports. Rejects when what it needs is not installed. */
export type Load = () => Promise<(post: Post) => Evaluate>;

/** Loaded by the first request, because whoever gives a driver a client of another kind need not have this one. */
const loaded: Load = async () => {
  try {
    return await load();
  } catch {
    const detail = "the package @upstash/redis cannot be loaded; install it, or give the driver a connected client";
    throw new Thrown({ kind: "unusable", detail });
  }
};

/**
 * What is wrong with the options, without repeating the token; undefined if nothing is.
 *
 * @example
 * ```ts
 * import * as RedisZset from "ringcron/redis-zset";
 *
 * console.log(RedisZset.problem({ url: "http://example.com", token: "secret" }));
 * ```
 */
export const problem = (options: UpstashOptions): string | undefined => {
  const token = Redacted.isRedacted(options.token) ? Redacted.value(options.token) : options.token;
  const notUrl = "url: not a URL; allowed: the REST URL of the store, such as https://name.upstash.io";
  if (typeof options.url !== "string") return notUrl;
  let url: URL;
  try {
    url = new URL(options.url);
  } catch {
    return notUrl;
  }
  if (/^rediss?:$/.test(url.protocol)) {
    return "url: this way the store is reached over HTTP; allowed: https://…, or, in place of url and token, { client } with " +
      "a connected client of ioredis or redis";
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return "url: the store is reached over HTTP; allowed: https://…";
  }
  if (url.username !== "" || url.password !== "") {
    return "url: holds credentials; allowed: a URL without, and the token";
  }
  if (url.search !== "" || url.hash !== "") return "url: has a query or fragment; allowed: a URL without";
  if (url.protocol === "http:" && !isLoopback(url.hostname) && options.allowInsecure !== true) {
    return "url: http sends the token readable to all; allowed: https, http to this machine, or allowInsecure: true";
  }
  if (typeof token !== "string" || token === "") return "token: is empty; allowed: the REST token of the store";
  if (!/^[\x21-\x7e]+$/.test(token)) {
    return "token: has characters that no token has; allowed: letters, digits and punctuation";
  }
  return wrongWay(options);
};

/** What tells the store from others. */
export const addressOf = ({ url }: UpstashOptions): string => new URL(url).href.replace(/\/+$/, "");

/** What some work comes to; rejects with `Thrown`, whatever it threw. */
const failing = async <A>(work: () => Promise<A>): Promise<A> => {
  try {
    return await work();
  } catch (error) {
    throw new Thrown(asFailure(error));
  }
};

/**
 * Makes the transport. The options must be without a `problem`.
 *
 * Each evaluation is exactly one HTTP request, except that Deno's `fetch` repeats one whose connection was dropped.
 * Whoever waits no longer aborts it.
 */
export const make = (options: UpstashOptions): Transport => {
  const { timeoutMs = 5_000 } = options;
  const { host } = new URL(options.url);
  const url = options.url.replace(/\/+$/, "");
  // The default is looked up at each call: test tools and platforms replace it.
  const send: typeof globalThis.fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  let syncToken = "";

  const authorization = (): string =>
    `Bearer ${Redacted.isRedacted(options.token) ? Redacted.value(options.token) : options.token}`;

  const post = async (
    command: unknown,
    interrupted: AbortSignal | undefined,
  ): Promise<{ readonly result: unknown }> => {
    const headers = { "authorization": authorization(), "upstash-sync-token": syncToken };
    try {
      const answer = await postJson(send, { url, headers, body: command, timeoutMs, interrupted });
      syncToken = answer.headers.get("upstash-sync-token") ?? syncToken;
      return read(answer, host);
    } catch (error) {
      throw asThrown(error);
    }
  };

  return {
    evaluate: (command, script, keys, args, signal) =>
      failing(async () => {
        const evaluate = await loaded();
        // Made for each request, some microseconds, so that it carries the signal of whoever waits.
        return await evaluate((body) => post(body, signal))(command, script, keys, args);
      }),
    listen: (channel, hearing, interrupted) =>
      failing(async () => {
        if (subscribe === undefined) throw new Thrown({ kind: "unusable", detail: "a Worker keeps no channel open" });
        const headers = { "authorization": authorization() };
        return await subscribe(send, { url, headers, body: undefined, timeoutMs, interrupted }, channel, hearing);
      }),
  };
};
