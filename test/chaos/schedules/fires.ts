/**
 * The fires of one schedule against what was put, paused and removed: what was started, and what is owed.
 *
 * @module
 */
import { CronExpression, NextFire } from "../../../src/mod.ts";
import { isDoubtful, latest } from "./model.ts";
import { type Content, mannerOf } from "./plan.ts";
import type { Asked, Start } from "./sheets.ts";

/** A broken promise. */
export interface Breach {
  readonly rule: string;
  readonly detail: string;
}

/** By how much a fire may be claimed ahead, and a little. Milliseconds. */
const aheadMs = 2_100;

/** Clocks of one machine, in whole milliseconds. */
const roundingMs = 20;

const expressions = new Map<string, CronExpression.CronExpression>();

/** Whether a schedule has a fire at an instant. */
const hasFire = (id: string, { schedule }: Content, dueAt: number): boolean => {
  const key = `${schedule} ${id}`;
  const expression = expressions.get(key) ?? CronExpression.parseUnsafe(schedule, { jobName: id });
  expressions.set(key, expression);
  return NextFire.next(expression, dueAt - 1) === dueAt;
};

const isOnce = ({ schedule }: Content): boolean => schedule.startsWith("@at");

/** A put that may have taken effect, and when at the earliest and latest. */
interface Version {
  readonly content: Content;
  readonly from: number;
  readonly upTo: number;
  readonly isCertain: boolean;
}

const effects: ReadonlySet<string | undefined> = new Set(["created", "updated", "removed"]);

const isCertain = ({ answer }: Asked): boolean => effects.has(answer?.told);

/** What may have changed it: what was answered so, and what may have been done though its answer says nothing of it, or the opposite. */
const mayChange = (it: Asked): boolean => (it.op.kind === "put" || it.op.kind === "remove") && !isFutile(it);

/** What was told to be in vain, and is not the answer to a second copy of the request. */
const isFutile = ({ answer, op }: Asked): boolean =>
  answer?.told === "conflict" && op.kind === "put" && op.ifPut === undefined;

const versionsOf = (asked: ReadonlyArray<Asked>): ReadonlyArray<Version> => {
  const versions = new Map<string, Version>();
  for (const it of asked) {
    if (it.op.kind !== "put") continue;
    const { content } = it.op;
    const before = versions.get(content.put);
    versions.set(content.put, {
      content,
      from: Math.min(before?.from ?? Infinity, it.at),
      upTo: Math.max(before?.upTo ?? 0, latest(it)),
      isCertain: before?.isCertain === true || isCertain(it),
    });
  }
  return [...versions.values()];
};

/** Whether something else was certainly put in its place, or it was removed, between its own last instant and another one. */
const isReplaced = ({ content, upTo }: Version, by: number, asked: ReadonlyArray<Asked>): boolean =>
  asked.some((it) =>
    isCertain(it) && it.at > upTo && latest(it) < by &&
    (it.op.kind === "remove" || (it.op.kind === "put" && it.op.content.put !== content.put))
  );

const removes = (it: Asked, handler: string): boolean =>
  mayChange(it) && (it.op.kind === "remove" || (it.op.kind === "put" && it.op.content.handler !== handler));

const describe = ({ at, attempt, dueAt, fence, handler, id, kind, node, put }: Start): string =>
  `${handler} ${id} of ${dueAt} (${kind}, attempt ${attempt}, token ${fence}) under ${put} on ${node} at ${at}`;

/** Nothing starts that no definition in force owes, nothing before what it was put with, nothing twice. */
const judgeStarts = (
  asked: ReadonlyArray<Asked>,
  versions: ReadonlyArray<Version>,
  starts: ReadonlyArray<Start>,
): ReadonlyArray<Breach> => {
  const breaches: Array<Breach> = [];
  const tell = (rule: string, start: Start, more = "") => breaches.push({ rule, detail: describe(start) + more });
  const attempts = new Map<string, Start>();
  const tokens = new Map<number, Start>();
  for (const start of starts) {
    const { at, attempt, dueAt, fence, handler, id, kind } = start;
    const told = versions.find(({ content }) => content.put === start.put);
    if (told === undefined || told.from > at) tell("nothing before it was put", start);
    const isOwed = kind === "manual" ||
      versions.some((it) =>
        it.content.handler === handler && it.content.enabled && hasFire(id, it.content, dueAt) &&
        (isOnce(it.content) || it.from <= dueAt + roundingMs) && !isReplaced(it, dueAt - aheadMs, asked)
      );
    if (!isOwed) tell("nothing that no definition in force owes", start);
    const other = tokens.get(fence);
    if (other !== undefined) tell("a token once", start, `, and ${describe(other)}`);
    tokens.set(fence, start);
    const key = `${handler} ${dueAt} ${attempt}`;
    const first = attempts.get(key);
    attempts.set(key, start);
    if (first === undefined) continue;
    // Who removes a schedule and puts it again has put another one.
    const isAnother = asked.some((it) => removes(it, handler) && it.at <= at && latest(it) >= dueAt - aheadMs);
    if (!isAnother) tell("nothing twice", start, `, and ${describe(first)}`);
  }
  return breaches;
};

/** Nothing of the schedule starts between a pause and whatever may have ended it. */
const judgePauses = (asked: ReadonlyArray<Asked>, starts: ReadonlyArray<Start>): ReadonlyArray<Breach> => {
  const breaches: Array<Breach> = [];
  for (const pause of asked) {
    if (pause.op.kind !== "pause" || pause.answer?.told !== "ok") continue;
    const enders = asked.filter((it) =>
      latest(it) >= pause.at && (it.op.kind === "resume" || it.op.kind === "put" || it.op.kind === "remove")
    );
    const first = enders.reduce<Asked | undefined>((x, y) => x === undefined || y.at < x.at ? y : x, undefined);
    const [from, upTo] = [pause.answer.at + aheadMs, first?.at ?? Infinity];
    // Puts do not end a pause; under another handler it is another schedule, whose fires are not those.
    const isSkipped = first?.op.kind === "resume" && first.op.missed === "skip" && first.answer?.told === "ok";
    for (const start of starts) {
      if (start.kind === "manual" || start.dueAt <= from || start.dueAt >= upTo) continue;
      if (start.at >= upTo && !isSkipped) continue;
      breaches.push({ rule: "nothing while paused", detail: `${describe(start)}; paused from ${pause.answer.at}` });
    }
  }
  return breaches;
};

/** What must have run: each fire that every definition owes which may have been in force then, and what was triggered. */
const judgeOwed = (
  id: string,
  asked: ReadonlyArray<Asked>,
  versions: ReadonlyArray<Version>,
  starts: ReadonlyArray<Start>,
  dueUpTo: number,
): ReadonlyArray<Breach> => {
  const manner = mannerOf(id);
  if (manner === "hot") return [];
  const breaches: Array<Breach> = [];
  const started = new Set(starts.map(({ dueAt }) => dueAt));
  for (const { answer, at, op } of asked) {
    if (op.kind !== "trigger" || answer?.told !== "ok" || at > dueUpTo || started.has(answer.dueAt ?? 0)) continue;
    breaches.push({ rule: "what was asked for is run", detail: `${id}: asked at ${at}, due at ${answer.dueAt}` });
  }
  if (manner === "limited") return breaches;
  const [from] = versions.filter((it) => it.isCertain).map(({ upTo }) => upTo).sort((x, y) => x - y);
  if (from === undefined) return breaches;
  const missing: Array<number> = [];
  for (let dueAt = Math.ceil((from + roundingMs) / 1_000) * 1_000; dueAt <= dueUpTo; dueAt += 1_000) {
    // What was in force before may have been claimed ahead, beyond it: that stays decided.
    const may = versions.filter((it) => it.from <= dueAt + roundingMs && !isReplaced(it, dueAt - aheadMs, asked));
    if (may.every(({ content }) => hasFire(id, content, dueAt)) && !started.has(dueAt)) missing.push(dueAt);
  }
  if (missing.length > 0) {
    const list = missing.slice(0, 5).join(", ");
    breaches.push({ rule: "what is owed is run", detail: `${id}: ${missing.length} fires, first ${list}` });
  }
  return breaches;
};

/** No more manual runs than were asked for, and no more of the schedule than its limit. */
const judgeCounts = (
  id: string,
  asked: ReadonlyArray<Asked>,
  versions: ReadonlyArray<Version>,
  starts: ReadonlyArray<Start>,
): ReadonlyArray<Breach> => {
  const breaches: Array<Breach> = [];
  const triggers = asked.filter(({ op }) => op.kind === "trigger");
  const told = new Set(triggers.flatMap(({ answer }) => answer?.dueAt ?? []));
  const doubtful = triggers.filter(isDoubtful).length;
  const distinct = (of: (start: Start) => boolean) => new Set(starts.filter(of).map(({ dueAt }) => dueAt));
  const strange = [...distinct(({ kind }) => kind === "manual")].filter((dueAt) => !told.has(dueAt));
  if (strange.length > doubtful) {
    const detail = `${id}: ${strange.length} runs that no answer names (${
      strange.join(", ")
    }), ${doubtful} without an answer`;
    breaches.push({ rule: "asked for once, run once", detail });
  }
  const limit = versions[0]?.content.limit;
  const count = distinct(({ kind }) => kind !== "manual").size;
  if (limit !== undefined && count > limit) {
    breaches.push({ rule: "no more runs than the limit", detail: `${id}: ${count}, and ${limit} are allowed` });
  }
  return breaches;
};

/** Judges the fires of one schedule; those that are due up to then must have run. */
export const judgeFires = (
  id: string,
  asked: ReadonlyArray<Asked>,
  starts: ReadonlyArray<Start>,
  dueUpTo: number,
): ReadonlyArray<Breach> => {
  const versions = versionsOf(asked);
  return [
    ...judgeStarts(asked, versions, starts),
    ...judgePauses(asked, starts),
    ...judgeOwed(id, asked, versions, starts, dueUpTo),
    ...judgeCounts(id, asked, versions, starts),
  ];
};
