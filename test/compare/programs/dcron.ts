/**
 * A process of the Go ancestor's model, with its default times: a key per node that lives for 3 s and is set again every
 * 1.5 s, and a list of nodes that is scanned every 3 s. A scan that fails is taken for its beginning, as it does.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { SleepingCron } from "../models/cron.ts";
import { DcronFires, DcronPool } from "../models/dcron.ts";
import { connectRedis, failingFast } from "./ioredis.ts";
import { handle, onLeave, orders, ready } from "./process.ts";

const updateMs = 3_000;
const stableMs = 10_000;
const prefix = "distributed-cron:compare:";
const self = `${prefix}${randomUUID()}`;

const redis = await connectRedis(failingFast);
const pool = new DcronPool(self);
const fires = new DcronFires(pool, stableMs);

const register = () => redis.setex(self, updateMs / 1_000, self);
const poll = async () => {
  const found: Array<string> = [];
  let cursor = "0";
  try {
    do {
      const [next, keys] = await redis.scan(cursor, "MATCH", `${prefix}*`);
      found.push(...keys);
      cursor = next;
    } while (cursor !== "0");
  } catch {
    // The list so far is what the ancestor goes on with.
  }
  pool.polled(found);
};

await register();
const beating = setInterval(() => void register().catch(() => {}), updateMs / 2);
await poll();
const polling = setInterval(() => void poll(), updateMs);
while (!pool.isSteady) await new Promise((resolve) => setTimeout(resolve, 50));

const cron = new SleepingCron(Date.now(), orders.periodMs);
let timer: NodeJS.Timeout;
const sleep = () => timer = setTimeout(wake, cron.sleepMs(Date.now()));
const wake = () => {
  const slot = cron.wake(Date.now());
  if (slot !== undefined) {
    for (const job of orders.jobs) {
      for (const fire of fires.due(job, slot, Date.now())) void handle(fire.job, fire.slot);
    }
  }
  sleep();
};
sleep();

onLeave(async () => {
  clearInterval(beating);
  clearInterval(polling);
  // It leaves the pool first and stops the cron later.
  await redis.del(self).catch(() => {});
  clearTimeout(timer);
  await new Promise((resolve) => setTimeout(resolve, orders.takesMs));
});
ready();
