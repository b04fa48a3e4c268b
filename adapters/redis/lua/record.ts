/**
 * Records of jobs, the history ring and the meta field of the hash `jobs`, as Lua.
 *
 * A record is `1|watermark|token|paused|definition|deployment|claim|due|runs|asked`, its runs `due,attempt,kind,fence,claim;…`,
 * what was asked for `key,due;…`. A run with attempt 0 is queued; `kinds` tells what a run of a kind is when it is
 * tried again, `score_of` is minus `waitsSince`.
 * The meta field `#` is `1|sequence|refreshAt`, the history lives in `#h0` to `#h199`, each slot up to 50 lines.
 * The empty string is written `%`, which no encoded name contains alone.
 */
export const record: string = `
local kinds = { due = 'rerun', late = 'rerun', manual = 'manual', backfill = 'backfill', rerun = 'rerun' }

local function unpack_run(text)
  local part = split(text)
  local due, attempt, fence = whole(part[1]), whole(part[2]), whole(part[4])
  if #part ~= 5 or not (due and attempt and fence and kinds[part[3]]) then return end
  return { due = due, attempt = attempt, kind = part[3], fence = fence, claim = part[5] }
end

local function unpack_asked(text)
  local part = split(text)
  return #part == 2 and whole(part[2]) and part
end

local function unpack_list(text, unpack_one)
  local list = {}
  if text == '' then return list end
  for index, part in ipairs(split(text, ';')) do
    list[index] = unpack_one(part)
    if not list[index] then return end
  end
  return list
end

local function unpack_record(text)
  local part = split(text, '|')
  if #part ~= 10 or part[1] ~= '1' then return end
  local it = {
    watermark = whole(part[2]), token = whole(part[3]), paused = part[4] == '1', definition = part[5],
    deployment = whole(part[6]), claim = part[7], due = whole(part[8]),
    active = unpack_list(part[9], unpack_run), asked = unpack_list(part[10], unpack_asked)
  }
  if not (it.watermark and it.token and it.deployment and it.active and it.asked) then return end
  if part[4] ~= '0' and not it.paused then return end
  if part[8] ~= '' and not it.due then return end
  return it
end

local function pack_run(run)
  return int(run.due) .. ',' .. int(run.attempt) .. ',' .. run.kind .. ',' .. int(run.fence)
end

local function pack_record(it)
  local runs, asked = {}, {}
  for index, run in ipairs(it.active) do runs[index] = pack_run(run) .. ',' .. run.claim end
  for index, part in ipairs(it.asked) do asked[index] = table.concat(part, ',') end
  return table.concat({
    '1', int(it.watermark), int(it.token), it.paused and '1' or '0', it.definition, int(it.deployment), it.claim,
    it.due and int(it.due) or '', table.concat(runs, ';'), table.concat(asked, ';')
  }, '|')
end

local function queued(it)
  local count = 0
  for _, run in ipairs(it.active) do
    if run.attempt == 0 then count = count + 1 end
  end
  return count
end

local function score_of(it)
  local since = not it.paused and it.due or 8000000000000000
  for _, run in ipairs(it.active) do
    if run.attempt == 0 then since = math.min(since, run.fence) end
  end
  return int(-since)
end

local function holder(claim)
  local at = string.find(claim, '.', 1, true)
  return at and string.sub(claim, 1, at - 1) or ''
end

local function skip_line(job, at, reason, count, first, last)
  return table.concat({ 'S', job, int(at), reason, count, first, last }, ',')
end

local function run_line(job, run, outcome, started, ended)
  local by = holder(run.claim)
  return table.concat({ 'R', job, int(run.due), int(run.attempt), int(run.fence), outcome, started, ended,
    by == '' and '%' or by }, ',')
end

local function unpack_meta(text)
  local part = split(text, '|')
  local sequence, refresh = whole(part[2]), whole(part[3])
  if #part ~= 3 or part[1] ~= '1' or not (sequence and refresh) then return end
  return { sequence = sequence, refresh = refresh }
end

local slots, lines_per_slot = 200, 50

local function remember(fields, meta, lines, refresh)
  if #lines == 0 and not refresh then return end
  meta = meta or { sequence = 0, refresh = 0 }
  for from = math.max(1, #lines - slots * lines_per_slot + 1), #lines, lines_per_slot do
    fields[#fields + 1] = '#h' .. int(meta.sequence % slots)
    fields[#fields + 1] = table.concat(lines, '\\n', from, math.min(from + lines_per_slot - 1, #lines))
    meta.sequence = meta.sequence + 1
  end
  fields[#fields + 1] = '#'
  fields[#fields + 1] = '1|' .. int(meta.sequence) .. '|' .. int(refresh or meta.refresh)
end
`;
