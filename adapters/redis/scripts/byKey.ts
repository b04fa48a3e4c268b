/**
 * Members by keys of their own.
 *
 * With keys, the key `…:node:<incarnation>` holds an instant at which its node's promise was to end, and goes when the member is dropped;
 * Redis removes it as late after that as all of a service, so that no leap of its clock does. A member whose key is gone is none: whoever
 * removes the key removes the member. It is there that counts, and not what it holds: so a renewal that changes nothing else writes it only
 * when the promise passes a multiple of half the retention, which is before Redis would remove it. A beat that changes nothing does
 * not look at keys, any other does.
 *
 * A script may only touch keys it was given, and cannot know the names of the other nodes before it has read the set. If it
 * needs keys it was not given it answers `keys|incarnation|…`, having written nothing, and is sent again with them.
 */
import { refused } from "./common.ts";
import { type Kind, wanting } from "./kinds.ts";

/** The keys of some nodes, or what to answer if one of them was not given. */
export const keysOf: string = `
local function keys_of(names, keys)
  local given, found, wanted = {}, {}, {}
  for _, key in ipairs(keys) do given[string.match(key, '}:node:(.*)$') or ''] = key end
  for index, who in ipairs(names) do
    found[index], wanted[#wanted + 1] = given[who], not given[who] and who or nil
  end
  return found, #wanted > 0 and '${wanting}' .. table.concat(wanted, '|') or nil
end
`;

/** Members by keys of their own. */
export const byKey: Kind = {
  name: "redis",
  mark: 1,
  hasKeys: true,
  look: `${keysOf}
local function look(keys, members, own, is_quiet, now)
  local names, before = {}, not own and redis.call('GET', keys[4])
  if before and not tonumber(before) then return '${refused}' end
  for index, member in ipairs(members) do names[index] = member.who end
  if is_quiet or #names == 0 then return end
  local found, wanted = keys_of(names, keys)
  if wanted then return wanted end
  local texts = redis.call('MGET', unpack(found))
  for index, member in ipairs(members) do
    member.key, member.ends = found[index], (texts[index] or member == own) and member.ends or math.min(member.ends, now)
  end
end
`,
  keep: `
local function keep(key, ends, retention, before)
  if not ends then return redis.call('UNLINK', key) end
  return before and math.floor(2 * before / retention) == math.floor(2 * ends / retention) or redis.call('SET', key, int(ends), 'PXAT', int(ends + retention))
end
`,
};
