/**
 * The beat script: renews, joins or removes one member, drops whose promise is over, tells who is there.
 *
 * KEYS: instants, declared, rows, then the node's own key and those of others, if nodes have keys. Arguments after the tag:
 * incarnation, when it joined if it knows, digest, its row and what it declares (`-` for nothing, else `=text`), known digests;
 * then whole numbers: longestMs, renewMs, amnestyMs, knownVersion, overdueMs, notAfter, retentionMs.
 *
 * An incarnation of `%`, which stands for nothing, is a look: it writes nothing, drops nobody, and takes the set at its word.
 *
 * Answers `now|raw|version|joined|isNews`, then lines `m|ends|longest|row`, `d|digest|text`, `o|key`.
 * Commands: EVAL, TIME, ZRANGEBYSCORE, ZADD; others only when members change, and once per half retention.
 */
import type { Script } from "../Script.ts";
import { basics, layout, otherKind, script, send } from "./common.ts";
import type { Kind } from "./kinds.ts";
import { set } from "./set.ts";

/**
 * - A promise never gets shorter than it was: a copy of an earlier beat may arrive after a later one was acknowledged. What
 *   lies further ahead than any promise can is of a clock that was set back, and is cut once that has been so for two
 *   and a half seconds, and so for the beat that a node sends to be sure: a clock that stands back for a moment makes nobody's promise end.
 * - Members of the other driver are taken over when none of them can be alive.
 * - The first write is that of what is declared: the set was read and is ours, that hash may be somebody else's.
 * - Old rows go last: a set that is empty in between would be deleted, and its time to live with it.
 */
const body = ({ mark }: Kind) => `
  local instants, declared_key = keys[1], keys[2]
  local _, incarnation, since, digest, row, declared, known_digests = unpack(args, 1, 7)
  for index = 8, 14 do args[index] = tonumber(args[index]) end
  local longest, renew_ms, amnesty_ms, known_version, overdue_ms, not_after, retention = unpack(args, 8, 14)
  local raw = clock(redis.call('TIME'))
  local set, problem = read_set(instants, int(math.min(0, overdue_ms - raw)))
  if not set then return { problem } end
  local members, meta, own = set.members, set.meta, set.members[incarnation]
  local now = meta.beat > raw and meta.beat < raw + 1000 and meta.beat or raw
  since = own and own.since or since ~= '' and since or int(now)
  local name = row ~= '-' and table.concat({ incarnation, since, digest, string.sub(row, 2) }, '|') or nil
  local is_same, is_look = own ~= nil and own.name == name, incarnation == '%'
  local is_quiet = is_same and declared == '-' and meta.version == known_version
  local amnesty, horizon, is_far, scores = meta.kind == ${mark} and meta.amnesty or 0, raw + amnesty_ms + 1000, false, {}
  for _, member in ipairs(members) do
    if meta.kind ~= ${mark} and member.ends > now then return { '${otherKind}' .. int(meta.kind) } end
    is_quiet = is_quiet and member.ends > now
    local most = raw + member.longest + 1000
    horizon, is_far = math.max(horizon, most), is_far or member.ends > most
  end
  problem = not is_look and look(keys, members, own, is_quiet, now)
  if problem then return { problem } end

  local back = (is_far or amnesty > horizon) and (meta.back > 0 and meta.back <= raw and meta.back or raw) or 0
  if back > 0 and raw - back >= 2500 and not is_look then
    amnesty, back = math.min(amnesty, horizon), 0
    for _, it in ipairs(members) do
      it.ends = math.min(it.ends, raw + it.longest + 1000)
      scores[#scores + 1], scores[#scores + 2] = int(it.ends), '@' .. it.who
    end
  end
  if own and own.ends <= now then amnesty = math.max(amnesty, now + amnesty_ms) end

  local entries, held, removed, leaving, dropped = {}, {}, {}, {}, {}
  for _, member in ipairs(members) do
    if member ~= own and (member.ends > now or amnesty > now or now > not_after) then
      entries[#entries + 1], held[member.digest] = member, true
    elseif member ~= own or not is_same then
      removed[#removed + 1], leaving[#leaving + 1], dropped[#dropped + 1] = member.name, member.digest, member.key
      if member ~= own or not name then removed[#removed + 1] = '@' .. member.who end
    end
  end
  local is_changed, is_first, ends = not is_look and #removed > 0, false, nil
  if name then
    ends = math.max(own and own.ends or 0, now + renew_ms)
    entries[#entries + 1], held[digest] = { name = name, ends = ends, longest = longest }, true
    scores[#scores + 1], scores[#scores + 2] = int(ends), '@' .. incarnation
    if not is_same or own.longest ~= longest then scores[#scores + 1], scores[#scores + 2] = int(longest), name end
    is_first = declared ~= '-' and send('HSET', declared_key, { digest, string.sub(declared, 2) }) > 0
    is_changed = is_changed or is_first or not own
  end
  local version = is_changed and math.max(meta.version + 1, now) or meta.version
  local is_news = version ~= known_version

  local known, wanted, unused = { [digest] = declared ~= '-' }, {}, {}
  for who in string.gmatch(known_digests, '[^,]+') do known[who] = known[who] or who ~= digest end
  for it in pairs(held) do wanted[#wanted + 1] = is_news and not known[it] and it or nil end
  for _, it in ipairs(leaving) do unused[#unused + 1] = not held[it] and it or nil end
  local texts = #wanted > 0 and redis.call('HMGET', declared_key, unpack(wanted)) or {}

  if not is_look and (ends or meta.version > 0) then
    send('HDEL', declared_key, unused)
    local is_due = now >= meta.refresh or meta.refresh > now + retention
    local after = { beat = now, version = version, amnesty = amnesty, back = back, kind = ${mark}, layout = ${layout},
      refresh = is_due and now + math.floor(retention / 2) or meta.refresh }
    for it, score in pairs(after) do if score ~= meta[it] or meta.version == 0 then add(scores, int(score), '#' .. it) end end
    send('ZADD', instants, scores)
    send('ZREM', instants, removed)
    for _, key in ipairs(dropped) do redis.call('UNLINK', key) end
    for index = is_due and 1 or 2, is_due and 3 or is_first and 2 or 0 do redis.call('PEXPIRE', keys[index], retention) end
  end
  if not is_look then keep(keys[4], ends, retention, is_quiet and own.ends) end

  local reply = { table.concat({ int(now), int(raw), int(version), own and '0' or '1', is_news and '1' or '0' }, '|') }
  for _, it in ipairs(is_news and entries or {}) do
    reply[#reply + 1] = 'm|' .. int(it.ends) .. '|' .. int(it.longest) .. '|' .. it.name
  end
  for index, it in ipairs(wanted) do
    if texts[index] then reply[#reply + 1] = 'd|' .. it .. '|' .. (it == digest and '' or texts[index]) end
  end
  for index = 1, math.min(#set.waiting, 200) do reply[#reply + 1] = 'o|' .. set.waiting[index] end
  return reply
`;

/** Composes the beat script with the way members are kept. */
export const beat = (kind: Kind): Script => script("beat", [basics, send, set, kind.look, kind.keep], body(kind));
