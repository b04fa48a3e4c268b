/**
 * The sorted set `instants`, as Lua: who is a member, and until when.
 *
 * - a member: `incarnation|name|weight|state|deployment|digest|leaseMs`, scored by the instant its lease ends;
 * - the meta row: `#|version|amnestyUntil|refreshAt`, scored by the last beat plus 4e15, so that it comes last;
 * - a job: its name, scored by minus the instant of its next fire.
 */
import { refused } from "./common.ts";

/** What differs between drivers that keep members in different ways: chunks of Lua that the scripts are composed with. */
export interface Members {
  /** Whether each node has a key of its own, the first of a beat's further ones, and scripts may ask for those of others. */
  readonly hasKeys: boolean;
  /** In a beat, when all rows are read and nothing is written: makes their `ends` true, and may set `isFresh` or answer. */
  readonly look: string;
  /** In a beat, after everything was written. */
  readonly keep: string;
  /** Defines `is_member(incarnation)` and `unanswered` for the claim. */
  readonly isMember: string;
  /** Before the keys of a service are removed, in a block of its own. */
  readonly forget: string;
}

/** How the answer of a script begins that needs the keys of members it was not given; their incarnations follow. */
export const wanting = "keys|";

/** Reads rows; an unreadable one makes the whole set somebody else's. */
export const rows: string = `
local meta_base = 4000000000000000

local function unpack_row(row, score)
  local part, at = split(row, '|'), tonumber(score)
  if part[1] == '#' then
    local version, amnesty, refresh = whole(part[2]), whole(part[3]), whole(part[4])
    if #part ~= 4 or not (at and version and amnesty and refresh) then return nil end
    return { meta = true, row = row, version = version, amnesty = amnesty, refresh = refresh, beat = at - meta_base }
  end
  local deployment, lease = whole(part[5]), whole(part[7])
  if #part ~= 7 or not (at and deployment and lease and tonumber(part[3])) then return nil end
  if part[4] ~= 'active' and part[4] ~= 'leaving' then return nil end
  return { row = row, ends = at, who = part[1], deployment = deployment, digest = part[6],
    same = table.concat(part, '|', 2, 6) }
end

local function pack_table(meta)
  return '#|' .. int(meta.version) .. '|' .. int(meta.amnesty) .. '|' .. int(meta.refresh)
end

-- Members by incarnation, and the meta row; nil if a row is unreadable.
local function read_members(key)
  local members, meta = {}, nil
  local found = redis.call('ZRANGEBYSCORE', key, '0', '+inf', 'WITHSCORES')
  for index = 1, #found, 2 do
    if string.find(found[index], '|', 1, true) then
      local it = unpack_row(found[index], found[index + 1])
      if not it then return nil end
      if it.meta then meta = it else members[it.who] = it end
    end
  end
  return members, meta
end
`;

/** Defines `is_member` for the claim script; reads the set once, and only if it is asked. */
const isMember = `
local unanswered
local members, table_row

local function is_member(who)
  if not members then
    members, table_row = read_members(KEYS[2])
    if not members then
      members, unanswered = {}, '${refused}'
    end
  end
  local it = members[who]
  return it ~= nil and (it.ends > now or (table_row ~= nil and table_row.amnesty > now))
end
`;

/** Members that are nothing but rows of the set: the score of each is the end of its lease. */
export const inSet: Members = { hasKeys: false, look: "", keep: "", isMember, forget: "" };
