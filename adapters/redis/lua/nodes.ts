/**
 * Members by keys of their own, as Lua: a node is a member while its key lives.
 *
 * The key `…:node:<incarnation>` holds the instant its node's lease ends, and Redis removes it then. The rows of `instants`
 * are the index of members; their score is an instant until which the key was seen to live, and never later than the end
 * of the lease. So as long as no score has passed, and nobody wants to know when the others beat next, their keys need no
 * look; a row that is about to be passed is renewed by its own node.
 *
 * A script may only touch keys it was given, and cannot know the names of the other nodes before it has read the index. If
 * it needs keys it was not given it answers `keys|incarnation|…`, having written nothing, and is sent again with them.
 */
import { refused } from "./common.ts";
import { isMemberBegins, type Members, wanting } from "./members.ts";

/** What stands between the hash tag and the incarnation in a node's key. */
const infix = "}:node:";

const lookup = `
local passed = {}
for _, key in ipairs(KEYS) do
  local at = string.find(key, '${infix}', 1, true)
  if at then passed[string.sub(key, at + ${infix.length})] = key end
end

local function all_passed(names)
  for _, who in ipairs(names) do
    if not passed[who] then return false end
  end
  return true
end

-- When the leases of nodes end, by their keys; 0 for one without a key.
local function leases(names)
  local keys, ends = {}, {}
  for index, who in ipairs(names) do keys[index] = passed[who] end
  for from = 1, #keys, piece do
    for index, text in ipairs(redis.call('MGET', unpack(keys, from, math.min(from + piece - 1, #keys)))) do
      ends[names[from + index - 1]] = text and whole(text) or 0
    end
  end
  return ends
end

local function wanting(names)
  return '${wanting}' .. table.concat(names, '|')
end
`;

/**
 * Only a beat that changes nothing goes without a look at the others: any other answer may list the members, and a node
 * that leaves waits for the next beat of each of them.
 */
const look = `${lookup}
local others, isPassed = {}, false
for _, it in ipairs(table_of) do
  if it.who ~= incarnation then
    others[#others + 1] = it.who
    if it.ends <= now then isPassed = true end
  end
end
local isSame = own ~= nil and renewed ~= nil and own.row == renewed.row
local isKnownVersion = meta ~= nil and meta.version == tonumber(args[10])
local isQuiet = isSame and isKnownVersion and declared == '-' and not isPassed
local names = {}
if not isQuiet then
  if not all_passed(others) then return answer_with({ wanting(others) }) end
  names = others
end
local isRead = not isQuiet or own.ends <= now
if not own then
  local text = redis.call('GET', KEYS[4])
  if text and not whole(text) then return answer_with({ '${refused}' }) end
else
  -- The score must last beyond the next beat, and a clock that was set back is written down.
  isFresh = isSame and own.ends > now and own.ends >= now + gap + math.floor(lease / 8) and time == now
  if isRead then names[#names + 1] = incarnation end
end
if #names > 0 then
  local ends = leases(names)
  for _, it in ipairs(table_of) do
    local at = ends[it.who]
    -- Of a lease that is over nothing is left but the last instant it was seen.
    if at then it.ends = at > 0 and at or math.min(it.ends, now) end
  end
end
`;

/** A lease never gets shorter, so the end that is in the key may be the later one: the one command that renews tells it. */
const keep = `
if not renewed then
  redis.call('DEL', KEYS[4])
elseif isRead then
  redis.call('SET', KEYS[4], int(renewed.ends), 'PXAT', int(renewed.ends))
else
  local before = redis.call('SET', KEYS[4], int(renewed.ends), 'PXAT', int(renewed.ends), 'GET')
  local last = before and whole(before)
  if last and last > renewed.ends then redis.call('SET', KEYS[4], before, 'PXAT', before) end
end
`;

const isMember = `${lookup}
local asked, ends = {}, nil
${isMemberBegins}
  if not it then return false end
  if it.ends > now or (table_row and table_row.amnesty > now) then return true end
  if passed[who] then
    if not ends then
      local names = {}
      for name in pairs(passed) do names[#names + 1] = name end
      ends = leases(names)
    end
    return ends[who] > now
  end
  -- The script will answer that it needs this key; what it decides until then is not written.
  for _, name in ipairs(asked) do
    if name == who then return true end
  end
  asked[#asked + 1] = who
  unanswered = wanting(asked)
  return true
end
`;

const forget = `
  local members = read_rows(instants, 0)
  if members then
    local names, nodes = {}, {}
    for index, it in ipairs(members) do names[index] = it.who end
    if not all_passed(names) then return answer_with({ wanting(names) }) end
    for _, who in ipairs(names) do nodes[#nodes + 1] = passed[who] end
    for from = 1, #nodes, piece do redis.call('DEL', unpack(nodes, from, math.min(from + piece - 1, #nodes))) end
  end
`;

/** Members by keys of their own, each with its lease as time to live. */
export const byKey: Members = { hasKeys: true, look, keep, isMember, forget: lookup + forget };
