/**
 * A command line for the fleet of `redis-process.ts`, which it is no node of: `operator.js pause reports`, with `REDIS_URL` set.
 */
import process from "node:process";
import { Redis as Connection } from "ioredis";
import { createClient, JobInUse, UnknownJob } from "ringcron/promise";
import * as Redis from "ringcron/redis";

const [command, job = ""] = process.argv.slice(2);
const connection = new Connection(process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379");
const client = await createClient({ service: "three-processes", driver: Redis.layer({ client: connection }) });

/** False where the store knows the job and no node declares it. */
const said = (isDeclared: boolean, what: string): string => isDeclared ? what : `${what}, but nobody declares it`;

async function ask(): Promise<string> {
  switch (command) {
    case "pause":
      return said(await client.pause(job), "paused");
    case "resume":
      return said(await client.resume(job, { missed: "catch-up" }), "resumed");
    case "trigger":
      return `asked for ${(await client.trigger(job))?.id ?? "nothing, as nobody declares it"}`;
    case "remove":
      return client.remove(job).then(() => "forgotten");
    default:
      return "allowed: pause, resume, trigger, remove";
  }
}

try {
  console.log(`${job}: ${await ask()}`);
} catch (error) {
  if (!(error instanceof UnknownJob || error instanceof JobInUse)) throw error;
  console.log(error.message); // what stands in the way, or which names are like it
} finally {
  await client.close();
  connection.disconnect();
}
