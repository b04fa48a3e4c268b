/**
 * Telling what jobs are, for those who do not declare them: each job has a row for its definitions, and one row tells of which
 * declarations all are there.
 *
 * That row is written last. Whoever dies before leaves rows without it, and the next with the same declarations finds by a look
 * which are missing. What is there already is never written again, so nodes that tell the same at once do no harm.
 */
import { definitionsText, readDefinitions, withTold } from "../ledger/definitionText.ts";
import { policiesVersion } from "../ledger/policiesText.ts";
import { readTold, toldText, withDigest } from "../ledger/toldText.ts";
import type { Definition } from "../words/Definition.ts";
import type { ControlReply, ControlRequest } from "../words/Request.ts";
import { type Shared, sharing } from "../words/shared.ts";
import type { Known } from "./Known.ts";
import { lookAll } from "./lookAll.ts";
import type { Operation } from "./Operation.ts";
import { definitionKey, type Seen, toldKey } from "./rows.ts";
import { commandMs, leaving, look, settle, type Settling, type Subject } from "./settle.ts";

type Command = Extract<ControlRequest["command"], { readonly _tag: "Tell" }>;

/** What rows were read as: a look at a whole fleet asks twice for each, and again the next time. */
const read = new WeakMap<Seen, ReadonlyArray<Definition>>();

/** What a row of definitions says; nothing where there is none. */
const definitionsIn = (row: Seen | undefined): ReadonlyArray<Definition> => {
  if (row === undefined) return [];
  const known = read.get(row);
  if (known !== undefined) return known;
  const definitions = readDefinitions(row.text);
  read.set(row, definitions);
  return definitions;
};

/** The row of one job. The answer is whether it was new. */
const rowOf = (job: string, definition: Definition, shared: Shared): Subject<boolean> => ({
  keys: [definitionKey(job)],
  isAwaited: false,
  decide: ([row], { at, layout, moment }) => {
    const before = definitionsIn(row);
    const after = withTold(before, definition);
    if (after === before) return leaving(false);
    moment.isAfter(at + commandMs);
    const puts = [shared(definitionsText(after, layout))];
    return { answer: () => true, puts, waitsSince: undefined, lines: [] };
  },
});

/** What tells a definition of a job from its others. */
const nameOf = ({ hash, policies }: Definition): string => `${hash}${policiesVersion(policies)}`;

/** The row that says so. */
const mark = (digest: string): Subject<void> => ({
  keys: [toldKey],
  isAwaited: false,
  decide: ([row], { at, layout, moment }) => {
    moment.isAfter(at + commandMs);
    const puts = [toldText(withDigest(row === undefined ? [] : readTold(row.text), digest), layout)];
    return { answer: () => {}, puts, waitsSince: undefined, lines: [] };
  },
});

/** So many at a time, as they come. */
function* inParts<A>(items: Iterable<A>, size: number): Generator<ReadonlyArray<A>> {
  let part: Array<A> = [];
  for (const item of items) {
    part.push(item);
    if (part.length < size) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

/**
 * The same memory with rows of its own: those of definitions are needed for as long as they are told, each would take as much room
 * as its job, and a map keeps the room of what has been in it.
 */
const apart = (known: Known): Known => {
  const rows = new Map<string, Seen>();
  return {
    ...known,
    row: (key) => rows.get(key),
    see: (key, row) => void (row === undefined ? rows.delete(key) : rows.set(key, row)),
  };
};

/**
 * Tells what is not there. Cost: a look where all of it was told before; otherwise two requests more for each few hundred jobs of
 * which something is new, and one.
 */
export function* tell(settling: Settling, { definitions, digest }: Command): Operation<ControlReply> {
  const { known, limits } = settling;
  const before = known.row(toldKey);
  const { rows: [told] } = yield* look(settling, [toldKey]);
  // Where that row is not as this engine left it the store was emptied, or put back, or a job removed, or others told something.
  const isSure = told !== undefined && told.version === before?.version;
  let count = 0;
  if (told === undefined || !readTold(told.text).includes(digest)) {
    const before = isSure ? known.told : new Map<string, string>();
    const after = new Map<string, string>();
    const shared = sharing();
    for (const some of inParts(definitions, limits.rows)) {
      for (const [job, it] of some) after.set(job, shared(nameOf(it)));
      const unsure = some.filter(([job]) => before.get(job) !== after.get(job));
      const part = { ...settling, known: apart(known) };
      const isNew = ([job, it]: readonly [string, Definition]): boolean => {
        const before = definitionsIn(part.known.row(definitionKey(job)));
        return withTold(before, it) !== before;
      };
      if (unsure.length > 0) yield* look(part, unsure.map(([job]) => definitionKey(job)));
      const { answers } = yield* settle(part, unsure.filter(isNew).map(([job, it]) => rowOf(job, it, shared)));
      count += answers.filter((it) => it).length;
      // What was seen of them before is no longer there.
      for (const [job] of unsure) known.see(definitionKey(job), undefined);
    }
    yield* settle(settling, [mark(digest)]);
    known.told = after;
  }
  return { _tag: "Control", result: "ok", dueAt: undefined, count };
}

/** A definition by what tells it from others; without a version of its policies any with that schedule. */
export interface Wanted {
  readonly hash: string;
  readonly policies: string | undefined;
}

const has = (definitions: ReadonlyArray<Definition>, { hash, policies }: Wanted): boolean =>
  definitions.some((it) => it.hash === hash && (policies === undefined || policiesVersion(it.policies) === policies));

/**
 * What is kept of jobs. A text with the same hash and version is the same for ever, so what was read before is read again only where
 * it lacks one that is wanted. Cost: nothing where it lacks none, else a request for each few hundred jobs.
 */
export function* definitionsOf(
  settling: Settling,
  wanted: ReadonlyMap<string, ReadonlyArray<Wanted>>,
): Operation<ReadonlyMap<string, ReadonlyArray<Definition>>> {
  const { known } = settling;
  const definitions = new Map<string, ReadonlyArray<Definition>>();
  const unread: Array<string> = [];
  for (const [job, wants] of wanted) {
    const kept = definitionsIn(known.row(definitionKey(job)));
    if (kept.length > 0) definitions.set(job, kept);
    if (kept.length === 0 || wants.some((it) => !has(kept, it))) unread.push(job);
  }
  for (const [job, [row]] of yield* lookAll(settling, unread, (it) => [definitionKey(it)])) {
    const kept = definitionsIn(row);
    if (kept.length > 0) definitions.set(job, kept);
    else definitions.delete(job);
  }
  return definitions;
}
