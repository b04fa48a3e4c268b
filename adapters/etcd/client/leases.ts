/**
 * Leases of etcd: while a member's lease lives its key is there, and etcd alone decides when it ends.
 *
 * A lease lives for a fixed time after it was granted or kept alive, while the time from beat to beat changes. So it is
 * kept alive as long as its time fits, and exchanged when it does not; the old one runs out by itself.
 */
import * as Effect from "effect/Effect";
import { corrupt, type Failure } from "./errors.ts";
import type { Transport } from "./transport.ts";
import { readInteger } from "./wire.ts";

/** A lease of etcd. */
export interface Lease {
  readonly id: string;
  /** What was asked for, and what etcd made of it. Seconds. */
  readonly wanted: number;
  readonly granted: number;
}

/** What a membership of this length asks for. Seconds. */
export const secondsFor = (ms: number): number => Math.max(1, Math.ceil(ms / 1_000));

/** Whether a lease lasts long enough, and not so long that a death would be noticed much later. */
export const fits = (lease: Lease, wanted: number): boolean =>
  lease.granted >= wanted && (lease.wanted === wanted || lease.granted <= wanted + Math.max(1, wanted / 8));

/** Asks for a new one. etcd may grant a longer one: never less than one and a half times its election timeout. */
export const grant = (transport: Transport, wanted: number): Effect.Effect<Lease, Failure> =>
  Effect.flatMap(transport.call("/v3/lease/grant", { TTL: String(wanted) }), ({ ID: id, TTL }) => {
    const granted = readInteger(TTL);
    return typeof id !== "string" || !/^-?\d{1,20}$/.test(id) || granted === undefined || granted < wanted
      ? Effect.fail(corrupt)
      : Effect.succeed({ id, wanted, granted });
  });

/** Starts its time anew. False: it is over, and so is the membership. */
export const keepAlive = (transport: Transport, lease: Lease): Effect.Effect<boolean, Failure> =>
  Effect.flatMap(transport.call("/v3/lease/keepalive", { ID: lease.id }), ({ result }) => {
    const left = readInteger((result as { readonly TTL?: unknown } | undefined)?.TTL);
    return typeof result !== "object" || result === null || left === undefined
      ? Effect.fail(corrupt)
      : Effect.succeed(left > 0);
  });
