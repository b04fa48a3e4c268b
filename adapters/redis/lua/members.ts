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

/**
 * Reads rows; an unreadable one makes the whole set somebody else's. `read_rows` gives the members, as a list and by
 * incarnation, the meta row and the jobs of which one waits as long as it is asked for; or nil.
 */
export const rows: string = `
local meta_base = 4000000000000000

local function unpack_row(row, score)
  local part, at = split(row, '|'), tonumber(score)
  if part[1] == '#' then
    local version, amnesty, refresh = whole(part[2]), whole(part[3]), whole(part[4])
    if #part ~= 4 or not (at and version and amnesty and refresh) then return end
    return { meta = true, row = row, version = version, amnesty = amnesty, refresh = refresh, beat = at - meta_base }
  end
  local deployment, lease = whole(part[5]), whole(part[7])
  if #part ~= 7 or not (at and deployment and lease and tonumber(part[3])) then return end
  if part[4] ~= 'active' and part[4] ~= 'leaving' then return end
  return { row = row, ends = at, who = part[1], deployment = deployment, digest = part[6],
    same = table.concat(part, '|', 2, 6) }
end

local function pack_table(meta)
  return '#|' .. int(meta.version) .. '|' .. int(meta.amnesty) .. '|' .. int(meta.refresh)
end

local function read_rows(key, from)
  local members, meta, jobs = {}, nil, {}
  local found = redis.call('ZRANGEBYSCORE', key, from, '+inf', 'WITHSCORES')
  for index = 1, #found, 2 do
    local row = found[index]
    if string.find(row, '|', 1, true) then
      local it = unpack_row(row, found[index + 1])
      if not it or (it.meta and meta) then return end
      if it.meta then
        meta = it
      else
        members[#members + 1] = it
        members[it.who] = it
      end
    else
      jobs[#jobs + 1] = row
    end
  end
  return members, meta, jobs
end
`;

/** How `is_member` begins in the claim script: `it` is the member's row. Reads the set once, and only if it is asked. */
export const isMemberBegins: string = `
local unanswered
local members, table_row

local function is_member(who)
  if not members then
    members, table_row = read_rows(KEYS[2], 0)
    if not members then
      members, unanswered = {}, '${refused}'
    end
  end
  local it = members[who]
`;

const isMember = `${isMemberBegins}
  return it and (it.ends > now or table_row and table_row.amnesty > now)
end
`;

/** Members that are nothing but rows of the set: the score of each is the end of its lease. */
export const inSet: Members = { hasKeys: false, look: "", keep: "", isMember, forget: "" };
