/**
 * Parts of a transaction: nested ones, independent of each other, as many together as etcd takes.
 */
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import { type Failure, judged } from "./client/errors.ts";
import * as wire from "./client/wire.ts";
import { type Context, type Own, send } from "./context.ts";
import type { Keys } from "./keys.ts";

/** A part, and what its answer means. */
export interface Part {
  readonly txn: wire.Txn;
  /** The members without whose own keys as they are it does nothing. */
  readonly senders: ReadonlyArray<Own>;
  /** It writes the version of the members, which one transaction may do only once. */
  readonly touches: boolean;
  /** Takes the answer, and the revision of all that was written. */
  readonly learn: (answer: wire.Answer, revision: number) => void;
}

/** etcd takes 128 operations, those of the largest nested transaction included. */
const maxOps = 126;

const cost = ({ txn }: Part): number => Math.max(txn.compare.length, txn.success.length, txn.failure.length);

/** As many parts in one transaction as etcd takes. */
export const inChunks = (parts: ReadonlyArray<Part>): ReadonlyArray<ReadonlyArray<Part>> => {
  const chunks: Array<Array<Part>> = [];
  let deepest = 0;
  for (const part of parts) {
    const last = chunks.at(-1);
    const isNext = part.touches && last?.some((it) => it.touches);
    if (last !== undefined && !isNext && last.length + 2 + Math.max(deepest, cost(part)) <= maxOps) {
      last.push(part);
      deepest = Math.max(deepest, cost(part));
    } else {
      chunks.push([part]);
      deepest = cost(part);
    }
  }
  return chunks;
};

const tooWide: Failure = judged(
  "Misconfigured",
  "a change names more rows and members than one transaction of etcd takes",
);

/**
 * Sends parts in one transaction. If it stays unknown whether they were done, a copy of them may still be. Of the outermost
 * operations alone does etcd ask whether they are permitted, so there is one.
 */
export const sendParts = (
  context: Context,
  keys: Keys,
  parts: ReadonlyArray<Part>,
): Effect.Effect<void, Failure> => {
  if (parts.some((part) => cost(part) + 2 > maxOps)) return Effect.fail(tooWide);
  const success = parts.map(({ txn }): wire.Op => ({ request_txn: txn }));
  return send(context, { compare: [], success: [...success, wire.count(keys.version)], failure: [] }).pipe(
    Effect.onExit((exit) =>
      Effect.sync(() => {
        if (Exit.isSuccess(exit)) return;
        for (const { senders } of parts) for (const own of senders) own.isOpen = true;
      })
    ),
    Effect.map((done) => parts.forEach((part, index) => part.learn(done.answers[index] as wire.Answer, done.revision))),
  );
};
