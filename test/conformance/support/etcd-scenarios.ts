/**
 * What a store over etcd must withstand: to be exchanged for another one, and copies that arrive late. As data, so that it can
 * be shown that each of its rules matters.
 *
 * @module
 */
import * as Effect from "effect/Effect";
import { expect } from "vitest";
import type { StoreBeatReply, StoredMember } from "../../../src/Store.ts";
import { type EtcdCluster, startEtcd } from "../../support/etcd.ts";
import { type Asked, changeOf, type Make, storeAt } from "./etcd-store.ts";

/** One of them, with an etcd of its own. */
export type Scenario = readonly [name: string, check: (etcd: EtcdCluster, make?: Make) => Promise<void>];

const run = Effect.runPromise;
const service = "scenario";
const base = `ringcron/1/${service}/`;

/** The names of the members that a beat has told. */
export const names = (reply: StoreBeatReply): ReadonlyArray<string> | undefined =>
  reply.members?.map((it) => it.incarnation);

/** Runs one. */
export const play = async ([, check]: Scenario, make?: Make): Promise<void> => {
  await using etcd = await startEtcd();
  await check(etcd, make);
};

const exchanged = (what: string, exchange: (etcd: EtcdCluster) => () => Promise<void>): Scenario => [
  `a store that was ${what}: nodes join anew in a newer version, and no version of a row is of both`,
  async (etcd, make) => {
    const replace = exchange(etcd);
    const [a, b] = [storeAt(etcd, { make }), storeAt(etcd, { make })];
    await a.beat(service, "a");
    const { version } = await b.beat(service, "b");
    const old = await a.put(service, "job", "1|old");
    await replace();

    const guard = { members: [["a", true]] } as const;
    const refused = await a.change(service, [{ key: "job", expect: old, put: "1|new" }], guard);
    expect(refused).toEqual({ _tag: "Found", found: [undefined], members: [false] });
    const first = await a.beat(service, "a", { knownVersion: version });
    expect([first.joined, names(first)]).toEqual([true, ["a"]]);
    const second = await b.beat(service, "b", { knownVersion: version });
    expect([second.joined, names(second)]).toEqual([true, ["a", "b"]]);
    expect([first.version > version, second.version > first.version]).toEqual([true, true]);
    const current = await a.put(service, "job", "1|other", undefined, guard);
    expect(await b.change(service, [{ key: "job", expect: old, put: "1|new" }])).toMatchObject({ _tag: "Found" });
    await b.put(service, "job", "1|new", current);
    const quiet = await a.beat(service, "a", { knownVersion: second.version });
    expect([quiet.joined, quiet.members]).toEqual([false, undefined]);
  },
];

/** A store whose next transaction is lost on the way to etcd, or of which a copy is kept; `deliver` sends it then. */
const holding = (etcd: EtcdCluster, make: Make | undefined) => {
  let kept: { readonly url: string; readonly body: string } | undefined;
  let mode: "pass" | "lose" | "copy" = "pass";
  const spy: typeof globalThis.fetch = (input, init) => {
    if (mode === "pass" || !String(input).endsWith("/kv/txn")) return fetch(input, init);
    kept = { url: String(input), body: String(init?.body) };
    const isLost = mode === "lose";
    mode = "pass";
    return isLost ? Promise.reject(new Error("lost on the way")) : fetch(input, init);
  };
  return {
    ...storeAt(etcd, { make, fetch: spy }),
    keep: (what: "lose" | "copy") => void (mode = what),
    deliver: async () => {
      const { body, url } = kept as { url: string; body: string };
      expect((await fetch(url, { method: "POST", body })).status).toBe(200);
    },
  };
};
const guard = { members: [["n", true]] } as const;

const lostBefore = (what: "beat" | "look" | "change"): Scenario => [
  `a change that got lost is not made once its sender has sent a ${what}`,
  async (etcd, make) => {
    const node = holding(etcd, make);
    await node.beat(service, "n");
    node.keep("lose");
    const lost = node.changing(service, [{ key: "job", expect: undefined, put: "1|late" }], guard);
    expect((await run(Effect.flip(lost))).reason).toBe("Unavailable");
    if (what === "beat") await node.beat(service, "n");
    else if (what === "look") await node.text(service, "x");
    else await node.put(service, "x", "1", undefined, guard);
    await node.deliver();
    expect(await node.text(service, "job")).toBe(undefined);
    // The same again is made: it knows what its sender has sent since.
    await node.put(service, "job", "1|again", undefined, guard);
  },
];

const lostBeat = (what: string, member: StoredMember | undefined): Scenario => [
  `${what} that got lost changes nothing after a later beat`,
  async (etcd, make) => {
    const node = holding(etcd, make);
    await node.beat(service, "n");
    node.keep("lose");
    await expect(node.beat(service, "n", { member })).rejects.toThrow("Unavailable");
    const { version } = await node.beat(service, "n");
    const before = await etcd.keys();
    await node.deliver();
    expect(await etcd.keys()).toEqual(before);
    const after = await node.beat(service, "n", { knownVersion: version });
    expect([after.joined, after.version, after.members]).toEqual([false, version, undefined]);
  },
];

/** All of them. */
export const scenarios: ReadonlyArray<Scenario> = [
  exchanged("emptied", (etcd) => () => etcd.empty()),
  exchanged("emptied, as another cluster", (etcd) => () => etcd.empty(true)),
  exchanged("restored as of before anybody had joined", (etcd) => etcd.save()),
  [
    "a store that was restored as of after they had joined: nodes join anew all the same",
    async (etcd, make) => {
      const [a, b] = [storeAt(etcd, { make }), storeAt(etcd, { make })];
      await a.beat(service, "a");
      const { version } = await b.beat(service, "b");
      const old = await a.put(service, "job", "1|old");
      const restore = etcd.save();
      const lost = await a.put(service, "job", "1|lost", old);
      await restore();

      const refused = await a.change(service, [{ key: "job", expect: lost, put: "1|new" }], {
        members: [["a", true]],
      });
      expect(refused).toEqual({ _tag: "Found", found: [{ text: "1|old", version: old }], members: [true] });
      const first = await a.beat(service, "a", { knownVersion: version });
      expect([first.joined, first.version > version, names(first)]).toEqual([true, true, ["a", "b"]]);
      const second = await b.beat(service, "b", { knownVersion: version });
      expect([second.joined, names(second)]).toEqual([true, ["a", "b"]]);
      const quiet = await b.beat(service, "b", { knownVersion: second.version });
      expect([quiet.joined, quiet.members]).toEqual([false, undefined]);
      await a.put(service, "job", "1|new", old, { members: [["a", true]] });
    },
  ],
  [
    "a store that was restored and written by others to the same revision: what is remembered of it is refused",
    async (etcd, make) => {
      const [a, b] = [storeAt(etcd, { make }), storeAt(etcd, { make })];
      await a.put(service, "other", "1|x");
      const restore = etcd.save();
      const mine = await a.put(service, "job", "1|mine");
      await restore();
      const theirs = await b.put(service, "job", "1|theirs");
      // The revision alone would not tell them apart.
      expect(theirs.split(":")[0]).toBe(mine.split(":")[0]);
      const refused = await a.change(service, [{ key: "job", expect: mine, put: "1|new" }]);
      expect(refused).toEqual({ _tag: "Found", found: [{ text: "1|theirs", version: theirs }], members: [] });
      expect(await b.text(service, "job")).toBe("1|theirs");
    },
  ],
  [
    "members are the same in all views of a version, however they join, leave and die",
    async (etcd, make) => {
      const nodes = Array.from({ length: 6 }, () => storeAt(etcd, { make, timeoutMs: 20_000 }));
      const seen = new Map<number, string>();
      const live = async (node: Asked, at: number) => {
        let knownVersion = 0;
        for (let round = 0; round < 60; round++) {
          const incarnation = `n${at}.${Math.floor(round / 10)}`;
          // Every other one of them leaves at last; the rest die, and are met by beats of the others while they do.
          const member = round % 10 === 9 && at % 2 === 0
            ? undefined
            : { row: `1|${Math.floor(round / 3)}`, digest: `d${at % 3}`, longestMs: 60_000, since: undefined };
          const declared = round % 10 === 0 ? "1|" : undefined;
          const reply = await node.beat(service, incarnation, { member, declared, knownVersion, renewMs: 900 });
          if (reply.members !== undefined) {
            const view = reply.members.map((it) => [it.incarnation, it.since, it.digest, it.row].join(" ")).join();
            expect(seen.get(reply.version) ?? view).toBe(view);
            seen.set(reply.version, view);
          }
          knownVersion = reply.version;
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
        }
      };
      await Promise.all(nodes.map(live));
      expect(seen.size).toBeGreaterThan(60);
      // When all is quiet there is one view, and nothing is left of the dead.
      const judge = async () => (await storeAt(etcd, { make }).beat(service, "judge")).members?.length;
      await expect.poll(judge, { timeout: 15_000 }).toBe(1);
      const left = (await etcd.keys(base)).map(([key]) => key.slice(base.length).split("/")[0]);
      expect([...new Set(left)].sort()).toEqual(["epoch", "member", "node", "version"]);
    },
  ],
  [
    "a member whose promise is over is removed together with a new version by whoever beats next",
    async (etcd, make) => {
      const [a, b] = [storeAt(etcd, { make }), storeAt(etcd, { make })];
      await a.beat(service, "dies", { renewMs: 900 });
      const { version } = await b.beat(service, "lives", { declared: "1|" });
      await expect.poll(async () => (await etcd.keys(`${base}member/`)).length, { timeout: 10_000 }).toBe(1);
      const reply = await b.beat(service, "lives", { knownVersion: version });
      expect(reply.version).toBeGreaterThan(version);
      expect(names(reply)).toEqual(["lives"]);
      expect((await etcd.keys(`${base}node/`)).map(([key]) => key)).toEqual([`${base}node/lives`]);
      const back = await a.beat(service, "dies");
      expect([back.joined, names(back)]).toEqual([true, ["dies", "lives"]]);
    },
  ],
  [
    "what is wrong in the index of what waits is told until its row changes, and then gone",
    async (etcd, make) => {
      const asked = storeAt(etcd, { make });
      const due = (since: number) => `${base}due/${String(since).padStart(16, "0")}/job`;
      await etcd.put(due(1_000), "");
      const version = await asked.put(service, "job", "1", undefined, { waitsSince: 2_000 });
      expect((await asked.beat(service, "n")).overdue).toEqual(["job"]);
      await asked.put(service, "job", "2", version, { waitsSince: 3_000 });
      expect((await etcd.keys(`${base}due/`)).map(([key]) => key)).toEqual([due(3_000)]);
    },
  ],
  lostBefore("beat"),
  lostBefore("look"),
  lostBefore("change"),
  [
    "a copy of a change that members refused is not made when they no longer do",
    async (etcd, make) => {
      const node = holding(etcd, make);
      await node.beat(service, "n");
      await node.beat(service, "holder");
      node.keep("copy");
      const members = [["n", true], ["holder", false]] as const;
      const refused = await node.change(service, [{ key: "job", expect: undefined, put: "1|late" }], { members });
      expect(refused).toEqual({ _tag: "Found", found: [undefined], members: [true, true] });
      await node.text(service, "job");
      await node.beat(service, "holder", { member: undefined });
      await node.deliver();
      expect(await node.text(service, "job")).toBe(undefined);
    },
  ],
  [
    "a copy of a change that was made, after its row went back to what it was, changes nothing",
    async (etcd, make) => {
      const node = holding(etcd, make);
      const first = await node.put(service, "job", "1|on");
      node.keep("copy");
      const second = await node.put(service, "job", "1|off", first);
      await node.put(service, "job", "1|on", second);
      await node.deliver();
      expect(await node.text(service, "job")).toBe("1|on");
    },
  ],
  lostBeat("a beat", { row: "1|late", digest: "late", longestMs: 60_000, since: undefined }),
  lostBeat("a leave", undefined),
  [
    "a copy of a renewal does not shorten what was promised since",
    async (etcd, make) => {
      const node = holding(etcd, make);
      await node.beat(service, "n", { renewMs: 5_000 });
      const renew = (forMs: number) =>
        run(node.store.exchange({
          _tag: "Exchange",
          service,
          items: [changeOf([{ key: `for ${forMs}`, expect: undefined, put: "1" }])],
          touch: false,
          renew: { incarnation: "n", forMs },
        }));
      node.keep("copy");
      await renew(20_000);
      const { storeTime } = await renew(50_000);
      await node.deliver();
      const [, own] = (await storeAt(etcd, { make }).beat(service, "judge")).members ?? [];
      expect(own).toMatchObject({ incarnation: "n", endsAt: storeTime + 50_000 });
    },
  ],
  [
    "a member that comes back while it is being removed stays",
    async (etcd, make) => {
      const dying = storeAt(etcd, { make });
      await dying.beat(service, "dying", { renewMs: 900 });
      const promises = async () => (await etcd.keys(`${base}member/`)).length;
      await expect.poll(promises, { timeout: 10_000 }).toBe(0);
      const removes = (body: unknown) => String(body).includes(`"request_delete_range"`);
      const other = storeAt(etcd, {
        make,
        fetch: async (input, init) => {
          if (removes(init?.body)) await dying.beat(service, "dying");
          return await fetch(input, init);
        },
      });
      const { members } = await other.beat(service, "other");
      expect(members?.map((it) => it.incarnation)).toEqual(["dying", "other"]);
    },
  ],
  [
    "a digest whose member joins while it is being forgotten stays",
    async (etcd, make) => {
      const late = storeAt(etcd, { make });
      const of = (digest: string) => ({
        member: { row: "1|row", digest, longestMs: 60_000, since: undefined },
        knownDigests: [],
      });
      let joins = 0;
      const node = storeAt(etcd, {
        make,
        fetch: async (input, init) => {
          const key = btoa(`${base}declared/x`);
          const isForgetting = String(init?.body).includes(`"request_delete_range":{"key":"${key}"`);
          if (isForgetting && joins++ === 0) await late.beat(service, "late", of("x"));
          return await fetch(input, init);
        },
      });
      await node.beat(service, "n", { ...of("x"), declared: "1|x" });
      await node.beat(service, "n", { ...of("y"), declared: "1|y" });
      expect(joins).toBe(1);
      const reply = await storeAt(etcd, { make }).beat(service, "judge", { ...of("judge"), declared: "1|" });
      expect(reply.declared.get("x")).toBe("1|x");
    },
  ],
];
