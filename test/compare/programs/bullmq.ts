/**
 * A process of BullMQ: it upserts the job schedulers, as programs do at start, and works on their queue.
 *
 * As its guide for production says: a worker's connection never gives up a command, errors have a listener, finished jobs
 * are removed, and SIGTERM closes the worker, which waits for its jobs. Stalled checks and locks have their defaults.
 *
 * @module
 */
import { handle, onLeave, orders, pattern, peer, ready } from "./process.ts";

interface Job {
  readonly id: string;
  readonly name: string;
}

interface Closable {
  on(event: "error", listener: (error: unknown) => void): void;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}

interface Queue extends Closable {
  upsertJobScheduler(id: string, repeat: { pattern: string; tz: string }, template: { name: string }): Promise<unknown>;
}

interface Bullmq {
  readonly Queue: new (name: string, options: object) => Queue;
  readonly Worker: new (name: string, work: (job: Job) => Promise<void>, options: object) => Closable;
}

/** The id of a scheduler's job ends with the instant it is for. */
const slotOf = ({ id }: Job): number | undefined => {
  const digits = /:(\d{13})$/.exec(id)?.[1];
  return digits === undefined ? undefined : Number(digits);
};

const { Queue, Worker } = peer("bullmq") as Bullmq;
const connection = { host: "127.0.0.1", port: orders.port };
const queue = new Queue("compare", { connection });
queue.on("error", () => {});
await queue.waitUntilReady();
for (const name of orders.jobs) await queue.upsertJobScheduler(name, { pattern, tz: "UTC" }, { name });

const worker = new Worker("compare", (job) => handle(job.name, slotOf(job)), {
  connection: { ...connection, maxRetriesPerRequest: null },
  concurrency: 10,
  removeOnComplete: { count: 1_000 },
  removeOnFail: { count: 1_000 },
});
worker.on("error", () => {});
await worker.waitUntilReady();
onLeave(async () => {
  await worker.close();
  await queue.close();
});
ready();
