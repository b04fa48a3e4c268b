/**
 * Payloads that are checked by schemas of the libraries that people have: the handler gets what the schema makes of the text, and has its
 * type.
 */
import { randomUUID } from "node:crypto";
import * as Schema from "effect/Schema";
import * as SchemaGetter from "effect/SchemaGetter";
import * as Memory from "ringcron/memory";
import { createCron, type Scheduler, type StandardSchema } from "ringcron/promise";
import * as v from "valibot";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { waitFor } from "../support/wait.ts";

/** What the handlers get. */
interface Report {
  readonly tenant: number;
  readonly to: string;
}

const schemas: ReadonlyArray<readonly [name: string, schema: StandardSchema<Report>]> = [
  ["zod", z.object({ tenant: z.number().int(), to: z.string().toLowerCase() })],
  ["valibot", v.object({ tenant: v.pipe(v.number(), v.integer()), to: v.pipe(v.string(), v.toLowerCase()) })],
  [
    "Effect's Schema",
    Schema.toStandardSchemaV1(Schema.Struct({
      tenant: Schema.Int,
      to: Schema.String.pipe(Schema.decodeTo(Schema.String, {
        decode: SchemaGetter.transform((text: string) => text.toLowerCase()),
        encode: SchemaGetter.passthrough(),
      })),
    })),
  ],
];

const ends: Array<Scheduler> = [];
afterEach(() => Promise.all(ends.splice(0).map((cron) => cron.stop())));

describe.each(schemas)("a schema of %s", (_, schema) => {
  it("makes of a payload what the handler gets, and refuses another one where it is put", async () => {
    const cron = await createCron({ service: randomUUID(), driver: Memory.layer(), logLevel: "none" });
    ends.push(cron);
    const runs: Array<Report> = [];
    await cron.handle("report", ({ payload }) => void runs.push(payload), { payload: schema });
    await cron.start();
    const put = (id: string, payload: unknown) =>
      cron.schedules.put({ id, handler: "report", schedule: "* * * * * *", payload });
    await expect(put("wrong", { tenant: 4.5, to: "A@example.org" })).rejects.toMatchObject({
      _tag: "InvalidInput",
      field: "payload",
      allowed: expect.stringContaining("tenant"),
    });
    expect(await cron.schedules.get("wrong")).toBeUndefined();
    expect(await put("tenant-4", { tenant: 4, to: "A@example.org" })).toBe("created");
    await waitFor(() => runs.length > 0, 10_000, "a run");
    expect(runs[0]).toEqual({ tenant: 4, to: "a@example.org" });
  });
});

it("the handler has the type that a schema makes, and no other", async () => {
  const cron = await createCron({ service: randomUUID(), driver: Memory.layer(), logLevel: "none" });
  ends.push(cron);
  await cron.handle("zod", ({ payload }) => void payload.toFixed(), { payload: z.number() });
  await cron.handle("valibot", ({ payload }) => void payload.toFixed(), { payload: v.number() });
  // @ts-expect-error: a text has no such function.
  await cron.handle("wrong", ({ payload }) => void payload.toFixed(), { payload: z.string() });
  expect((await cron.schedules.list({ limit: 1 })).schedules).toEqual([]);
});
