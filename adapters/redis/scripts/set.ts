/**
 * The sorted set `instants`, as Lua: who is a member and until when, and which keys wait for somebody.
 *
 * - `incarnation|since|digest|row`: when a member joined and what it tells of itself, scored by its longest promise;
 * - `@incarnation`: scored by when its promise ends;
 * - `#layout`, `#kind` (1 for the driver `redis`, 2 for `redis-zset`), `#beat` for the last one, `#version`, `#amnesty`, `#back`
 *   since when the clock stands far behind what was promised, and `#refresh`, when the times to live are due to be renewed: each scored by what it is;
 * - a key of a row: scored by minus the instant since which it waits.
 */
import { layout, refused } from "./common.ts";

/**
 * Reads the members, what is known of all of them, and the keys with a score of at least `from`. What cannot be read makes
 * the whole set somebody else's; the result is nothing then, and what to answer.
 */
export const set: string = `
local function read_set(key, from)
  local members, waiting, ends = {}, {}, {}
  local meta = { layout = ${layout}, kind = 0, beat = 0, version = 0, amnesty = 0, back = 0, refresh = 0 }
  local found = redis.call('ZRANGEBYSCORE', key, from, '+inf', 'WITHSCORES')
  for index = 1, #found, 2 do
    local name, score = found[index], tonumber(found[index + 1])
    local mark, rest = string.match(name, '^([@#]?)(.*)$')
    if mark ~= '' then
      (mark == '@' and ends or meta)[rest] = score
    elseif string.find(name, '|', 1, true) then
      local who, since, digest = string.match(name, '^([^|]+)|(%d+)|([^|]+)|')
      if not who then return nil, '${refused}' end
      local member = { who = who, since = since, digest = digest, name = name, longest = score }
      members[#members + 1], members[who] = member, member
    else
      waiting[#waiting + 1] = name
    end
  end
  for _, member in ipairs(members) do member.ends = ends[member.who] or 0 end
  return meta.layout == ${layout} and { members = members, waiting = waiting, meta = meta }, problem_of(meta.layout)
end
`;
