/**
 * The completion script: `JobRecord.complete` for each item.
 *
 * KEYS: jobs. Arguments after the tag: items `job|fence|rerun|outcome|startedAt|endedAt`.
 * Commands: EVAL, HMGET; HSET if a run was ended.
 */
import type { Script } from "../Script.ts";
import { common, refused } from "./common.ts";
import { record } from "./record.ts";

const body = `
local items, names = {}, { '#' }
for index, text in ipairs(args) do
  items[index] = split(text, '|')
  names[index + 1] = items[index][1]
end
local texts = read(KEYS[1], names)
local meta = texts[1] and unpack_meta(texts[1])
if texts[1] and not meta then return answer_with({ '${refused}' }) end

local records, order, lines, replies = {}, {}, {}, { 'complete' }
for index, item in ipairs(items) do
  local name = item[1]
  if records[name] == nil then
    order[#order + 1] = name
    records[name] = texts[index + 1] and unpack_record(texts[index + 1]) or false
  end
  local it = records[name]
  local reply = 'gone'
  for at, run in ipairs(it and it.active or {}) do
    if run.fence == whole(item[2]) and run.attempt > 0 then
      reply = 'ok'
      it.changed = true
      if item[3] == '1' then
        run.claim = '%'
      else
        lines[#lines + 1] = run_line(name, run, item[4], item[5], item[6])
        table.remove(it.active, at)
      end
      break
    end
  end
  replies[index + 1] = reply
end

local fields = {}
for _, name in ipairs(order) do
  local it = records[name]
  if it and it.changed then
    fields[#fields + 1] = name
    fields[#fields + 1] = pack_record(it)
  end
end
remember(fields, meta, lines)
send('HSET', KEYS[1], fields)
return answer_with(replies)
`;

/** The completion script. */
export const complete: Script = { name: "complete", text: `-- ringcron complete 1\n${common}${record}${body}` };
