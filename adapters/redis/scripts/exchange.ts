/**
 * The exchange script: changes and looks, over one read and one write of all rows.
 *
 * KEYS: rows, instants, rows that last, names of those on shelves, shelves, then the sender's own key if it is renewed and nodes have
 * keys. Arguments after the tag: retentionMs, whether the version is to grow, who is to be renewed, for how long, the other nodes asked
 * about, what is told at the channel or nothing, whether there are fields of rows that last, how many fields and how many groups of
 * shelves there are and their names; then for each item: notBefore, notAfter, waits, guards, the number of the key where its first row
 * waits and of one where it no longer does, that of the group, how many rows and how many lines it has, for each row what is expected
 * and what is put, its lines.
 *
 * Expected is a version, empty for nothing, or `?`, which nothing is like. Put is `=` and a template, `-` to remove, empty to
 * leave. Waits are the score from then on, since when, or minus that in the set of instants; anything else leaves it. Guards are
 * `who=1,who=0`. A `?` for waits asks what is due: from notBefore, as a bound, to notAfter, as many as guards say; with a group, each shelf
 * of the group is asked about. A `!` is a look, which nothing is expected of and nothing is put by.
 *
 * Answers the instant and for each item `+`, with the versions that are hashes, or `-` and who of its guards is a member,
 * followed by a line for each row: empty, `=text`, or `#sha1text`; for what is due `*next|key|since|…`.
 * Commands: EVAL, TIME, HMGET, again for rows that last; ZRANGEBYSCORE for each shelf that is asked about and whose group is not quiet;
 * ZMSCORE if members are asked about or touched; HSET, and ZADD if it says who waits; PUBLISH if it
 * tells something. Who may not publish has done all the rest.
 *
 * The hash `rows` has a field for each key, `#` with `layout|sequence|refresh`, the number of lines ever written and when the
 * times to live are due to be renewed, `#0` to `#999`, the last lines, and `#` with a group: until when it is told and since when its
 * first row waits, empty if none does. The hash of rows that last has none but those, whose fields
 * begin with `_`; what stands on shelves is listed in the set of names, which has the shelves' keys behind a `#`. These never expire.
 */
import { quietMs } from "../../../src/core/words/Exchange.ts";
import type { Script } from "../Script.ts";
import { basics, layout, script, send } from "./common.ts";
import type { Kind } from "./kinds.ts";

/** How many lines of the history are kept. */
export const slots = 1_000;

/** The version of a longer text is its SHA-1, so that it is not sent twice. */
export const maxPlain = 512;

/** What is not plain text of ours may be anything: it is shown as far as it can be read, and has its hash for a version. */
const texts = `
-- Hosted stores may be without the function; then every text is its own version.
local function hash_of(text) return redis.sha1hex and '#' .. redis.sha1hex(text) or '=' end

local function is_expected(expect, text)
  return not text and expect == '' or text and ('=' .. text == expect or expect == hash_of(text) and #expect > 1)
end

local function shown(text)
  if not text then return '' end
  local plain = string.gsub(text, '[^ -~]', '?')
  return (#text <= ${maxPlain} and plain == text and '=' or hash_of(text)) .. plain
end

local function resolve(template, now)
  return string.find(template, '@', 1, true) and string.gsub(template, '@(%d+)%+(%d+)@', function(least, plus)
    return int(math.max(now, tonumber(least)) + tonumber(plus))
  end) or template
end
`;

/** What is written last is the hash: it was read and is ours, while the set may be somebody else's. */
const body = `
  local rows_key, instants, lasting, names_key = unpack(keys, 1, 4)
  local _, retention, touches, renews, renew_ms, asked, hint, lasts, count, groups = unpack(args, 1, 10)
  local now = clock(redis.call('TIME'))
  local last = 10 + count + groups
  local found = redis.call('HMGET', rows_key, '#', unpack(args, 11, last))
  local more = lasts == '1' and redis.call('HMGET', lasting, '#', unpack(args, 11, 10 + count)) or {}
  for index, text in ipairs(more) do found[index] = found[index] or text end
  local layout, sequence, refresh = string.match(found[1] or '${layout}|0|0', '^(%d+)|?(%d*)|?(%d*)')
  if layout ~= '${layout}' or refresh == '' then return { problem_of(layout) } end

  local version, is_member, scores, put, kept, removed, idle, lines, names = nil, {}, {}, {}, {}, {}, {}, {}, {}
  if touches == '1' or renews ~= '' or asked ~= '' then
    local asks = { '#version', '#amnesty', '@' .. renews }
    for who in string.gmatch(asked, '[^,]+') do asks[#asks + 1] = '@' .. who end
    local ends = redis.call('ZMSCORE', instants, unpack(asks))
    version = touches == '1' and tonumber(ends[1])
    local own, amnesty, later = tonumber(ends[3]), tonumber(ends[2]) or 0, now + tonumber(renew_ms)
    for index = 3, #asks do
      is_member[string.sub(asks[index], 2)] = ends[index] and math.max(tonumber(ends[index]), amnesty) > now and '1' or '0'
    end
    if own and own > now and later > own then
      scores = { int(later), asks[3] }
      keep(keys[#keys], later, retention, own)
    end
  end

  local quiet = {}
  for index = 1, 0 + groups do
    local ends, first = string.match(found[1 + count + index] or '', '^(%d+)|(%d*)$')
    local left = (tonumber(ends) or 0) - now
    quiet[index] = { ends = ends, first = tonumber(first) or math.huge, holds = left > 0 and left <= ${quietMs} }
  end

  local reply, sets, at, row = { int(now) }, { ['2'] = { scores, idle } }, last + 1, 1
  while args[at] do
    local not_before, not_after, waits, guards, set, other, group, row_count, line_count = unpack(args, at, at + 8)
    local may, flags, hashes, known = waits ~= '?' and now >= tonumber(not_before) and now <= tonumber(not_after), {}, {}, quiet[tonumber(group)]
    for who, wanted in string.gmatch(guards, '([^=,]+)=([01])') do
      flags[#flags + 1], may = is_member[who], may and is_member[who] == wanted
    end
    for index = 1, 0 + row_count do may = may and is_expected(args[at + 7 + 2 * index], found[row + index]) end
    reply[#reply + 1] = '-' .. table.concat(flags)
    for index = 1, 0 + row_count do
      local field, text = args[9 + row + index], args[at + 8 + 2 * index]
      if not may then
        reply[#reply + 1] = shown(found[row + index])
      elseif text == '-' then
        removed[#removed + 1], idle[#idle + 1] = field, field
      elseif text ~= '' then
        local to = string.sub(field, 1, 1) == '_' and kept or put
        add(to, field, resolve(string.sub(text, 2), now))
        if #to[#to] > ${maxPlain} then hashes[#hashes + 1] = hash_of(to[#to]) end
        local is_new = string.sub(field, 1, 2) == '_:' and (other ~= '' or not found[row + index])
        if is_new then add(names, 0, field) add(names, 0, '#' .. keys[tonumber(set)]) end
      end
    end
    local first, from = args[10 + row], waits == '!' and at + 9 or at + 9 + 2 * row_count
    if may then
      reply[#reply] = '+' .. table.concat(hashes, ',')
      for index = from, from + line_count - 1 do lines[#lines + 1] = resolve(args[index], now) end
      sets[set], sets[other] = sets[set] or { {}, {} }, sets[other] or { {}, {} }
      if tonumber(waits) then
        add(sets[set][1], waits, first)
        if known then known.low = math.min(known.low or math.huge, tonumber(waits)) end
      end
      if other ~= '' then table.insert(sets[other][2], first) end
    elseif waits == '?' and known and known.holds and known.first > tonumber(not_after) then
      reply[#reply] = '*' .. (known.first < math.huge and int(known.first) or '') .. '|'
    elseif waits == '?' then
      local due = redis.call('ZRANGEBYSCORE', keys[tonumber(set)], not_before, '+inf', 'WITHSCORES', 'LIMIT', 0, guards + 1)
      local upto, latest = math.min(2 * guards, #due), tonumber(not_after)
      while upto > 0 and (tonumber(due[upto]) or math.huge) > latest do upto = upto - 2 end
      reply[#reply] = '*' .. (due[upto + 2] or '') .. '|' .. table.concat(due, '|', 1, upto)
      if known then known.found = math.min(known.found or math.huge, tonumber(due[2]) or math.huge) end
    end
    at, row = from + line_count, row + row_count
  end

  local is_put = #put + #kept + #removed > 0
  if version and is_put then add(scores, int(math.max(version + 1, now)), '#version') end
  for index, known in ipairs(quiet) do
    local ends = known.found and int(now + ${quietMs}) or known.ends
    local first = math.min(known.found or known.first, known.low or math.huge)
    if known.found or ends and first < known.first then
      add(put, args[10 + count + index], ends .. '|' .. (first < math.huge and int(first) or ''))
    end
  end
  for index, line in ipairs(lines) do add(put, '#' .. int((sequence + index - 1) % ${slots}), line) end
  local is_due = now >= tonumber(refresh) or tonumber(refresh) > now + retention
  refresh = is_due and int(now + math.floor(retention / 2)) or refresh
  if #put > 0 then add(put, '#', table.concat({ '${layout}', int(sequence + #lines), refresh }, '|')) end
  local added = 0
  for index, lists in pairs(sets) do
    added = added + send('ZADD', keys[tonumber(index)], lists[1])
    send('ZREM', keys[tonumber(index)], lists[2])
  end
  send('HSET', rows_key, put)
  send('HDEL', rows_key, removed)
  if lasts == '1' then send('HSET', lasting, kept) send('HDEL', lasting, removed) end
  if lasts == '1' then send('ZADD', names_key, names) send('ZREM', names_key, removed) end
  if added > 0 or (is_due and #put > 0) then redis.call('PEXPIRE', instants, retention) end
  if is_due and #put > 0 then redis.call('PEXPIRE', rows_key, retention) end
  if hint ~= '' and is_put then redis.pcall('PUBLISH', string.sub(rows_key, 1, -5) .. 'hints', hint) end
  return reply
`;

/** Composes the exchange script with the way members are kept. */
export const exchange = (kind: Kind): Script => script("exchange", [basics, send, kind.keep, texts], body);
