/**
 * Requests to whichever endpoint answers, with a token of etcd's authentication if it has any.
 */
import * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import * as Redacted from "effect/Redacted";
import type { StoreClock } from "./clock.ts";
import { corrupt, type Failure, isPassing, isTokenExpired, judged } from "./errors.ts";
import { type Answered, post, Thrown } from "./http.ts";
import { type Done, readTxn, type Txn } from "./wire.ts";

/** How to reach etcd. */
export interface Options {
  readonly endpoints: ReadonlyArray<string>;
  readonly user: string | undefined;
  readonly password: string | Redacted.Redacted<string> | undefined;
  readonly timeoutMs: number;
  readonly fetch: typeof globalThis.fetch | undefined;
  readonly clock: StoreClock;
  /** Called when etcd turns out to be another cluster than before: what was known of its contents is void. */
  readonly onOtherCluster: () => void;
}

/** Reaches etcd. */
export interface Transport {
  /** One request; repeated only where the first endpoint did not answer, or the token had expired. */
  readonly call: (path: string, body: unknown) => Effect.Effect<Answered["body"], Failure>;
  /** A transaction, its answer read. */
  readonly txn: (txn: Txn) => Effect.Effect<Done, Failure>;
}

const clusterOf = (body: Answered["body"]): unknown => {
  const inner = (body["result"] ?? body) as { readonly header?: { readonly cluster_id?: unknown } };
  return inner.header?.cluster_id;
};

/** Makes the transport. */
export const make = (options: Options): Transport => {
  const { clock, endpoints, timeoutMs } = options;
  // The default is looked up at each call: test tools and platforms replace it.
  const send: typeof globalThis.fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const clusters = new Map<string, unknown>();
  let preferred = 0;
  let token: Promise<string> | undefined;

  /** Two stores that each believe to be the only one would let every fire run twice. */
  const checkCluster = (endpoint: string, body: Answered["body"]): void => {
    const cluster = clusterOf(body);
    if (cluster === undefined) return;
    const known = clusters.get(endpoint);
    if (known !== undefined && known !== cluster) {
      clusters.clear();
      options.onOtherCluster();
    }
    const isMixed = [...clusters.values()].some((other) => other !== cluster);
    clusters.set(endpoint, cluster);
    if (!isMixed) return;
    clusters.delete(endpoint);
    throw new Thrown(judged("Misconfigured", "the endpoints belong to different etcd clusters"));
  };

  const once = async (
    endpoint: string,
    path: string,
    body: unknown,
    tryMs: number,
    now: () => number,
    bearer: string,
    interrupted?: AbortSignal,
  ): Promise<Answered["body"]> => {
    const answered = await post(send, now, { endpoint, path, body, token: bearer, timeoutMs: tryMs, interrupted });
    clock.observe(endpoint, answered.date, answered.sentAt, answered.receivedAt);
    checkCluster(endpoint, answered.body);
    return answered.body;
  };

  const authenticate = async (endpoint: string, tryMs: number, now: () => number): Promise<string> => {
    const { password = "", user: name } = options;
    const secret = Redacted.isRedacted(password) ? Redacted.value(password) : password;
    const body = await once(endpoint, "/v3/auth/authenticate", { name, password: secret }, tryMs, now, "");
    const given = body["token"];
    if (typeof given !== "string" || !/^[\x21-\x7e]+$/.test(given)) throw new Thrown(corrupt);
    return given;
  };

  /** Shared by all requests of the moment, so that a token that expired is asked for once. */
  const bearer = (endpoint: string, tryMs: number, now: () => number): Promise<string> => {
    if (options.user === undefined) return Promise.resolve("");
    if (token !== undefined) return token;
    const asked = authenticate(endpoint, tryMs, now);
    token = asked;
    asked.catch(() => token = token === asked ? undefined : token);
    return asked;
  };

  const atEndpoint = async (
    endpoint: string,
    path: string,
    body: unknown,
    tryMs: number,
    now: () => number,
    interrupted: AbortSignal,
  ): Promise<Answered["body"]> => {
    const current = bearer(endpoint, tryMs, now);
    const used = token;
    try {
      return await once(endpoint, path, body, tryMs, now, await current, interrupted);
    } catch (error) {
      const isExpired = error instanceof Thrown && isTokenExpired(error.failure);
      if (!isExpired || options.user === undefined) throw error;
      if (token === used) token = undefined;
      return await once(endpoint, path, body, tryMs, now, await bearer(endpoint, tryMs, now), interrupted);
    }
  };

  const anywhere = async (
    path: string,
    body: unknown,
    now: () => number,
    interrupted: AbortSignal,
  ): Promise<Answered["body"]> => {
    // An endpoint that hangs must leave time for the others.
    const tryMs = Math.ceil(timeoutMs / endpoints.length);
    const first = preferred;
    let last: unknown;
    for (let index = 0; index < endpoints.length; index++) {
      const chosen = (first + index) % endpoints.length;
      try {
        const answer = await atEndpoint(endpoints[chosen] as string, path, body, tryMs, now, interrupted);
        preferred = chosen;
        return answer;
      } catch (error) {
        last = error;
        if (!(error instanceof Thrown) || !isPassing(error.failure) || interrupted.aborted) throw error;
        // Whoever comes next need not wait for it again.
        if (preferred === chosen) preferred = (chosen + 1) % endpoints.length;
      }
    }
    throw last;
  };

  const call: Transport["call"] = (path, body) =>
    Effect.flatMap(Clock.clockWith(Effect.succeed), (wall) =>
      Effect.tryPromise({
        try: (interrupted) => anywhere(path, body, () => wall.currentTimeMillisUnsafe(), interrupted),
        catch: (error): Failure => error instanceof Thrown ? error.failure : corrupt,
      }));

  return {
    call,
    txn: (txn) =>
      Effect.flatMap(call("/v3/kv/txn", txn), (body) => {
        const done = readTxn(body, txn);
        return done === undefined ? Effect.fail(corrupt) : Effect.succeed(done);
      }),
  };
};
