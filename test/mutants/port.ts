/**
 * Mutants of what lies between the rules of a claim and the texts of a store: what a store compares, and how the engine
 * decides over it. Each pitfall of that is in `docs/decisions/one-engine-over-dumb-stores.md`.
 *
 * @module
 */
import type { Edit, Mutant } from "./mutant.ts";
import { compareAndSwap, expiry, memberCheck } from "./store.ts";

const reference = "src/core/ledger/reference-store.ts";
const settle = "src/core/engine/settle.ts";
const declaring = "src/core/engine/declaring.ts";

/** Whatever is declared goes in pieces, messages are late and lost, and nodes come and go that declare other jobs. */
const tight = { tightBytes: 100, delay: 150, loss: 100, crash: 100, deploy: 100, withdraw: 150 };

/** A store puts whatever is there. */
const compare: Edit = { file: reference, from: "service.rows.get(key) === expect", to: "key !== expect" };

/** A store puts at any time. */
const window: Edit = { file: reference, from: "now >= notBefore && now <= notAfter", to: "notBefore <= notAfter" };

/** A store puts whoever is a member. */
const guards: Edit = {
  file: reference,
  from: "wanted === isMember(service, incarnation, now)",
  to: "wanted !== undefined",
};

/** A store counts its writes of a key and compares the number. It is kept with the rest, so a loss takes it back too. */
const counting: ReadonlyArray<Edit> = [
  { file: reference, from: "{ text, version: text }", to: "{ text, version: String(service.waits.get(`#${key}`)) }" },
  {
    file: reference,
    from: "service.rows.get(key) === expect",
    to: "(service.rows.has(key) ? String(service.waits.get(`#${key}`)) : undefined) === expect",
  },
  {
    file: reference,
    from: "else if (put !== undefined) service.rows.set(key, resolved(put));",
    to: "else if (put !== undefined) { service.rows.set(key, resolved(put));" +
      "service.waits.set(`#${key}`, (service.waits.get(`#${key}`) ?? 2 ** 52) + 1); }",
  },
  {
    file: reference,
    from: "versions: rows.map((row) => service.rows.get(row.key))",
    to: "versions: rows.map(({ key }) => service.rows.has(key) ? String(service.waits.get(`#${key}`)) : undefined)",
  },
];

/** All of them. */
export const port: ReadonlyArray<Mutant> = [
  {
    name: "store-compare",
    rules: ["R13"],
    edits: [compare],
    broken: ["intervals without gap or overlap", "one start per attempt", "one decision per fire"],
  },
  {
    name: "store-window",
    rules: ["R2", "R10"],
    from: 50,
    edits: [window],
    broken: ["leavers leave nothing behind", "nothing early"],
    faults: { duplication: 500, leave: 200, drain: 200, delay: 200 },
  },
  {
    name: "store-guards",
    rules: ["R28"],
    edits: [guards],
    broken: ["nothing taken from a member", "nothing handed to who is none"],
  },
  {
    name: "store-compare+compare-and-swap",
    rules: ["R13"],
    edits: [compare, compareAndSwap],
    broken: ["intervals without gap or overlap", "one start per attempt", "one decision per fire"],
  },
  {
    name: "store-window+expiry",
    rules: ["R2", "R10"],
    from: 80,
    edits: [window, expiry],
    broken: ["leavers leave nothing behind", "nothing early"],
    faults: { duplication: 500, leave: 200, drain: 200, delay: 200 },
  },
  {
    name: "store-guards+member-check",
    rules: ["R28"],
    edits: [guards, memberCheck],
    broken: ["nothing taken from a member", "nothing handed to who is none"],
  },
  {
    name: "counted-versions",
    rules: ["R13"],
    edits: counting,
    broken: ["intervals without gap or overlap", "one start per attempt", "tokens grow"],
    isLossy: true,
  },
  {
    name: "asked-window",
    rules: ["R2", "R10", "R27"],
    edits: [{
      file: "src/core/ledger/Moment.ts",
      from: "return { notBefore: this.#notBefore, notAfter: this.#notAfter };",
      to: "return { notBefore: 0, notAfter: Number.MAX_SAFE_INTEGER };",
    }],
    broken: ["nothing early", "no overlap", "leavers leave nothing behind"],
    faults: { duplication: 500, leave: 200, drain: 200, delay: 200 },
  },
  {
    name: "remembered-text",
    rules: ["R5"],
    edits: [{
      file: settle,
      from: "seenPut(put, version, at, ",
      to: "seenPut(put, version, at + 1, ",
    }],
    broken: ["intervals without gap or overlap"],
  },
  {
    name: "unproved",
    rules: ["R5", "R13"],
    edits: [{
      file: settle,
      from: "return planOf(it, subject.keys.map(known.row), now, now, layout, known.isMember, known.row);",
      to: "const plan = planOf(it, subject.keys.map(known.row), now, now, layout, known.isMember, known.row);" +
        "if (changes(plan.decision) || known.row(subject.keys[0] ?? '') === undefined) return plan;" +
        "prove(plan, now); return undefined;",
    }],
    broken: ["nothing early", "decided in time"],
  },
  {
    name: "asked-members",
    rules: ["R28"],
    edits: [{
      file: settle,
      from: "notBefore, notAfter, members, waitsSince",
      to: "notBefore, notAfter, members: [], waitsSince",
    }],
    broken: ["nothing taken from a member", "nothing handed to who is none"],
  },
  {
    // What a node did not find of pieces it does without.
    name: "declared-whole",
    rules: ["R55"],
    edits: [{ file: declaring, from: "if (parts.some((part) => part === undefined)) continue;", to: "" }],
    broken: ["no node wedged"],
    faults: tight,
  },
  {
    // A declaration stands behind its digest before all pieces are there, and nobody looks whether they are.
    name: "declared-early",
    rules: ["R55"],
    edits: [
      { file: declaring, from: 'if (whose === "told") return', to: 'if (whose === "told" || whose === "own") return' },
      { file: "src/core/engine/beats.ts", from: "yield* areKept(settling, digest)", to: "digest !== ''" },
    ],
    broken: ["no node wedged"],
    faults: tight,
  },
];
