/**
 * A Worker that is asked, by POST with the JSON of {@link Stores}, to hold the drivers to the laws (`/laws`), to start one
 * job (`/job`), or what it calculates (`/agreement`).
 *
 * @module
 */
import { createCron } from "../../src/shell/promise.ts";
import * as RedisZset from "../../adapters/redis-zset.ts";
import { type Agreement, agreement } from "./agreement.ts";
import type { Stores } from "./drivers.ts";
import { type LawResult, runLaws } from "./laws-run.ts";

const laws = async (stores: Stores): Promise<ReadonlyArray<LawResult>> => {
  const results: Array<LawResult> = [];
  await runLaws("workerd", stores, (result) => results.push(result));
  return results;
};

/** Joins a fleet of one, and stays until a job that is due every second was started. */
const job = async ({ upstash }: Stores): Promise<{ readonly dueAt: number; readonly startedAt: number }> => {
  await using cron = await createCron({ service: "worker", driver: RedisZset.layer(upstash), logLevel: "none" });
  const started = new Promise<{ dueAt: number; startedAt: number }>((resolve, reject) => {
    cron.add("tick", "* * * * * *", ({ dueAt, startedAt }) => resolve({ dueAt, startedAt })).catch(reject);
  });
  await cron.start();
  return await started;
};

const answers: Readonly<Record<string, (body: unknown) => unknown>> = {
  "/laws": (body) => laws(body as Stores),
  "/job": (body) => job(body as Stores),
  "/agreement": (body): Agreement => agreement(body as number),
};

const worker: { readonly fetch: (request: Request) => Promise<Response> } = {
  fetch: async (request) => {
    try {
      return Response.json(await answers[new URL(request.url).pathname]?.(await request.json()));
    } catch (error) {
      return new Response(error instanceof Error ? error.stack ?? error.message : String(error), { status: 500 });
    }
  },
};

export default worker;
