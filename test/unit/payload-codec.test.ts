/**
 * Payloads that a codec turns into something else: in the store, where they are put and told, and before a handler is called.
 */
import * as Layer from "effect/Layer";
import * as Memory from "ringcron/memory";
import {
  type Client,
  createClient,
  createCron,
  type JobRun,
  type PayloadCodec,
  type PayloadOf,
  type Scheduler,
} from "ringcron/promise";
import { afterEach, describe, expect, it } from "vitest";
import { Driver } from "../../src/Driver.ts";
import { waitFor } from "../support/wait.ts";

const ofText = (of: PayloadOf) => new TextEncoder().encode(JSON.stringify([of.service, of.job, of.schedule]));
const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));
const bytes = (text: string) => Uint8Array.from(atob(text), (it) => it.charCodeAt(0));

/** AES-GCM with a nonce for each text, bound to what the payload is for. */
const aes = async (secret: string): Promise<PayloadCodec> => {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret));
  const key = await crypto.subtle.importKey("raw", hash, "AES-GCM", false, ["encrypt", "decrypt"]);
  return {
    encode: async (json, of) => {
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const algorithm = { name: "AES-GCM", iv, additionalData: ofText(of) };
      const sealed = await crypto.subtle.encrypt(algorithm, key, new TextEncoder().encode(json));
      return base64(new Uint8Array([...iv, ...new Uint8Array(sealed)]));
    },
    decode: async (text, of) => {
      const all = bytes(text);
      const algorithm = { name: "AES-GCM", iv: all.slice(0, 12), additionalData: ofText(of) };
      return new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, key, all.slice(12)));
    },
  };
};

const own = await aes("ours");
const everySecond = "* * * * * *";
const opened: Array<Client | Scheduler> = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((it) => it[Symbol.asyncDispose]()));
});

let count = 0;

/** One store, and whoever uses it with one codec or another. */
const world = () => {
  const service = `codec-${++count}`;
  const store = Memory.make();
  const driver = Layer.succeed(Driver, store);
  const client = async (payloadCodec?: PayloadCodec) => {
    const made = await createClient({ service, driver, payloadCodec });
    opened.push(made);
    return made.schedules;
  };
  const node = async (runs: Array<JobRun>, payloadCodec?: PayloadCodec) => {
    const made = await createCron({ service, driver, payloadCodec, logLevel: "none" });
    opened.push(made);
    await made.handle("report", (run) => void runs.push(run));
    await made.add("job", "0 0 29 2 *", (run) => void runs.push(run));
    await made.start();
    return made;
  };
  /** What is in the store, as it is there. */
  const rows = async (id: string) => {
    const plain = await client({ encode: (it) => it, decode: (it) => JSON.stringify(it) });
    return (await plain.get(id))?.payload;
  };
  return { client, node, rows };
};

const put = { id: "a", handler: "report", schedule: "@yearly", payload: { secret: "käse" } } as const;

describe("a payload with a codec", () => {
  it("is told as it was put, and is in the store as the codec made it", async () => {
    const { client, rows } = world();
    const schedules = await client(own);
    expect(await schedules.put(put)).toBe("created");
    expect(await schedules.get("a")).toMatchObject({ payload: put.payload, payloadError: undefined });
    expect((await schedules.list()).schedules[0]?.payload).toEqual(put.payload);
    const kept = await rows("a");
    expect(kept).toMatch(/^[A-Za-z0-9+/=]{40,}$/);
    expect(atob(String(kept))).not.toContain("secret");
  });

  it("is unchanged where it says the same, though the codec never makes the same text, and updated where it does not", async () => {
    const { client, rows } = world();
    const schedules = await client(own);
    await schedules.put(put);
    const before = await rows("a");
    expect(await schedules.put({ ...put, payload: { ...put.payload } })).toBe("unchanged");
    expect(await (await client(own)).putMany([put, { ...put, id: "b", payload: undefined }])).toEqual([
      "unchanged",
      "created",
    ]);
    expect(await rows("a")).toBe(before);
    expect(await schedules.put({ ...put, schedule: "@monthly" })).toBe("updated");
    expect(await rows("a")).toBe(before);
    expect(await schedules.put({ ...put, payload: 5 })).toBe("updated");
    // Another handler is another one, to which it was not bound.
    expect(await schedules.put({ ...put, payload: 5, handler: "letter" })).toBe("updated");
    expect((await schedules.get("a"))?.payload).toBe(5);
    expect(await (await client(await aes("another"))).put({ ...put, payload: 5, handler: "letter" })).toBe("updated");
    expect((await schedules.get("a"))?.payloadError).toContain("payloadCodec.decode: it failed (OperationError)");
  });

  it("that cannot be read is told so, and no more, and the rest of the schedule is", async () => {
    const { client } = world();
    await (await client(own)).put(put);
    await (await client()).put({ ...put, id: "plain", payload: "open" });
    const told = async (codec?: PayloadCodec) => {
      const { schedules } = await (await client(codec)).list();
      return schedules.map(({ handler, id, payload, payloadError }) => [id, handler, payload, payloadError]);
    };
    const [noCodec, noMatch] = ["and there is none here", "it was put without the payloadCodec that is used here"];
    expect(await told()).toEqual([
      ["a", "report", undefined, expect.stringContaining(noCodec)],
      ["plain", "report", "open", undefined],
    ]);
    expect(await told(own)).toEqual([
      ["a", "report", put.payload, undefined],
      ["plain", "report", undefined, expect.stringContaining(noMatch)],
    ]);
    expect((await told({ ...own, acceptPlain: true }))[1]).toEqual(["plain", "report", "open", undefined]);
    const wrong: ReadonlyArray<readonly [PayloadCodec["decode"], string]> = [
      [() => "{", "it is no JSON"],
      [() => 5 as never, "it answered with no text"],
      [() => {
        throw new Error("käse");
      }, "it failed (Error)"],
      [() => Promise.reject(Object.assign(new Error("käse"), { name: "käse, and much more" })), "it failed"],
      [() => Promise.reject(undefined), "it failed"],
    ];
    for (const [decode, why] of wrong) {
      const [, , , error] = (await told({ ...own, decode }))[0] ?? [];
      expect(error).toContain(why);
      expect(error).not.toContain("käse");
    }
  });

  it("is what a handler gets, of a schedule and of a trigger; one that cannot be read is a failed run, and nothing else", async () => {
    const { client, node } = world();
    const runs: Array<JobRun> = [];
    const cron = await node(runs, own);
    await cron.schedules.put({ ...put, schedule: everySecond });
    await (await client(await aes("another"))).put({ ...put, id: "b", schedule: everySecond });
    await waitFor(() => runs.length > 0, 10_000, "a run");
    expect(runs[0]?.payload).toEqual(put.payload);
    await waitFor(async () => (await cron.schedules.get("b"))?.lastRuns.length === 1, 10_000, "a run that fails");
    expect((await cron.schedules.get("b"))?.lastRuns[0]).toMatchObject({
      outcome: "failed",
      error: expect.stringContaining("the payload cannot be read: payloadCodec.decode: it failed (OperationError)"),
    });
    await cron.trigger("job", { payload: { of: "a job" } });
    await waitFor(() => runs.find(({ job }) => job === "job"), 10_000, "a run of a job");
    expect(runs.find(({ job }) => job === "job")?.payload).toEqual({ of: "a job" });
    expect(runs.some(({ schedule }) => schedule === "b")).toBe(false);
  });

  it.each<[what: string, codec: unknown, field: string]>([
    ["none", 5, "payloadCodec"],
    ["null", null, "payloadCodec"],
    ["half of one", { encode: own.encode }, "payloadCodec"],
    ["one with more", { ...own, key: "hush" }, "payloadCodec.key"],
    ["one that accepts perhaps", { ...own, acceptPlain: "yes" }, "payloadCodec"],
  ])("is refused where the codec is %s", async (_, payloadCodec, field) => {
    const options = { service: "x", driver: Memory.layer(), payloadCodec: payloadCodec as PayloadCodec };
    for (const make of [createClient, createCron]) {
      await expect((make as (it: typeof options) => Promise<unknown>)(options)).rejects.toMatchObject({
        _tag: "InvalidInput",
        field,
      });
    }
  });

  it("is refused where the codec fails, or makes too much of it, before anything is written", async () => {
    const { client } = world();
    const failing = async (encode: PayloadCodec["encode"]) => {
      const schedules = await client({ ...own, encode });
      const error = await schedules.put(put).catch((it: unknown) => it);
      expect(JSON.stringify(error) + String(error)).not.toContain("käse");
      expect(await schedules.get("a")).toBeUndefined();
      return error;
    };
    expect(await failing(() => Promise.reject(new Error("käse")))).toMatchObject({ field: "payloadCodec" });
    expect(await failing((() => 5) as never)).toMatchObject({ field: "payloadCodec" });
    expect(await failing(() => "x".repeat(16_382))).toMatchObject({
      field: "payload",
      value: '"16385 bytes as encoded"',
    });
    const most = await client({ encode: () => "x".repeat(16_381), decode: () => "1" });
    expect(await most.put(put)).toBe("created");
  });
});

it("a payload is checked at put where its handler has a schema", async () => {
  const cron = await createCron({ service: "checked", driver: Memory.layer(), logLevel: "none" });
  opened.push(cron);
  const validate = (value: unknown) =>
    typeof value === "number" ? { value } : { issues: [{ message: "no number", path: ["tenant"] }] };
  await cron.handle("report", () => {}, {
    payload: { "~standard": { version: 1, vendor: "test", validate: (it) => Promise.resolve(validate(it)) } },
  });
  await cron.handle("broken", () => {}, {
    payload: { "~standard": { version: 1, vendor: "test", validate: () => Promise.reject(new Error("hush")) } },
  });
  const { schedules } = cron;
  expect(await schedules.put({ ...put, payload: 5 })).toBe("created");
  await expect(schedules.put({ ...put, payload: "hush" })).rejects.toMatchObject({
    _tag: "InvalidInput",
    field: "payload",
    allowed: "what the schema of handler report takes: the payload does not fit: tenant: no number",
  });
  await expect(schedules.put({ ...put, payload: undefined })).rejects.toMatchObject({ field: "payload" });
  await expect(schedules.putMany([{ ...put, payload: 1 }, { ...put, id: "b", payload: "x" }])).rejects.toMatchObject({
    field: "schedules[1].payload",
  });
  await expect(schedules.put({ ...put, handler: "broken" })).rejects.toMatchObject({
    allowed: "what the schema of handler broken takes: it failed",
  });
  expect((await schedules.list()).schedules.map(({ id, payload }) => [id, payload])).toEqual([["a", 5]]);
  expect(await schedules.put({ ...put, handler: "others" })).toBe("updated");
});
