import * as Effect from "effect/Effect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EtcdCluster, startEtcd } from "../support/etcd.ts";
import { type Asked, storeAt } from "./support/etcd-store.ts";

let etcd: EtcdCluster;
const run = Effect.runPromise;
const base = (service: string) => `ringcron/1/${service}/`;

beforeAll(async () => {
  etcd = await startEtcd();
});
afterAll(() => etcd?.stop());

/** The clock is looked at once, by the first beat. */
const warm = async (asked: Asked): Promise<Asked> => {
  await asked.beat("warm-up", `n${Math.random()}`);
  asked.sent.length = 0;
  return asked;
};

describe("members", () => {
  it("who join all at once take two requests each, whatever their number", async () => {
    const count = 60;
    const nodes = await Promise.all(Array.from({ length: count }, () => warm(storeAt(etcd, { timeoutMs: 60_000 }))));
    await Promise.all(nodes.map((node, at) => node.beat("mass", `n${at}`)));
    const requests = nodes.reduce((sum, { sent }) => sum + sent.length, 0);
    console.log(`${count} joins at once: ${requests} requests`);
    // A lease and a transaction each.
    expect(requests).toBe(2 * count);
    nodes.forEach(({ sent }) => sent.length = 0);
    const last = await nodes[0]?.beat("mass", "n0");
    expect(last?.members?.length).toBe(count);
    await Promise.all(nodes.map((node, at) => node.beat("mass", `n${at}`, { knownVersion: last?.version ?? 0 })));
    expect(Math.max(...nodes.map(({ sent }) => sent.length))).toBeLessThanOrEqual(4);
  }, 60_000);
});

describe("what is not ours", () => {
  it("in the place of a member is left alone and said so", async () => {
    for (const [key, text] of [["node/other", "2|x"], ["node/other", ""], ["member/n", "x"], ["member/n", "1|2"]]) {
      const service = "foreign";
      await etcd.put(`${base(service)}${key}`, text as string);
      const error = await run(Effect.flip(Effect.tryPromise(() => storeAt(etcd).beat(service, "n"))));
      expect(String(error.cause), `${key} ${text}`).toContain("Foreign");
      expect(await etcd.keys(base(service) + key)).toEqual([[base(service) + key, text]]);
      await run(storeAt(etcd).store.destroy(service));
    }
  });

  it("under a row comes back as it is", async () => {
    const service = "odd";
    const asked = storeAt(etcd);
    for (const text of ["", "@", "x@", "@5", "x@y", "1|2@3", "ü", "a\nb"]) {
      await etcd.put(`${base(service)}row/job`, text);
      expect(await asked.text(service, "job"), text).toBe(text === "@5" ? "" : text === "1|2@3" ? "1|2" : text);
    }
  });
});
