/**
 * What all scripts start with. The first argument is a tag of the request, which the answer begins with: a proxy that hands
 * out the answer to another request is found out.
 *
 * Numbers leave Lua as `%.0f` texts: its own conversion keeps 14 digits. Nothing is split or found by a pattern that holds
 * data. Lists go to commands in pieces because `unpack` is bounded by Lua's stack. Every call says its command on its own
 * line, because a server that refuses one tells the line and not the command.
 */
export const common: string = `
local tag, args = ARGV[1], {}
for index = 2, #ARGV do args[index - 1] = ARGV[index] end

local function answer_with(lines)
  return tag .. '\\n' .. table.concat(lines, '\\n')
end

local function split(text, separator)
  local parts, from = {}, 1
  repeat
    local at = string.find(text, separator or ',', from, true)
    parts[#parts + 1] = string.sub(text, from, at and at - 1)
    from = at and at + 1
  until not at
  return parts
end

local function int(number)
  return string.format('%.0f', number)
end

local function whole(text)
  return text and #text <= 17 and string.find(text, '^%-?%d+$') and tonumber(text) or nil
end

local function clock()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

local piece = 4000

local function in_pieces(list, use)
  for from = 1, #list, piece do use(unpack(list, from, math.min(from + piece - 1, #list))) end
end

local sender = {
  HDEL = function(...) return redis.call('HDEL', ...) end,
  HSET = function(...) return redis.call('HSET', ...) end,
  ZADD = function(...) return redis.call('ZADD', ...) end,
  ZREM = function(...) return redis.call('ZREM', ...) end,
}

local function send(command, key, list)
  local sum = 0
  in_pieces(list, function(...) sum = sum + sender[command](key, ...) end)
  return sum
end

local function read(key, fields)
  local texts = {}
  in_pieces(fields, function(...)
    for _, text in ipairs(redis.call('HMGET', key, ...)) do texts[#texts + 1] = text end
  end)
  return texts
end
`;

/** What a script answers when it finds something that is not ours; it has written nothing then. */
export const refused = "refused";
