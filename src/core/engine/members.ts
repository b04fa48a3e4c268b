/**
 * Who is a member, as rows of a store tell it.
 */
import type { MemberEntry } from "../words/Request.ts";
import type { MemberFound, StoreBeat, StoreBeatReply } from "../words/Exchange.ts";
import type { Declared, Member } from "../words/View.ts";
import { type MemberRow, readDeclared, readPolicyVersions, readRow } from "../ledger/memberText.ts";
import * as Schedules from "../words/Schedules.ts";
import { wholesOf } from "./declaring.ts";
import { type Operation, unreadable } from "./Operation.ts";
import type { Settling } from "./settle.ts";

/** What a member says of itself. */
export const rowOf = ({ row }: MemberFound): MemberRow => {
  const told = readRow(row);
  if (told === undefined) throw unreadable("what a member says of itself", "corrupt");
  return told;
};

/** A member as nodes know it. */
export const entryOf = (
  { digest, endsAt, incarnation, since }: MemberFound,
  { deployment, layout: _, leaseMs, ...said }: MemberRow,
): MemberEntry => ({
  incarnation,
  ...said,
  deployment: deployment === 0 ? since : deployment,
  digest,
  nextBeatAt: endsAt - leaseMs,
  leaseEndsAt: endsAt,
});

const jobsIn = (text: string): Declared | "newer" => {
  const jobs = readDeclared(text);
  if (jobs === "corrupt") throw unreadable("what a member declares", jobs);
  return jobs;
};

/** What is behind digests, as it is read. */
export const readDeclarations = (texts: ReadonlyMap<string, string>): ReadonlyMap<string, Declared | "newer"> =>
  new Map([...texts].map(([digest, text]) => [digest, jobsIn(text)]));

/** What a text says that is behind a digest. */
interface Told {
  readonly jobs: Declared | "newer";
  readonly policies: Declared;
}

/** So many texts are remembered with what they say: whoever looks again mostly finds the same ones. */
const mostTold = 4;

const lately = new Map<string, Told>();

const toldIn = (text: string): Told => {
  const before = lately.get(text);
  if (before !== undefined) return before;
  const told = { jobs: jobsIn(text), policies: readPolicyVersions(text) };
  if (lately.size >= mostTold) lately.delete(lately.keys().next().value as string);
  lately.set(text, told);
  return told;
};

/** R36: asks who is there, as nobody; it writes nothing. */
export const lookAtMembers = (service: string): StoreBeat => ({
  _tag: "StoreBeat",
  service,
  incarnation: "",
  member: undefined,
  declared: undefined,
  renewMs: 0,
  amnestyMs: 0,
  knownVersion: 0,
  knownDigests: [],
  // What waits is not wanted.
  overdueMs: Number.MAX_SAFE_INTEGER,
});

/** A member, and whether what it declares could be read. */
export interface MemberSeen {
  readonly member: Member;
  readonly isTold: boolean;
}

/** Remembers and tells who is there. Cost: a request for each piece of what is declared in pieces, once. */
export function* membersIn(settling: Settling, reply: StoreBeatReply): Operation<ReadonlyArray<MemberSeen>> {
  const found = reply.members ?? [];
  const rows = found.map(rowOf);
  settling.known.seeMembers(new Map(found.map((it, index) => [it.incarnation, rows[index]?.layout ?? 0])));
  const { texts } = yield* wholesOf(settling, reply.declared, { beat: false });
  return found.map((it, index) => {
    const { digest, zones: _, ...member } = entryOf(it, rows[index] as MemberRow);
    const text = texts.get(digest);
    const { jobs, policies } = text === undefined ? { jobs: "newer" as const, policies: undefined } : toldIn(text);
    const isTold = jobs !== "newer";
    const said = isTold && policies !== undefined && policies.size > 0 ? { policies } : {};
    return { member: { ...member, ...(isTold ? Schedules.split(jobs) : { jobs: new Map() }), ...said }, isTold };
  });
}
