import fc from "fast-check";
import process from "node:process";
import { describe, expect, it } from "vitest";
import * as Ownership from "../../src/core/ring/Ownership.ts";
import { placingOf } from "../../src/core/ring/remembered.ts";
import * as Ring from "../../src/core/ring/Ring.ts";
import type * as View from "../../src/core/words/View.ts";

const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));

const name = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.nat(50).map((n) => `job-${n}`),
  fc.constantFrom("__proto__", "constructor", "toString"),
);
const names = fc.uniqueArray(name, { maxLength: 60 });
const ids = fc.uniqueArray(name, { minLength: 1, maxLength: 12 });
const weight = fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined });

interface Fleet {
  readonly jobs: ReadonlyArray<string>;
  readonly members: ReadonlyArray<Ring.RingMember>;
}

const fleetOf = (mayOwn: (jobs: ReadonlyArray<string>) => fc.Arbitrary<ReadonlySet<string> | undefined>) =>
  fc.tuple(names, ids).chain(([jobs, of]): fc.Arbitrary<Fleet> =>
    fc.record({
      jobs: fc.constant(jobs),
      members: fc.tuple(...of.map((id) => fc.record({ id: fc.constant(id), weight, jobs: mayOwn(jobs) }))),
    })
  );
const equals = fleetOf(() => fc.constant(undefined));
/** Some of the members may own some of the jobs only. */
const fleets = fleetOf((jobs) =>
  fc.option(fc.subarray([...jobs]).map((some) => new Set(some)), { nil: undefined, freq: 3 })
);

const isEligible = ({ jobs }: Ring.RingMember, job: string) => jobs === undefined || jobs.has(job);
const sorted = <T>(of: ReadonlyMap<string, T>) => [...of].sort(([a], [b]) => (a < b ? -1 : 1));
const check = <T>(arbitrary: fc.Arbitrary<T>, law: (it: T) => void) =>
  fc.assert(fc.property(arbitrary, (it) => void law(it)), { numRuns: 500, seed });

// R20.
describe(`ownership, SEED=${seed}`, () => {
  it("every job that somebody may own has an owner who may own it, and there are no others", () => {
    check(fleets, ({ jobs, members }) => {
      const owners = Ring.assign(members, jobs);
      const assignable = jobs.filter((job) => members.some((member) => isEligible(member, job)));
      expect([...owners.keys()].sort()).toEqual([...assignable].sort());
      for (const [job, owner] of owners) {
        expect(members.some((member) => member.id === owner && isEligible(member, job))).toBe(true);
      }
    });
  });

  it("is the same whether it is worked out anew or tracked while members come and go", () => {
    const member = fc.record({ id: fc.nat(25).map((n) => `node-${n}`), weight });
    const limited = fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, {
      weight: 1,
      arbitrary: fc.constant(new Set(["job-1", "job-2"])),
    });
    const step = fc.record({
      joins: fc.array(fc.tuple(member, limited), { maxLength: 3 }),
      leaves: fc.array(fc.nat(30), { maxLength: 3 }),
    });
    check(fc.tuple(names, fc.array(step, { maxLength: 12 })), ([jobs, steps]) => {
      const tracked = Ring.track(jobs);
      let members: ReadonlyArray<Ring.RingMember> = [];
      for (const { joins, leaves } of steps) {
        const kept = members.filter((_, at) => !leaves.includes(at));
        members = [...kept, ...joins.map(([it, only]) => ({ ...it, jobs: only }))];
        tracked.assign(members);
        const places = Ring.places(members, jobs);
        for (const job of jobs) {
          expect({ owner: tracked.owner(job), successor: tracked.successor(job) })
            .toEqual(places.get(job) ?? { owner: undefined, successor: undefined });
        }
      }
    });
  });

  it("is the same for a node that remembers what it knew of those who stay", () => {
    const one = fc.record({ id: fc.nat(12), weight: fc.nat(2), isLeaving: fc.boolean(), isOther: fc.nat(9) });
    check(fc.tuple(names, fc.array(fc.array(one, { maxLength: 6 }), { maxLength: 8 })), ([jobs, views]) => {
      const all = new Map(jobs.map((job) => [job, "now"]));
      const some = new Map(jobs.slice(1).map((job) => [job, "before"]));
      for (const drawn of views) {
        const members = [...new Map(drawn.map((it) => [it.id, it])).values()].map((it): View.Member => ({
          incarnation: `n${it.id}`,
          name: `n${it.id}`,
          weight: it.weight + 1,
          state: it.isLeaving ? "leaving" : "active",
          deployment: it.isOther === 0 ? 1 : 2,
          nextBeatAt: 0,
          leaseEndsAt: 0,
          jobs: it.isOther === 0 ? some : all,
        }));
        const view = { version: 1, storeTime: 0, members };
        const { definitions, placeOf } = placingOf(view);
        const ownership = Ownership.of(view);
        expect(definitions).toEqual(ownership.definitions);
        for (const job of [...jobs, "of nobody"]) expect(placeOf(job)).toEqual(ownership.places.get(job));
      }
    });
  });

  it("loads are the exact shares, rounded down or up", () => {
    check(equals, ({ jobs, members }) => {
      const owners = Ring.assign(members, jobs);
      const total = members.reduce((sum, member) => sum + (member.weight ?? 1), 0);
      for (const { id, weight: own = 1 } of members) {
        const load = [...owners.values()].filter((owner) => owner === id).length;
        const share = jobs.length * own / total;
        expect([Math.floor(share), Math.ceil(share)]).toContain(load);
      }
    });
  });

  it("neither order nor repetition of members and jobs matters", () => {
    const again = fleets.chain(({ jobs, members }) =>
      fc.record({
        jobs: fc.constant(jobs),
        members: fc.constant(members),
        others: fc.tuple(
          fc.shuffledSubarray([...members, ...members], { minLength: 2 * members.length }),
          fc.shuffledSubarray([...jobs, ...jobs], { minLength: 2 * jobs.length }),
        ),
      })
    );
    check(again, ({ jobs, members, others: [sameMembers, sameJobs] }) => {
      expect(sorted(Ring.places(sameMembers, sameJobs))).toEqual(sorted(Ring.places(members, jobs)));
      const job = jobs[0] ?? "any";
      expect(Ring.rank(sameMembers, job)).toEqual(Ring.rank(members, job));
    });
  });

  it("rank names everybody who may own a job once, and the successor is the first of them that is not the owner", () => {
    check(fleets, ({ jobs, members }) => {
      const places = Ring.places(members, jobs);
      const owners = Ring.assign(members, jobs);
      for (const job of jobs) {
        const rank = Ring.rank(members, job);
        const eligible = members.filter((member) => isEligible(member, job)).map(({ id }) => id);
        expect([...rank].sort()).toEqual([...eligible].sort());
        expect(places.get(job)?.owner).toBe(owners.get(job));
        expect(places.get(job)?.successor).toBe(rank.find((id) => id !== owners.get(job)));
      }
    });
  });

  it("is stable: no job and member both prefer each other to what they have", () => {
    // Members without weights and restrictions: their wants are plain, the rank of a job is the order of its proposals.
    const plain = fc.tuple(names, ids).map(([jobs, of]) => ({ jobs, members: of.map((id) => ({ id })) }));
    check(plain, ({ jobs, members }) => {
      const owners = Ring.assign(members, jobs);
      const rank = new Map(jobs.map((job) => [job, Ring.rank(members, job)]));
      const load = (id: string) => [...owners.values()].filter((owner) => owner === id).length;
      for (const job of jobs) {
        const order = rank.get(job) ?? [];
        // A member that a job prefers to its owner is full, or the job would have gone there.
        for (const better of order.slice(0, order.indexOf(owners.get(job) ?? ""))) {
          expect(load(better)).toBeGreaterThanOrEqual(Math.floor(jobs.length / members.length));
        }
      }
    });
  });
});
