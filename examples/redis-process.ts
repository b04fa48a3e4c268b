/**
 * One process of a fleet over Redis: start as many as you like, with `REDIS_URL` set. Each due run starts in one of them; kill one,
 * and the others carry on.
 */
import process from "node:process";
import { Redis as Client } from "ioredis";
import { createCron } from "ringcron/promise";
import * as Redis from "ringcron/redis";

const client = new Client(process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379");
const cron = await createCron({
  service: "three-processes",
  nodeName: process.env["NODE_NAME"] ?? `process-${process.pid}`,
  driver: Redis.layer({ client }),
});

for (const job of ["invoices", "reports", "cleanup"]) {
  await cron.add(job, "* * * * * *", (run) => console.log(`${run.node} runs ${run.id}`));
}
await cron.start();
console.log(`${cron.pool.nodeName} has joined`);

process.once("SIGTERM", async () => {
  await cron.stop({ drainMs: 5_000 }); // the others take over before this node is gone
  client.disconnect();
});
