/**
 * The claim script: `JobRecord.claim` for each item, over one read and one write of all records.
 *
 * How members are kept is the driver's affair, see `members.ts`: the script is composed with a chunk that defines
 * `is_member(incarnation)` and may set `unanswered` to what is answered, before anything is written, when it cannot tell.
 *
 * KEYS: jobs, instants, further ones of the driver. Arguments after the tag: incarnation, deployment, expiresAt, retentionMs, maxAheadMs, maxAttempts,
 * then the items `job|claim|from|to|due|floor|definition|overlap|rerun|runs|skips`.
 * Commands: EVAL, TIME, HMGET; HSET and ZADD if a record changed; the members only if a run of another node is active.
 */
import type { Script } from "../Script.ts";
import { common, refused } from "./common.ts";
import { type Members, rows } from "./members.ts";
import { record } from "./record.ts";

const body = `
local jobs, instants = KEYS[1], KEYS[2]
local incarnation, deployment, expires = args[1], tonumber(args[2]), tonumber(args[3])
local retention, ahead, attempts = tonumber(args[4]), tonumber(args[5]), tonumber(args[6])
local lines = {}

local function register(it, item)
  local floor = whole(item.floor)
  local known = floor
  if it then known = math.max(it.watermark, floor or 0) end
  if known and known < now then
    lines[#lines + 1] = skip_line(item.job, now, it and 'definition-changed' or 'regressed', '-1', int(known), int(now))
  end
  return {
    watermark = math.max(now, known or 0), token = it and it.token or 0, paused = it ~= nil and it.paused,
    definition = item.definition, deployment = deployment, claim = '%', due = whole(item.due),
    active = it and it.active or {}, changed = true, fresh = it == nil or it.fresh
  }
end

local function recover(it, item)
  local kept, lost = {}, {}
  for _, run in ipairs(it.active) do
    local by = holder(run.claim)
    if by ~= '' and (by == incarnation or is_member(by)) then
      kept[#kept + 1] = run
    else
      it.changed = true
      if (item.rerun or run.claim == '%') and run.attempt < attempts then
        it.token = math.max(it.token + 1, now)
        kept[#kept + 1] = {
          due = run.due, attempt = run.attempt + 1, kind = 'rerun', fence = it.token, claim = item.claim .. '%21'
        }
      else
        lost[#lost + 1] = pack_run(run)
        lines[#lines + 1] = run_line(item.job, run, 'lost', '0', int(now))
      end
    end
  end
  it.active = kept
  return lost
end

local function commit(it, item, overlapping)
  for _, skip in ipairs(item.skips) do
    local part = split(skip, ',')
    lines[#lines + 1] = skip_line(item.job, now, part[1], part[2], part[3], part[4])
  end
  for index, text in ipairs(item.runs) do
    local part = split(text, ',')
    if overlapping or (index > 1 and item.overlap ~= 'allow') then
      lines[#lines + 1] = skip_line(item.job, now, 'overlap', '1', part[1], part[1])
    else
      it.token = math.max(it.token + 1, now)
      it.active[#it.active + 1] = {
        due = tonumber(part[1]), attempt = 1, kind = part[2], fence = it.token, claim = item.claim
      }
    end
  end
  it.watermark = whole(item.to)
  it.deployment = math.max(it.deployment, deployment)
  it.claim = item.claim
  it.due = whole(item.due)
  it.changed = true
end

local function overlaps(it, item)
  if item.overlap == 'allow' or #it.active == 0 or #item.runs == 0 then return false, false end
  if item.overlap == 'wait' then return true, true end
  for _, text in ipairs(item.runs) do
    if tonumber(split(text, ',')[1]) > now then return true, true end
  end
  return true, false
end

local function answer(status, it, lost, regressed)
  local mine = {}
  for _, run in ipairs(it and it.active or {}) do
    if holder(run.claim) == incarnation then mine[#mine + 1] = pack_run(run) end
  end
  return table.concat({ status, it and int(it.watermark) or '', table.concat(mine, ';'),
    table.concat(lost or {}, ';'), regressed or '' }, '|')
end

local function is_committed(it, item)
  if it.claim == item.claim then return true end
  for _, run in ipairs(it.active) do
    if run.claim == item.claim then return true end
  end
  return false
end

local function claim(it, item)
  if it and is_committed(it, item) then return it, answer('ok', it) end
  if now > expires then return it, answer('stale', it) end
  if not it then
    local registered = register(nil, item)
    return registered, answer('new', registered, nil, item.floor ~= '' and '0' or '')
  end
  if it.definition ~= item.definition then
    if deployment < it.deployment then return it, answer('outdated', it) end
    local registered = register(it, item)
    return registered, answer('new', registered)
  end
  local floor, regressed = whole(item.floor), ''
  if floor and floor > it.watermark then
    regressed = int(it.watermark)
    it.watermark = floor
    it.changed = true
  end
  if item.from ~= '' and it.watermark ~= whole(item.from) then return it, answer('moved', it, nil, regressed) end
  local lost = recover(it, item)
  if it.paused then return it, answer('paused', it, lost, regressed) end
  if item.from == '' then return it, answer('at', it, lost, regressed) end
  if whole(item.to) > now + ahead then return it, answer('early', it, lost, regressed) end
  local overlapping, busy = overlaps(it, item)
  if busy then return it, answer('busy', it, lost, regressed) end
  commit(it, item, overlapping)
  return it, answer('ok', it, lost, regressed)
end

local function list(text)
  if text == '' then return {} end
  return split(text, ';')
end

local items, names = {}, { '#' }
for index = 7, #args do
  local part = split(args[index], '|')
  items[#items + 1] = {
    job = part[1], claim = part[2], from = part[3], to = part[4], due = part[5], floor = part[6], definition = part[7],
    overlap = part[8], rerun = part[9] == '1', runs = list(part[10]), skips = list(part[11])
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
    replies[#replies + 1] = answer('corrupt')
  else
    records[name], replies[#replies + 1] = claim(records[name], item)
  end
end
if unanswered then return answer_with({ unanswered }) end

local fields, scores, fresh = {}, {}, 0
for _, name in ipairs(order) do
  local it = records[name]
  if it and it.changed then
    it.changed = false
    fields[#fields + 1] = name
    fields[#fields + 1] = pack_record(it)
    scores[#scores + 1] = score_of(it)
    scores[#scores + 1] = name
    if it.fresh then fresh = fresh + 1 end
  end
end
if #fields > 0 then
  local isDue = not meta or now >= meta.refresh or meta.refresh > now + retention
  if isDue or #lines > 0 then
    meta = meta or { sequence = 0, refresh = 0 }
    if isDue then meta.refresh = now + math.floor(retention / 2) end
    remember(fields, meta, lines)
    fields[#fields + 1] = '#'
    fields[#fields + 1] = pack_meta(meta)
  end
  -- The hash was read and is ours; the set may be somebody else's, so it goes first.
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
