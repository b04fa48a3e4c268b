/**
 * The exchange script: changes and looks, over one read and one write of all rows.
 *
 * KEYS: rows, instants, then the sender's own key if it is renewed and nodes have keys. Arguments after the tag: retentionMs,
 * whether the version is to grow, who is to be renewed, for how long, the other nodes asked about, what is told at the channel
 * or nothing, how many fields there are and their names; then for each item: notBefore, notAfter, waits, guards, how many rows and how many lines it has, for each
 * row what is expected and what is put, its lines.
 *
 * Expected is a version, empty for nothing, or `?`, which nothing is like. Put is `=` and a template, `-` to remove, empty to
 * leave. Waits are `=` as before, empty not at all, else since when. Guards are `who=1,who=0`.
 *
 * Answers the instant and for each item `+`, with the versions that are hashes, or `-` and who of its guards is a member,
 * followed by a line for each row: empty, `=text`, or `#sha1text`.
 * Commands: EVAL, TIME, HMGET; ZMSCORE if members are asked about or touched; HSET, and ZADD if it says who waits; PUBLISH if it
 * tells something. Who may not publish has done all the rest.
 *
 * The hash `rows` has a field for each key, `#` with `layout|sequence|refresh`, the number of lines ever written and when the
 * times to live are due to be renewed, and `#0` to `#999`, the last lines.
 */
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
local function hash_of(text)
  return redis.sha1hex and '#' .. redis.sha1hex(text) or '='
end

local function is_expected(expect, text)
  if not text or expect == '' then return not text and expect == '' end
  return '=' .. text == expect or string.sub(expect, 1, 1) == '#' and hash_of(text) == expect
end

local function shown(text)
  if not text then return '' end
  local plain = string.gsub(text, '[^ -~]', '?')
  return (#text <= ${maxPlain} and plain == text and '=' or hash_of(text)) .. plain
end

local function resolve(template, now)
  return (string.gsub(template, '@(%d+)%+(%d+)@', function(least, plus)
    return int(math.max(now, tonumber(least)) + tonumber(plus))
  end))
end
`;

/** What is written last is the hash: it was read and is ours, while the set may be somebody else's. */
const body = `
  local rows_key, instants = keys[1], keys[2]
  local _, retention, touches, renews, renew_ms, asked, hint, count = unpack(args, 1, 8)
  local now, found = clock(), redis.call('HMGET', rows_key, '#', unpack(args, 9, 8 + count))
  local layout, sequence, refresh = string.match(found[1] or '${layout}|0|0', '^(%d+)|?(%d*)|?(%d*)')
  if layout ~= '${layout}' or refresh == '' then return { problem_of(layout) } end

  local version, is_member, scores = nil, {}, {}
  if touches == '1' or renews ~= '' or asked ~= '' then
    local names = { '#version', '#amnesty', '@' .. renews }
    for who in string.gmatch(asked, '[^,]+') do names[#names + 1] = '@' .. who end
    local ends = redis.call('ZMSCORE', instants, unpack(names))
    version = touches == '1' and tonumber(ends[1])
    local own, amnesty, later = tonumber(ends[3]), tonumber(ends[2]) or 0, now + tonumber(renew_ms)
    for index = 3, #names do
      local score = tonumber(ends[index])
      is_member[string.sub(names[index], 2)] = score and math.max(score, amnesty) > now and '1' or '0'
    end
    if own and own > now and later > own then
      scores = { int(later), names[3] }
      keep(keys[3], later, retention, own)
    end
  end

  local reply, put, removed, idle, lines, at, row = { int(now) }, {}, {}, {}, {}, 9 + count, 1
  while args[at] do
    local not_before, not_after, waits, guards = unpack(args, at, at + 3)
    local row_count, line_count = tonumber(args[at + 4]), tonumber(args[at + 5])
    local may, flags, hashes = now >= tonumber(not_before) and now <= tonumber(not_after), {}, {}
    for who, wanted in string.gmatch(guards, '([^=,]+)=([01])') do
      flags[#flags + 1] = is_member[who]
      may = may and is_member[who] == wanted
    end
    for index = 1, row_count do may = may and is_expected(args[at + 4 + 2 * index], found[row + index]) end
    reply[#reply + 1] = '-' .. table.concat(flags)
    for index = 1, row_count do
      local field, text = args[7 + row + index], args[at + 5 + 2 * index]
      if not may then
        reply[#reply + 1] = shown(found[row + index])
      elseif text == '-' then
        removed[#removed + 1], idle[#idle + 1] = field, field
      elseif text ~= '' then
        put[#put + 1], put[#put + 2] = field, resolve(string.sub(text, 2), now)
        if #put[#put] > ${maxPlain} then hashes[#hashes + 1] = hash_of(put[#put]) end
      end
    end
    local first, from = args[8 + row], at + 6 + 2 * row_count
    if may then
      reply[#reply] = '+' .. table.concat(hashes, ',')
      for index = from, from + line_count - 1 do lines[#lines + 1] = resolve(args[index], now) end
      if waits == '' then idle[#idle + 1] = first end
      if tonumber(waits) then scores[#scores + 1], scores[#scores + 2] = int(-waits), first end
    end
    at, row = from + line_count, row + row_count
  end

  if version and #put + #removed > 0 then
    scores[#scores + 1], scores[#scores + 2] = int(math.max(version + 1, now)), '#version'
  end
  for index, line in ipairs(lines) do
    put[#put + 1], put[#put + 2] = '#' .. int((sequence + index - 1) % ${slots}), line
  end
  local is_due = now >= tonumber(refresh) or tonumber(refresh) > now + retention
  refresh = is_due and int(now + math.floor(retention / 2)) or refresh
  if #put > 0 then put[#put + 1], put[#put + 2] = '#', table.concat({ '${layout}', int(sequence + #lines), refresh }, '|') end
  local added = send('ZADD', instants, scores)
  send('ZREM', instants, idle)
  send('HSET', rows_key, put)
  send('HDEL', rows_key, removed)
  if added > 0 or (is_due and #put > 0) then redis.call('PEXPIRE', instants, retention) end
  if is_due and #put > 0 then redis.call('PEXPIRE', rows_key, retention) end
  if hint ~= '' and #put + #removed > 0 then redis.pcall('PUBLISH', string.sub(rows_key, 1, -5) .. 'hints', hint) end
  return reply
`;

/** Composes the exchange script with the way members are kept. */
export const exchange = (kind: Kind): Script => script("exchange", [basics, send, kind.keep, texts], body);
