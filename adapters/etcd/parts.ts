/**
 * Parts of a transaction: nested ones, independent of each other, as many together as etcd takes.
 */
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import { type Failure, judged } from "./client/errors.ts";
import * as wire from "./client/wire.ts";
import { contended, type Context, type Known, send } from "./context.ts";
import type { Keys } from "./keys.ts";

/** A part, and what its answer means. */
export interface Part {
  readonly txn: wire.Txn;
  /** Who may have sent it: what one of them sends later stops a copy of it that arrives later still. */
  readonly senders: ReadonlyArray<string>;
  /** It writes the version of the members, or a hint, which one transaction may do only once. */
  readonly touches: boolean;
  /** Takes the answer, and the revision of all that was written. */
  readonly learn: (answer: wire.Answer, revision: number) => void;
}

/** etcd takes 128 operations, those of the largest nested transaction included. */
const maxOps = 126;

const cost = ({ txn }: Part): number => Math.max(txn.compare.length, txn.success.length, txn.failure.length);

/** How many senders are told apart in one transaction: there is one, unless many nodes share an adapter. */
const maxSenders = 50;
/** How often parts are sent again because their senders have sent something else meanwhile. */
const maxRounds = 24;

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
 * Sends parts in one transaction, which compares the keys of their senders. If it stays unknown whether they were done, a
 * copy of them may still be. Of the outermost operations alone does etcd ask whether they are permitted, so there is one.
 */
export const sendParts = (
  context: Context,
  known: Known,
  keys: Keys,
  parts: ReadonlyArray<Part>,
  round = 1,
): Effect.Effect<void, Failure> => {
  if (parts.some((part) => cost(part) + 2 > maxOps)) return Effect.fail(tooWide);
  const senders = [...new Set(parts.flatMap((part) => part.senders))].slice(0, maxSenders).flatMap((incarnation) => {
    const own = known.own.get(incarnation);
    return own?.node === undefined ? [] : [{ key: keys.node(incarnation), mod: own.node.mod, own }];
  });
  const txn: wire.Txn = {
    compare: senders.map(({ key, mod }) => wire.modIs(key, mod)),
    success: [...parts.map((part): wire.Op => ({ request_txn: part.txn })), wire.count(keys.version)],
    failure: senders.map(({ key }) => wire.get(key)),
  };
  return send(context, txn).pipe(
    Effect.onExit((exit) =>
      Effect.sync(() => {
        if (Exit.isFailure(exit)) { for (const { own } of senders) own.isOpen = true; }
      })
    ),
    Effect.flatMap(({ answers, revision, succeeded }) => {
      if (succeeded) {
        parts.forEach((part, index) => part.learn(answers[index] as wire.Answer, revision));
        return Effect.void;
      }
      senders.forEach(({ own }, index) => {
        const kv = answers[index]?.kvs[0];
        own.node = kv && { value: kv.value, mod: kv.mod };
      });
      return round < maxRounds ? sendParts(context, known, keys, parts, round + 1) : Effect.fail(contended);
    }),
  );
};
