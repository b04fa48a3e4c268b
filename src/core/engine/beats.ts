/**
 * The beat over a store that knows members by rows.
 */
import type { BeatReply, BeatRequest } from "../words/Request.ts";
import type { StoreBeat, StoreBeatReply, StoredMember } from "../words/Exchange.ts";
import type { Declared } from "../words/View.ts";
import { type MemberRow, rowText } from "../ledger/memberText.ts";
import { areKept, asWhole, keepPieces, wholesOf } from "./declaring.ts";
import { found, left } from "./draining.ts";
import type { Known } from "./Known.ts";
import { entryOf, readDeclarations, rowOf } from "./members.ts";
import { answerOf, type Operation } from "./Operation.ts";
import { jobOf } from "./rows.ts";
import type { Settling } from "./settle.ts";

/** A deployment that is the time of the join is not written: the store keeps that time, and a copy must not change it. */
const memberOf = (known: Known, request: BeatRequest): StoredMember | undefined => {
  const { deployment, digest, gapMs, incarnation, leaseMs, name, state, weight, zones } = request;
  if (state === "gone") return undefined;
  const since = known.joinedAt(incarnation);
  const isStamped = deployment === 0 || since === deployment;
  return {
    row: rowText({ name, weight, state, deployment: isStamped ? 0 : deployment, leaseMs, zones }),
    digest,
    longestMs: Math.max(request.longestMs ?? 0, gapMs + leaseMs),
    since,
  };
};

const storeBeat = (
  service: string,
  member: StoredMember | undefined,
  request: BeatRequest,
  declared: string | undefined,
  knownVersion: number,
): StoreBeat => {
  const { gapMs, incarnation, knownDigests, leaseMs, overdueMs } = request;
  return {
    _tag: "StoreBeat",
    service,
    incarnation,
    member,
    declared,
    renewMs: gapMs + leaseMs,
    amnestyMs: request.amnestyMs ?? leaseMs,
    notAfter: request.expiresAt,
    knownVersion,
    knownDigests,
    overdueMs,
  };
};

/** The beat itself, and what it has to tell in pieces. What was told on the way is not told again by its last answer. */
function* beaten(
  settling: Settling,
  request: BeatRequest,
  member: StoredMember | undefined,
): Operation<readonly [reply: StoreBeatReply, isPartial: boolean]> {
  const { known, limits, service } = settling;
  const { declared, digest, incarnation, policies } = request;
  const text = declared && asWhole(limits, declared, policies);
  const isInPieces = declared !== undefined && text === undefined && member !== undefined;
  // Whether it is wanted is told with the members only.
  const knownVersion = isInPieces ? 0 : request.knownVersion;
  const ask = (declared: string | undefined) => ({
    requests: [storeBeat(service, member, request, declared, knownVersion)],
    conflicts: 0,
  });
  const first = answerOf(yield ask(text), 0, "StoreBeat");
  // What stands behind the digest may be of a beat whose pieces were lost.
  if (!isInPieces || !(first.wantsDeclared || known.telling?.digest === digest)) return [first, false];
  const needed = first.members && { digests: new Set(first.members.map((it) => it.digest)), at: first.storeTime };
  const pointer = yield* keepPieces(settling, { incarnation, digest, declared, policies }, needed);
  if (pointer === undefined) return [{ ...first, wantsDeclared: true }, true];
  const last = answerOf(yield ask(pointer), 0, "StoreBeat");
  const isKept = yield* areKept(settling, digest);
  if (isKept) known.telling = undefined;
  return [{ ...last, joined: first.joined || last.joined, wantsDeclared: last.wantsDeclared || !isKept }, !isKept];
}

/** One beat. */
export function* beat(settling: Settling, request: BeatRequest): Operation<BeatReply> {
  const { known } = settling;
  const { incarnation } = request;
  const member = memberOf(known, request);
  const [reply, isTelling] = yield* beaten(settling, request, member);
  const rows = reply.members?.map(rowOf) ?? [];
  if (reply.members !== undefined) {
    known.seeMembers(new Map(reply.members.map((it, index) => [it.incarnation, rows[index]?.layout ?? 0])));
    const own = reply.members.find((it) => it.incarnation === incarnation);
    if (own !== undefined) known.seeJoin(incarnation, own.since);
  }
  known.seeMember(incarnation, member !== undefined);
  const wholes = yield* wholesOf(settling, reply.declared, { beat: true });
  const declared = new Map<string, Declared>();
  for (const [digest, jobs] of readDeclarations(wholes.texts)) {
    // Of a member of a later release nothing is known that it could own: that costs a refused claim, and no fire.
    declared.set(digest, jobs === "newer" ? new Map() : jobs);
  }
  if (request.state === "gone") yield* left(settling, incarnation);
  const drain = request.state === "active" ? yield* found(settling, incarnation, reply.overdue) : undefined;
  return {
    _tag: "Beat",
    ...(drain === undefined ? {} : { drain }),
    ...(isTelling || wholes.isPartial ? { isPartial: true } : {}),
    storeTime: reply.storeTime,
    rawTime: reply.rawTime,
    version: reply.version,
    joined: reply.joined,
    wantsDeclared: reply.wantsDeclared,
    members: reply.members?.map((it, index) => entryOf(it, rows[index] as MemberRow)),
    declared,
    overdue: reply.overdue.flatMap((key) => jobOf(key) ?? []),
  };
}
