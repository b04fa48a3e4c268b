/**
 * What members declare, in pieces where the whole is more than one request may carry.
 *
 * A member joins first, as one of whom it is not known yet what it declares. Where the store asks for that, whoever finds that nobody
 * is at it says so in a row, puts the pieces, and says that they are there; only then does the beat put what stands for them behind
 * the digest. Pieces that no member needs any more go when the next ones are told. Each of their removals proves the row that says
 * who is at work, so that nobody's work undoes another's.
 */
import { declaredText } from "../ledger/memberText.ts";
import { type Kept, keptText, pointerText, readKept, readPointer } from "../ledger/piecesText.ts";
import type { Limits } from "../words/Exchange.ts";
import { fingerprint } from "../words/hash.ts";
import type { Declared } from "../words/View.ts";
import { answerOf, type Operation } from "./Operation.ts";
import { keptKey, pieceKey } from "./rows.ts";
import { commandMs, leaving, look, lookAt, readRows, settle, type Settling, type Subject } from "./settle.ts";

/** Of what one request may carry: what stands behind a digest as a whole, so that several come with one answer, and a piece. */
const share = 0.2;

/** How many pieces are sent or asked for side by side. */
const sideBySide = 4;

/** After so long a beat begins with no more of them: it is to be over soon, and the next one goes on. Milliseconds. */
const beatMs = 500;

/** For how long others are left to what they have begun. Milliseconds. */
const leftToMs = 15_000;

/** For how long pieces are kept that no member is known to need: one may be about to join. Milliseconds. */
const unneededMs = 600_000;

/** For how long it counts who was a member when a beat was answered. Milliseconds. */
const seenMs = 60_000;

/** Which digests members have, and when that was so by the store's clock, epoch milliseconds. */
export interface Needed {
  readonly digests: ReadonlySet<string>;
  readonly at: number;
}

/** What a member declares. */
export interface Declaring {
  readonly incarnation: string;
  readonly digest: string;
  readonly declared: Declared;
  readonly policies: Declared | undefined;
}

/** The text of it, where one beat may carry that. */
export const asWhole = (limits: Limits, declared: Declared, policies: Declared | undefined): string | undefined => {
  const most = limits.bytes * share;
  let least = 0;
  for (const [job, definition] of declared) least += job.length + definition.length + 2;
  if (least > most) return undefined;
  const text = declaredText(declared, policies);
  return text.length <= most ? text : undefined;
};

/** The same for all that declare the same, in whatever order. */
const sorted = (declared: Declared): Declared => new Map([...declared].sort(([a], [b]) => a < b ? -1 : 1));

const partsOf = ({ declared, policies }: Declaring, { bytes }: Limits): ReadonlyMap<string, string> => {
  const text = declaredText(sorted(declared), policies);
  const start = text.indexOf("|") + 1;
  const size = Math.max(1, Math.floor(bytes * share));
  const parts = new Map<string, string>();
  for (let from = start; from < text.length; from += size) {
    const part = text.slice(from, from + size);
    parts.set(fingerprint(part), `${text.slice(0, start)}${part}`);
  }
  return parts;
};

const isSame = (one: ReadonlyArray<string>, other: ReadonlyArray<string>): boolean => one.join() === other.join();

type Turn = "told" | "own" | "begun" | "others";

/** Whose turn it is to tell. What no member needs is left to the teller to be removed. */
const turn = (
  { digest, incarnation }: Declaring,
  pieces: ReadonlyArray<string>,
  needed: Needed | undefined,
): Subject<Turn> => ({
  keys: [keptKey],
  isAwaited: false,
  decide: ([row], { at, layout, moment }) => {
    const kept = readKept(row?.text);
    const before = kept.find((it) => it.digest === digest);
    const isOurs = before !== undefined && isSame(before.pieces, pieces);
    const isTold = isOurs && before.writer === "";
    if (isTold && !moment.isAfter(before.at + unneededMs / 2)) return leaving("told");
    const isAtWork = before !== undefined && before.writer !== "" && !moment.isAfter(before.at + leftToMs);
    if (isAtWork && before.writer !== incarnation) return leaving("others");
    if (isAtWork && isOurs) return leaving("own");
    const now = Math.floor(at);
    const isLeft = (it: Kept): boolean =>
      needed !== undefined && !needed.digests.has(it.digest) && moment.isAfter(it.at + unneededMs) &&
      !moment.isAfter(needed.at + seenMs);
    const others = kept.filter((it) => it.digest !== digest)
      .map((it) => isLeft(it) ? { ...it, at: now, writer: incarnation } : it);
    moment.isAfter(at + commandMs);
    const own: Kept = { digest, at: now, writer: isTold ? "" : incarnation, pieces };
    return {
      answer: () => isTold ? "told" : "begun",
      puts: [keptText([own, ...others], layout)],
      waitsSince: "same",
      lines: [],
    };
  },
});

/** A piece; what is there already is not written again. */
const piece = (name: string, text: string): Subject<void> => ({
  keys: [pieceKey(name)],
  isAwaited: false,
  decide: ([row]) => row === undefined ? { ...leaving(undefined), puts: [text] } : leaving(undefined),
});

const isAtWorkOn = (kept: ReadonlyArray<Kept>, digest: string, incarnation: string): boolean =>
  kept.some((it) => it.digest === digest && it.writer === incarnation);

/** Changes the row that says so, if the sender is still at work on a declaration. The answer is whether it was. */
const change = (
  { digest, incarnation }: Pick<Declaring, "digest" | "incarnation">,
  into: (own: Kept) => ReadonlyArray<Kept>,
): Subject<boolean> => ({
  keys: [keptKey],
  isAwaited: false,
  decide: ([row], { at, layout, moment }) => {
    const kept = readKept(row?.text);
    if (!isAtWorkOn(kept, digest, incarnation)) return leaving(false);
    moment.isAfter(at + commandMs);
    const puts = [keptText(kept.flatMap((it) => it.digest === digest ? into(it) : [it]), layout)];
    return { answer: () => true, puts, waitsSince: "same", lines: [] };
  },
});

/** Removes a piece that nothing needs but a declaration that its remover is at work on. */
const removing = (name: string, digest: string, incarnation: string): Subject<void> => ({
  keys: [pieceKey(name)],
  isAwaited: false,
  decide: ([row], { at, moment, rest }) => {
    if (row === undefined) return leaving(undefined);
    const kept = readKept(rest(keptKey)?.text);
    const isNeeded = kept.some((it) => it.digest !== digest && it.pieces.includes(name));
    if (isNeeded || !isAtWorkOn(kept, digest, incarnation)) return leaving(undefined);
    moment.isAfter(at + commandMs);
    return { answer: () => {}, puts: [null], waitsSince: undefined, lines: [] };
  },
});

const forget = ({ known }: Settling, pieces: Iterable<string>): void => {
  for (const it of pieces) known.see(pieceKey(it), undefined);
};

/** Asks for pieces that are not remembered. The answer is whether none was left out, as it took longer than it may. */
function* askFor(settling: Settling, pieces: Iterable<string>, mostMs: number): Operation<boolean> {
  const { clock, known, service } = settling;
  const until = clock() + mostMs;
  const missing = [...new Set(pieces)].map(pieceKey).filter((key) => known.row(key) === undefined);
  for (let start = 0; start < missing.length; start += sideBySide) {
    if (start > 0 && clock() > until) return false;
    const keys = missing.slice(start, start + sideBySide);
    const replies = yield { requests: keys.map((key) => lookAt(service, [key])), conflicts: 0 };
    keys.forEach((key, at) => readRows(known, [key], answerOf(replies, at, "Exchange").results[0]));
  }
  return true;
}

/** Removes what the sender was found to be at work on besides its own: what no member needs any more. */
function* clear(settling: Settling, { digest, incarnation }: Declaring): Operation<void> {
  const left = readKept(settling.known.row(keptKey)?.text)
    .filter((it) => it.digest !== digest && it.writer === incarnation);
  for (const it of left) {
    yield* askFor(settling, it.pieces, Infinity);
    yield* settle(settling, it.pieces.map((name) => removing(name, it.digest, incarnation)));
    forget(settling, it.pieces);
    yield* settle(settling, [change({ digest: it.digest, incarnation }, () => [])]);
  }
}

/**
 * Sees to it that the pieces of a declaration are in the store. The answer is what stands for them, or undefined: it is to be asked
 * again, as others are at it, or there is more to send. Cost where nobody has told before: two requests, and one for each piece.
 */
export function* keepPieces(
  settling: Settling,
  declaring: Declaring,
  needed: Needed | undefined,
): Operation<string | undefined> {
  const { clock, known, limits } = settling;
  const until = clock() + beatMs;
  if (known.telling?.digest !== declaring.digest) known.telling = undefined;
  const { parts } = known.telling ??= { digest: declaring.digest, parts: partsOf(declaring, limits) };
  const pieces = [...parts.keys()];
  const { answers: [whose] } = yield* settle(settling, [turn(declaring, pieces, needed)]);
  if (whose === "others") return undefined;
  if (whose === "told") return pointerText(pieces);
  // What was seen before somebody else may have removed.
  if (whose === "begun") forget(settling, pieces);
  const missing = [...parts].filter(([name]) => known.row(pieceKey(name)) === undefined);
  for (let start = 0; start < missing.length; start += sideBySide) {
    if (start > 0 && clock() > until) return undefined;
    yield* settle(settling, missing.slice(start, start + sideBySide).map(([name, text]) => piece(name, text)));
  }
  const { answers: [isOver] } = yield* settle(settling, [change(declaring, (own) => [{ ...own, writer: "" }])]);
  forget(settling, pieces);
  if (isOver !== true) return undefined;
  yield* clear(settling, declaring);
  return pointerText(pieces);
}

/** Whether the store still says that the pieces are there: one that has lost what it acknowledged has lost that too. */
export function* areKept(settling: Settling, digest: string): Operation<boolean> {
  const { rows: [row] } = yield* look(settling, [keptKey]);
  return readKept(row?.text).some((it) => it.digest === digest && it.writer === "");
}

/** Texts behind digests as wholes, and whether there is more to ask for. */
export interface Wholes {
  readonly texts: ReadonlyMap<string, string>;
  readonly isPartial: boolean;
}

/**
 * Puts together what stands behind digests in pieces; that of which a piece is missing is left out. `beat`: in a beat only so much is
 * asked for, and nothing of it is remembered once it was put together. Cost: nothing where all are wholes, else a request for each piece.
 */
export function* wholesOf(
  settling: Settling,
  declared: ReadonlyMap<string, string>,
  { beat }: { readonly beat: boolean },
): Operation<Wholes> {
  const { known } = settling;
  const pointers = new Map([...declared].map(([digest, text]) => [digest, readPointer(text)] as const));
  const all = [...pointers.values()].flatMap((it) => it ?? []);
  const isAll = all.length === 0 || (yield* askFor(settling, all, beat ? beatMs : Infinity));
  const texts = new Map<string, string>();
  for (const [digest, text] of declared) {
    const pieces = pointers.get(digest);
    if (pieces === undefined) {
      texts.set(digest, text);
      continue;
    }
    const parts = pieces.map((it) => known.row(pieceKey(it))?.text);
    if (parts.some((part) => part === undefined)) continue;
    texts.set(digest, parts.map((part = "", at) => at === 0 ? part : part.slice(part.indexOf("|") + 1)).join(""));
  }
  if (beat && isAll) forget(settling, all);
  return { texts, isPartial: !isAll };
}
