/**
 * Putting schedules: each in one change of its rows, and nothing at all where it is as it is to be.
 */
import * as Payload from "../../ledger/Payload.ts";
import * as Moment from "../../ledger/Moment.ts";
import type { JobRecord } from "../../ledger/JobRecord.ts";
import type { Open } from "../../ledger/Moment.ts";
import { layouts } from "../../ledger/layout.ts";
import { recordText } from "../../ledger/recordText.ts";
import { hashOfSchedule, scheduleText } from "../../ledger/scheduleText.ts";
import type { CronExpression } from "../../schedule/CronExpression.ts";
import * as Jitter from "../../schedule/jitter.ts";
import { expressionOf } from "../../schedule/ofSchedule.ts";
import type { AskedBy } from "../../words/Action.ts";
import type { ScheduleDefinition, ScheduleDone, SchedulePut } from "../../words/ScheduleRequest.ts";
import { nameOf } from "../../words/Schedules.ts";
import { actedBy } from "../acted.ts";
import { Fault, type Operation } from "../Operation.ts";
import { forgetting } from "../results.ts";
import { allPausedIn, allPausedKey, shelfOfJob } from "../rows.ts";
import { commandMs, type Decision, leaving, settle, type Settling, type Subject } from "../settle.ts";
import { removedAt, removedKey } from "./removed.ts";
import { begun, changed, type Version } from "./replace.ts";
import { rowsOf, storedIn } from "./stored.ts";
import { scheduleWaits } from "./waits.ts";

const versionOf = (
  { enabled, keepRuns = 1, policies }: ScheduleDefinition,
  expression: CronExpression,
  hash: string,
): Version => ({ enabled, policies, expression, hash, keepRuns });

/** What is written of a schedule, and where it waits. */
export const placed = (
  job: string,
  record: JobRecord<Open>,
  { at, layout }: { readonly at: number; readonly layout: number },
): Pick<Decision<unknown>, "shelf" | "waitsSince" | "record" | "lines" | "hint"> & { readonly text: string } => {
  const shelf = shelfOfJob(job);
  return {
    text: recordText(record, layout),
    record: layout === layouts.newest ? record : undefined,
    shelf,
    waitsSince: scheduleWaits(record, at),
    lines: [],
    hint: shelf,
  };
};

const subjectOf = (
  service: string,
  { definition, id, ifVersion }: SchedulePut,
  expression: CronExpression,
  asked: AskedBy,
): Subject<ScheduleDone> => {
  const { handler, payload, policies } = definition;
  const hash = hashOfSchedule(definition);
  const job = nameOf(handler, id);
  return {
    keys: rowsOf(id),
    isAwaited: false,
    decide: (rows, grounds) => {
      const { at, layout, moment, rest } = grounds;
      const stored = storedIn(rows);
      if (stored === "newer" || stored === "corrupt") return leaving<ScheduleDone>({ result: stored });
      const told = { handler, version: stored?.version };
      if (ifVersion !== undefined && ifVersion !== (stored?.version ?? 0)) {
        return leaving<ScheduleDone>({ ...told, result: "conflict" });
      }
      if (stored?.hash === hash) return leaving<ScheduleDone>({ ...told, result: "unchanged" });
      // Another handler makes it another schedule: what runs under the old one is nobody's any more.
      const base = stored?.definition.handler === handler ? stored : undefined;
      const old = base && expressionOf(id, base.definition);
      if (base !== undefined && old === undefined) return leaving<ScheduleDone>({ result: "corrupt" });
      moment.isAfter(at + commandMs);
      const allPaused = () => allPausedIn(rest(allPausedKey));
      const putting = { jitter: Jitter.of(service, job, policies.jitterMs), moment, at, allPaused };
      const next = versionOf(definition, expression, hash);
      const least = stored === undefined ? removedAt(rest(removedKey(id))) : stored.record.lastFence;
      const record = base !== undefined && old !== undefined
        ? changed(base.record, versionOf(base.definition, old, base.hash), next, putting)
        : begun(next, putting, least);
      const version = moment.next(stored?.version ?? least);
      const { text, ...place } = placed(job, record, { at, layout });
      const before = stored && shelfOfJob(nameOf(stored.definition.handler, id));
      const [, , given] = rows;
      const isSamePayload = payload === stored?.definition.payload;
      return {
        ...place,
        puts: [
          text,
          scheduleText(definition, version, layout),
          isSamePayload ? undefined : payload === undefined ? given && null : Payload.payloadText(payload, layout),
        ],
        lines: actedBy(asked, "schedule-put", id, grounds),
        unshelve: before === place.shelf ? undefined : before,
        // What became of triggers under the old handler is nobody's either.
        also: stored === undefined || base !== undefined
          ? undefined
          : forgetting(nameOf(stored.definition.handler, id), stored.record, rest),
        answer: (storeTime) => ({
          result: stored === undefined ? "created" : "updated",
          handler,
          version: Moment.at(version, storeTime),
        }),
      };
    },
  };
};

/** How many rows one exchange of puts carries at most, and by how much less than it may: each writes several, and their places. */
const mostRows = 80;
const share = 2;

/** Puts schedules, none of them twice. */
export function* put(
  settling: Settling,
  service: string,
  { by, puts }: AskedBy & { readonly puts: ReadonlyArray<SchedulePut> },
): Operation<ReadonlyArray<ScheduleDone>> {
  const subjects = puts.map((it) => {
    const expression = expressionOf(it.id, it.definition);
    if (expression === undefined) throw new Fault("Misconfigured", "a schedule that was put cannot be read");
    return subjectOf(service, it, expression, { by });
  });
  const limits = {
    ...settling.limits,
    rows: Math.max(1, Math.min(mostRows, Math.floor(settling.limits.rows / share))),
  };
  return (yield* settle({ ...settling, limits }, subjects)).answers;
}
