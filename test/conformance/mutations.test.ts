import * as Effect from "effect/Effect";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Driver } from "../../src/Driver.ts";
import * as Laws from "../../src/testing/Laws.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { tcpDriver } from "./support/stores.ts";

/**
 * Rules of the scripts, switched off one at a time, and a law that must notice.
 * `ALL=1 npx vitest run mutations` prints every law that notices.
 */
const mutants: ReadonlyArray<readonly [name: string, from: string, to: string, law: string]> = [
  ["no replay", "if it and is_committed(it, item) then", "if false then", "the same claim, sent again"],
  [
    "replay only of the last claim",
    "if run.claim == item.claim then return true",
    "if false then return true",
    "the same claim, sent again",
  ],
  ["no compare-and-swap", "it.watermark ~= whole(item.from)", "false", "of 50 concurrent contenders"],
  [
    "later than instead of equal",
    "it.watermark ~= whole(item.from)",
    "it.watermark >= whole(item.to)",
    "of the claims of 8 clients",
  ],
  ["no expiry of requests", "if now > expires then", "if false then", "a copy that arrives too late"],
  ["no early check", "if whole(item.to) > now + 2000 then", "if false then", "more than two seconds ahead"],
  ["no pause check", "if it.paused then return it", "if false then return it", "nothing is claimed of a paused job"],
  [
    "no overlap check",
    "local overlapping = item.overlap ~= 'allow' and",
    "local overlapping = false and",
    "overlap is judged",
  ],
  [
    "overlap only among the new runs' past",
    "if tonumber(part[1]) > now then",
    "if false then",
    "overlap is judged",
  ],
  ["every run of a claim starts", "(index > 1 and item.overlap ~= 'allow')", "false", "of several runs in one claim"],
  ["no definition check", "if it.definition ~= item.definition then", "if false then", "a changed definition"],
  ["no deployment check", "if deployment < it.deployment then", "if false then", "a changed definition"],
  ["no floors", "if replaced or floor and floor > it.watermark then", "if false then", "a floor repairs"],
  ["whose claim it was is not looked at", "if replaced or floor", "if floor", "in the place of another one"],
  ["no recovery", "local lost = recover(it, item)", "local lost = {}", "is lost if it must not run again"],
  ["recovery without a look at the members", "is_member(by))", "false)", "not taken from a member"],
  ["recovery of nobody's runs", "is_member(by))", "true)", "is lost if it must not run again"],
  ["rerun whatever the delivery", "(item.rerun or run.claim == '%')", "true", "is lost if it must not run again"],
  ["what was given back is lost", "(item.rerun or run.claim == '%')", "item.rerun", "that is given back"],
  ["reruns without end", "run.attempt < 5", "true", "after the fifth attempt"],
  [
    "reruns keep their token",
    "kept[#kept + 1] = hand_out(it, run, item.claim .. '%21')",
    "local fence = run.fence kept[#kept + 1] = hand_out(it, run, item.claim .. '%21') run.fence = fence",
    "with the next attempt and a higher token",
  ],
  [
    "a takeover looks like a commit",
    "hand_out(it, run, item.claim .. '%21')",
    "hand_out(it, run, item.claim)",
    "not taken for committed",
  ],
  [
    "tokens of the clock alone",
    "it.token = math.max(it.token + 1, now)",
    "it.token = now",
    "tokens of a job grow",
  ],
  [
    "tokens that only count",
    "it.token = math.max(it.token + 1, now)",
    "it.token = it.token + 1",
    "tokens of a job grow",
  ],
  [
    "watermark from the record, not the claim",
    "it.watermark = whole(item.to)",
    "it.watermark = it.watermark + 1",
    "moves it and hands out",
  ],
  [
    "a batch reads its jobs once too often",
    "if records[name] == nil and not corrupt[name] then",
    "if true then",
    "a batch is its items",
  ],
  [
    "no score of the next fire",
    "scores[#scores + 1] = score_of(it)\n    scores",
    "scores[#scores + 1] = '-8000000000000000'\n    scores",
    "overdue jobs are listed",
  ],
  [
    "a paused job is overdue",
    "not it.paused and it.due or",
    "it.due or",
    "that is caught up",
  ],
  ["completion by job, not by token", "run.fence == whole(item[2]) and", "true and", "only by its own token"],
  [
    "completion without history",
    "lines[#lines + 1] = run_line(name, run",
    "local _ = run_line(name, run",
    "a run ends once",
  ],
  ["a run given back ends", "if item[3] == '1' then", "if false then", "that is given back"],
  ["leases never end", "if it.ends > now or amnesty > now then", "if true then", "dropped when its lease ends"],
  ["no amnesty", "if own and own.ends <= now then", "if false then", "nobody is dropped for the length"],
  [
    "the gap is no part of the lease",
    "now + gap + lease)",
    "now + lease)",
    "a node that beats is a member",
  ],
  ["a version that never grows", "if changed then version =", "if not meta then version =", "a change of name, weight"],
  [
    "a version that always grows",
    "if changed then version =",
    "if true then version =",
    "equal versions mean equal members",
  ],
  [
    "members are always told",
    "local isNews = version ~= tonumber(args[10])",
    "local isNews = true",
    "equal versions mean equal members",
  ],
  ["jobs told late reach nobody", "changed, isFirst = true, true", "isFirst = true", "the jobs behind a digest"],
  ["digests are kept for ever", "send('HDEL', KEYS[2], unused)", "", "a digest that no member has"],
  ["a leave is a beat", "if state ~= 'gone' then", "if true then", "who leaves is gone at once"],
  ["deployments stamped by each beat", "own and own.deployment or now", "now", "a deployment of 0"],
  [
    "overdue before its time",
    "int(math.min(0, tonumber(args[12]) - time))",
    "'-7000000000000000'",
    "overdue jobs are listed",
  ],
  ["no bound of the overdue", "math.min(#jobs, 200)", "#jobs", "at most 200 overdue"],
  [
    "a command nobody hears of",
    "row.version = math.max(row.version + 1, now)",
    "row.amnesty = row.amnesty + 1",
    "nothing is claimed of a paused job",
  ],
  [
    "a skipped pause is not decided",
    "    it.watermark = now\n    it.claim = '%'",
    "",
    "nothing is claimed of a paused job",
  ],
  [
    "destroy keeps the members",
    "redis.call('DEL', jobs, instants, declared)",
    "redis.call('DEL', jobs, declared)",
    "a destroyed service",
  ],
  ["a key is not remembered", "it.asked[#it.asked + 1] = { key, first }", "", "the same key queues nothing twice"],
  ["a key is remembered for ever", "if #it.asked > 20 then", "if false then", "remembers the last twenty keys"],
  ["triggers at one instant", "or used[dues[1]] do", "do", "no two of them at one instant"],
  ["triggers at whole seconds", "dues[1] % 1000 == 0 or", "dues[1] % 1000 ~= 0 or", "between whole seconds"],
  ["no bound of the queue", "if queued(it) + #dues > 200 then", "if false then", "what does not fit into the queue"],
  [
    "the queue is handed out at once",
    "if run.attempt == 0 and free > 0 then",
    "if run.attempt == 0 then",
    "one at a time",
  ],
  [
    "the queue is handed out to all",
    "if item.from == '' then take(it, item) end",
    "take(it, item)",
    "not held up by the queue",
  ],
  ["the queue does not count what runs", " - (#it.active - queued(it))", "", "one at a time"],
  ["the queue is handed out one by one", "item.take - (", "1 - (", "ten are under way"],
  ["the queue is handed out unasked", "item.take - (", "10 - (", "one at a time"],
  [
    "the queue is held up by a pause",
    "if item.from == '' then take(it, item) end",
    "if item.from == '' and not it.paused then take(it, item) end",
    "a queued fire of a paused job",
  ],
  ["what is queued counts for overlap", "#it.active > queued(it)", "#it.active > 0", "not held up by the queue"],
  ["recovery of queued runs", "if run.attempt == 0 or by", "if by", "one at a time"],
  [
    "a run of the queue forgets its kind",
    "run.kind = kinds[run.kind]",
    "run.kind = 'rerun'",
    "recovered with its kind",
  ],
  ["a score without the queue", "if run.attempt == 0 then since =", "if false then since =", "also while it is paused"],
  ["anybody ends what is queued", "and run.attempt > 0 then", "then", "nobody can end a run that is queued"],
  [
    "what is cancelled is not recorded",
    "lines[#lines + 1] = run_line(job, run, 'cancelled', '0', int(now))",
    "local _ = 0",
    "can be cancelled",
  ],
  ["cancelling what runs", "if run.attempt == 0 then\n      lines", "if true then\n      lines", "can be cancelled"],
  ["history in one slot", "int(meta.sequence % slots)", "'0'", "the history keeps the order"],
];

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  await redis?.stop();
});

/** The names of the laws that the driver breaks. */
const broken = async (
  laws: ReadonlyArray<Laws.Law>,
  edit: (script: string) => string,
): Promise<ReadonlyArray<string>> => {
  const { driver, close } = await tcpDriver(redis.port, edit);
  const names: Array<string> = [];
  for (const { name, check } of laws) {
    const exit = await Effect.runPromiseExit(Effect.provideService(check, Driver, driver));
    if (exit._tag === "Failure") names.push(name);
  }
  close();
  return names;
};

describe("a script without one of its rules", () => {
  it.each(mutants)("%s", async (name, from, to, law) => {
    const laws = process.env["ALL"] ? Laws.all : Laws.all.filter((it) => it.name.includes(law));
    let edits = 0;
    const caught = await broken(laws, (script) => {
      if (!script.includes(from)) return script;
      edits++;
      return script.replaceAll(from, to);
    });
    if (process.env["ALL"]) console.log(`MUTANT ${name} | ${caught.length} | ${caught.join(" | ")}`);
    expect(edits, "the script has the rule").toBeGreaterThan(0);
    expect(caught.join(" | ")).toContain(law);
  });

  it("is what was tested: with all of them it keeps the laws", async () => {
    expect(await broken(Laws.all, (script) => `${script} `)).toEqual([]);
  });
});
