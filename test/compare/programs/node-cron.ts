/**
 * A process of node-cron with `distributed: true` and a run coordinator on Redis.
 *
 * The coordinator does what the documentation of node-cron's own one says: `SET key token NX PX lease` decides, and the
 * end of the run deletes the key if it still holds this process's token. `ioredis` has its default options, the lease its
 * default of 30 s. A run coordinator that fails makes node-cron skip the fire, as documented.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { connectRedis } from "./ioredis.ts";
import { handle, onLeave, orders, pattern, peer, ready } from "./process.ts";

interface Coordinator {
  shouldRun(key: string, leaseMs: number): Promise<boolean>;
  onComplete(key: string): Promise<void>;
}

interface NodeCron {
  schedule(
    pattern: string,
    run: (context: { readonly date: Date }) => Promise<void>,
    options: { name: string; distributed: boolean; timezone: string; logger: object },
  ): unknown;
  setRunCoordinator(coordinator: Coordinator): void;
  shutdown(): Promise<unknown>;
}

const deleteIfHeld = `if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end return 0`;

const cron = peer("node-cron") as NodeCron;
const redis = await connectRedis();
const held = new Map<string, string>();

cron.setRunCoordinator({
  async shouldRun(key, leaseMs) {
    const token = randomUUID();
    const isMine = await redis.set(`node-cron:lock:${key}`, token, "PX", leaseMs, "NX") === "OK";
    if (isMine) held.set(key, token);
    return isMine;
  },
  async onComplete(key) {
    const token = held.get(key);
    held.delete(key);
    if (token !== undefined) await redis.eval(deleteIfHeld, 1, `node-cron:lock:${key}`, token);
  },
});

const quiet = { info() {}, warn() {}, error() {}, debug() {} };
for (const name of orders.jobs) {
  const options = { name, distributed: true, timezone: "UTC", logger: quiet };
  cron.schedule(pattern, ({ date }) => handle(name, date.getTime()), options);
}
onLeave(() => cron.shutdown());
ready();
