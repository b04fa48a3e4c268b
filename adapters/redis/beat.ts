/**
 * Beats as the arguments of their script, and its answers, read strictly: whatever is not exactly of the expected shape is
 * undefined, never half of a reply. The order is that of the script's header.
 */
import { decode, encode, readAll, readWhole, whole } from "../../src/core/ledger/packed.ts";
import type { MemberFound, StoreBeat, StoreBeatReply } from "../../src/Store.ts";
import { keyOf, plain } from "./keys.ts";

const optional = (text: string | undefined): string => text === undefined ? "-" : `=${plain(text)}`;

/** Arguments of the script. */
export const args = (request: StoreBeat, retentionMs: number): ReadonlyArray<string> => {
  const { declared, incarnation, member } = request;
  return [
    encode(incarnation),
    member?.since === undefined ? "" : whole(member.since),
    encode(member?.digest ?? ""),
    optional(member?.row),
    optional(member && declared),
    request.knownDigests.map(encode).join(","),
    whole(member?.longestMs ?? 0),
    whole(request.renewMs),
    whole(request.amnestyMs),
    whole(request.knownVersion),
    whole(request.overdueMs),
    whole(request.notAfter ?? Number.MAX_SAFE_INTEGER),
    whole(retentionMs),
  ];
};

const member = (text: string): MemberFound | undefined => {
  const [ends, longest, who, joined, hash, ...rest] = text.split("|");
  const [endsAt, longestMs, since] = [readWhole(ends), readWhole(longest), readWhole(joined)];
  const [incarnation, digest] = [decode(who ?? ""), decode(hash ?? "")];
  if (endsAt === undefined || since === undefined || longestMs === undefined) return undefined;
  if (incarnation === undefined || digest === undefined || rest.length === 0) return undefined;
  return { incarnation, row: rest.join("|"), digest, longestMs, since, endsAt };
};

const declared = (text: string): readonly [digest: string, text: string] | undefined => {
  const at = text.indexOf("|");
  const digest = decode(text.slice(0, at));
  return at < 0 || digest === undefined ? undefined : [digest, text.slice(at + 1)];
};

const starting = (lines: ReadonlyArray<string>, start: string): ReadonlyArray<string> =>
  lines.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length));

/** Reads the answer of the script. */
export const read = (reply: string, request: StoreBeat): StoreBeatReply | undefined => {
  const [head = "", ...lines] = reply.split("\n");
  const [now, raw, grown, isNew, isNews, ...rest] = head.split("|");
  const [storeTime, rawTime, version] = [readWhole(now), readWhole(raw), readWhole(grown)];
  const members = readAll(starting(lines, "m|"), member);
  const texts = readAll(starting(lines, "d|"), declared);
  const overdue = readAll(starting(lines, "o|"), keyOf);
  if (storeTime === undefined || rawTime === undefined || version === undefined || rest.length > 0) return undefined;
  if (members === undefined || texts === undefined || overdue === undefined) return undefined;
  if (members.length + texts.length + overdue.length !== lines.length) return undefined;
  if (![isNew, isNews].every((flag) => flag === "0" || flag === "1")) return undefined;
  if ((isNews === "1") !== (version !== request.knownVersion)) return undefined;
  const known = new Map(texts);
  const own = request.member?.digest;
  const wantsDeclared = isNews === "1" && own !== undefined && request.declared === undefined && !known.has(own);
  if (own !== undefined) known.delete(own);
  return {
    _tag: "StoreBeat",
    storeTime,
    rawTime,
    version,
    joined: isNew === "1",
    wantsDeclared,
    members: isNews === "0" ? undefined : [...members].sort((a, b) => a.incarnation < b.incarnation ? -1 : 1),
    declared: known,
    overdue,
  };
};
