/**
 * What scripts are made of: functions in Lua, of which each script gets those it needs, and the frame around its body.
 *
 * The first argument is a tag of the request, which the answer begins with: a proxy that hands out the answer to another
 * request is found out. Numbers leave Lua as `%.0f` texts: its own conversion keeps 14 digits. Nothing but the language and
 * `redis.call` is taken for granted: hosted stores have no `cjson`.
 */
import type { Script } from "../Script.ts";

/** The layout of what scripts write; what bears a higher number is left alone. */
export const layout = 2;

/** What a script answers when it finds something that is not ours; it has written nothing then. */
export const refused = "refused";

/** What a script answers when it finds what a later release has written; it has written nothing then. */
export const newer = "newer";

/** How the answer begins that tells that members are kept by another driver; its mark follows. */
export const otherKind = "kind|";

/** A whole number as text, the clock in milliseconds, and what to answer to another layout. */
export const basics: string = `
local function int(number) return string.format('%.0f', number) end

local function clock(time) return time[1] * 1000 + math.floor(time[2] / 1000) end

local function problem_of(layout) return (tonumber(layout) or 0) > ${layout} and '${newer}' or '${refused}' end
`;

/**
 * Adds a pair to a list; runs a command that writes on a key and a list of any length, not at all on none: in pieces, because `unpack` is bounded by
 * Lua's stack. Gives the sum of what it answers. A server that refuses a command tells the line it was called on and not
 * always the command, so that is put into the error.
 */
export const send: string = `
local function add(list, first, second) list[#list + 1], list[#list + 2] = first, second end

local function send(command, key, list)
  local sum = 0
  for from = 1, #list, 4000 do
    local reply = redis.pcall(command, key, unpack(list, from, math.min(from + 3999, #list)))
    if type(reply) == 'table' then error("'" .. command .. "' " .. reply.err, 0) end
    sum = sum + reply
  end
  return sum
end
`;

/** A script: functions, then a body that gets keys and arguments and returns the lines of its answer. */
export const script = (name: string, functions: ReadonlyArray<string>, body: string): Script => ({
  name,
  text: `-- ringcron ${name} ${layout}
${functions.join("")}
local function run(keys${/\bargs\b/.test(body) ? ", args" : ""})
${body.trim()}
end
return ARGV[1] .. '\\n' .. table.concat(run(KEYS, ARGV), '\\n')
`,
});
