/**
 * The view: who is a member, as of a version.
 *
 * What members say of themselves stays when their leases end, so that nothing vanishes without a new version: whoever notices
 * that there are fewer promises than members removes those that are over, and writes the version in the same step.
 */
import * as Effect from "effect/Effect";
import { readWhole } from "../../src/core/ledger/packed.ts";
import type { MemberFound } from "../../src/Store.ts";
import { type Failure, foreign, newer } from "./client/errors.ts";
import * as wire from "./client/wire.ts";
import { contended, type Context, type Known, send } from "./context.ts";
import { isNewer, type Keys, nameIn, readMember, readNode } from "./keys.ts";

/** The members as they were read in one step. */
export interface View {
  /** The revision of the version. */
  readonly mod: number;
  /** With promises that hold. */
  readonly members: ReadonlyArray<MemberFound>;
  /** Those whose promise is over. */
  readonly dead: ReadonlyArray<string>;
  /** Digests behind which something is stored. */
  readonly digests: ReadonlyArray<string>;
}

/** How often it is tried again because others have changed the members meanwhile. */
const maxRounds = 24;
/** How many dead are removed at once. */
const maxDead = 60;
/** How many digests are read at once. */
const maxDigests = 100;

/** What reads a view. */
export const reads = (keys: Keys): ReadonlyArray<wire.Op> => [
  wire.get(keys.version),
  wire.under(keys.nodes),
  wire.under(keys.members),
  wire.under(keys.declareds, { keys_only: true }),
];

/** How many answers it takes. */
export const width = 4;

/** Reads a view; undefined if something else is in its place. */
export const read = (keys: Keys, answers: ReadonlyArray<wire.Answer>): View | undefined => {
  const [version, nodes, promised, declared] = answers;
  const promises = new Map(promised?.kvs.map((kv) => [nameIn(keys.members, kv.key), readMember(kv.value)]));
  const members: Array<MemberFound> = [];
  const dead: Array<string> = [];
  for (const { key, value } of nodes?.kvs ?? []) {
    const [incarnation, told] = [nameIn(keys.nodes, key), readNode(value)];
    if (incarnation === undefined || told === undefined) return undefined;
    if (!promises.has(incarnation)) dead.push(incarnation);
    else {
      const promise = promises.get(incarnation);
      if (promise === undefined) return undefined;
      members.push({ incarnation, ...told, ...promise });
    }
  }
  return {
    mod: version?.kvs[0]?.mod ?? 0,
    members: members.sort((a, b) => a.incarnation < b.incarnation ? -1 : 1),
    dead,
    digests: declared?.kvs.flatMap(({ key }) => nameIn(keys.declareds, key) ?? []) ?? [],
  };
};

/** Why what was read cannot be: something else is in its place, or what a later release has written. */
export const notOurs = (answers: ReadonlyArray<wire.Answer>): Failure =>
  answers.some(({ kvs }) => kvs.some(({ value }) => isNewer(value))) ? newer : foreign;

/** What a look at the members and at what waits has brought. */
export interface Looked {
  readonly view: View;
  /** The value of `epoch`; undefined where nobody has ever joined. */
  readonly epoch: string | undefined;
  readonly overdue: wire.Answer | undefined;
}

/** Looks, and changes nothing. */
export const look = (context: Context, keys: Keys, overdue: wire.Op): Effect.Effect<Looked, Failure> =>
  Effect.gen(function* () {
    const txn = { compare: [], success: [...reads(keys), wire.get(keys.epoch), overdue], failure: [] };
    const { answers } = yield* send(context, txn);
    const view = read(keys, answers);
    const [epoch, due] = answers.slice(width);
    const value = epoch?.kvs[0]?.value;
    if (view === undefined) return yield* Effect.fail(notOurs(answers.slice(0, width)));
    if (value !== undefined && readWhole(value) === undefined) return yield* Effect.fail(foreign);
    return { view, epoch: value, overdue: due };
  });

/** A view without dead: theirs is removed, together with a new version. */
export const settled = (
  context: Context,
  keys: Keys,
  first: View | undefined,
): Effect.Effect<View, Failure> =>
  Effect.gen(function* () {
    let view = first;
    for (let round = 0; round < maxRounds; round++) {
      if (view?.dead.length === 0) return view;
      const dead = view?.dead.slice(0, maxDead) ?? [];
      const done: wire.Done = yield* send(context, {
        compare: dead.map((it) => wire.exists(keys.member(it), false)),
        success: [
          ...dead.map((it) => wire.remove(keys.node(it))),
          ...(dead.length === 0 ? [] : [wire.put(keys.version, "")]),
          ...reads(keys),
        ],
        failure: reads(keys),
      });
      view = read(keys, done.answers.slice(-width));
      if (view === undefined) return yield* Effect.fail(notOurs(done.answers));
    }
    return yield* Effect.fail(contended);
  });

/** Removes what is behind digests that no member of the view has, unless somebody has joined since. */
export const tidy = (context: Context, keys: Keys, view: View): Effect.Effect<void> => {
  const used = new Set(view.members.map(({ digest }) => digest));
  const unused = view.digests.filter((it) => !used.has(it)).slice(0, maxDigests);
  return unused.length === 0 ? Effect.void : Effect.ignore(send(context, {
    compare: [wire.modIs(keys.version, view.mod)],
    success: unused.map((it) => wire.remove(keys.declared(it))),
    failure: [],
  }));
};

/** What is behind these digests, as far as anybody has told. */
export const declaredBehind = (
  context: Context,
  keys: Keys,
  digests: ReadonlyArray<string>,
): Effect.Effect<ReadonlyMap<string, string>, Failure> =>
  Effect.gen(function* () {
    const found = new Map<string, string>();
    for (let start = 0; start < digests.length; start += maxDigests) {
      const part = digests.slice(start, start + maxDigests);
      const success = part.map((it) => wire.get(keys.declared(it)));
      const { answers } = yield* send(context, { compare: [], success, failure: [] });
      part.forEach((digest, index) => {
        const text = answers[index]?.kvs[0]?.value;
        if (text !== undefined) found.set(digest, text);
      });
    }
    return found;
  });

/** The version of the members that a revision stands for; 0 where nobody has ever joined. */
export const versionOf = ({ epoch }: Pick<Known, "epoch">, mod: number): number =>
  epoch === undefined ? 0 : Number(epoch) + mod;
