/**
 * The script that only looks.
 *
 * KEYS: jobs. Arguments after the tag: whether the history is wanted, then the names of jobs.
 * Answers `peek|now`, a line `j|record` for each name (empty if there is none that can be read), lines `h|entry`.
 * Commands: EVAL, TIME, HMGET.
 */
import type { Script } from "../Script.ts";
import { common } from "./common.ts";
import { record } from "./record.ts";

const body = `
local newest = 1000
local names = {}
for index = 2, #args do names[index - 1] = args[index] end
local count = #names
if args[1] == '1' then
  names[count + 1] = '#'
  for index = 0, slots - 1 do names[count + 2 + index] = '#h' .. int(index) end
end
local reply = { 'peek|' .. int(clock()) }
local texts = #names > 0 and read(KEYS[1], names) or {}
for index = 1, count do
  local text = texts[index]
  reply[index + 1] = 'j|' .. (text and unpack_record(text) and text or '')
end
local meta = texts[count + 1] and unpack_meta(texts[count + 1])
if meta then
  local lines = {}
  for back = 1, math.min(slots, meta.sequence) do
    local slot = texts[count + 2 + (meta.sequence - back) % slots]
    if slot and #lines < newest then
      local entries = split(slot, '\\n')
      for index = #entries, 1, -1 do lines[#lines + 1] = entries[index] end
    end
  end
  for index = math.min(newest, #lines), 1, -1 do reply[#reply + 1] = 'h|' .. lines[index] end
end
return answer_with(reply)
`;

/** The script that only looks. */
export const peek: Script = { name: "peek", text: `-- ringcron peek 1\n${common}${record}${body}` };
