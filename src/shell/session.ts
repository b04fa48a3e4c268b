/**
 * The engine at a store: what those go by who send what it asks for, and what the answers have told of the store's clock. It sends
 * nothing itself.
 */
import * as Bare from "../core/engine/bare.ts";
import { Fault, type Operation } from "../core/engine/Operation.ts";
import type { Limits, StoreReply, StoreRequest } from "../core/words/Exchange.ts";
import { type Clocks, DriverError } from "../Driver.ts";

/** How many requests of one operation are under way at once. */
export const atOnce = 4;

/** What an answer has told of the store's clock: its time half a round trip ago, and how long the way there takes. */
interface Reading {
  readonly storeTime: number;
  readonly mono: number;
  readonly wayMs: number;
}

/** An engine at a store. */
export interface Session {
  readonly engine: Bare.Bare;
  reading: Reading | undefined;
}

/** One at a store that takes so much in one exchange. */
export const make = (limits: Limits): Session => ({ engine: Bare.make(limits), reading: undefined });

/** Begins an operation, with what is known of the store's clock. */
export const begin = <Q extends Bare.Asked, A>(
  session: Session,
  procedure: Bare.Procedure<Q, A>,
  request: Q,
  { mono, now }: Clocks,
): Operation<A> =>
  session.engine.begin(procedure, request, () => {
    const { reading } = session;
    return reading === undefined ? now() : reading.storeTime + (mono() - reading.mono) + reading.wayMs;
  });

/** The answers to a round that was sent and answered then. */
export const answered = (
  session: Session,
  replies: ReadonlyArray<StoreReply>,
  sentAt: number,
  answeredAt: number,
): void => {
  const wayMs = (answeredAt - sentAt) / 2;
  for (const reply of replies) {
    if ("storeTime" in reply) session.reading = { storeTime: reply.storeTime, mono: sentAt + wayMs, wayMs };
  }
};

/** How many looks and changes a request carries. */
export const commandsIn = (request: StoreRequest): number => request._tag === "Exchange" ? request.items.length : 1;

/** What an operation fails with that has thrown something. */
export const failed = (driver: string, operation: string, error: unknown): DriverError => {
  if (error instanceof DriverError) return error;
  const { detail, reason } = error instanceof Fault
    ? error
    : new Fault("Corrupt", "the engine failed in an unforeseen way");
  return new DriverError({ driver, operation, reason, detail });
};
