/**
 * Mutants of schedules in the store: of how they are put, and of the shelves they wait on.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts";

const put = "src/core/engine/schedules/put.ts";
const replace = "src/core/engine/schedules/replace.ts";
const shelves = "src/core/node/shelves.ts";

/** People do something to a schedule in four of five seconds, while nodes die and requests are lost. */
const busy = { schedules: 800, crash: 50, loss: 50, delay: 100, duplication: 100 };

/** All of them. */
export const schedules: ReadonlyArray<Mutant> = [
  {
    name: "schedule-watermark",
    rules: ["R50"],
    edits: [{ file: replace, from: "? moment.stamp(record.watermark) : after", to: "? moment.stamp(0) : after" }],
    broken: ["a change decides what was due", "intervals without gap or overlap"],
    faults: busy,
  },
  {
    name: "schedule-put",
    rules: ["R49"],
    edits: [{
      file: put,
      from: "        puts: [\n          text,",
      to: "        puts: Math.floor(at) % 9 === 0 ? [] : [\n          text,",
    }],
    broken: ["what was put is there"],
    faults: busy,
  },
  {
    name: "schedule-again",
    rules: ["R49"],
    edits: [{
      file: "src/core/engine/schedules/named.ts",
      from: "`${hash}${mark}${Math.floor(at).toString(36)}`",
      to: "at > 0 ? hash : mark",
    }],
    broken: ["no more runs than the limit", "no false alarm", "nothing passed over", "nothing undecided"],
    faults: busy,
  },
  {
    name: "schedule-revived",
    rules: ["R49"],
    edits: [{ file: replace, from: "lastFence: moment.stamp(lastFence),", to: "lastFence: 0 * lastFence," }],
    broken: ["nothing that nobody asked for", "every run accounted for"],
    faults: busy,
  },
  {
    name: "schedule-owed",
    rules: ["R50"],
    edits: [{ file: replace, from: "late.push(dueAt);", to: "void dueAt;" }],
    broken: ["a change decides what was due"],
    faults: busy,
  },
  {
    name: "schedule-counted",
    rules: ["R50", "R41"],
    edits: [{ file: replace, from: "const { counted } = record;", to: "const counted = undefined;" }],
    broken: ["a change decides what was due"],
    faults: busy,
  },
  {
    name: "schedule-outdated",
    rules: ["R49"],
    edits: [{
      file: "src/core/ledger/JobRecord.ts",
      from: "if (context.isPut === true) return answer",
      to: "if (stored === undefined && context.isPut === true) return answer",
    }],
    broken: [
      "what was put is there",
      "nothing passed over",
      "the newest definition wins",
      "intervals without gap or overlap",
      "one decision per fire",
    ],
    faults: busy,
  },
  {
    name: "schedule-late",
    rules: ["R58"],
    edits: [{ file: put, from: "removedAt(rest(removedKey(id)))", to: "0" }],
    broken: ["what comes late changes nothing"],
    faults: busy,
  },
  {
    name: "schedule-resumed",
    rules: ["R58"],
    edits: [{
      file: "src/core/ledger/Control.ts",
      from: "lastFence: record.lastFence + 1",
      to: "lastFence: record.lastFence",
    }],
    broken: ["what comes late changes nothing"],
    faults: { ...busy, duplication: 700 },
  },
  {
    name: "schedule-paused-with-all",
    rules: ["R38"],
    edits: [{
      file: replace,
      from: "const pause = version.enabled ? pausedWithAll(putting.allPaused()) : disabled;",
      to: "const pause = version.enabled ? pausedWithAll(undefined) : disabled;",
    }],
    broken: ["nothing while paused"],
    faults: { ...busy, control: 200 },
  },
  {
    name: "schedule-enabled-with-all",
    rules: ["R38"],
    edits: [{
      file: replace,
      from: "? pausedWithAll(putting.allPaused())\n    : disabled;\n  return {\n    watermark: before",
      to: "? pausedWithAll(undefined)\n    : disabled;\n  return {\n    watermark: before",
    }],
    broken: ["nothing while paused"],
    faults: { ...busy, control: 200 },
  },
  {
    name: "shelf-successor",
    rules: ["R53", "R22"],
    edits: [{
      file: "src/core/node/shelfTimes.ts",
      from: 'role._tag === "Successor" ? patience(draft) : (3 + spread(draft, name)) * patience(draft);',
      to: "(12 + spread(draft, name)) * patience(draft);",
    }],
    broken: ["taken over in time"],
    faults: { schedules: 300 },
  },
  {
    name: "shelf-others",
    rules: ["R53", "R22"],
    edits: [{
      file: "src/core/node/shelfTimes.ts",
      from: "if (!isPlaced(role)) return",
      to: 'if (!isPlaced(role) || role._tag === "Bystander") return',
    }],
    broken: ["taken over in time"],
    faults: { schedules: 300 },
  },
  {
    name: "shelf-silence",
    rules: ["R53"],
    edits: [
      { file: shelves, from: "isOwner ? draft.now + draft.config.maxSilenceMs : Infinity,", to: "Infinity," },
      {
        file: shelves,
        from: "readAt + afterMs <= draft.now",
        to: "readAt + 2 * draft.config.maxSilenceMs <= draft.now",
      },
    ],
    broken: ["decided in time", "taken over in time"],
    faults: { schedules: 300 },
  },
  {
    name: "shelf-help",
    rules: ["R53"],
    edits: [{ file: shelves, from: 'if (shelf === undefined || shelf.role._tag === "Owner") return;', to: "return;" }],
    broken: ["decided in time", "taken over in time"],
    faults: { schedules: 300 },
  },
  {
    name: "shelf-trust",
    rules: ["R53", "R13"],
    edits: [
      {
        file: shelves,
        from: "Role.placed(before?.role ?? Role.unplaced, place, draft",
        to: "Role.placed(before?.role ?? Role.unplaced, place && { ...place, owner: draft.incarnation }, draft",
      },
      {
        file: "src/core/ledger/reference-store.ts",
        from: "holds &&= service.rows.get(key) === expect;",
        to: 'holds &&= key.startsWith("_:") || service.rows.get(key) === expect;',
      },
    ],
    broken: ["one start per attempt", "intervals without gap or overlap", "one decision per fire", "at most once"],
    faults: busy,
  },
];
