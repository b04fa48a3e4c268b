/**
 * The scripts that are no part of the protocol.
 */
import type { Script } from "../Script.ts";
import { script } from "./common.ts";
import { keysOf } from "./byKey.ts";
import type { Kind } from "./kinds.ts";

/**
 * KEYS: rows. Argument after the tag: a cursor. Answers the next cursor, then fields, those of the history among
 * them. Commands: EVAL, HSCAN.
 */
export const keys: Script = script(
  "keys",
  [],
  `
  local page = redis.call('HSCAN', keys[1], args[2], 'COUNT', 1000)
  local reply = { page[1] }
  for index = 1, #page[2], 2 do reply[#reply + 1] = page[2][index] end
  return reply
`,
);

/**
 * KEYS: names of rows on shelves. Arguments after the tag: from where to where, and how many. Answers them. Commands: EVAL,
 * ZRANGEBYLEX.
 */
export const shelved: Script = script(
  "shelved",
  [],
  `
  return redis.call('ZRANGEBYLEX', keys[1], args[2], args[3], 'LIMIT', 0, args[4])
`,
);

/**
 * KEYS: instants, declared, rows, rows that last, names of those on shelves, shelves, then those of nodes, if nodes have keys. It starts
 * with typed reads: a key of somebody else ends the script before anything is deleted. A million rows are freed beside the commands of
 * others. Commands: EVAL, ZRANGE, HLEN, HLEN, HLEN, UNLINK.
 */
export const destroy = ({ hasKeys }: Kind): Script =>
  script(
    "destroy",
    hasKeys ? [keysOf] : [],
    `
  for index = 2, 4 do redis.call('HLEN', keys[index]) end
${
      hasKeys
        ? `  local names = {}
  for _, name in ipairs(redis.call('ZRANGE', keys[1], 0, -1)) do names[#names + 1] = string.match(name, '^@(.*)$') end
  local _, wanted = keys_of(names, keys)
  if wanted then return { wanted } end`
        : `  redis.call('ZCARD', keys[1])`
    }
  redis.call('UNLINK', unpack(keys))
  return { '' }
`,
  );
