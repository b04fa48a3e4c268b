/**
 * The beat script: `Membership.beat`.
 *
 * How members are kept is the driver's affair, see `members.ts`: the script is composed with a chunk that makes the ends of
 * the leases true and may set `isFresh`, and one that keeps what is its own.
 *
 * KEYS: instants, declared, jobs, further ones of the driver. Arguments after the tag: incarnation, name, weight, state, deployment, digest, declared,
 * gapMs, leaseMs, knownVersion, known digests, overdueMs, retentionMs.
 * Commands: EVAL, TIME, ZRANGEBYSCORE, ZADD; others only when members or their jobs change, and once per half retention.
 */
import type { Script } from "../Script.ts";
import { common, refused } from "./common.ts";
import { type Members, rows } from "./members.ts";
import { record } from "./record.ts";

/**
 * Records that nobody declares and no claim has touched for the retention time go. Not while somebody's jobs are unknown,
 * nor when nobody is left: a service that is down comes back to its watermarks.
 */
const prune = `
local function prune(digests, before)
  if #digests == 0 then return end
  local known = {}
  for _, jobs in ipairs(read(KEYS[2], digests)) do
    if not jobs then return end
    for _, declared in ipairs(split(jobs)) do known[split(declared, '=')[1]] = true end
  end
  local all = redis.pcall('HGETALL', KEYS[3])
  if all.err then
    if not string.find(all.err, 'WRONGTYPE', 1, true) then redis.call('HGETALL', KEYS[3]) end
    return
  end
  local gone = {}
  for index = 1, #all, 2 do
    local name = all[index]
    if string.sub(name, 1, 1) ~= '#' and not known[name] then
      local it = unpack_record(all[index + 1])
      if it and not it.paused and it.watermark < before then gone[#gone + 1] = name end
    end
  end
  send('ZREM', KEYS[1], gone)
  send('HDEL', KEYS[3], gone)
end
`;

/**
 * `isFresh` says that the set may be left as it is, as long as nobody changes.
 *
 * - A lease never gets shorter than promised before: a copy of an earlier beat may arrive after a later one was acknowledged.
 * - The first write is that of `declared`: the set was read and is ours, the hash of the declared jobs may be somebody else's.
 * - Old rows go last: a set that is empty in between would be deleted, and its time to live with it.
 */
const body = (members: Members): string => `
local incarnation, state, digest, declared = args[1], args[4], args[6], args[7]
local gap, lease, retention = tonumber(args[8]), tonumber(args[9]), tonumber(args[13])
local time = clock()
local table_of, meta, jobs = read_rows(KEYS[1], int(math.min(0, tonumber(args[12]) - time)))
if not table_of then return answer_with({ '${refused}' }) end
local now = math.max(time, meta and meta.beat or 0)

local own, renewed = table_of[incarnation], nil
if state ~= 'gone' then
  local deployment = tonumber(args[5])
  if deployment <= 0 then deployment = own and own.deployment or now end
  local same = table.concat({ args[2], args[3], state, int(deployment), digest }, '|')
  renewed = { row = incarnation .. '|' .. same .. '|' .. args[9], digest = digest, same = same }
end
local isFresh = false
${members.look}
if renewed then renewed.ends = math.max(own and own.ends or 0, now + gap + lease) end
local amnesty = meta and meta.amnesty or 0
if own and own.ends <= now then amnesty = math.max(amnesty, now + lease) end

local entries, removed, leaving = {}, {}, {}
for _, it in ipairs(table_of) do
  if it.who ~= incarnation then
    if it.ends > now or amnesty > now then
      entries[#entries + 1] = it
    else
      removed[#removed + 1] = it.row
      leaving[#leaving + 1] = it.digest
    end
  end
end
local changed = #removed > 0
if renewed then
  entries[#entries + 1] = renewed
  if not own or own.same ~= renewed.same then changed = true end
elseif own then
  changed = true
end
if own and not (renewed and renewed.row == own.row) then removed[#removed + 1] = own.row end
if own then leaving[#leaving + 1] = own.digest end

local isKnown, isFirst = declared ~= '-', false
if renewed and isKnown and redis.call('HSET', KEYS[2], digest, declared) > 0 then changed, isFirst = true, true end
if not meta and renewed then changed = true end
local version = meta and meta.version or 0
if changed then version = math.max(version + 1, now) end
local isNews = version ~= tonumber(args[10])

local held, digests = {}, {}
for _, it in ipairs(entries) do
  if not held[it.digest] then digests[#digests + 1] = it.digest end
  held[it.digest] = true
end
local wanted = {}
if isNews then
  local known = { [digest] = isKnown }
  for _, it in ipairs(split(args[11])) do
    if it ~= digest then known[it] = true end
  end
  for _, it in ipairs(digests) do
    if not known[it] then wanted[#wanted + 1] = it end
  end
end
local wants, texts = '0', {}
if #wanted > 0 then texts = read(KEYS[2], wanted) end
local unused = {}
for _, it in ipairs(leaving) do
  if not held[it] then
    unused[#unused + 1] = it
    held[it] = true
  end
end
send('HDEL', KEYS[2], unused)

if renewed or meta then
  local isDue = not meta or now >= meta.refresh or meta.refresh > now + retention
  if changed or isDue or not isFresh then
    local after = { version = version, amnesty = amnesty, refresh = isDue and now + math.floor(retention / 2) or meta.refresh }
    local row = pack_table(after)
    if meta and meta.row ~= row then removed[#removed + 1] = meta.row end
    local scores = { int(meta_base + now), row }
    if renewed then
      scores[3], scores[4] = int(renewed.ends), renewed.row
    end
    send('ZADD', KEYS[1], scores)
    send('ZREM', KEYS[1], removed)
  end
  if isDue then
    if meta then prune(digests, now - retention) end
    for index = 1, 3 do redis.call('PEXPIRE', KEYS[index], args[13]) end
  elseif isFirst then
    redis.call('PEXPIRE', KEYS[2], args[13])
  end
end
${members.keep}

local reply = { '' }
if isNews then
  for _, it in ipairs(entries) do reply[#reply + 1] = 'm|' .. it.row .. '|' .. int(it.ends) end
  for index, it in ipairs(wanted) do
    if it == digest then
      if renewed and not texts[index] then wants = '1' end
    elseif texts[index] then
      reply[#reply + 1] = 'd|' .. it .. '|' .. texts[index]
    end
  end
end
for index = 1, math.min(#jobs, 200) do reply[#reply + 1] = 'o|' .. jobs[index] end
reply[1] = table.concat({ 'beat', int(now), int(version), own and '0' or '1', wants, isNews and '1' or '0' }, '|')
return answer_with(reply)
`;

/** Composes the beat script with the chunks that keep members. */
export const beat = (members: Members): Script => ({
  name: "beat",
  text: `-- ringcron beat 1\n${common}${record}${rows}${prune}${body(members)}`,
});
