/**
 * Requests to whichever endpoint answers, with a token of etcd's authentication if it has any.
 */
import * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import * as Redacted from "effect/Redacted";
import { corrupt, type Failure, isPassing, isTokenExpired, judged } from "./errors.ts";
import { type Answered, post, Thrown } from "./http.ts";
import type { Hearing } from "../../../src/Store.ts";
import { watchAt } from "./watch.ts";
import { type Done, readTxn, type Txn } from "./wire.ts";

/** How to reach etcd. */
export interface Options {
  readonly endpoints: ReadonlyArray<string>;
  readonly user: string | undefined;
  readonly password: string | Redacted.Redacted<string> | undefined;
  readonly timeoutMs: number;
  readonly fetch: typeof globalThis.fetch | undefined;
  /** Told of every answer: what its `Date` says, and when it was sent and came by this node's clock. */
  readonly onAnswer: (endpoint: string, date: string | null, sentAt: number, receivedAt: number) => void;
  /**
   * Told when etcd turns out to be another store than before, by its cluster or because its revision went back: emptied,
   * restored, exchanged. What was known of its contents is void.
   */
  readonly onOtherStore: () => void;
}

/** Reaches etcd. */
export interface Transport {
  /** One request; repeated only where the first endpoint did not answer, or the token had expired. */
  readonly call: (path: string, body: unknown) => Effect.Effect<Answered["body"], Failure>;
  /** A transaction, its answer read. */
  readonly txn: (txn: Txn) => Effect.Effect<Done, Failure>;
  /** Hears what is written to a key, until it is interrupted; fails when that is refused or lost. */
  readonly watch: (key: string, hearing: Hearing) => Effect.Effect<never, Failure>;
}

const clusterOf = (body: Answered["body"]): unknown => {
  const inner = (body["result"] ?? body) as { readonly header?: { readonly cluster_id?: unknown } };
  return inner.header?.cluster_id;
};

/** Makes the transport. */
export const make = (options: Options): Transport => {
  const { endpoints, timeoutMs } = options;
  // The default is looked up at each call: test tools and platforms replace it.
  const send: typeof globalThis.fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const clusters = new Map<string, unknown>();
  /** The latest one answered: whatever is sent from now on is answered with none before it. */
  let revision = 0;
  let preferred = 0;
  let token: Promise<string> | undefined;

  const clusterAt = async (endpoint: string, tryMs: number, now: () => number): Promise<unknown> => {
    const ask = { path: "/v3/cluster/member/list", body: {}, token: "", timeoutMs: tryMs, interrupted: undefined };
    return clusterOf((await post(send, now, { endpoint, ...ask })).body);
  };

  /** Takes it for the whole store, and hears in passing whether the other endpoints are of it. */
  const adopt = (endpoint: string, cluster: unknown, tryMs: number, now: () => number): void => {
    clusters.clear();
    clusters.set(endpoint, cluster);
    for (const other of endpoints) {
      if (other === endpoint) continue;
      const learn = (id: unknown) => void (clusters.has(other) || id === undefined || clusters.set(other, id));
      clusterAt(other, tryMs, now).then(learn, () => undefined);
    }
  };

  /**
   * Two stores that each believe to be the only one would let every fire run twice. Still, a cluster may be restored as
   * another one. So an endpoint that says something new is believed unless another one contradicts it now; one that always
   * differed from the others only if they agree with it now.
   */
  const checkCluster = async (endpoint: string, cluster: unknown, tryMs: number, now: () => number): Promise<void> => {
    if (cluster === undefined) return;
    if (clusters.size === 0) return adopt(endpoint, cluster, tryMs, now);
    const known = clusters.get(endpoint);
    const others = [...clusters].filter(([it, id]) => it !== endpoint && id !== cluster).map(([it]) => it);
    const isNew = known !== undefined && known !== cluster;
    if (!isNew && others.length === 0) return void clusters.set(endpoint, cluster);
    const said = await Promise.allSettled(others.map((other) => clusterAt(other, tryMs, now)));
    if (said.some((it) => it.status === "fulfilled" ? it.value !== cluster : !isNew)) {
      throw new Thrown(judged("Misconfigured", "the endpoints belong to different etcd clusters"));
    }
    revision = 0;
    options.onOtherStore();
    adopt(endpoint, cluster, tryMs, now);
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
    options.onAnswer(endpoint, answered.date, answered.sentAt, answered.receivedAt);
    await checkCluster(endpoint, clusterOf(answered.body), tryMs, now);
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

  const watch = async (key: string, hearing: Hearing, now: () => number, interrupted: AbortSignal): Promise<never> => {
    const chosen = preferred;
    const endpoint = endpoints[chosen] as string;
    const tryMs = Math.ceil(timeoutMs / endpoints.length);
    const listen = async (current: Promise<string>): Promise<never> =>
      await watchAt(send, { endpoint, token: await current, timeoutMs, interrupted }, key, hearing);
    const current = bearer(endpoint, tryMs, now);
    const used = token;
    try {
      return await listen(current).catch((error) => {
        const isExpired = error instanceof Thrown && isTokenExpired(error.failure);
        if (!isExpired || options.user === undefined) throw error;
        if (token === used) token = undefined;
        return listen(bearer(endpoint, tryMs, now));
      });
    } catch (error) {
      // Whoever listens asks again, and then another one.
      const isPassed = error instanceof Thrown && isPassing(error.failure) && !interrupted.aborted;
      if (isPassed && preferred === chosen) preferred = (chosen + 1) % endpoints.length;
      throw error;
    }
  };

  return {
    call,
    watch: (key, hearing) =>
      Effect.flatMap(Clock.clockWith(Effect.succeed), (wall) =>
        Effect.tryPromise({
          try: (interrupted) => watch(key, hearing, () => wall.currentTimeMillisUnsafe(), interrupted),
          catch: (error): Failure => error instanceof Thrown ? error.failure : corrupt,
        })),
    txn: (txn) =>
      Effect.suspend(() => {
        const before = revision;
        return Effect.flatMap(call("/v3/kv/txn", txn), (body) => {
          const done = readTxn(body, txn);
          if (done === undefined) return Effect.fail(corrupt);
          const isOther = done.revision < before;
          if (isOther) options.onOtherStore();
          revision = isOther ? done.revision : Math.max(revision, done.revision);
          return Effect.succeed(done);
        });
      }),
  };
};
