/**
 * A process of the Rust ancestor's model, with its times: a heartbeat and a look at the others each second, scored and cut
 * off by the local clock in whole seconds, a tick of the cron each second. It says nothing when it leaves.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { TickingCron } from "../models/cron.ts";
import { Heart, SchedulerPool, timeoutS } from "../models/distributed-scheduler.ts";
import { connectRedis, failingFast } from "./ioredis.ts";
import { handle, onLeave, orders, ready } from "./process.ts";

const key = "distributed-scheduler:compare";
const self = `compare:${randomUUID()}`;
const nowS = () => Math.floor(Date.now() / 1_000);

const redis = await connectRedis(failingFast);
const pool = new SchedulerPool(self);
const heart = new Heart();

const beat = async () => {
  if (heart.beats) await redis.zadd(key, nowS(), self).catch(() => heart.failed());
};
const poll = async () => {
  const nodes = await redis.zrangebyscore(key, nowS() - timeoutS, "+inf").catch(() => undefined);
  if (nodes !== undefined) pool.polled(nodes);
};

/** Ticks that were missed follow in a burst, as those of the ancestor's runtime do. */
const everySecond = (tick: () => unknown): void => {
  let next = performance.now();
  const run = () => {
    for (; next <= performance.now(); next += 1_000) void tick();
    setTimeout(run, next - performance.now());
  };
  run();
};

everySecond(beat);
everySecond(poll);
const cron = new TickingCron(orders.periodMs);
everySecond(() => {
  const slot = cron.tick(Date.now());
  if (slot === undefined) return;
  for (const job of orders.jobs) {
    if (pool.isMine(job)) void handle(job, slot);
  }
});

onLeave(() => {});
ready();
