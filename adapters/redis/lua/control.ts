/**
 * The script for people's commands: pause, resume, destroy.
 *
 * KEYS: jobs, instants, declared, further ones of the driver. Arguments after the tag: command, job, whether missed fires are skipped, retentionMs.
 * The version grows with each change, so that every node looks again.
 */
import type { Script } from "../Script.ts";
import { common, refused } from "./common.ts";
import { type Members, rows } from "./members.ts";
import { record } from "./record.ts";

const body = (members: Members): string => `
local jobs, instants, declared = KEYS[1], KEYS[2], KEYS[3]
if args[1] == 'destroy' then
  -- Typed reads: a key of somebody else ends the script before anything is deleted.
  redis.call('HLEN', jobs)
  redis.call('ZCARD', instants)
  redis.call('HLEN', declared)
${members.forget}
  redis.call('DEL', jobs, instants, declared)
  return answer_with({ 'control|ok' })
end

local job = args[2]
local now = clock()
local texts = read(jobs, { '#', job })
if not texts[2] then return answer_with({ 'control|unknown' }) end
local meta, it = texts[1] and unpack_meta(texts[1]), unpack_record(texts[2])
if not it or (texts[1] and not meta) then return answer_with({ '${refused}' }) end
local pausing = args[1] == 'pause'
if it.paused == pausing then return answer_with({ 'control|ok' }) end

local scores, removed = {}, {}
local found = redis.call('ZRANGEBYSCORE', instants, int(meta_base), '+inf', 'WITHSCORES')
for index = 1, #found, 2 do
  if string.sub(found[index], 1, 2) == '#|' then
    local row = unpack_row(found[index], found[index + 1])
    if not row then return answer_with({ '${refused}' }) end
    row.version = math.max(row.version + 1, now)
    removed[1] = row.row
    scores[1], scores[2] = found[index + 1], pack_table(row)
  end
end

local fields, lines = {}, {}
it.paused = pausing
if not pausing and args[3] == '1' and it.watermark < now then
  lines[1] = skip_line(job, now, 'paused', '-1', int(it.watermark), int(now))
  it.watermark = now
  it.claim = '%'
end
fields[1], fields[2] = job, pack_record(it)
if #lines > 0 then
  meta = meta or { sequence = 0, refresh = 0 }
  remember(fields, meta, lines)
  fields[#fields + 1] = '#'
  fields[#fields + 1] = pack_meta(meta)
end
scores[#scores + 1] = score_of(it)
scores[#scores + 1] = job
if send('ZADD', instants, scores) > #removed then redis.call('PEXPIRE', instants, args[4]) end
send('ZREM', instants, removed)
send('HSET', jobs, fields)
return answer_with({ 'control|ok' })
`;

/** Composes the script for people's commands with the chunk that forgets members. */
export const control = (members: Members): Script => ({
  name: "control",
  text: `-- ringcron control 1\n${common}${record}${rows}${body(members)}`,
});
