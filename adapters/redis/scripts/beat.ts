/**
 * The beat script: renews, joins or removes one member, drops whose promise is over, tells who is there.
 *
 * KEYS: instants, declared, rows, then the node's own key and those of others, if nodes have keys. Arguments after the tag:
 * incarnation, when it joined if it knows, digest, its row and what it declares (`-` for nothing, else `=text`), known digests;
 * then whole numbers: longestMs, renewMs, amnestyMs, knownVersion, overdueMs, retentionMs.
 *
 * Answers `now|raw|version|joined|isNews`, then lines `m|ends|longest|row`, `d|digest|text`, `o|key`.
 * Commands: EVAL, TIME, ZRANGEBYSCORE, ZADD, with keys also SET; others only when members change, and once per half
 * retention.
 */
import type { Script } from "../Script.ts";
import { basics, layout, script, send } from "./common.ts";
import type { Kind } from "./kinds.ts";
import { set } from "./set.ts";

/** How the answer begins that tells that members are kept by another driver; its mark follows. */
export const otherKind = "kind|";

/**
 * - A promise never gets shorter than it was: a copy of an earlier beat may arrive after a later one was acknowledged. What
 *   lies further ahead than any promise can is of a clock that was set back, and is cut.
 * - Members of the other driver are taken over when none of them can be alive.
 * - The first write is that of what is declared: the set was read and is ours, that hash may be somebody else's.
 * - Old rows go last: a set that is empty in between would be deleted, and its time to live with it.
 */
const body = ({ mark }: Kind) => `
  local instants, declared_key = keys[1], keys[2]
  local _, incarnation, since, digest, row, declared, known_digests = unpack(args, 1, 7)
  local longest, renew_ms, amnesty_ms = tonumber(args[8]), tonumber(args[9]), tonumber(args[10])
  local known_version, overdue_ms, retention = tonumber(args[11]), tonumber(args[12]), tonumber(args[13])
  local raw = clock()
  local set, problem = read_set(instants, int(math.min(0, overdue_ms - raw)))
  if not set then return { problem } end
  local members, meta, own = set.members, set.meta, set.members[incarnation]
  local now = meta.beat > raw and meta.beat < raw + 1000 and meta.beat or raw
  since = own and own.since or since ~= '' and since or int(now)
  local name = row ~= '-' and table.concat({ incarnation, since, digest, string.sub(row, 2) }, '|') or nil
  local is_same = own ~= nil and own.name == name
  local is_quiet = is_same and declared == '-' and meta.version == known_version
  for _, member in ipairs(members) do
    if meta.kind ~= ${mark} and member.ends > now then return { '${otherKind}' .. int(meta.kind) } end
    is_quiet = is_quiet and member.ends > now
  end
  problem = look(keys, members, own, is_quiet, now)
  if problem then return { problem } end

  local amnesty, horizon, scores = meta.kind == ${mark} and meta.amnesty or 0, amnesty_ms, {}
  for _, member in ipairs(members) do
    local most = raw + member.longest
    horizon = math.max(horizon, member.longest)
    if member.ends > most + 1000 then
      scores[#scores + 1], scores[#scores + 2], member.ends = int(most), '@' .. member.who, most
    end
  end
  amnesty = math.min(amnesty, raw + horizon + 1000)
  if own and own.ends <= now then amnesty = math.max(amnesty, now + amnesty_ms) end

  local entries, held, removed, leaving = {}, {}, {}, {}
  for _, member in ipairs(members) do
    if member ~= own and (member.ends > now or amnesty > now) then
      entries[#entries + 1], held[member.digest] = member, true
    elseif member ~= own or not is_same then
      removed[#removed + 1], leaving[#leaving + 1] = member.name, member.digest
      if member ~= own or not name then removed[#removed + 1] = '@' .. member.who end
    end
  end
  local is_changed, is_first, ends = #removed > 0, false, nil
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
  send('HDEL', declared_key, unused)

  if ends or meta.version > 0 then
    local is_due = now >= meta.refresh or meta.refresh > now + retention
    local after = { beat = now, version = version, amnesty = amnesty, kind = ${mark}, layout = ${layout} }
    after.refresh = is_due and now + math.floor(retention / 2) or meta.refresh
    for it, score in pairs(after) do
      if score ~= meta[it] or meta.version == 0 then scores[#scores + 1], scores[#scores + 2] = int(score), '#' .. it end
    end
    send('ZADD', instants, scores)
    send('ZREM', instants, removed)
    for index = 1, is_due and 3 or 0 do redis.call('PEXPIRE', keys[index], retention) end
    if is_first and not is_due then redis.call('PEXPIRE', declared_key, retention) end
  end
  keep(keys[4], ends)

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
