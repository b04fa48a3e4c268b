/**
 * The script for people's commands: `Control.apply`, and the end of a service.
 *
 * KEYS: jobs, instants, declared, further ones of the driver. Arguments after the tag: retentionMs, the command by its tag, the
 * job; then what becomes of missed fires, or the key and, of a backfill, when the fires are due, `due;due;…`.
 * Answers `control|result|due`. The version grows when a job is paused or resumed, so that every node looks again.
 */
import { maxAsked, maxQueued } from "../../../src/core/Queue.ts";
import type { Script } from "../Script.ts";
import { common, refused } from "./common.ts";
import { type Members, rows } from "./members.ts";
import { record } from "./record.ts";

/** The end of a service starts with typed reads: a key of somebody else ends the script before anything is deleted. */
const body = (members: Members): string => `
local jobs, instants, declared = KEYS[1], KEYS[2], KEYS[3]
local command, job, key = args[2], args[3], args[4]
if command == 'Destroy' then
  redis.call('HLEN', jobs)
  redis.call('ZCARD', instants)
  redis.call('HLEN', declared)
${members.forget}
  redis.call('DEL', jobs, instants, declared)
  return answer_with({ 'control|ok|' })
end

local now = clock()
local texts = read(jobs, { '#', job })
if not texts[2] then return answer_with({ 'control|unknown|' }) end
local meta, it = texts[1] and unpack_meta(texts[1]), unpack_record(texts[2])
if not it or (texts[1] and not meta) then return answer_with({ '${refused}' }) end

local scores, removed, fields, lines, first = {}, {}, {}, {}, ''
if command == 'Cancel' then
  local kept = {}
  for _, run in ipairs(it.active) do
    if run.attempt == 0 then
      lines[#lines + 1] = run_line(job, run, 'cancelled', '0', int(now))
    else
      kept[#kept + 1] = run
    end
  end
  it.active = kept
elseif command == 'Trigger' or command == 'Backfill' then
  local used = {}
  for _, part in ipairs(it.asked) do
    if part[1] == key then return answer_with({ 'control|ok|' .. part[2] }) end
    used[tonumber(part[2])] = true
  end
  for _, run in ipairs(it.active) do used[run.due] = true end
  local kind, dues = 'backfill', args[5] and unpack_list(args[5], whole)
  if not dues then
    kind, dues = 'manual', { now }
    while dues[1] % 1000 == 0 or used[dues[1]] do dues[1] = dues[1] + 1 end
  end
  if queued(it) + #dues > ${maxQueued} then return answer_with({ 'control|full|' }) end
  for _, due in ipairs(dues) do
    it.token = math.max(it.token + 1, now)
    it.active[#it.active + 1] = { due = due, attempt = 0, kind = kind, fence = it.token, claim = '%' }
  end
  if dues[1] then
    first = int(dues[1])
    it.asked[#it.asked + 1] = { key, first }
    if #it.asked > ${maxAsked} then table.remove(it.asked, 1) end
  end
elseif it.paused ~= (command == 'Pause') then
  local members, row = read_rows(instants, 0)
  if not members then return answer_with({ '${refused}' }) end
  if row then
    removed[1] = row.row
    row.version = math.max(row.version + 1, now)
    scores[1], scores[2] = int(meta_base + row.beat), pack_table(row)
  end
  it.paused = not it.paused
  if key == 'skip' and it.watermark < now then
    lines[1] = skip_line(job, now, 'paused', '-1', int(it.watermark), int(now))
    it.watermark = now
    it.claim = '%'
  end
end

fields[#fields + 1] = job
fields[#fields + 1] = pack_record(it)
remember(fields, meta, lines)
scores[#scores + 1] = score_of(it)
scores[#scores + 1] = job
if send('ZADD', instants, scores) > #removed then redis.call('PEXPIRE', instants, args[1]) end
send('ZREM', instants, removed)
send('HSET', jobs, fields)
return answer_with({ 'control|ok|' .. first })
`;

/** Composes the script for people's commands with the chunk that forgets members. */
export const control = (members: Members): Script => ({
  name: "control",
  text: `-- ringcron control 1\n${common}${record}${rows}${body(members)}`,
});
