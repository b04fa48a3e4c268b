/**
 * The claim script: `JobRecord.claim` for each item, over one read and one write of all records.
 *
 * How members are kept is the driver's affair, see `members.ts`: the script is composed with a chunk that defines
 * `is_member(incarnation)` and may set `unanswered` to what is answered, before anything is written, when it cannot tell.
 *
 * KEYS: jobs, instants, further ones of the driver. Arguments after the tag: incarnation, deployment, expiresAt, retentionMs, then the
 * items `job|claim|from|to|due|floor|definition|overlap|rerun|runs|skips|floorBy|take`.
 * Commands: EVAL, TIME, HMGET; HSET and ZADD if a record changed; the members only if a run of another node is active.
 */
import { maxAheadMs, maxAttempts } from "../../../src/core/JobRecord.ts";
import type { Script } from "../Script.ts";
import { common, refused } from "./common.ts";
import { type Members, rows } from "./members.ts";
import { record } from "./record.ts";

/** What is written last is the hash: it was read and is ours, while the set may be somebody else's. */
const body = `
local jobs, instants = KEYS[1], KEYS[2]
local incarnation, deployment, expires = args[1], tonumber(args[2]), tonumber(args[3])
local retention, lines, fresh = tonumber(args[4]), {}, 0

local function register(it, item)
  local floor = whole(item.floor)
  local known = it and math.max(it.watermark, floor or 0) or floor
  if known and known < now then
    lines[#lines + 1] = skip_line(item.job, now, it and 'definition-changed' or 'regressed', '-1', int(known), int(now))
  end
  if not it then
    fresh = fresh + 1
    it = { token = 0, paused = false, active = {}, asked = {} }
  end
  it.watermark, it.definition, it.deployment = math.max(now, known or 0), item.definition, deployment
  it.claim, it.due, it.changed = '%', whole(item.due), true
  return it
end

local function hand_out(it, run, claim)
  it.token = math.max(it.token + 1, now)
  it.changed = true
  run.attempt, run.fence, run.claim = run.attempt + 1, it.token, claim
  return run
end

local function recover(it, item)
  local kept, lost = {}, {}
  for _, run in ipairs(it.active) do
    local by = holder(run.claim)
    if run.attempt == 0 or by ~= '' and (by == incarnation or is_member(by)) then
      kept[#kept + 1] = run
    else
      it.changed = true
      if (item.rerun or run.claim == '%') and run.attempt < ${maxAttempts} then
        run.kind = kinds[run.kind]
        kept[#kept + 1] = hand_out(it, run, item.claim .. '%21')
      else
        lost[#lost + 1] = pack_run(run)
        lines[#lines + 1] = run_line(item.job, run, 'lost', '0', int(now))
      end
    end
  end
  it.active = kept
  return lost
end

local function take(it, item)
  local free = item.take - (#it.active - queued(it))
  for _, run in ipairs(it.active) do
    if run.attempt == 0 and free > 0 then
      free = free - 1
      hand_out(it, run, item.claim .. '%21')
    end
  end
end

local function commit(it, item, overlapping)
  for _, part in ipairs(item.skips) do
    lines[#lines + 1] = skip_line(item.job, now, part[1], part[2], part[3], part[4])
  end
  for index, part in ipairs(item.runs) do
    if overlapping or (index > 1 and item.overlap ~= 'allow') then
      lines[#lines + 1] = skip_line(item.job, now, 'overlap', '1', part[1], part[1])
    else
      it.active[#it.active + 1] = hand_out(it, { due = tonumber(part[1]), attempt = 0, kind = part[2] }, item.claim)
    end
  end
  it.watermark = whole(item.to)
  it.deployment = math.max(it.deployment, deployment)
  it.claim = item.claim
  it.due = whole(item.due)
  it.changed = true
end

local function waits(item)
  for _, part in ipairs(item.runs) do
    if tonumber(part[1]) > now then return true end
  end
  return item.overlap == 'wait'
end

local function answer(it, status, lost, regressed)
  local mine = {}
  for _, run in ipairs(it and it.active or {}) do
    if holder(run.claim) == incarnation then mine[#mine + 1] = pack_run(run) end
  end
  return table.concat({ status, it and int(it.watermark) or '', table.concat(mine, ';'),
    table.concat(lost or {}, ';'), regressed or '', it and queued(it) or '0' }, '|')
end

local function is_committed(it, item)
  for _, run in ipairs(it.active) do
    if run.claim == item.claim then return true end
  end
  return it.claim == item.claim
end

local function claim(it, item)
  if it and is_committed(it, item) then return it, 'ok' end
  if now > expires then return it, 'stale' end
  if not it then
    return register(it, item), 'new', {}, item.floor ~= '' and '0'
  end
  if it.definition ~= item.definition then
    if deployment < it.deployment then return it, 'outdated' end
    return register(it, item), 'new'
  end
  local floor, regressed = whole(item.floor), nil
  local replaced = floor == it.watermark and it.claim ~= '%' and item.by ~= '%' and it.claim ~= item.by
  if replaced or floor and floor > it.watermark then
    regressed = int(it.watermark)
    it.watermark = floor
    it.changed = true
  end
  if item.from ~= '' and it.watermark ~= whole(item.from) then return it, 'moved', {}, regressed end
  local lost = recover(it, item)
  if item.from == '' then take(it, item) end
  if it.paused then return it, 'paused', lost, regressed end
  if item.from == '' then return it, 'at', lost, regressed end
  if whole(item.to) > now + ${maxAheadMs} then return it, 'early', lost, regressed end
  local overlapping = item.overlap ~= 'allow' and #item.runs > 0 and #it.active > queued(it)
  if overlapping and waits(item) then return it, 'busy', lost, regressed end
  commit(it, item, overlapping)
  return it, 'ok', lost, regressed
end

local items, names = {}, { '#' }
for index = 5, #args do
  local part = split(args[index], '|')
  items[#items + 1] = {
    job = part[1], claim = part[2], from = part[3], to = part[4], due = part[5], floor = part[6], definition = part[7],
    overlap = part[8], rerun = part[9] == '1', runs = unpack_list(part[10], split), skips = unpack_list(part[11], split),
    by = part[12], take = tonumber(part[13])
  }
  names[#names + 1] = part[1]
end
now = clock()
local texts = read(jobs, names)
local meta = texts[1] and unpack_meta(texts[1])
if texts[1] and not meta then return answer_with({ '${refused}' }) end

local records, corrupt, order, replies = {}, {}, {}, { 'claim|' .. int(now) }
for index, item in ipairs(items) do
  local name = item.job
  if records[name] == nil and not corrupt[name] then
    order[#order + 1] = name
    local text = texts[index + 1]
    if text then
      records[name] = unpack_record(text)
      corrupt[name] = records[name] == nil
    end
  end
  if corrupt[name] then
    replies[#replies + 1] = answer(nil, 'corrupt')
  else
    local it, status, lost, regressed = claim(records[name], item)
    records[name] = it
    replies[#replies + 1] = answer(it, status, lost, regressed)
  end
end
if unanswered then return answer_with({ unanswered }) end

local fields, scores = {}, {}
for _, name in ipairs(order) do
  local it = records[name]
  if it and it.changed then
    it.changed = false
    fields[#fields + 1] = name
    fields[#fields + 1] = pack_record(it)
    scores[#scores + 1] = score_of(it)
    scores[#scores + 1] = name
  end
end
if #fields > 0 then
  local isDue = not meta or now >= meta.refresh or meta.refresh > now + retention
  remember(fields, meta, lines, isDue and now + math.floor(retention / 2))
  local added = send('ZADD', instants, scores)
  send('HSET', jobs, fields)
  if isDue or added > fresh then redis.call('PEXPIRE', instants, args[4]) end
  if isDue then redis.call('PEXPIRE', jobs, args[4]) end
end
return answer_with(replies)
`;

/** Composes the claim script with the chunk that tells who is a member. */
export const claim = (members: Members): Script => ({
  name: "claim",
  text: `-- ringcron claim 1\nlocal now\n${common}${record}${rows}${members.isMember}${body}`,
});
