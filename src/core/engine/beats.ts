/**
 * The beat over a store that knows members by rows.
 */
import type { BeatReply, BeatRequest } from "../words/Request.ts";
import type { StoredMember } from "../words/Exchange.ts";
import type { Declared } from "../words/View.ts";
import { declaredText, type MemberRow, rowText } from "../ledger/memberText.ts";
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

/** One beat. */
export function* beat(settling: Settling, request: BeatRequest): Operation<BeatReply> {
  const { known, service } = settling;
  const { gapMs, incarnation, knownDigests, knownVersion, leaseMs, overdueMs } = request;
  const member = memberOf(known, request);
  const replies = yield {
    requests: [{
      _tag: "StoreBeat",
      service,
      incarnation,
      member,
      declared: request.declared === undefined ? undefined : declaredText(request.declared, request.policies),
      renewMs: gapMs + leaseMs,
      amnestyMs: request.amnestyMs ?? leaseMs,
      notAfter: request.expiresAt,
      knownVersion,
      knownDigests,
      overdueMs,
    }],
    conflicts: 0,
  };
  const reply = answerOf(replies, 0, "StoreBeat");
  const rows = reply.members?.map(rowOf) ?? [];
  if (reply.members !== undefined) {
    known.seeMembers(new Map(reply.members.map((it, index) => [it.incarnation, rows[index]?.layout ?? 0])));
    const own = reply.members.find((it) => it.incarnation === incarnation);
    if (own !== undefined) known.seeJoin(incarnation, own.since);
  }
  known.seeMember(incarnation, member !== undefined);
  const declared = new Map<string, Declared>();
  for (const [digest, jobs] of readDeclarations(reply.declared)) {
    // Of a member of a later release nothing is known that it could own: that costs a refused claim, and no fire.
    declared.set(digest, jobs === "newer" ? new Map() : jobs);
  }
  if (request.state === "gone") yield* left(settling, incarnation);
  const drain = request.state === "active" ? yield* found(settling, incarnation, reply.overdue) : undefined;
  return {
    _tag: "Beat",
    ...(drain === undefined ? {} : { drain }),
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
