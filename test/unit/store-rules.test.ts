/**
 * Each rule of a store is needed: the laws of stores notice the reference without it. What holds for the scripts of Redis is
 * in test/conformance/store-mutations.test.ts.
 */
import * as Effect from "effect/Effect";
import { describe, expect, it } from "vitest";
import * as Memory from "../../adapters/memory.ts";
import { Store } from "../../src/Store.ts";
import * as Laws from "../../src/testing/Laws.ts";
import { load } from "../mutants/build.ts";

const renewed = "Math.max(member.endsAt, now + Math.min(renew.forMs, member.longestMs))";
const renewing = "service.members.set(renew.incarnation, { ...member, endsAt });";
const ofMember = "service.members.get(renew.incarnation)";

const rules: ReadonlyArray<readonly [name: string, from: string, to: string]> = [
  ["an-exchange-never-shortens-a-promise", renewed, "now + Math.min(renew.forMs, member.longestMs)"],
  [
    "an-exchange-renews-no-promise-that-has-ended",
    "member !== undefined && member.endsAt > now",
    "member !== undefined",
  ],
  [
    "an-exchange-lets-nobody-join",
    ofMember,
    `${ofMember} ?? { row: "x", digest: "x", longestMs: 3_600_000, since: now, endsAt: now + 1 }`,
  ],
  ["an-exchange-drops-nobody", renewing, `${renewing} dropOthers(service, renew.incarnation, now);`],
  ["an-exchange-grants-no-amnesty", renewing, `${renewing} service.amnestyUntil = now + 60_000;`],
  ["what-is-there-is-compared", "service.rows.get(key) === expect", "service.rows.has(key) === (expect !== undefined)"],
  [
    "that-nothing-is-there-is-compared",
    "service.rows.get(key) === expect",
    "[undefined, service.rows.get(key)].includes(expect)",
  ],
  ["not-before", "now >= notBefore && ", ""],
  ["not-after", "&& now <= notAfter", ""],
  ["guards", "wanted === isMember(service, incarnation, now)", "(!wanted || isMember(service, incarnation, now))"],
  [
    "guards-of-who-is-none",
    "wanted === isMember(service, incarnation, now)",
    "(wanted || !isMember(service, incarnation, now))",
  ],
  ["what-is-due-later-is-not-told", ".filter(([, since]) => since <= until)", ""],
  ["what-was-told-is-not-told-again", "filter(([, since]) => since > after)", "filter(() => true)"],
  ["what-was-removed-is-due-no-more", "text === null ? undefined : waitsSince", "waitsSince"],
  ["a-row-stands-on-one-shelf", "if (unshelve !== undefined) take(service, unshelve, key);", ""],
  ["rows-that-last-are-not-among-keys", "!it.startsWith(lasting)", "true"],
  ["a-touch-makes-a-new-version", "if (touch && isTouched && service.version > 0) grow(service, now);", ""],
];

const broken = (store: Store): Promise<ReadonlyArray<string>> =>
  Effect.runPromise(Effect.map(
    Effect.filter(Laws.store, ({ check }) =>
      Effect.map(Effect.exit(Laws.withoutWaiting(Effect.provideService(check, Store, store))), (it) =>
        it._tag === "Failure")),
    (laws) =>
      laws.map(({ name }) =>
        name
      ),
  ));

it("the reference keeps all laws", async () => {
  expect(await broken(Memory.store())).toEqual([]);
});

describe("the reference without a rule breaks a law:", () => {
  it.each(rules)("%s", async (name, from, to) => {
    const edits = [{ file: "src/core/ledger/reference-store.ts", from, to }];
    const mutant = await load<typeof Memory>({ name: `store-${name}`, edits }, "adapters/memory.ts");
    expect(await broken(mutant.store())).not.toEqual([]);
  });
});
