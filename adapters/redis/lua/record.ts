/**
 * Records of jobs, the history ring and the meta field of the hash `jobs`, as Lua.
 *
 * A record is `1|watermark|token|paused|definition|deployment|claim|due|runs`, its runs `due,attempt,kind,fence,claim;…`.
 * The meta field `#` is `1|sequence|refreshAt`, the history lives in `#h0` to `#h199`, each slot up to 50 lines.
 * The empty string is written `%`, which no encoded name contains alone.
 */
export const record: string = `
local kinds = { due = true, late = true, manual = true, backfill = true, rerun = true }

local function unpack_run(text)
  local part = split(text, ',')
  local due, attempt, fence = whole(part[1]), whole(part[2]), whole(part[4])
  if #part ~= 5 or not (due and attempt and fence and kinds[part[3]]) then return nil end
  return { due = due, attempt = attempt, kind = part[3], fence = fence, claim = part[5] }
end

local function unpack_record(text)
  local part = split(text, '|')
  if #part ~= 9 or part[1] ~= '1' then return nil end
  local it = {
    watermark = whole(part[2]), token = whole(part[3]), paused = part[4] == '1', definition = part[5],
    deployment = whole(part[6]), claim = part[7], due = whole(part[8]), active = {}
  }
  if not (it.watermark and it.token and it.deployment) then return nil end
  if part[4] ~= '0' and part[4] ~= '1' then return nil end
  if part[8] ~= '' and not it.due then return nil end
  if part[9] ~= '' then
    for index, text_of_run in ipairs(split(part[9], ';')) do
      local run = unpack_run(text_of_run)
      if not run then return nil end
      it.active[index] = run
    end
  end
  return it
end

local function pack_run(run)
  return int(run.due) .. ',' .. int(run.attempt) .. ',' .. run.kind .. ',' .. int(run.fence)
end

local function pack_record(it)
  local runs = {}
  for index, run in ipairs(it.active) do runs[index] = pack_run(run) .. ',' .. run.claim end
  return table.concat({
    '1', int(it.watermark), int(it.token), it.paused and '1' or '0', it.definition, int(it.deployment), it.claim,
    it.due and int(it.due) or '', table.concat(runs, ';')
  }, '|')
end

local function score_of(it)
  if it.paused or not it.due then return '-8000000000000000' end
  return int(-it.due)
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
  if #part ~= 3 or part[1] ~= '1' or not (sequence and refresh) then return nil end
  return { sequence = sequence, refresh = refresh }
end

local function pack_meta(meta)
  return '1|' .. int(meta.sequence) .. '|' .. int(meta.refresh)
end

local slots, lines_per_slot = 200, 50

local function remember(fields, meta, lines)
  for from = math.max(1, #lines - slots * lines_per_slot + 1), #lines, lines_per_slot do
    fields[#fields + 1] = '#h' .. int(meta.sequence % slots)
    fields[#fields + 1] = table.concat(lines, '\\n', from, math.min(from + lines_per_slot - 1, #lines))
    meta.sequence = meta.sequence + 1
  end
end
`;
