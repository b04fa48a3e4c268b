/**
 * What a node logs: structured, and quiet while all is well. Problems are warnings or errors, their end is
 * information, the rest is debug.
 */
import * as Effect from "effect/Effect";
import type { Event } from "../core/words/Event.ts";
import { calledIn } from "./named.ts";

type Level = "debug" | "info" | "warning" | "error";

const instant = (at: number): string => {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? `${at}` : date.toISOString();
};

/** The first of many names, and how many there are. */
const some = (names: ReadonlyArray<string>, what: string = "jobs", count: number = names.length): string =>
  count <= 10 ? names.join(", ") : `${names.slice(0, 10).join(", ")} and ${count - 10} more ${what}`;

const stepText = ({ byMs, untilAt }: Extract<Event, { _tag: "StoreClockStepped" }>): string =>
  `the store's clock stepped ${byMs < 0 ? "back" : "ahead"} by ${Math.abs(byMs)} ms` +
  (untilAt === undefined ? "" : `; fires up to ${instant(untilAt)} are decided already and do not come again`);

const divergenceText = ({ jobCount, jobs, members, zones }: Extract<Event, { _tag: "ScheduleDivergence" }>): string =>
  `other time zone data than ${some(members.map(({ name }) => name), "nodes")} for ${some(zones, "zones")}: ` +
  `who owns a job decides when it is due, until the runtimes have the same release: ${some(jobs, "jobs", jobCount)}`;

const message = (event: Event): readonly [Level, string] => {
  switch (event._tag) {
    case "StoreUnavailable":
      return ["warning", `the store does not answer, nothing unclaimed starts here: ${event.reason}: ${event.detail}`];
    case "StoreBack":
      return ["info", `the store answers again after ${event.downMs} ms`];
    case "HintsUnavailable":
      return [
        event.reason === "Unavailable" ? "info" : "warning",
        `no hints: commands of others reach this node by its beats only: ${event.reason}: ${event.detail}`,
      ];
    case "HintsBack":
      return ["info", `hints are heard again after ${event.downMs} ms`];
    case "StoreRegressed":
      return ["error", `the store lost an acknowledged watermark of ${calledIn(event)}; repaired`];
    case "StoreClockStepped":
      return ["warning", stepText(event)];
    case "DecidedAhead":
      return [
        "warning",
        `all fires up to ${instant(event.untilAt)} are decided already, nothing fires before then: ${some(event.jobs)}`,
      ];
    case "RecordCorrupt":
      return ["error", `the record of ${calledIn(event)} cannot be read; it is left alone and the job does not run`];
    case "RecordNewer":
      return [
        "error",
        `the record of ${calledIn(event)} is of a later release; it is left alone and the job does not run here`,
      ];
    case "LeaseLost":
      return ["warning", "the membership could not be renewed in time; nothing starts here until it is"];
    case "LeaseRegained":
      return ["info", "the membership is renewed"];
    case "Suspended":
      return ["warning", `this process stood still for ${Math.round(event.forMs)} ms; it joins anew`];
    case "JobOutdated":
      return ["warning", `the fleet has a newer definition of ${calledIn(event)}; it is left to the others`];
    case "ScheduleDivergence":
      return event.zones.length > 0
        ? ["warning", divergenceText(event)]
        : ["info", "the nodes have the same time zone data again"];
    case "JobFinished":
      return ["info", `the schedule of ${calledIn(event)} is over: no fire is to come`];
    case "JobUnplaced":
      return [
        "warning",
        `no member has the labels ${event.runOn.join(", ")} that ${calledIn(event)} needs; its fires wait`,
      ];
    case "JobPlaced":
      return ["info", `a member has the labels that ${calledIn(event)} needs`];
    case "Replaced":
      return ["info", `replaced by ${event.by}, which this process started later under the same name; handlers drain`];
    case "DrainAsked": {
      const by = event.by === undefined ? "" : ` by ${event.by}`;
      return ["info", `asked${by} to leave${event.reason === undefined ? "" : `: ${event.reason}`}; handlers drain`];
    }
    case "JoinFailed":
      return ["error", `cannot join: ${event.reason}: ${event.detail}`];
    case "RunLost":
      return ["warning", `a run of ${calledIn(event.run)} was lost with its node`];
    case "RunHeld":
      return [
        "warning",
        `a run of ${calledIn(event.run)} timed out and its handler goes on; no other may start until it settles`,
      ];
    case "HandlerAbandoned":
      return [
        "warning",
        `the handler of a run of ${calledIn(event.run)} that timed out goes on, and is waited for no longer`,
      ];
    case "FireSkipped":
      return event.reason === "regressed" || event.reason === "definition-changed"
        ? [
          "warning",
          `${event.count < 0 ? "fires" : `${event.count} fires`} of ${calledIn(event)} will not run: ${event.reason}`,
        ]
        : ["debug", event._tag];
    case "FireMissed":
      return ["warning", `nobody has decided the fire of ${calledIn(event)} that was due at ${instant(event.dueAt)}`];
    case "RunEnded":
      return event.outcome === "failed"
        ? ["error", `a run of ${calledIn(event.run)} failed: ${event.error}`]
        : event.outcome === "timed-out"
        ? ["warning", `a run of ${calledIn(event.run)} timed out`]
        : ["debug", `a run of ${calledIn(event.run)} ${event.outcome}`];
    default:
      return ["debug", event._tag];
  }
};

const log = { debug: Effect.logDebug, info: Effect.logInfo, warning: Effect.logWarning, error: Effect.logError };

/** What is told of each run that goes well: most of all events. */
const isEveryday = (event: Event): boolean =>
  event._tag === "RunStarted" || (event._tag === "RunEnded" && event.outcome === "succeeded");

/** Whether an event is logged even where debug messages are not. Cost: none worth measuring. */
export const isNoteworthy = (event: Event): boolean => !isEveryday(event) && message(event)[0] !== "debug";

/** Logs an event with the service, the node and the event's own fields as annotations. Cost: nothing below the minimum level. */
export const logEvent = (
  { nodeName, service }: { readonly service: string; readonly nodeName: string },
  event: Event,
): Effect.Effect<void> => {
  const [level, text] = message(event);
  const annotations: Record<string, unknown> = { service, node: nodeName, event: event._tag };
  const about = "run" in event ? event.run : event;
  if ("job" in about) {
    annotations.job = about.job;
    if (about.schedule !== undefined) annotations.schedule = about.schedule;
  }
  if ("run" in event) {
    annotations.dueAt = event.run.dueAt;
    annotations.attempt = event.run.attempt;
  }
  return Effect.annotateLogs(log[level](text), annotations);
};
